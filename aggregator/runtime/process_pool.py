"""A pool of worker processes: a document that crashes, hangs or bloats its parser costs one poll, not the service.

Each worker is a separate interpreter that takes one call at a time over a pipe. It is started when first needed,
replaced after a number of calls (against slow growth), killed when it exceeds its limits, and ends by itself when this
process is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import os
import pickle
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from aggregator.runtime.priority import Priority

R = TypeVar("R")

log = logging.getLogger(__name__)

MEMORY_LIMIT = 1024 * 1024 * 1024  # bytes of data a worker may hold
PREPARE_TIMEOUT = 120.0  # seconds for a new worker to load, also on a busy machine
MAX_CALLS = 500  # a worker is replaced after so many
MAX_GROWTH_BYTES = (
    40 * 1024 * 1024
)  # likewise with so many bytes more than its small calls need: they are rarely returned
SMALL_CALL_BYTES = 512 * 1024  # bytes; calls with more are ``heavy``
SHORT_TIMEOUT = 8.0  # seconds for a small call below the first priority
MAX_CLOCK_RATIO = 3.0  # how many times its limit a call may take if other processes keep the CPU from it
_MIN_WAIT = 0.02  # seconds: resolution of the system's CPU times
_PIPE_BUFFER_BYTES = 4 * 1024 * 1024
_SIZE_BYTES = 8  # each message is a pickle after its length, big-endian
_STATE, _USER, _SYSTEM = 0, 11, 12  # fields of /proc/PID/stat after the name, see proc_pid_stat(5)
_READY = ("R", "D", "T")  # running or waiting for a CPU, for the disk, or stopped


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
    ) -> None:
        """``prepare`` is called once in each new worker, outside of any time limit, to load what calls need."""
        self.workers = workers or _cpu_count()
        self._prepare = prepare
        self._memory = memory
        self._max_calls = max_calls
        self.queue = _PriorityQueue(self.workers)
        self._idle: list[_WorkerProcess] = []
        self._all: set[_WorkerProcess] = set()
        self._closed = False
        self._loading: list[asyncio.Task[None]] = []  # one for each announced call, finished or not

    async def run(self, func: Callable[..., R], /, *args: Any, timeout: float, heavy: bool = False) -> R:
        """Call ``func(*args)`` in a worker.

        ``timeout`` (seconds) counts from when a worker is free, and is up to ``STRETCH`` times longer if other
        processes keep the CPU from it; ``heavy`` calls, with more than ``SMALL_CALL_BYTES``, are served last and never
        by the last free worker. Raises PoolCallFailed if the worker dies, exceeds its limits, or ``func`` raises.
        """
        async with self.queue.slot(Priority.HEAVY if heavy else Priority.NEW, 1 if heavy and self.workers > 1 else 0):
            return (await self.call_now(func, args, timeout, heavy=heavy))[0]

    def prewarm(self) -> None:
        """Start loading one more worker, unless all are running or loading: a call may come soon."""
        if len(self._loading) < self.workers:
            self._loading.append(asyncio.create_task(self._load()))

    async def _load(self) -> None:
        async with self.queue.slot(Priority.HEAVY, 0):
            with contextlib.suppress(PoolCallFailed):
                await self._release(await self._acquire())

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
        """End all workers. Calls that still run fail."""
        self._closed = True
        for task in self._loading:
            task.cancel()
        await asyncio.gather(*(child.kill() for child in list(self._all)))
        self._all.clear()
        self._idle.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _acquire(self) -> _WorkerProcess:
        if self._closed:
            raise PoolCallFailed("crashed", "The service is stopping.")
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            self._all.discard(child)
            await child.kill()
        child = await _WorkerProcess.start(self._memory)
        self._all.add(child)
        if self._prepare is not None:
            await self._run_prepare(child, self._prepare)
        return child

    async def _run_prepare(self, child: _WorkerProcess, prepare: Callable[[], None]) -> None:
        try:
            async with asyncio.timeout(PREPARE_TIMEOUT):
                *_, child.baseline_bytes = pickle.loads(await child.call((prepare, (), PREPARE_TIMEOUT)))
        except (TimeoutError, EOFError, OSError):
            self._all.discard(child)
            await child.kill()
            raise PoolCallFailed("crashed", "A child process for reading could not be started.") from None

    async def _release(self, child: _WorkerProcess) -> None:
        if child.is_reusable and child.call_count < self._max_calls and not self._closed:
            self._idle.append(child)
        else:
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
        async with self._pool.queue.slot(priority, 1 if priority >= Priority.FAILING and self.workers > 1 else 0):
            try:
                value, seconds = await self._pool.call_now(func, args, timeout, heavy=heavy)
            except PoolCallFailed as error:
                self.cpu_seconds += timeout if error.kind == "timeout" else 0.0
                raise
            self.cpu_seconds += seconds
            return value

    def prewarm(self) -> None:
        self._pool.prewarm()

    async def close(self) -> None:
        """Do nothing; the caller owns the pool."""


class _PriorityQueue:
    """A number of slots, given to the first priority first, in order of arrival."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: list[tuple[Priority, int, int, asyncio.Event]] = []
        self._sequence = count()

    @asynccontextmanager
    async def slot(self, priority: Priority, spare_slots: int) -> AsyncIterator[None]:
        """Wait for a slot; ``spare`` slots are left free by this one."""
        called = asyncio.Event()
        entry = (priority, next(self._sequence), spare_slots, called)
        heapq.heappush(self._waiting, entry)
        self._admit_waiting()
        try:
            await called.wait()
        except asyncio.CancelledError:
            if called.is_set():
                self._free_slot()
            else:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
            raise
        try:
            yield
        finally:
            self._free_slot()

    def _free_slot(self) -> None:
        self._free += 1
        self._admit_waiting()

    def _admit_waiting(self) -> None:
        # The first in line decides: those behind have no higher priority and leave no fewer slots free.
        while self._waiting and self._free > self._waiting[0][2]:
            self._free -= 1
            heapq.heappop(self._waiting)[3].set()


def _cpu_count() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _WorkerProcess:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.call_count = 0
        self.is_reusable = True  # the last call was answered completely
        self.baseline_bytes = 0  # bytes it needs for small calls

    @classmethod
    async def start(cls, memory: int) -> _WorkerProcess:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "aggregator.runtime.pool_worker", str(os.getpid()), str(memory),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_PIPE_BUFFER_BYTES,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        return cls(process)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def call(self, request: object) -> bytes:
        """Send one pickle and receive one. Raises EOFError or OSError if the worker is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.is_reusable = False
        self.call_count += 1
        message = pickle.dumps(request, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.write(len(message).to_bytes(_SIZE_BYTES))
        self._process.stdin.write(message)
        del message  # it may be large, and the pipe has a copy
        await self._process.stdin.drain()
        size = int.from_bytes(await self._process.stdout.readexactly(_SIZE_BYTES))
        answer = await self._process.stdout.readexactly(size)
        self.is_reusable = True
        return answer

    async def call_within(self, seconds: float, request: object) -> bytes:
        """``call`` with a limit: raises TimeoutError after ``seconds`` of CPU time, or ``STRETCH`` times as long by the
        clock.
        """
        before = _cpu_time(self._process.pid)
        begun = asyncio.get_running_loop().time()
        call = asyncio.create_task(self.call(request))
        try:
            done, _ = await asyncio.wait({call}, timeout=seconds)
            while not done:
                now = _cpu_time(self._process.pid)
                left = seconds - (now.seconds - before.seconds) if now and before and now.ready else 0.0
                left = min(left, begun + MAX_CLOCK_RATIO * seconds - asyncio.get_running_loop().time())
                if left < _MIN_WAIT:
                    raise TimeoutError
                done, _ = await asyncio.wait({call}, timeout=left)
            return call.result()
        finally:
            call.cancel()

    async def describe_exit(self) -> tuple[str, str]:
        await self.kill(wait_first=True)
        code = self._process.returncode
        how = f"signal {-code}" if code is not None and code < 0 else f"status {code}"
        return (
            "crashed",
            f"The document made its parser crash ({how}). The service goes on; please report the document.",
        )

    async def kill(self, *, wait_first: bool = False) -> None:
        """Kill the worker and clean up; harmless if it has ended. ``kindly``: it is ending already."""
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            if wait_first:
                async with asyncio.timeout(1):
                    await self._process.wait()
            self._process.kill()
        await self._process.wait()
        # Its pipes too: asyncio closes them only when all output was read.
        self._process._transport.close()  # type: ignore[attr-defined]


class _CpuTime(NamedTuple):
    """CPU seconds since a process began, and whether it is runnable now."""

    seconds: float
    ready: bool


def _cpu_time(pid: int) -> _CpuTime | None:
    """Return the CPU time of a process; None on other systems than Linux, or if the process is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    ticks = int(fields[_USER]) + int(fields[_SYSTEM])
    return _CpuTime(ticks / os.sysconf("SC_CLK_TCK"), fields[_STATE] in _READY)


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
