"""Limit the response bytes held in memory over all requests.

While bodies arrive, the largest is dropped if the total is far too high; small ones never are. Bodies that have arrived
count until the task that requested them ends; while they exceed the limit no further polls should start
(``is_exceeded``), because they wait for our own processors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from aggregator.fetching.content_encoding import BadBodyError, decode_content
from aggregator.messages import fetch_errors

SMALL_BODY_BYTES = 256 * 1024  # bytes; a smaller body is never dropped
MAX_CONCURRENT_DECODES = 2  # large bodies decoded concurrently


class IncomingBody:
    """One body while it arrives."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self.wire = bytearray()
        self.is_complete = False  # complete: no longer dropped
        self.is_dropped = False

    def add(self, chunk: bytes) -> None:
        """Account for a chunk. Raises BadBodyError if this body was dropped."""
        self.wire += chunk
        self._budget.count_received(len(chunk))
        if self.is_dropped:
            raise BadBodyError("crowded", fetch_errors.POSTPONED())


class BodyBudget:
    """Accounts for all bodies; ``limit`` is in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._incoming_bytes = 0  # bytes
        self._buffered_bytes = 0
        self._incoming: set[IncomingBody] = set()
        self._bytes_by_task: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
        self._decoding = asyncio.Semaphore(MAX_CONCURRENT_DECODES)

    @property
    def is_exceeded(self) -> bool:
        """Return whether so much is held that no new poll should start."""
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
        """Account for a chunk; drop the largest body if the total is far too high."""
        self._incoming_bytes += size
        if self._incoming_bytes > 2 * self._limit:
            coming = (body for body in self._incoming if not body.is_complete)
            largest = max(coming, key=lambda body: len(body.wire))
            if len(largest.wire) > SMALL_BODY_BYTES:
                self._incoming_bytes -= len(largest.wire)
                largest.wire = bytearray()
                largest.is_dropped = True

    async def decode(self, body: IncomingBody, coding: str, limit: int) -> bytes:
        """Decode a content coding (``content_encoding``); the result counts until the current task ends."""
        wire = bytes(body.wire)
        self._incoming_bytes -= len(wire)
        body.wire = bytearray()
        self._charge_task(len(wire))
        if coding:
            if len(wire) <= SMALL_BODY_BYTES // 4:  # faster than handing it to a thread
                wire = decode_content(wire, coding, limit)
            else:
                async with self._decoding:
                    wire = await asyncio.to_thread(decode_content, wire, coding, limit)
            self._charge_task(len(wire))
        return wire

    def _charge_task(self, size: int) -> None:
        """Account ``size`` bytes to the current task, replacing its previous amount."""
        task = asyncio.current_task()
        if task is None:
            return
        if task not in self._bytes_by_task:
            task.add_done_callback(self._release)
        self._buffered_bytes += size - self._bytes_by_task.get(task, 0)
        self._bytes_by_task[task] = size

    def _release(self, task: asyncio.Task[Any]) -> None:
        self._buffered_bytes -= self._bytes_by_task.pop(task, 0)
