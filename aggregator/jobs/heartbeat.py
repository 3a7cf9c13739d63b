"""The poller's own health: a sign of life in the store every ten seconds, and what it can tell of disk and database.

``Pulse`` goes through the event loop and the writer's thread, so it stops when either does: that is what /healthz and
the metrics go by.
"""

from __future__ import annotations

import logging
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.config.load import Config
from aggregator.config.watcher import ConfigState
from aggregator.messages import incidents
from aggregator.runtime.logfmt import format_logfmt
from aggregator.store import Store

if TYPE_CHECKING:
    from aggregator.services import Tools

log = logging.getLogger(__name__)

HEARTBEAT_EVERY = timedelta(seconds=10)
STALLED_AFTER = timedelta(minutes=2)  # a poller that gave no sign for so long is not well
LOW_DISK_BYTES = 300_000_000  # bytes
RECOVERED_DISK_BYTES = 400_000_000
MAX_LISTED_PROBLEMS = 5  # mistakes of a config that are named


class Heartbeat:
    """``beat`` is to be called every ``EVERY``."""

    def __init__(self) -> None:
        self._outage: tuple[datetime, str] | None = None  # since when nothing can be written, and why

    async def tick(self, tools: Tools) -> None:
        """Give a sign of life. While the database takes none, that is kept in mind and told once it does."""
        now = tools.clock()
        try:
            await tools.writing(_write_heartbeat, tools.store, now, self._outage, free_disk_bytes(tools.config))
        except Exception as error:
            if self._outage is None:
                self._outage = (now, tools.config.redact(_error_summary(error)))
            log.error("%s", format_logfmt("database-away", since=self._outage[0], error=self._outage[1]))
        else:
            self._outage = None

    async def stop(self, tools: Tools) -> None:
        """The poller ends in good order: nobody is to wait for its next sign."""
        await tools.writing(tools.store.clear_heartbeat)


def _write_heartbeat(store: Store, now: datetime, outage: tuple[datetime, str] | None, free: int | None) -> None:
    store.record_heartbeat(now)
    if outage is not None:
        store.open_incident("database", incidents.DATABASE(error=outage[1]), outage[0])
        store.close_incident("database", now)
    if free is not None and free < LOW_DISK_BYTES:
        store.open_incident("disk", incidents.DISK(), now)
    elif free is None or free > RECOVERED_DISK_BYTES:
        store.close_incident("disk", now)


def _error_summary(error: Exception) -> str:
    """What the driver said, in one line."""
    text = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return f"{text[:200] or type(error).__name__}"


def free_disk_bytes(config: Config) -> int | None:
    """The room that is left for an SQLite database; None where it is not for us to see."""
    if not config.database_url.startswith("sqlite:///"):
        return None
    try:
        return shutil.disk_usage(Path(config.database_url.removeprefix("sqlite:///")).parent).free
    except OSError:
        return None


def record_config_state(store: Store, state: ConfigState, config: Config, now: datetime) -> None:
    """Tell the admin that a config was refused, or that all is well with it again."""
    if state.refused_at is None:
        store.close_incident("config", now)
        return
    told = [str(problem) for problem in state.problems[:MAX_LISTED_PROBLEMS]]
    more = len(state.problems) - len(told)
    problems = config.redact("\n".join([*told, *([f"and {more} more"] if more else [])]))
    store.open_incident("config", incidents.CONFIG(problems=problems), now)


def poller_state(last: datetime | None, now: datetime) -> str:
    """ "ok", "stalled" (it was not stopped, but gives no sign), or "none" (none runs, or it was stopped)."""
    if last is None:
        return "none"
    return "ok" if now - last < STALLED_AFTER else "stalled"
