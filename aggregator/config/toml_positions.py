"""Locate keys in a TOML file (TOML 1.0): tomllib keeps no positions, so a small scanner follows its grammar.

Used only for files that tomllib has parsed, so it need not detect errors.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

Key = tuple[str | int, ...]
Position = tuple[int, int]  # line and column, both from 1

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY_PART = re.compile(r"[ \t]*(\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*(\.)?")
_STRING = re.compile(
    r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"{3,5}|'''(?:[^']|'(?!''))*'{3,5}|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'", re.S
)
_BARE = re.compile(r"[^\s,\]}#]+(?: [0-9][0-9:.]*\S*)?")


def line_of(text: str, location: Key) -> int | None:
    """Return the line (from 1) of a key such as ("sources", 1, "url"), else of the nearest table around it."""
    found = position_of(text, location)
    return found[0] if found else None


def position_of(text: str, location: Key) -> Position | None:
    """Return line and column (from 1) of a key or array element, else of the nearest table around it."""
    positions = _positions(text)
    for length in range(len(location), 0, -1):
        if location[:length] in positions:
            at = positions[location[:length]]
            return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return None


@lru_cache(maxsize=4)
def _positions(text: str) -> dict[Key, int]:
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.positions


class _Scanner:
    """Scans a document once and records where each key and array element begins."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counts: Counter[Key] = Counter()
        self.positions: dict[Key, int] = {}

    def scan(self) -> None:
        table: Key = ()
        while self._skip():
            before = self._at
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._at = max(self._at, before + 1)

    def _skip(self) -> bool:
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        return self._at < len(self._text)

    def _header(self) -> Key:
        start, many = self._at, self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        key = self._resolve_table(self._key())
        if many:
            self.positions.setdefault(key, start)
            key = (*key, self._counts[key])
            self._counts[key[:-1]] += 1
        self._at += 2 if many else 1
        self._record(key, start)
        return key

    def _resolve_table(self, key: Key) -> Key:
        """Return the last element of each array of tables on the path."""
        full: Key = ()
        for number, part in enumerate(key):
            full = (*full, part)
            if number < len(key) - 1 and self._counts[full]:
                full = (*full, self._counts[full] - 1)
        return full

    def _key(self) -> Key:
        parts: list[str | int] = []
        while match := _KEY_PART.match(self._text, self._at):
            parts.append(match[1].strip("\"'"))
            self._at = match.end()
            if not match[2]:
                break
        return tuple(parts)

    def _pair(self, table: Key) -> None:
        start = self._at
        key = (*table, *self._key())
        self._record(key, start)
        if self._text.startswith("=", self._at):
            self._at += 1
            self._skip()
            self._value(key)

    def _value(self, key: Key) -> None:
        first = self._text[self._at : self._at + 1]
        if first == "[":
            self._list(key)
        elif first == "{":
            self._inline(key)
        else:
            token = (_STRING if first in "\"'" else _BARE).match(self._text, self._at)
            self._at = token.end() if token else self._at + 1

    def _list(self, key: Key) -> None:
        number = 0
        self._at += 1
        while self._has_next("]"):
            self._record((*key, number), self._at)
            self._value((*key, number))
            number += 1

    def _inline(self, key: Key) -> None:
        self._at += 1
        while self._has_next("}"):
            self._pair(key)

    def _has_next(self, end: str) -> bool:
        """Return whether there is another element; the scanner is then at it, otherwise behind the closing bracket."""
        while self._skip() and self._text[self._at] == ",":
            self._at += 1
        if self._at < len(self._text) and self._text[self._at] != end:
            return True
        self._at += 1
        return False

    def _record(self, key: Key, at: int) -> None:
        for length in range(1, len(key) + 1):
            self.positions.setdefault(key[:length], at)
