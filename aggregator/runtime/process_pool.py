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

MEMORY = 1024 * 1024 * 1024  # bytes of data a child may hold
PREPARING = 120.0  # seconds a new child may take to load, on however busy a machine
CALLS = 500  # after so many a child is replaced
SWOLLEN = 40 * 1024 * 1024  # likewise with so many bytes more than its small calls need: they hardly ever come back
SMALL = 512 * 1024  # bytes; calls with more are ``heavy``
BRIEF = 8.0  # seconds that a small call has which is not of the first rank
STRETCH = 3.0  # times its limit is how long a call may take at the most, where others keep the processor from it
_LAST = 3  # the rank of heavy calls, whosever they are
_MOMENT = 0.02  # seconds: as exact as the system counts processor time
_BUFFER = 4 * 1024 * 1024
_SIZE_BYTES = 8  # each message is a pickle behind its length, big-endian
_STATE, _USER, _SYSTEM = 0, 11, 12  # fields of /proc/PID/stat behind the name, see proc_pid_stat(5)
_READY = ("R", "D", "T")  # running or waiting for a processor, for the disk, or stopped


class ChildFailed(Exception):
    """A call that brought no result. ``kind`` is crashed, timeout, memory or error; ``reason`` is for a person."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Children:
    """Runs module-level functions in child processes; an async context manager, for one event loop."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        memory: int = MEMORY,
        calls: int = CALLS,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """``prepare`` is called once in each new child, outside any call's time limit: to load what calls need."""
        self.workers = workers or _cores()
        self._prepare = prepare
        self._memory = memory
        self._calls = calls
        self.line = _Line(self.workers)
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._closed = False
        self._loading: list[asyncio.Task[None]] = []  # one for each that was expected, ended or not

    async def run(self, func: Callable[..., R], /, *args: Any, timeout: float, heavy: bool = False) -> R:
        """Call ``func(*args)`` in a child. ``timeout`` (seconds) counts from when a child is free to begin, and is up
        to ``STRETCH`` times longer where others keep it from the processor; ``heavy`` calls, with more than ``SMALL``,
        are served last and one at a time less than there are children.

        Raises ChildFailed when the child dies, overruns, runs out of memory or ``func`` raises.
        """
        async with self.line.turn(_LAST if heavy else 1, 1 if heavy and self.workers > 1 else 0):
            return (await self.call(func, args, timeout, heavy=heavy))[0]

    def expect(self) -> None:
        """A call may come soon: one more child begins to load, unless all are there or loading."""
        if len(self._loading) < self.workers:
            self._loading.append(asyncio.create_task(self._load()))

    async def _load(self) -> None:
        async with self.line.turn(_LAST, 0):
            with contextlib.suppress(ChildFailed):
                await self._give_back(await self._take())

    def desk(self, rank: int) -> Desk:
        """The same children for one visit, served by rank: 0 before 1 before 2."""
        return Desk(self, rank)

    async def call(
        self, func: Callable[..., R], args: tuple[Any, ...], timeout: float, *, heavy: bool
    ) -> tuple[R, float]:
        """What ``run`` does once it has its turn, and the processor time it took in seconds."""
        child = await self._take()
        try:
            outcome, value, seconds, size = pickle.loads(await child.within(timeout, (func, args, timeout)))
            # Memory that ran out, or much of it, may never come back to the system: a fresh child takes over.
            child.ready = outcome != "memory" and not (heavy and size > child.size + SWOLLEN)
            child.size = max(child.size, size) if not heavy else child.size
        except TimeoutError:
            raise ChildFailed(
                "timeout", f"Reading the document took longer than {timeout:g} s and was stopped."
            ) from None
        except (EOFError, OSError):
            raise ChildFailed(*await child.cause_of_death()) from None
        finally:
            await self._give_back(child)
        if outcome != "done":
            raise _failure(outcome, value)
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

    async def _take(self) -> _Child:
        if self._closed:
            raise ChildFailed("crashed", "The service is stopping.")
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            self._all.discard(child)
            await child.kill()
        child = await _Child.start(self._memory)
        self._all.add(child)
        if self._prepare is not None:
            await self._ready(child, self._prepare)
        return child

    async def _ready(self, child: _Child, prepare: Callable[[], None]) -> None:
        try:
            async with asyncio.timeout(PREPARING):
                *_, child.size = pickle.loads(await child.call((prepare, (), PREPARING)))
        except (TimeoutError, EOFError, OSError):
            self._all.discard(child)
            await child.kill()
            raise ChildFailed("crashed", "A child process for reading could not be started.") from None

    async def _give_back(self, child: _Child) -> None:
        if child.ready and child.calls < self._calls and not self._closed:
            self._idle.append(child)
        else:
            self._all.discard(child)
            await child.kill()


class Desk(Children):
    """A place from which another pool's children are used: with a rank (the lowest is served first), and for ranks
    above 1 never the last free child. Notes in ``seconds`` the processor time of its calls."""

    def __init__(self, whole: Children, rank: int) -> None:
        self.workers = whole.workers
        self.seconds = 0.0
        self._whole = whole
        self._rank = rank

    async def run(self, func: Callable[..., R], /, *args: Any, timeout: float, heavy: bool = False) -> R:
        rank = _LAST if heavy else self._rank
        if self._rank and not heavy:
            timeout = min(timeout, BRIEF)
        async with self._whole.line.turn(rank, 1 if rank > 1 and self.workers > 1 else 0):
            try:
                value, seconds = await self._whole.call(func, args, timeout, heavy=heavy)
            except ChildFailed as error:
                self.seconds += timeout if error.kind == "timeout" else 0.0
                raise
            self.seconds += seconds
            return value

    def expect(self) -> None:
        self._whole.expect()

    async def close(self) -> None:
        """Nothing: the children are another's."""


class _Line:
    """So many places, given to who waits with the lowest rank, in order of coming."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[int, int, int, asyncio.Event]] = []
        self._numbers = count()

    @asynccontextmanager
    async def turn(self, rank: int, spare: int) -> AsyncIterator[None]:
        """``spare`` places are left free by this one."""
        called = asyncio.Event()
        entry = (rank, next(self._numbers), spare, called)
        heapq.heappush(self._waiting, entry)
        self._call()
        try:
            await called.wait()
        except asyncio.CancelledError:
            if called.is_set():
                self._leave()
            else:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
            raise
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        self._free += 1
        self._call()

    def _call(self) -> None:
        # The first in line decides: behind it are only those that rank no higher, and leave no fewer places free.
        while self._waiting and self._free > self._waiting[0][2]:
            self._free -= 1
            heapq.heappop(self._waiting)[3].set()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Child:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.calls = 0
        self.ready = True  # the last call was answered whole
        self.size = 0  # bytes that it needs for its small calls

    @classmethod
    async def start(cls, memory: int) -> _Child:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "aggregator.runtime.pool_worker", str(os.getpid()), str(memory),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_BUFFER,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        return cls(process)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def call(self, what: object) -> bytes:
        """One pickle there and one back. Raises EOFError or OSError when the child has gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.ready = False
        self.calls += 1
        message = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.write(len(message).to_bytes(_SIZE_BYTES))
        self._process.stdin.write(message)
        del message  # it may be large, and the pipe has a copy
        await self._process.stdin.drain()
        size = int.from_bytes(await self._process.stdout.readexactly(_SIZE_BYTES))
        answer = await self._process.stdout.readexactly(size)
        self.ready = True
        return answer

    async def within(self, seconds: float, what: object) -> bytes:
        """``call``. TimeoutError after ``seconds`` of the processor, or ``STRETCH`` times as long by the clock."""
        before = _cpu_time(self._process.pid)
        begun = asyncio.get_running_loop().time()
        call = asyncio.create_task(self.call(what))
        try:
            done, _ = await asyncio.wait({call}, timeout=seconds)
            while not done:
                now = _cpu_time(self._process.pid)
                left = seconds - (now.seconds - before.seconds) if now and before and now.ready else 0.0
                left = min(left, begun + STRETCH * seconds - asyncio.get_running_loop().time())
                if left < _MOMENT:
                    raise TimeoutError
                done, _ = await asyncio.wait({call}, timeout=left)
            return call.result()
        finally:
            call.cancel()

    async def cause_of_death(self) -> tuple[str, str]:
        await self.kill(kindly=True)
        code = self._process.returncode
        how = f"signal {-code}" if code is not None and code < 0 else f"status {code}"
        return (
            "crashed",
            f"The document made its parser crash ({how}). The service goes on; please report the document.",
        )

    async def kill(self, *, kindly: bool = False) -> None:
        """End it and clear up after it; harmless when it has ended. ``kindly``: it is ending already."""
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            if kindly:
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


def _failure(outcome: str, value: object) -> ChildFailed:
    if outcome == "memory":
        return ChildFailed("memory", "The document needs more memory than is allowed to read it, so it was not read.")
    *trace, last = str(value).rstrip().splitlines()
    log.error("child-error %s: %s", last, " ".join(line.strip() for line in trace[-6:]))
    return ChildFailed("error", f"The document met a fault in its parser ({last[:300]}). Please report the document.")
