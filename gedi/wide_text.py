"""Lines of Chinese text: their width on a terminal, and where they may be broken."""

from __future__ import annotations

import re
import unicodedata

_NOT_FIRST = "，。、；：！？）》”’】…—,.;:!?)]}"  # must not begin a line
_NOT_LAST = "（《“‘【([{"  # must not end one
_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60\u3000-\u303f“”‘’…—"
_PIECE = re.compile(rf"\s+|[{_WIDE}]|[^\s{_WIDE}]+")


def width_of(text: str) -> int:
    """Return the columns that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" and ord(char) > 0x2000 else 1 for char in text)


def pad(text: str, width: int) -> str:
    """Return the text with blanks up to a width."""
    return text + " " * (width - width_of(text))


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` columns: at blanks, and between Chinese characters."""
    lines, line = [], ""
    for unit in _units(text):
        if line and width_of(line + unit.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line = line + unit if line or unit.strip() else ""
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _units(text: str) -> list[str]:
    """Return the parts of a text that are not broken, each with the blanks and marks that belong to it."""
    units: list[str] = []
    for piece in _PIECE.findall(" ".join(text.split())):
        joins = piece[0] in _NOT_FIRST or (units and units[-1][-1] in _NOT_LAST)
        if units and joins:
            units[-1] += piece
        else:
            units.append(piece)
    return units
