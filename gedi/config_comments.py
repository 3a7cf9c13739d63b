"""The comments of the shipped ``config.toml`` in the language of the command line; its settings stay byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.texts import ENGLISH, current_language, translate
from gedi.wide_text import width_of, wrap

_WIDTH = 120  # columns of a line
_MIN_COMMENT = 40  # columns
_SETTING = re.compile(r"((?:# )?[a-z_]+ = .*?\s+)# (.*)")
_NO_TEXT = re.compile(r"(?:# )?(?:[a-z_]+ = .*|\[.*)|# ----.*|#?")  # settings without a comment, headers, empty lines
_CONTINUATION = re.compile(r"# {8,}# (.*)")


@dataclass(slots=True)
class _Block:
    """Lines of the file: ``code``, then ``comment`` behind it, which may go on in further lines."""

    code: str
    comment: str = ""


def comments_of(text: str) -> Iterator[str]:
    """Yield every comment, each in one line, for extraction."""
    return (block.comment for block in _blocks(text) if block.comment)


def localize_comments(text: str) -> str:
    """Return a config with its comments in the current language."""
    if current_language() == ENGLISH:
        return text
    return "\n".join(line for block in _blocks(text) for line in _lines(block))


def _lines(block: _Block) -> list[str]:
    if not block.comment:
        return [block.code]
    column = width_of(block.code)
    first, *others = wrap(translate(block.comment), max(_WIDTH - column - 2, _MIN_COMMENT))
    margin = "#".ljust(column) if column else ""
    return [f"{block.code}# {first}", *(f"{margin}# {line}" for line in others)]


def _blocks(text: str) -> Iterator[_Block]:
    """Yield the file in blocks; lines of one comment are one block."""
    open_block: _Block | None = None  # whose comment may go on
    for line in text.split("\n"):
        more = _CONTINUATION.fullmatch(line) if open_block and open_block.code else None
        if open_block and (more or (not open_block.code and not _is_code(line))):
            open_block.comment += " " + (more[1] if more else line.removeprefix("# "))
            continue
        if open_block:
            yield open_block
        setting = _SETTING.fullmatch(line)
        if setting:
            open_block = _Block(setting[1], setting[2])
        elif _is_code(line):
            open_block = None
            yield _Block(line)
        else:
            open_block = _Block("", line.removeprefix("# "))
    if open_block:
        yield open_block


def _is_code(line: str) -> bool:
    return _NO_TEXT.fullmatch(line) is not None or _SETTING.fullmatch(line) is not None
