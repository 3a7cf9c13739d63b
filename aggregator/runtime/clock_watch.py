"""Notice that the wall clock was set, by comparing it with one that only runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

CHECK_EVERY = 5.0  # seconds
SMALLEST_JUMP = 10.0  # seconds between two checks; less is what time synchronization corrects all the time


class ClockWatch:
    """Compares the wall clock with a steady one, which stands still while the machine is suspended, at each check."""

    def __init__(self, wall: Callable[[], datetime], steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._offset = self._read()

    def check(self) -> float:
        """Return by how many seconds the wall clock jumped since the last check, negative if back; 0.0: it did not."""
        offset = self._read()
        jump, self._offset = offset - self._offset, offset
        return jump if abs(jump) >= SMALLEST_JUMP else 0.0

    def _read(self) -> float:
        return self._wall().timestamp() - self._steady()
