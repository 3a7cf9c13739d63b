"""A wall clock that runs fast, the same in every process of a run."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.clock import SHIFTED

VARIABLE = "GEDI_TEST_CLOCK_FAST"  # read by tests/shifted_clock/sitecustomize.py


@dataclass(frozen=True, slots=True)
class FastClock:
    """``start`` is the time at ``origin``, which is in nanoseconds of the monotonic clock; ``factor`` is the speed."""

    start: datetime
    origin: int
    factor: int

    @classmethod
    def begin(cls, start: datetime, factor: int) -> FastClock:
        return cls(start, time.monotonic_ns(), factor)

    def __call__(self) -> datetime:
        return self.start + self.elapsed()

    def elapsed(self) -> timedelta:
        """Return the simulated time since the origin."""
        return timedelta(microseconds=(time.monotonic_ns() - self.origin) * self.factor // 1000)

    def environment(self) -> dict[str, str]:
        """Return the variables that give a Python process, and its children, this clock."""
        start = (self.start - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1) * 1000
        path = os.pathsep.join(filter(None, (str(SHIFTED), os.environ.get("PYTHONPATH"))))
        root = str(Path(__file__).parents[2])
        return {VARIABLE: f"{start} {self.origin} {self.factor}", "PYTHONPATH": os.pathsep.join((path, root))}
