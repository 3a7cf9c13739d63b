"""Counts of requests for our feeds by program, kept in memory and written to the store every ``FLUSH_EVERY``.

No request waits for the store, and nothing about a person is kept: no address, and of the User-Agent only the name of
the program and the number of subscribers that services of many readers report ("Feedly/1.0 (…; 12 subscribers)").
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Protocol

from aggregator.model.health import FeedRequests
from aggregator.store import Store

log = logging.getLogger(__name__)

FLUSH_EVERY = 15.0  # seconds
MAX_AGENTS = 500  # different User-Agent fields between two flushes; further ones are counted together
MAX_REPORTS = 2000  # reports of subscribers between two flushes
MAX_NAMES = 300  # names of a day
MAX_SUBSCRIBERS = 1_000_000  # in one report
MAX_NAME = 40  # characters
BROWSER, OTHER, UNNAMED = "browser", "other", ""  # names of what names itself not, or is one of too many
_SUBSCRIBERS = re.compile(r"\b(\d{1,9}) (?:subscriber|reader|user)s?\b", re.I)
_COMPATIBLE = re.compile(r"\(compatible; ([^;)/]+)", re.I)
_BEGIN = re.compile(r"[^/(;,|]*")
_TAIL = re.compile(r"(?:\s+-\s.*|\s+feed-id\b.*|\s+v?\d[\d.]*)$", re.I)


class FeedRequestLog:
    """The counts of one process; ``count`` may be called by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, bool]] = Counter()  # (User-Agent, status 304)
        self._reports: dict[tuple[str, str], int] = {}  # (User-Agent, path) -> 1, of those that report subscribers
        self._agents: set[str] = set()
        self._names: set[str] = set()  # of the day
        self._day: date | None = None

    def count(self, agent: str, path: str, *, not_modified: bool) -> None:
        """Count one request."""
        with self._lock:
            if agent not in self._agents:
                if len(self._agents) >= MAX_AGENTS:
                    agent = OTHER
                self._agents.add(agent)
            self._counts[agent, not_modified] += 1
            if "ubscriber" in agent and len(self._reports) < MAX_REPORTS:
                self._reports[agent, path] = 1

    def flush(self, store: Store, now: datetime) -> None:
        """Write what was counted since the last call; after a failure it is counted again."""
        with self._lock:
            counts, reports = self._counts, self._reports
            self._counts, self._reports, self._agents = Counter(), {}, set()
        if not counts:
            return
        try:
            store.record_feed_requests(self._by_name(counts, reports, now.date()), now)
        except Exception:
            with self._lock:
                self._counts.update(counts)
                self._reports = {**reports, **self._reports}
            raise

    def _by_name(
        self, counts: Counter[tuple[str, bool]], reports: dict[tuple[str, str], int], day: date
    ) -> FeedRequests:
        if day != self._day:
            self._day, self._names = day, set()
        by_name: Counter[tuple[str, bool]] = Counter()
        for (agent, not_modified), number in counts.items():
            by_name[self._name(agent), not_modified] += number
        subscribers: dict[tuple[str, str], int] = {}
        for agent, path in reports:
            reported = subscribers_of(agent)
            if reported is not None and (name := self._name(agent)) != OTHER:
                subscribers[name, path] = max(reported, subscribers.get((name, path), 0))
        return FeedRequests(by_name, subscribers)

    def _name(self, agent: str) -> str:
        name = OTHER if agent == OTHER else program_of(agent)
        if name not in self._names and len(self._names) >= MAX_NAMES:
            return OTHER
        self._names.add(name)
        return name


def program_of(agent: str) -> str:
    """Return the name of the program in a User-Agent field: "Feedly/1.0 (…)" -> "Feedly"."""
    agent = agent[:300]
    if agent.startswith("Mozilla/"):
        found = _COMPATIBLE.search(agent)
        if found is None:
            return BROWSER
        agent = found[1]
    begin = _BEGIN.match(agent)
    name = _TAIL.sub("", begin[0] if begin else "").strip()
    return "".join(char for char in name if char.isprintable())[:MAX_NAME].strip()


def subscribers_of(agent: str) -> int | None:
    """Return the number of subscribers that a User-Agent field reports."""
    found = _SUBSCRIBERS.search(agent[:300])
    return min(int(found[1]), MAX_SUBSCRIBERS) if found else None


class Counts(Protocol):
    """What a process has counted and not yet stored."""

    def flush(self, store: Store, now: datetime) -> None:
        """Store it; after a failure it is counted again."""


def flush_in_thread(counted: Iterable[Counts], store: Store, clock: Callable[[], datetime]) -> threading.Thread:
    """Write the counts every ``FLUSH_EVERY`` in a thread for the lifetime of the process."""

    def run() -> None:
        while True:
            time.sleep(FLUSH_EVERY)
            for counts in counted:
                try:
                    counts.flush(store, clock())
                except Exception:  # the database may be busy or away; the counts are kept
                    log.exception("requests_not_recorded")

    thread = threading.Thread(target=run, name="feed-requests", daemon=True)
    thread.start()
    return thread
