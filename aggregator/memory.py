"""How much of strangers' bytes is held at a time, whatever hundreds of servers send at once.

While bodies arrive, the largest is given up when all together are too much; small ones never are. Bodies that have
arrived wait until there is room for them, and count until the task that asked for them ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

from aggregator.bodies import BadBodyError, decode

SMALL = 256 * 1024  # bytes; what is no larger than this is never given up
DECODING = 2  # large bodies decoded at a time


class Arriving:
    """One body as it comes in."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.wire = bytearray()
        self.whole = False  # all is there: it is no longer given up
        self.given_up = False

    def add(self, chunk: bytes) -> None:
        """Raises BadBodyError when this body was given up for the sake of the others."""
        self.wire += chunk
        self._memory.grown(len(chunk))
        if self.given_up:
            raise BadBodyError(
                "crowded", "Too many large answers came at the same time, so this one was put off. It is tried again."
            )


class Memory:
    """Room for ``limit`` bytes that are arriving and as many that wait to be read."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._arriving: set[Arriving] = set()
        self._coming = 0
        self._held = 0
        self._holders: WeakSet[asyncio.Task[object]] = WeakSet()
        self._less = asyncio.Event()
        self._decoding = asyncio.Semaphore(DECODING)

    @contextmanager
    def arriving(self) -> Iterator[Arriving]:
        body = Arriving(self)
        self._arriving.add(body)
        try:
            yield body
        finally:
            self._arriving.discard(body)
            self._coming -= len(body.wire)

    def grown(self, size: int) -> None:
        """Account for a chunk; give up the largest body when there is too much."""
        self._coming += size
        if self._coming > self._limit:
            coming = (body for body in self._arriving if not body.whole)
            largest = max(coming, key=lambda body: len(body.wire))
            if len(largest.wire) > SMALL:
                self._coming -= len(largest.wire)
                largest.wire = bytearray()
                largest.given_up = True

    async def decoded(self, wire: bytes, coding: str, limit: int) -> bytes:
        """Undo a content coding (see ``bodies.decode``) and take room for the result."""
        if not coding:
            content = wire
        elif len(wire) <= SMALL // 4:  # sooner done than handed to a thread
            content = decode(wire, coding, limit)
        else:
            async with self._decoding:
                content = await asyncio.to_thread(decode, wire, coding, limit)
                await self._hold(len(content))
        await self._hold(len(content))
        return content

    async def _hold(self, size: int) -> None:
        """Wait for room, and take it until the current task ends. A task's earlier bodies are taken to be done with."""
        task = asyncio.current_task()
        if task is None or task in self._holders:
            return
        while self._held and self._held + size > self._limit:
            self._less.clear()
            await self._less.wait()
        self._held += size
        self._holders.add(task)
        task.add_done_callback(lambda _: self._release(size))

    def _release(self, size: int) -> None:
        self._held -= size
        self._less.set()
