"""Collect values that arrive one by one, and process them together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Batcher(Generic[T]):
    """Values of one event loop that are processed in batches; the caller of ``add`` waits until its batch is done."""

    def __init__(self, linger: float) -> None:
        """``linger``: seconds that a value may wait for others."""
        self._linger = linger
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def add(self, value: T, process: Callable[[list[T]], Awaitable[None]], limit: int) -> None:
        """Process the value in a batch that is complete with ``limit`` values, and raise what processing raises."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((value, done))
        if len(self._waiting) >= limit:
            self._start(process)
        elif self._timer is None:
            self._timer = loop.call_later(self._linger, self._start, process)
        await done

    def _start(self, process: Callable[[list[T]], Awaitable[None]]) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch = [(value, done) for value, done in self._waiting if not done.cancelled()]
        self._waiting = []
        if batch:
            task = asyncio.get_running_loop().create_task(_process(batch, process))
            self._running.add(task)
            task.add_done_callback(self._running.discard)


async def _process(batch: list[tuple[T, asyncio.Future[None]]], process: Callable[[list[T]], Awaitable[None]]) -> None:
    try:
        await process([value for value, _ in batch])
    except BaseException as error:
        failure = error if isinstance(error, Exception) else asyncio.CancelledError()
        for _, done in batch:
            if not done.done():
                done.set_exception(failure) if isinstance(failure, Exception) else done.cancel()
        if not isinstance(error, Exception):
            raise
    else:
        for _, done in batch:
            if not done.done():
                done.set_result(None)
