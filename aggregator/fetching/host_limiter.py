"""Limit the requests to a host: concurrent ones, and the time between two."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

_MAX_HOSTS = 1000  # hosts kept before idle ones are dropped


@dataclass(slots=True)
class _HostState:
    slots: asyncio.Semaphore
    next_at: float = 0.0  # earliest start of the next request
    users: int = 0  # running or waiting requests


class HostLimiter:
    """``async with limiter.slot(host):`` waits until a request to this host may start, in order of arrival.

    ``spacing`` is in seconds, from start to start. Clock and sleep are arguments for tests.
    """

    def __init__(
        self,
        per_host: int,
        spacing: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_host = per_host
        self._spacing = spacing
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _HostState] = {}

    def with_limits(self, per_host: int, spacing: float) -> HostLimiter:
        """Return a limiter with other limits that knows when each host was last requested."""
        after = HostLimiter(per_host, spacing, clock=self._clock, sleep=self._sleep)
        after._hosts = {
            name: _HostState(asyncio.Semaphore(per_host), host.next_at - self._spacing + spacing)
            for name, host in self._hosts.items()
        }
        return after

    @asynccontextmanager
    async def slot(self, name: str) -> AsyncIterator[None]:
        host = self._state_of(name)
        host.users += 1
        try:
            async with host.slots:
                await self._wait_for_spacing(host)
                yield
        finally:
            host.users -= 1

    async def _wait_for_spacing(self, host: _HostState) -> None:
        now = self._clock()
        start = max(now, host.next_at)
        host.next_at = start + self._spacing  # reserved before the wait, so that the next one queues behind it
        if start > now:
            await self._sleep(start - now)

    def _state_of(self, name: str) -> _HostState:
        if name not in self._hosts:
            if len(self._hosts) >= _MAX_HOSTS:
                now = self._clock()
                self._hosts = {key: host for key, host in self._hosts.items() if host.users or host.next_at > now}
            self._hosts[name] = _HostState(asyncio.Semaphore(self._per_host))
        return self._hosts[name]
