"""Collect values that arrive one by one, and process them together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Process = Callable[[list[T]], Awaitable[Sequence[R | Exception]]]


class Batcher(Generic[T, R]):
    """Values of one event loop, processed in batches; the caller of ``add`` waits for the result of its value."""

    def __init__(self, linger: float, *, in_turn: bool = False) -> None:
        """``linger``: seconds that a value may wait for others, with ``in_turn`` also for the batch before."""
        self._linger = linger
        self._in_turn = in_turn
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def add(self, value: T, process: Process[T, R], limit: int) -> R:
        """Process the value in a batch of at most ``limit``. Return its result, or raise it if it is an exception.

        ``process`` returns the result of each value. What it raises is raised for every value of the batch.
        """
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((value, done))
        self._start_or_wait(process, limit)
        try:
            return await done
        finally:
            del done  # its exception, if it has one, refers to this call

    def _start_or_wait(self, process: Process[T, R], limit: int) -> None:
        if self._in_turn and self._running:
            return
        if len(self._waiting) >= limit:
            self._start(process, limit)
        elif self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._linger, self._start, process, limit)

    def _start(self, process: Process[T, R], limit: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waiting = [(value, done) for value, done in self._waiting if not done.cancelled()]
        batch, self._waiting = self._waiting[:limit], self._waiting[limit:]
        if batch:
            task = asyncio.get_running_loop().create_task(_process(batch, process))
            self._running.add(task)
            task.add_done_callback(lambda done: self._finish(done, process, limit))

    def _finish(self, task: asyncio.Task[None], process: Process[T, R], limit: int) -> None:
        self._running.discard(task)
        self._start_or_wait(process, limit)


async def _process(batch: list[tuple[T, asyncio.Future[R]]], process: Process[T, R]) -> None:
    try:
        results = await process([value for value, _ in batch])
    except BaseException as error:
        for _, done in batch:
            if not done.done():
                done.set_exception(error) if isinstance(error, Exception) else done.cancel()
        if not isinstance(error, Exception):
            raise
        return
    for (_, done), result in zip(batch, results, strict=True):
        if not done.done():
            done.set_exception(result) if isinstance(result, Exception) else done.set_result(result)
