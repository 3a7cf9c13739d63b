"""Messages of errors that libraries find in the config: what to write instead, in words of this project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aggregator.texts import Phrase

# pydantic's type of an error -> what to write; its context fills the braces
_INSTEAD = {
    "string_type": Phrase('write a text in quotation marks, such as "..."'),
    "string_too_short": Phrase("write at least {min_length} {characters}"),
    "string_too_long": Phrase("write at most {max_length} {characters}"),
    "string_pattern_mismatch": Phrase("does not have the form {pattern}"),
    "int_type": Phrase("write a whole number, such as 10"),
    "int_parsing": Phrase("write a whole number, such as 10"),
    "int_from_float": Phrase("write a whole number, such as 10"),
    "float_type": Phrase("write a number, such as 0.5"),
    "float_parsing": Phrase("write a number, such as 0.5"),
    "bool_type": Phrase("write true or false"),
    "bool_parsing": Phrase("write true or false"),
    "greater_than": Phrase("write a number above {gt}"),
    "greater_than_equal": Phrase("write a number from {ge} on"),
    "less_than": Phrase("write a number below {lt}"),
    "less_than_equal": Phrase("write a number up to {le}"),
    "literal_error": Phrase("write {expected}"),
    "tuple_type": Phrase("write a list in square brackets, such as [...]"),
    "list_type": Phrase("write a list in square brackets, such as [...]"),
    "too_short": Phrase("write at least {min_length} entries"),
    "too_long": Phrase("write at most {max_length} entries"),
    "dict_type": Phrase("write a table in braces, such as { name = ... }"),
    "model_type": Phrase("write a table in braces, such as { name = ... }"),
    "model_attributes_type": Phrase("write a table in braces, such as { name = ... }"),
    "missing": Phrase("is missing"),
}
_OTHERWISE = Phrase("is not of the kind that is needed here; docs/config.md describes it")
_LOOK_ALIKES = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "「": '"', "」": '"', "＂": '"', "＝": "=", "，": ",", "【": "[",
     "】": "]", "［": "[", "］": "]", "｛": "{", "｝": "}", "：": "=", "＃": "#", "　": " "}
)  # fmt: skip
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_SYNTAX: dict[str, str] = {  # what tomllib says -> what to write
    "Cannot overwrite a value|Cannot declare|Duplicate|Cannot mutate": Phrase(
        "is there already; remove one of the two"
    ),
    "Unterminated string|Illegal character '\\\\n'": Phrase("a text has no end; close it with the mark that begins it"),
    "Expected '=' after a key": Phrase("write name = value; an equals sign is missing"),
    "Expected newline or end of document": Phrase(
        "something follows the value; write one setting a line, comments after #"
    ),
    "Invalid value|Invalid statement|Invalid initial character": (
        Phrase('is no value or name; write texts in quotation marks "...", numbers, dates and true or false without')
    ),
    "Unclosed array": Phrase("a list has no end; close it with ]"),
    "nclosed inline table|inline table": Phrase("a table in braces has no end, or more than one line; close it with }"),
    r"Expected '\]": Phrase("a heading has no end; write [name], or [[name]] for one of several"),
    "escape|Unescaped": Phrase("a backslash begins an escape; write '...' for a text that is taken as it is"),
    "Illegal character": Phrase("has a character that is not allowed there"),
}


def value_message(kind: str, said: str, context: Mapping[str, Any]) -> str:
    """Return what to write instead of a value. ``kind``, ``said`` and ``context``: type, text and ctx of pydantic."""
    if kind == "value_error":  # raised by our own validators
        return _own_message(said, context)
    amount = context.get("min_length", context.get("max_length"))
    characters = Phrase("character") if amount == 1 else Phrase("characters")
    words = {**context, "characters": characters, "expected": _choices(str(context.get("expected", "")))}
    template = _INSTEAD.get(kind, _OTHERWISE)
    return Phrase(template, **{name: words.get(name, "?") for name in re.findall(r"\{(\w+)\}", template)})


def _own_message(said: str, context: Mapping[str, Any]) -> str:
    """Return what a validator of ours said: pydantic keeps its exception."""
    error = context.get("error")
    own = error.args[0] if isinstance(error, ValueError) and error.args else ""
    return own if isinstance(own, Phrase) else said.removeprefix("Value error, ")


def _choices(expected: str) -> str:
    """Return "'a', 'b' or 'c'" with quotation marks as in TOML."""
    *others, last = [f'"{each}"' for each in re.findall(r"'([^']*)'", expected)] or [expected]
    return Phrase("{others} or {last}", others=", ".join(others), last=last) if others else last


def syntax_message(said: str, line: str) -> str:
    """Return what to write instead of a line that is no TOML. ``said``: the message of tomllib."""
    outside = _STRING.sub("", line.partition("#")[0] if '"' not in line and "'" not in line else line)
    if found := [character for character in outside if ord(character) in _LOOK_ALIKES]:
        return Phrase(
            "{mark} is a Chinese or typographic mark; write {instead} instead",
            mark=found[0],
            instead=found[0].translate(_LOOK_ALIKES),
        )
    return next(
        (told for pattern, told in _SYNTAX.items() if re.search(pattern, said)), Phrase("cannot be read as TOML")
    )
