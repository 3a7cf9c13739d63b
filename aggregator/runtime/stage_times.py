"""How often stages of the work are done, how often they fail, and how long they take; kept in memory until taken.

What is taken is counted by name: ``stage.NAME.N`` for durations up to ``BOUNDS[N]``, the last N for longer ones,
``stage.NAME.us`` for microseconds in total, ``stage.NAME.failed`` for failures.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

PREFIX = "stage."
BOUNDS = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)  # seconds
WORK_STAGES = ("fetch", "article", "picture", "parse", "settle", "render")  # of a worker
HTTP_KINDS = ("page", "feed", "picture", "static", "api", "admin", "hub", "status")  # of a site: stage http-KIND


class StageTimes:
    """The counts of one process; any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, stage: str, seconds: float, *, failed: bool = False) -> None:
        """Count one piece of work."""
        with self._lock:
            self._counts[f"{PREFIX}{stage}.{bisect_left(BOUNDS, seconds)}"] += 1
            self._counts[f"{PREFIX}{stage}.us"] += round(seconds * 1_000_000)
            if failed:
                self._counts[f"{PREFIX}{stage}.failed"] += 1

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Count the block as one piece of work, which failed if it raises."""
        begun, failed = time.perf_counter(), True
        try:
            yield
            failed = False
        finally:
            self.add(stage, time.perf_counter() - begun, failed=failed)

    def take(self) -> Counter[str]:
        """Return what was counted since the last call."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts

    def put_back(self, counts: Mapping[str, int]) -> None:
        """Count again what was taken and could not be stored."""
        with self._lock:
            self._counts.update(counts)


class StageTotals:
    """Totals of a stage, from the counts of all processes."""

    def __init__(self, counts: Mapping[str, int], stage: str) -> None:
        name = f"{PREFIX}{stage}"
        self.counts = tuple(counts.get(f"{name}.{index}", 0) for index in range(len(BOUNDS) + 1))
        self.seconds = counts.get(f"{name}.us", 0) / 1_000_000
        self.failures = counts.get(f"{name}.failed", 0)
