"""The wall clock. Only the outermost callers read it; everything below takes a clock or a time as argument.

The callers are the commands (``gedi.commands``), the site's process (``gedi.site_server``) and the sample outlets
(``samples.__main__``). A test checks that no other file reads it.
"""

from __future__ import annotations

from datetime import UTC, datetime


def now_utc() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)
