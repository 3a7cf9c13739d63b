"""Regular expressions of the config, matched in time linear in the text. The only file that imports re2.

Patterns come from people, texts from strangers: with an engine that backtracks, the two together can hang a visit.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import re2

PATTERN_MEMORY_LIMIT = 1 << 20  # bytes that one pattern may take, compiled: 。{0,1000} still fits


class Matcher(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> object | None: ...


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Matcher:
    """A pattern in the syntax of RE2, in which large and small letters are alike. Raises ValueError with what is
    wrong with it."""
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
