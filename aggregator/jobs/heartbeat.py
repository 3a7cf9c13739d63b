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
from aggregator.runtime.logfmt import line
from aggregator.store import Store

if TYPE_CHECKING:
    from aggregator.services import Tools

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=10)
ALIVE = timedelta(minutes=2)  # a poller that gave no sign for so long is not well
LITTLE_ROOM = 300_000_000  # bytes
ENOUGH_ROOM = 400_000_000
TOLD = 5  # mistakes of a config that are named


class Pulse:
    """``beat`` is to be called every ``EVERY``."""

    def __init__(self) -> None:
        self._lost: tuple[datetime, str] | None = None  # since when nothing can be written, and why

    async def beat(self, tools: Tools) -> None:
        """Give a sign of life. While the database takes none, that is kept in mind and told once it does."""
        now = tools.clock()
        try:
            await tools.writing(_beat, tools.store, now, self._lost, free_bytes(tools.config))
        except Exception as error:
            if self._lost is None:
                self._lost = (now, tools.config.hide(_words(error)))
            log.error("%s", line("database-away", since=self._lost[0], error=self._lost[1]))
        else:
            self._lost = None

    async def stop(self, tools: Tools) -> None:
        """The poller ends in good order: nobody is to wait for its next sign."""
        await tools.writing(tools.store.stop_ticking)


def _beat(store: Store, now: datetime, lost: tuple[datetime, str] | None, free: int | None) -> None:
    store.tick(now)
    if lost is not None:
        store.note_trouble("database", incidents.DATABASE(error=lost[1]), lost[0])
        store.end_trouble("database", now)
    if free is not None and free < LITTLE_ROOM:
        store.note_trouble("disk", incidents.DISK(), now)
    elif free is None or free > ENOUGH_ROOM:
        store.end_trouble("disk", now)


def _words(error: Exception) -> str:
    """What the driver said, in one line."""
    text = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return f"{text[:200] or type(error).__name__}"


def free_bytes(config: Config) -> int | None:
    """The room that is left for an SQLite database; None where it is not for us to see."""
    if not config.database_url.startswith("sqlite:///"):
        return None
    try:
        return shutil.disk_usage(Path(config.database_url.removeprefix("sqlite:///")).parent).free
    except OSError:
        return None


def note_config(store: Store, state: ConfigState, config: Config, now: datetime) -> None:
    """Tell the admin that a config was refused, or that all is well with it again."""
    if state.refused is None:
        store.end_trouble("config", now)
        return
    told = [str(problem) for problem in state.problems[:TOLD]]
    more = len(state.problems) - len(told)
    problems = config.hide("\n".join([*told, *([f"and {more} more"] if more else [])]))
    store.note_trouble("config", incidents.CONFIG(problems=problems), now)


def poller_state(last: datetime | None, now: datetime) -> str:
    """ "ok", "stalled" (it was not stopped, but gives no sign), or "none" (none runs, or it was stopped)."""
    if last is None:
        return "none"
    return "ok" if now - last < ALIVE else "stalled"
