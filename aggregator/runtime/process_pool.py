"""A pool of worker processes: a document that crashes, hangs or bloats its parser costs one poll, not the service.

Each worker takes one call at a time over a socket. It is forked when needed from a process that has loaded what calls
need (``fork_server``), replaced after a number of calls (against slow growth), killed when it exceeds its limits, and
ended when it is idle. All of them end by themselves when this process is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from aggregator.runtime.priority import Priority, PrioritySlots
from aggregator.runtime.worker_process import ForkServer, ServerProcess, WorkerProcess

R = TypeVar("R")

log = logging.getLogger(__name__)

MEMORY_LIMIT = 1024 * 1024 * 1024  # bytes of data a worker may hold
PREPARE_TIMEOUT = 120.0  # seconds for the fork server to load, also on a busy machine
RESULTS_PER_WORKER = 17  # documents read and not yet stored: those of one transaction, and as many for the next
MAX_CALLS = 500  # a worker is replaced after so many
MAX_GROWTH_BYTES = (
    40 * 1024 * 1024
)  # likewise with so many bytes more than its small calls need: they are rarely returned
SMALL_CALL_BYTES = 512 * 1024  # bytes; calls with more are ``heavy``
PATIENCE = 0.5  # seconds after which a call no longer keeps others from the last processor
SHORT_TIMEOUT = 8.0  # seconds for a small call below the first priority
WORKER_IDLE_SECONDS = 10.0  # after which an idle worker is ended
SERVER_IDLE_SECONDS = 900.0  # after which the fork server is ended: loading it again takes a second


class PoolCallFailed(Exception):
    """A call without a result. ``kind`` is crashed, timeout, memory or error; ``reason`` is for people."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class ProcessPool:
    """Runs module-level functions in worker processes; an async context manager for one event loop."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        memory: int = MEMORY_LIMIT,
        max_calls: int = MAX_CALLS,
        prepare: Callable[[], None] | None = None,
        server: ServerProcess | None = None,
    ) -> None:
        """``prepare`` is called once, outside of any time limit, to load what the calls of all workers need.

        ``server``: the process to use as fork server as long as it runs, and then a new one.
        """
        self.workers = workers or _cpu_count()
        self._prepare = prepare
        self._memory = memory
        self._max_calls = max_calls
        self.queue = PrioritySlots(self.workers)
        self._turns = PrioritySlots(self.workers - 1)  # none where there is one worker
        self.result_slots = RESULTS_PER_WORKER * self.workers
        self.results = PrioritySlots(self.result_slots)
        self._idle: list[WorkerProcess] = []
        self._all: set[WorkerProcess] = set()
        self._closed = False
        self._started_server = server
        self._server: ForkServer | None = None
        self._starting = asyncio.Lock()
        self._warming: asyncio.Task[None] | None = None
        self._retiring: asyncio.Task[None] | None = None  # runs while there are processes
        self._used_at = 0.0  # time of the event loop

    async def run(self, func: Callable[..., R], /, *args: Any, timeout: float, heavy: bool = False) -> R:
        """Call ``func(*args)`` in a worker.

        ``timeout`` (seconds) counts from when a worker is free, and is up to ``MAX_CLOCK_RATIO`` times longer if other
        processes keep the CPU from it; ``heavy`` calls, with more than ``SMALL_CALL_BYTES``, are served last and never
        by the last free worker. Raises PoolCallFailed if the worker dies, exceeds its limits, or ``func`` raises.
        """
        async with self.call_slot(Priority.HEAVY if heavy else Priority.NEW):
            return (await self.call_now(func, args, timeout, heavy=heavy))[0]

    @asynccontextmanager
    async def call_slot(self, priority: Priority) -> AsyncIterator[None]:
        """Wait until a call of this priority may run.

        One processor is left to what works on the results, unless calls that run take long. Failing sources and heavy
        calls never take the last free worker.
        """
        if self.workers == 1 or priority >= Priority.FAILING:
            async with self.queue.slot(priority, 0 if self.workers == 1 else 1):
                yield
        else:
            async with self._turns.slot(priority, 0, patience=PATIENCE), self.queue.slot(priority, 0):
                yield

    def prewarm(self) -> None:
        """Start loading what calls need, unless that is done: a call may come soon."""
        if self._server is None and self._warming is None:
            self._warming = asyncio.create_task(self._warm())

    async def _warm(self) -> None:
        with contextlib.suppress(PoolCallFailed):
            await self._running_server()
        self._warming = None

    def result_slot(self, *, heavy: bool = False) -> AbstractAsyncContextManager[None]:
        """Wait until few enough results are held by callers that work on them; hold a slot around call and work.

        Otherwise results would pile up in memory where calls are faster than what follows.
        """
        priority = Priority.HEAVY if heavy else Priority.NEW
        return self.results.slot(priority, self.spare_result_slots(priority))

    def spare_result_slots(self, priority: Priority) -> int:
        """Return how many slots callers of this priority leave free: few heavy results are held at once."""
        if priority is Priority.HEAVY:
            return self.result_slots - self.workers - 2
        return self.workers if priority > Priority.HEALTHY else 0

    def with_priority(self, priority: Priority) -> PriorityClient:
        """Return a client of this pool whose calls have this priority."""
        return PriorityClient(self, priority)

    async def call_now(
        self, func: Callable[..., R], args: tuple[Any, ...], timeout: float, *, heavy: bool
    ) -> tuple[R, float]:
        """Run a call that has a slot; also returns the CPU time in seconds."""
        child = await self._acquire()
        try:
            outcome, value, seconds, size = pickle.loads(await child.call_within(timeout, (func, args, timeout)))
            # Much memory may never return to the system: a new worker takes over.
            child.is_reusable = outcome != "memory" and not (heavy and size > child.baseline_bytes + MAX_GROWTH_BYTES)
            child.baseline_bytes = max(child.baseline_bytes, size) if not heavy else child.baseline_bytes
        except TimeoutError:
            raise PoolCallFailed(
                "timeout", f"Reading the document took longer than {timeout:g} s and was stopped."
            ) from None
        except (EOFError, OSError):
            raise PoolCallFailed(*await child.describe_exit()) from None
        finally:
            await self._release(child)
        if outcome != "done":
            raise _call_failure(outcome, value)
        return value, seconds

    async def close(self) -> None:
        """End all processes. Calls that still run fail."""
        self._closed = True
        tasks = [task for task in (self._warming, self._retiring) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(child.kill() for child in list(self._all)))
        self._all.clear()
        self._idle.clear()
        if self._server is None and self._started_server is not None:
            self._server = ForkServer(self._started_server)
        if self._server is not None:
            await self._server.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _acquire(self) -> WorkerProcess:
        if self._closed:
            raise PoolCallFailed("crashed", "The service is stopping.")
        while self._idle:
            child = self._idle.pop()
            if child.is_alive:
                return child
            await self._end(child)
        try:
            child = await (await self._running_server()).fork()
        except (EOFError, OSError):
            raise _start_failure() from None
        self._all.add(child)
        return child

    async def _running_server(self) -> ForkServer:
        async with self._starting:
            if self._server is None or self._server.is_lost:
                if self._server is not None:
                    log.error("fork_server_lost")
                    await self._server.close()
                self._server = await self._start_server()
            self._used_at = asyncio.get_running_loop().time()  # of a server that took long to start as well
            if self._retiring is None:
                self._retiring = asyncio.create_task(self._retire_idle())
            return self._server

    async def _start_server(self) -> ForkServer:
        try:
            async with asyncio.timeout(PREPARE_TIMEOUT):
                started, self._started_server = self._started_server, None
                if started is not None and started.process.poll() is not None:
                    started = None
                return await ForkServer.start(self._prepare, self._memory, started)
        except (TimeoutError, EOFError, OSError):
            raise _start_failure() from None

    async def _retire_idle(self) -> None:
        """End workers that are idle, and the fork server when nothing was called for long."""
        loop = asyncio.get_running_loop()
        while self._server is not None:
            await asyncio.sleep(WORKER_IDLE_SECONDS / 2)
            idle_since = loop.time() - WORKER_IDLE_SECONDS
            for child in [child for child in self._idle if child.idle_since < idle_since]:
                self._idle.remove(child)
                await self._end(child)
            if not self._all and self._used_at < loop.time() - SERVER_IDLE_SECONDS:
                async with self._starting:
                    server, self._server = self._server, None
                    await server.close()
        self._retiring = None

    async def _release(self, child: WorkerProcess) -> None:
        self._used_at = child.idle_since = asyncio.get_running_loop().time()
        if child.is_reusable and child.call_count < self._max_calls and not self._closed:
            self._idle.append(child)
        else:
            await self._end(child)

    async def _end(self, child: WorkerProcess) -> None:
        self._all.discard(child)
        await child.kill()


class PriorityClient(ProcessPool):
    """A client of another pool with a priority; from ``Priority.FAILING`` on it never takes the last free
    worker. Records the CPU time of its calls in ``seconds``.
    """

    def __init__(self, pool: ProcessPool, priority: Priority) -> None:
        self.workers = pool.workers
        self.cpu_seconds = 0.0
        self._pool = pool
        self._priority = priority

    async def run(self, func: Callable[..., R], /, *args: Any, timeout: float, heavy: bool = False) -> R:
        priority = Priority.HEAVY if heavy else self._priority
        if self._priority > Priority.HEALTHY and not heavy:
            timeout = min(timeout, SHORT_TIMEOUT)
        async with self._pool.call_slot(priority):
            try:
                value, seconds = await self._pool.call_now(func, args, timeout, heavy=heavy)
            except PoolCallFailed as error:
                self.cpu_seconds += timeout if error.kind == "timeout" else 0.0
                raise
            self.cpu_seconds += seconds
            return value

    def prewarm(self) -> None:
        self._pool.prewarm()

    def result_slot(self, *, heavy: bool = False) -> AbstractAsyncContextManager[None]:
        """Likewise, by priority; only healthy sources take the last slots."""
        priority = Priority.HEAVY if heavy else self._priority
        return self._pool.results.slot(priority, self._pool.spare_result_slots(priority))

    async def close(self) -> None:
        """Do nothing; the caller owns the pool."""


def _cpu_count() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_failure() -> PoolCallFailed:
    return PoolCallFailed("crashed", "A child process for reading could not be started.")


def _call_failure(outcome: str, value: object) -> PoolCallFailed:
    if outcome == "memory":
        return PoolCallFailed(
            "memory", "The document needs more memory than is allowed to read it, so it was not read."
        )
    *trace, last = str(value).rstrip().splitlines()
    log.error("worker_failed %s: %s", last, " ".join(line.strip() for line in trace[-6:]))
    return PoolCallFailed(
        "error", f"The document met a fault in its parser ({last[:300]}). Please report the document."
    )
