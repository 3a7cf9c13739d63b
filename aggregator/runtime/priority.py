"""The order in which waiting work is done."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from itertools import count


class Priority(IntEnum):
    """The lowest number comes first; equal ones in order of arrival."""

    HEALTHY = 0  # polls of sources that responded last time
    NEW = 1  # polls of sources that have never responded; calls without a priority
    FAILING = 2  # polls of sources that failed or were slow last time
    BACKGROUND = FAILING  # what can wait for everything but heavy documents
    HEAVY = 3  # documents that take much memory and time to read


class PrioritySlots:
    """A number of slots, given to the first priority first, in order of arrival."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: list[tuple[Priority, int, int, asyncio.Event]] = []
        self._sequence = count()

    @asynccontextmanager
    async def slot(self, priority: Priority, spare_slots: int, patience: float | None = None) -> AsyncIterator[None]:
        """Wait for a slot; ``spare_slots`` slots are left free by this one.

        With ``patience``, who holds it for so many seconds gives it back early and goes on.
        """
        called = asyncio.Event()
        entry = (priority, next(self._sequence), spare_slots, called)
        heapq.heappush(self._waiting, entry)
        self._admit_waiting()
        try:
            await called.wait()
        except asyncio.CancelledError:
            if called.is_set():
                self._free_slot()
            else:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
            raise
        is_held = True

        def give_back() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                self._free_slot()

        timer = None if patience is None else asyncio.get_running_loop().call_later(patience, give_back)
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
            give_back()

    def _free_slot(self) -> None:
        self._free += 1
        self._admit_waiting()

    def _admit_waiting(self) -> None:
        # The first in line decides: those behind have no higher priority and leave no fewer slots free.
        while self._waiting and self._free > self._waiting[0][2]:
            self._free -= 1
            heapq.heappop(self._waiting)[3].set()
