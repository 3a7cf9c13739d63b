"""Heartbeat of the poller: a sign of life in the store every ten seconds, with the state of disk and database.

``Heartbeat`` runs through the event loop and the writer thread, so it stops when either does; /healthz and the metrics
rely on that.
"""

from __future__ import annotations

import logging
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.config.load import Config
from aggregator.config.watcher import ConfigState
from aggregator.messages import Message, incidents
from aggregator.runtime.logfmt import format_logfmt
from aggregator.store import Store
from aggregator.store.api.connection import DATABASE_STATES
from aggregator.store.availability import DatabaseUnavailableError, error_of

if TYPE_CHECKING:
    from aggregator.services import Tools

log = logging.getLogger(__name__)

HEARTBEAT_EVERY = timedelta(seconds=10)
STALLED_AFTER = timedelta(minutes=2)  # a poller without heartbeat for so long is stalled
SIZE_EVERY = timedelta(hours=1)  # how often the size of the database is recorded
LOW_DISK_BYTES = 300_000_000  # bytes
RECOVERED_DISK_BYTES = 400_000_000
MAX_LISTED_PROBLEMS = 5  # config errors that are listed


class Heartbeat:
    """Records the heartbeat; call ``tick`` every ``HEARTBEAT_EVERY``."""

    def __init__(self) -> None:
        self._outage: tuple[datetime, Message] | None = None  # since when nothing could be written, and why
        self._size_recorded_at: datetime | None = None
        self._ended_at = time.monotonic()
        self._timeouts: dict[str, datetime] = {}  # since the last heartbeat: job -> when a statement timed out
        self._failures: list[tuple[Message, datetime]] = []  # since the last heartbeat: what is over already

    def note_timeout(self, job: str, now: datetime) -> None:
        """Record with the next heartbeat that a statement of a job took too long."""
        self._timeouts[job] = now

    def note_failure(self, message: Message, now: datetime) -> None:
        """Record with the next heartbeat a failure of the service that it has overcome."""
        self._failures.append((message, now))

    @property
    def silence(self) -> float:
        """Return the seconds since the last ``tick`` ended, whether or not the database could be written."""
        return time.monotonic() - self._ended_at

    async def tick(self, tools: Tools) -> None:
        """Record a heartbeat. A failing database is remembered and reported once it can be written again."""
        try:
            await self._record(tools)
        finally:
            self._ended_at = time.monotonic()

    async def _record(self, tools: Tools) -> None:
        now = tools.clock()
        try:
            await tools.run_in_writer(_write_heartbeat, tools, now, self._outage)
        except Exception as error:
            if self._outage is None:
                self._outage = (now, _message_of(error).map_text(tools.config.redact))
            if not isinstance(error, DATABASE_STATES):  # which the store has logged
                log.error("%s", format_logfmt("heartbeat_failed", since=self._outage[0], error=str(error)))
        else:
            self._outage = None
            await self._record_timeouts(tools, now)
            await self._record_failures(tools)
            if self._size_recorded_at is None or now - self._size_recorded_at >= SIZE_EVERY:
                self._size_recorded_at = now
                await tools.run_in_writer(tools.store.record_size, now)

    async def _record_timeouts(self, tools: Tools, now: datetime) -> None:
        while self._timeouts:
            job, began = next(iter(self._timeouts.items()))
            await tools.run_in_writer(_record_timeout, tools.store, job, began, now)
            del self._timeouts[job]

    async def _record_failures(self, tools: Tools) -> None:
        while self._failures:
            message, at = self._failures[0]
            await tools.run_in_writer(_record_failure, tools.store, message, at)
            del self._failures[0]

    async def stop(self, tools: Tools) -> None:
        """Record an orderly stop, so that nobody expects another heartbeat."""
        await tools.run_in_writer(tools.store.clear_heartbeat, tools.stage_times.take())


def _write_heartbeat(tools: Tools, now: datetime, outage: tuple[datetime, Message] | None) -> None:
    store, free, counts = tools.store, free_disk_bytes(tools.config), tools.stage_times.take()
    try:
        store.record_heartbeat(now, counts)
    except Exception:
        tools.stage_times.put_back(counts)
        raise
    over = store.take_outage()
    if outage is None and over is not None:  # which no heartbeat has met
        outage = now - timedelta(seconds=over[1]), over[0].map_text(tools.config.redact)
    if outage is not None:
        store.open_incident("database", outage[1], outage[0])
        store.close_incident("database", now)
    if free is not None and free < LOW_DISK_BYTES:
        store.open_incident("disk", incidents.DISK(), now)
    elif free is None or free > RECOVERED_DISK_BYTES:
        store.close_incident("disk", now)


def _record_timeout(store: Store, job: str, began: datetime, now: datetime) -> None:
    store.open_incident("database", incidents.TIMEOUT(job=job), began)
    store.close_incident("database", now)


def _record_failure(store: Store, message: Message, at: datetime) -> None:
    store.open_incident("service", message, at)
    store.close_incident("service", at)


def _message_of(error: Exception) -> Message:
    return error.message if isinstance(error, DatabaseUnavailableError) else incidents.DATABASE(error=error_of(error))


def free_disk_bytes(config: Config) -> int | None:
    """Return the free disk space for an SQLite database in bytes; None if it cannot be determined."""
    if not config.database_url.startswith("sqlite:///"):
        return None
    try:
        return shutil.disk_usage(Path(config.database_url.removeprefix("sqlite:///")).parent).free
    except OSError:
        return None


def record_config_state(store: Store, state: ConfigState, config: Config, now: datetime) -> None:
    """Open or close the incident of a rejected config."""
    if state.refused_at is None:
        store.close_incident("config", now)
        return
    told = [str(problem) for problem in state.problems[:MAX_LISTED_PROBLEMS]]
    more = len(state.problems) - len(told)
    problems = config.redact("\n".join([*told, *([f"and {more} more"] if more else [])]))
    store.open_incident("config", incidents.CONFIG(problems=problems), now)


def poller_state(last: datetime | None, now: datetime) -> str:
    """Return "ok", "stalled" (no heartbeat, not stopped) or "none" (none runs, or it was stopped)."""
    if last is None:
        return "none"
    return "ok" if now - last < STALLED_AFTER else "stalled"
