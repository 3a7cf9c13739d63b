"""The wall clock. Only the outermost callers read it; everything below them is passed a clock or a time.

The callers are the commands (``gedi.commands``), the site's process (``gedi.site_server``) and the sample outlets
(``samples.__main__``). A test checks that no other file asks for the time.
"""

from __future__ import annotations

from datetime import UTC, datetime


def now_utc() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)
