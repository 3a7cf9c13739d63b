"""Regular expressions that are tried only on texts with one of a few words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CuedPattern:
    """A pattern and its cues: every match contains one of them.

    ``re`` tries the alternatives of a pattern at all positions, some 30 µs in 1,000 characters; those of words alone it
    tries only where a character begins one of them, 2 µs.
    """

    cues: re.Pattern[str]
    pattern: re.Pattern[str]

    @classmethod
    def compile(cls, cues: str, pattern: str) -> CuedPattern:
        """Compile a pattern; ``cues`` are separated by spaces."""
        return cls(re.compile("|".join(map(re.escape, cues.split()))), re.compile(pattern))

    def may_match(self, text: str) -> bool:
        """Return whether a text has a cue."""
        return self.cues.search(text) is not None

    def search(self, text: str) -> re.Match[str] | None:
        return self.pattern.search(text) if self.may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self.pattern.finditer(text) if self.may_match(text) else iter(())
