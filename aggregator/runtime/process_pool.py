"""A pool of worker processes: a document that kills, hangs or bloats its parser costs one visit, never the service.

Each child is an interpreter of its own that takes one call at a time over a pipe. It is started when it is first
needed, replaced after so many calls (against slow growth), killed when it overruns, and ends by itself when this
process is gone, however it went.
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

R = TypeVar("R")

log = logging.getLogger(__name__)

MEMORY_LIMIT = 1024 * 1024 * 1024  # bytes of data a child may hold
PREPARE_TIMEOUT = 120.0  # seconds a new child may take to load, on however busy a machine
MAX_CALLS = 500  # after so many a child is replaced
MAX_GROWTH_BYTES = (
    40 * 1024 * 1024
)  # likewise with so many bytes more than its small calls need: they hardly ever come back
SMALL_CALL_BYTES = 512 * 1024  # bytes; calls with more are ``heavy``
SHORT_TIMEOUT = 8.0  # seconds that a small call has which is not of the first rank
MAX_CLOCK_RATIO = (
    3.0  # times its limit is how long a call may take at the most, where others keep the processor from it
)
_LOWEST_PRIORITY = 3  # the rank of heavy calls, whosever they are
_MIN_WAIT = 0.02  # seconds: as exact as the system counts processor time
_PIPE_BUFFER_BYTES = 4 * 1024 * 1024
_SIZE_BYTES = 8  # each message is a pickle behind its length, big-endian
_STATE, _USER, _SYSTEM = 0, 11, 12  # fields of /proc/PID/stat behind the name, see proc_pid_stat(5)
_READY = ("R", "D", "T")  # running or waiting for a processor, for the disk, or stopped


class PoolCallFailed(Exception):
    """A call that brought no result. ``kind`` is crashed, timeout, memory or error; ``reason`` is for a person."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class ProcessPool:
    """Runs module-level functions in child processes; an async context manager, for one event loop."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        memory: int = MEMORY_LIMIT,
        max_calls: int = MAX_CALLS,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """``prepare`` is called once in each new child, outside any call's time limit: to load what calls need."""
        self.workers = workers or _cpu_count()
        self._prepare = prepare
        self._memory = memory
        self._max_calls = max_calls
        self.queue = _PriorityQueue(self.workers)
        self._idle: list[_WorkerProcess] = []
        self._all: set[_WorkerProcess] = set()
        self._closed = False
        self._loading: list[asyncio.Task[None]] = []  # one for each that was expected, ended or not

    async def run(self, func: Callable[..., R], /, *args: Any, timeout: float, heavy: bool = False) -> R:
        """Call ``func(*args)`` in a child. ``timeout`` (seconds) counts from when a child is free to begin, and is up
        to ``STRETCH`` times longer where others keep it from the processor; ``heavy`` calls, with more than ``SMALL``,
        are served last and one at a time less than there are children.

        Raises ChildFailed when the child dies, overruns, runs out of memory or ``func`` raises.
        """
        async with self.queue.slot(_LOWEST_PRIORITY if heavy else 1, 1 if heavy and self.workers > 1 else 0):
            return (await self.call_now(func, args, timeout, heavy=heavy))[0]

    def prewarm(self) -> None:
        """A call may come soon: one more child begins to load, unless all are there or loading."""
        if len(self._loading) < self.workers:
            self._loading.append(asyncio.create_task(self._load()))

    async def _load(self) -> None:
        async with self.queue.slot(_LOWEST_PRIORITY, 0):
            with contextlib.suppress(PoolCallFailed):
                await self._release(await self._acquire())

    def with_priority(self, priority: int) -> PriorityClient:
        """The same children for one visit, served by rank: 0 before 1 before 2."""
        return PriorityClient(self, priority)

    async def call_now(
        self, func: Callable[..., R], args: tuple[Any, ...], timeout: float, *, heavy: bool
    ) -> tuple[R, float]:
        """What ``run`` does once it has its turn, and the processor time it took in seconds."""
        child = await self._acquire()
        try:
            outcome, value, seconds, size = pickle.loads(await child.call_within(timeout, (func, args, timeout)))
            # Memory that ran out, or much of it, may never come back to the system: a fresh child takes over.
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
        """End all children. Calls that still run fail."""
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
    """A place from which another pool's children are used: with a rank (the lowest is served first), and for ranks
    above 1 never the last free child. Notes in ``seconds`` the processor time of its calls."""

    def __init__(self, pool: ProcessPool, priority: int) -> None:
        self.workers = pool.workers
        self.cpu_seconds = 0.0
        self._pool = pool
        self._priority = priority

    async def run(self, func: Callable[..., R], /, *args: Any, timeout: float, heavy: bool = False) -> R:
        rank = _LOWEST_PRIORITY if heavy else self._priority
        if self._priority and not heavy:
            timeout = min(timeout, SHORT_TIMEOUT)
        async with self._pool.queue.slot(rank, 1 if rank > 1 and self.workers > 1 else 0):
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
        """Nothing: the children are another's."""


class _PriorityQueue:
    """So many places, given to who waits with the lowest rank, in order of coming."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: list[tuple[int, int, int, asyncio.Event]] = []
        self._sequence = count()

    @asynccontextmanager
    async def slot(self, priority: int, spare_slots: int) -> AsyncIterator[None]:
        """``spare`` places are left free by this one."""
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
        # The first in line decides: behind it are only those that rank no higher, and leave no fewer places free.
        while self._waiting and self._free > self._waiting[0][2]:
            self._free -= 1
            heapq.heappop(self._waiting)[3].set()


def _cpu_count() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _WorkerProcess:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.call_count = 0
        self.is_reusable = True  # the last call was answered whole
        self.baseline_bytes = 0  # bytes that it needs for its small calls

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
        """One pickle there and one back. Raises EOFError or OSError when the child has gone."""
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
        """``call``. TimeoutError after ``seconds`` of the processor, or ``STRETCH`` times as long by the clock."""
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
        """End it and clear up after it; harmless when it has ended. ``kindly``: it is ending already."""
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            if wait_first:
                async with asyncio.timeout(1):
                    await self._process.wait()
            self._process.kill()
        await self._process.wait()
        # Its pipes, too: asyncio closes them only when all of its output was read.
        self._process._transport.close()  # type: ignore[attr-defined]


class _CpuTime(NamedTuple):
    """Seconds of processor time since a process began, and whether it would use more now."""

    seconds: float
    ready: bool


def _cpu_time(pid: int) -> _CpuTime | None:
    """Return what a process had of the processor; None on other systems than Linux, or if the process is gone."""
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
    log.error("child-error %s: %s", last, " ".join(line.strip() for line in trace[-6:]))
    return PoolCallFailed(
        "error", f"The document met a fault in its parser ({last[:300]}). Please report the document."
    )
