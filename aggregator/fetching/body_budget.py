"""How much of strangers' bytes is held at a time, whatever hundreds of servers send at once.

While bodies arrive, the largest is given up when all together are far too much; small ones never are. Bodies that have
arrived count until the task that asked for them ends; while they are too much no further visits should begin
(``crowded``), for they wait for our own processors and not for a stranger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from aggregator.fetching.content_encoding import BadBodyError, decode
from aggregator.messages import fetch_errors

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
            raise BadBodyError("crowded", fetch_errors.POSTPONED())


class Memory:
    """Keeps count; ``limit`` is in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._coming = 0  # bytes
        self._in_hand = 0
        self._arriving: set[Arriving] = set()
        self._kept: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
        self._decoding = asyncio.Semaphore(DECODING)

    @property
    def crowded(self) -> bool:
        """Is so much held already that nothing more should be begun?"""
        return self._in_hand > self._limit

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
        """Account for a chunk; give up the largest body when there is far too much."""
        self._coming += size
        if self._coming > 2 * self._limit:
            coming = (body for body in self._arriving if not body.whole)
            largest = max(coming, key=lambda body: len(body.wire))
            if len(largest.wire) > SMALL:
                self._coming -= len(largest.wire)
                largest.wire = bytearray()
                largest.given_up = True

    async def decoded(self, body: Arriving, coding: str, limit: int) -> bytes:
        """Undo a content coding (see ``bodies.decode``); the result counts until the current task ends."""
        wire = bytes(body.wire)
        self._coming -= len(wire)
        body.wire = bytearray()
        self._keep(len(wire))
        if coding:
            if len(wire) <= SMALL // 4:  # sooner done than handed to a thread
                wire = decode(wire, coding, limit)
            else:
                async with self._decoding:
                    wire = await asyncio.to_thread(decode, wire, coding, limit)
            self._keep(len(wire))
        return wire

    def _keep(self, size: int) -> None:
        """Count this much for the current task, in place of what it had before: it is done with that."""
        task = asyncio.current_task()
        if task is None:
            return
        if task not in self._kept:
            task.add_done_callback(self._release)
        self._in_hand += size - self._kept.get(task, 0)
        self._kept[task] = size

    def _release(self, task: asyncio.Task[Any]) -> None:
        self._in_hand -= self._kept.pop(task, 0)
