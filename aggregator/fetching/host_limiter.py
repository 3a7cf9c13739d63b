"""Politeness towards a host: so many requests at a time, so long between two of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

_MAX_HOSTS = 1000  # hosts remembered before the idle ones are forgotten


@dataclass(slots=True)
class _HostState:
    slots: asyncio.Semaphore
    next_at: float = 0.0  # when the next request may begin
    users: int = 0  # requests that run or wait


class HostLimiter:
    """``async with turns.turn(host):`` waits until a request to this host may begin, in order of asking.

    ``spacing`` is in seconds, from the beginning of one request to the beginning of the next. The clock and the
    sleep are arguments for tests.
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
        """Turns by other rules that know when each host was last asked."""
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
        host.next_at = start + self._spacing  # taken before the wait, so that the next one queues behind
        if start > now:
            await self._sleep(start - now)

    def _state_of(self, name: str) -> _HostState:
        if name not in self._hosts:
            if len(self._hosts) >= _MAX_HOSTS:
                now = self._clock()
                self._hosts = {key: host for key, host in self._hosts.items() if host.users or host.next_at > now}
            self._hosts[name] = _HostState(asyncio.Semaphore(self._per_host))
        return self._hosts[name]
