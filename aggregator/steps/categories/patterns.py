"""Regular expressions of the config, in time linear in the text. The only file that imports re2.

Patterns come from admins, texts from strangers: with a backtracking engine the two together could hang a poll.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import re2

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
        reason = error.args[0] if error.args else "cannot be read"
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"{said}; look-around and back references are not known here") from None
    if matcher.search(""):
        raise ValueError("it matches the empty text, and so everything; ask for at least one character")
    return matcher
