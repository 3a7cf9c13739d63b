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

from aggregator.fetching.content_encoding import BadBodyError, decode_content
from aggregator.messages import fetch_errors

SMALL_BODY_BYTES = 256 * 1024  # bytes; what is no larger than this is never given up
MAX_CONCURRENT_DECODES = 2  # large bodies decoded at a time


class IncomingBody:
    """One body as it comes in."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self.wire = bytearray()
        self.is_complete = False  # all is there: it is no longer given up
        self.is_dropped = False

    def add(self, chunk: bytes) -> None:
        """Raises BadBodyError when this body was given up for the sake of the others."""
        self.wire += chunk
        self._budget.count_received(len(chunk))
        if self.is_dropped:
            raise BadBodyError("crowded", fetch_errors.POSTPONED())


class BodyBudget:
    """Keeps count; ``limit`` is in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._incoming_bytes = 0  # bytes
        self._buffered_bytes = 0
        self._incoming: set[IncomingBody] = set()
        self._bytes_by_task: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
        self._decoding = asyncio.Semaphore(MAX_CONCURRENT_DECODES)

    @property
    def is_exceeded(self) -> bool:
        """Is so much held already that nothing more should be begun?"""
        return self._buffered_bytes > self._limit

    @contextmanager
    def incoming_body(self) -> Iterator[IncomingBody]:
        body = IncomingBody(self)
        self._incoming.add(body)
        try:
            yield body
        finally:
            self._incoming.discard(body)
            self._incoming_bytes -= len(body.wire)

    def count_received(self, size: int) -> None:
        """Account for a chunk; give up the largest body when there is far too much."""
        self._incoming_bytes += size
        if self._incoming_bytes > 2 * self._limit:
            coming = (body for body in self._incoming if not body.is_complete)
            largest = max(coming, key=lambda body: len(body.wire))
            if len(largest.wire) > SMALL_BODY_BYTES:
                self._incoming_bytes -= len(largest.wire)
                largest.wire = bytearray()
                largest.is_dropped = True

    async def decode(self, body: IncomingBody, coding: str, limit: int) -> bytes:
        """Undo a content coding (see ``bodies.decode``); the result counts until the current task ends."""
        wire = bytes(body.wire)
        self._incoming_bytes -= len(wire)
        body.wire = bytearray()
        self._charge_task(len(wire))
        if coding:
            if len(wire) <= SMALL_BODY_BYTES // 4:  # sooner done than handed to a thread
                wire = decode_content(wire, coding, limit)
            else:
                async with self._decoding:
                    wire = await asyncio.to_thread(decode_content, wire, coding, limit)
            self._charge_task(len(wire))
        return wire

    def _charge_task(self, size: int) -> None:
        """Count this much for the current task, in place of what it had before: it is done with that."""
        task = asyncio.current_task()
        if task is None:
            return
        if task not in self._bytes_by_task:
            task.add_done_callback(self._release)
        self._buffered_bytes += size - self._bytes_by_task.get(task, 0)
        self._bytes_by_task[task] = size

    def _release(self, task: asyncio.Task[Any]) -> None:
        self._buffered_bytes -= self._bytes_by_task.pop(task, 0)
