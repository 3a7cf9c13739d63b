"""Messages of errors that libraries find in the config: what to write instead, in words of this project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# pydantic's type of an error -> what to write; its context fills the braces
_INSTEAD = {
    "string_type": 'write a text in quotation marks, such as "..."',
    "string_too_short": "write at least {min_length} {characters}",
    "string_too_long": "write at most {max_length} {characters}",
    "string_pattern_mismatch": "does not have the form {pattern}",
    "int_type": "write a whole number, such as 10",
    "int_parsing": "write a whole number, such as 10",
    "int_from_float": "write a whole number, such as 10",
    "float_type": "write a number, such as 0.5",
    "float_parsing": "write a number, such as 0.5",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "greater_than": "write a number above {gt}",
    "greater_than_equal": "write a number from {ge} on",
    "less_than": "write a number below {lt}",
    "less_than_equal": "write a number up to {le}",
    "literal_error": "write {expected}",
    "tuple_type": "write a list in square brackets, such as [...]",
    "list_type": "write a list in square brackets, such as [...]",
    "too_short": "write at least {min_length} entries",
    "too_long": "write at most {max_length} entries",
    "dict_type": "write a table in braces, such as { name = ... }",
    "model_type": "write a table in braces, such as { name = ... }",
    "model_attributes_type": "write a table in braces, such as { name = ... }",
    "missing": "is missing",
}
_OTHERWISE = "is not of the kind that is needed here; docs/config.md describes it"
_LOOK_ALIKES = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "「": '"', "」": '"', "＂": '"', "＝": "=", "，": ",", "【": "[",
     "】": "]", "［": "[", "］": "]", "｛": "{", "｝": "}", "：": "=", "＃": "#", "　": " "}
)  # fmt: skip
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_SYNTAX: dict[str, str] = {  # what tomllib says -> what to write
    "Cannot overwrite a value|Cannot declare|Duplicate|Cannot mutate": "is there already; remove one of the two",
    "Unterminated string|Illegal character '\\\\n'": "a text has no end; close it with the mark that begins it",
    "Expected '=' after a key": "write name = value; an equals sign is missing",
    "Expected newline or end of document": "something follows the value; write one setting a line, comments after #",
    "Invalid value|Invalid statement|Invalid initial character": (
        'is no value or name; write texts in quotation marks "...", numbers, dates and true or false without'
    ),
    "Unclosed array": "a list has no end; close it with ]",
    "nclosed inline table|inline table": "a table in braces has no end, or more than one line; close it with }",
    r"Expected '\]": "a heading has no end; write [name], or [[name]] for one of several",
    "escape|Unescaped": "a backslash begins an escape; write '...' for a text that is taken as it is",
    "Illegal character": "has a character that is not allowed there",
}


def value_message(kind: str, said: str, context: Mapping[str, Any]) -> str:
    """Return what to write instead of a value. ``kind``, ``said`` and ``context``: type, text and ctx of pydantic."""
    if kind == "value_error":  # raised by our own validators
        return said.removeprefix("Value error, ")
    amount = context.get("min_length", context.get("max_length"))
    expected = str(context.get("expected", "")).replace("'", '"')
    words = {**context, "characters": "character" if amount == 1 else "characters", "expected": expected}
    template = _INSTEAD.get(kind, _OTHERWISE)
    return re.sub(r"\{(\w+)\}", lambda match: str(words.get(match[1], match[0])), template)


def syntax_message(said: str, line: str) -> str:
    """Return what to write instead of a line that is no TOML. ``said``: the message of tomllib."""
    outside = _STRING.sub("", line.partition("#")[0] if '"' not in line and "'" not in line else line)
    if found := [character for character in outside if ord(character) in _LOOK_ALIKES]:
        return f"{found[0]} is a Chinese or typographic mark; write {found[0].translate(_LOOK_ALIKES)} instead"
    return next((told for pattern, told in _SYNTAX.items() if re.search(pattern, said)), "cannot be read as TOML")
