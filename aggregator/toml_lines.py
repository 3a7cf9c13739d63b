"""Where a key stands in a TOML file. tomllib keeps no lines, so the table headers are followed by eye."""

from __future__ import annotations

import re

Key = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"'-]+)\s*\]\]?")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z0-9_\"'-]+)\s*=")


def line_of(text: str, location: Key) -> int | None:
    """The line (from 1) of a key such as ("sources", 1, "url"), else of the nearest table around it."""
    lines = _positions(text)
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return None


def _positions(text: str) -> dict[Key, int]:
    positions: dict[Key, int] = {}
    counts: dict[str, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            name = header[2].strip("\"'")
            if header[1] == "[[":
                index = counts.get(name, 0)
                counts[name] = index + 1
                positions.setdefault((name,), number)
                table = (name, index)
            else:
                table = tuple(part.strip("\"'") for part in name.split("."))
            positions.setdefault(table, number)
            continue
        assignment = _ASSIGNMENT.match(line)
        if assignment:
            positions.setdefault((*table, assignment[1].strip("\"'")), number)
    return positions
