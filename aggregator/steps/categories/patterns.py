"""Regular expressions of the config, in time linear in the text. The only file that imports re2.

Patterns come from admins, texts from strangers: with a backtracking engine the two together could hang a poll.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import re2

from aggregator.texts import Phrase

PATTERN_MEMORY_LIMIT = 1 << 20  # bytes of one compiled pattern: 。{0,1000} still fits


class Matcher(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> object | None: ...


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Matcher:
    """Compile a case-insensitive RE2 pattern. Raises ValueError with the reason."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = PATTERN_MEMORY_LIMIT
    try:
        matcher: Matcher = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(_explain(said)) from None
    if matcher.search(""):
        raise ValueError(Phrase("it matches the empty text, and so everything; ask for at least one character"))
    return matcher


_FAULTS = {  # what RE2 says -> what is wrong
    "missing )": Phrase("an opening bracket ( has no closing one"),
    "missing closing )": Phrase("an opening bracket ( has no closing one"),
    "unexpected )": Phrase("a closing bracket ) has no opening one"),
    "missing ]": Phrase("an opening bracket [ has no closing one"),
    "missing closing ]": Phrase("an opening bracket [ has no closing one"),
    "no argument for repetition operator": Phrase("*, + or ? has nothing before it to repeat"),
    "bad repetition operator": Phrase("a repetition follows another one"),
    "invalid repetition size": Phrase("a repetition is too large, or runs backwards"),
    "invalid character class range": Phrase(
        "a range such as [a-z] runs backwards, or a class of characters is not known"
    ),
    "invalid escape sequence": Phrase(
        r"a backslash is followed by what means nothing here (back references are not known)"
    ),
    "trailing \\": Phrase(r"it ends with a backslash; write \\ for one"),
    "invalid perl operator": Phrase("(?...) is not known here, as look-around is"),
    "pattern too large": Phrase("it is too large"),
}


def _explain(said: str) -> str:
    found = next((told for start, told in _FAULTS.items() if said.startswith(start)), Phrase("it cannot be read"))
    part = said.partition(": ")[2]
    return Phrase("{fault}, at {part}", fault=found, part=part) if part else found
