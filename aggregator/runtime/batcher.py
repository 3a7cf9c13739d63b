"""Collect values that arrive one by one, and process them together."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Process = Callable[[list[T]], Awaitable[Sequence[R | Exception]]]


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T, R]):
    """A value that waits, or is processed, and the future of its caller."""

    value: T
    weight: int
    done: asyncio.Future[R]


class Batcher(Generic[T, R]):
    """Values of one event loop, processed in batches; the caller of ``add`` waits for the result of its value."""

    def __init__(self, linger: float, *, in_turn: bool = False) -> None:
        """``linger``: seconds that a value may wait for others, with ``in_turn`` also for the batch before."""
        self._linger = linger
        self._in_turn = in_turn
        self._waiting: list[_Entry[T, R]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def add(self, value: T, process: Process[T, R], limit: int, weight: int = 1) -> R:
        """Process the value in a batch that is full when its weights reach ``limit``.

        Return the value's result, or raise it if it is an exception. ``process`` returns the result of each value. What
        it raises is raised for every value of the batch.
        """
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Entry(value, weight, done))
        self._start_or_wait(process, limit)
        try:
            return await done
        finally:
            del done  # its exception, if it has one, refers to this call

    def _start_or_wait(self, process: Process[T, R], limit: int) -> None:
        if self._in_turn and self._running:
            return
        if sum(entry.weight for entry in self._waiting) >= limit:
            self._start(process, limit)
        elif self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._linger, self._start, process, limit)

    def _start(self, process: Process[T, R], limit: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting = [entry for entry in self._waiting if not entry.done.cancelled()]
        size = _size_of_batch([entry.weight for entry in waiting], limit)
        batch, self._waiting = waiting[:size], waiting[size:]
        if batch:
            task = asyncio.get_running_loop().create_task(_process(batch, process))
            self._running.add(task)
            task.add_done_callback(lambda done: self._finish(done, process, limit))

    def _finish(self, task: asyncio.Task[None], process: Process[T, R], limit: int) -> None:
        self._running.discard(task)
        self._start_or_wait(process, limit)


def _size_of_batch(weights: Sequence[int], limit: int) -> int:
    """Return how many of the values make the first batch: up to the one whose weight makes it full."""
    totals = list(accumulate(weights))
    return min(bisect_left(totals, limit) + 1, len(weights))


async def _process(batch: Sequence[_Entry[T, R]], process: Process[T, R]) -> None:
    try:
        results = await process([entry.value for entry in batch])
    except BaseException as error:
        for entry in batch:
            if not entry.done.done():
                entry.done.set_exception(error) if isinstance(error, Exception) else entry.done.cancel()
        if not isinstance(error, Exception):
            raise
        return
    for entry, result in zip(batch, results, strict=True):
        if not entry.done.done():
            entry.done.set_exception(result) if isinstance(result, Exception) else entry.done.set_result(result)
