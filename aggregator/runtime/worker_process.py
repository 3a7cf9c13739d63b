"""The parent's side of a pool's processes: the fork server, and the workers that it forks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import socket
import subprocess
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from aggregator.runtime import fork_server
from aggregator.runtime.forked_process import ChildProcess, ForkedProcess

MAX_CLOCK_RATIO = 3.0  # how many times its limit a call may take if other processes keep the CPU from it
_MIN_WAIT = 0.02  # seconds: resolution of the system's CPU times
REQUEST_TIMEOUT = 30.0  # seconds for the fork server to answer; it does nothing that takes long
_EXIT_TIMEOUT = 1.0  # seconds for a process to end by itself
_EXIT_CHECK_EVERY = 0.005  # seconds
_BUFFER_BYTES = 4 * 1024 * 1024
_SIZE_BYTES = 8  # each message is a pickle after its length, big-endian
_STATE, _USER, _SYSTEM = 0, 11, 12  # fields of /proc/PID/stat after the name, see proc_pid_stat(5)
_READY = ("R", "D", "T")  # running or waiting for a CPU, for the disk, or stopped


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A fork server that was started but has loaded nothing yet, and our end of its socket."""

    process: ChildProcess
    connection: socket.socket

    @classmethod
    def execute(cls) -> Self:
        """Start a new interpreter."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "aggregator.runtime.fork_server", str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )  # fmt: skip
        return cls(process, ours)

    @classmethod
    def fork(cls) -> Self:
        """Fork this process, which must have a single thread; the server shares the memory of what is loaded."""
        ours, theirs = socket.socketpair()
        parent = os.getpid()

        def serve() -> None:
            ours.close()
            fork_server.main(theirs, parent)

        with theirs:
            return cls(ForkedProcess.start(serve), ours)


def _end(started: ServerProcess) -> None:
    """End a fork server, at the latest when it is collected because the event loop ended before it was closed."""
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()
    started.connection.close()


class ForkServer:
    """A running fork server (``fork_server``)."""

    def __init__(self, started: ServerProcess) -> None:
        self._process = started.process
        self._connection = started.connection
        self._finalizer = weakref.finalize(self, _end, started)
        self._finalizer.atexit = False  # forked processes have a copy of it
        self._requests = asyncio.Lock()
        self._loaded_bytes = 0  # resident bytes of a new worker
        self.is_lost = False  # it no longer answers

    @classmethod
    async def start(cls, prepare: Callable[[], None] | None, memory: int, started: ServerProcess | None = None) -> Self:
        """Let a fork server, by default a new interpreter, call ``prepare``. ``memory``: limit of a worker in bytes.

        Raises EOFError or OSError if it ends before it is ready.
        """
        server = cls(started or ServerProcess.execute())
        server._connection.setblocking(False)
        try:
            message = pickle.dumps((prepare, memory))
            message = len(message).to_bytes(_SIZE_BYTES) + message
            await asyncio.get_running_loop().sock_sendall(server._connection, message)
            server._loaded_bytes = await server._receive_number()
        except BaseException:
            await server.close()
            raise
        return server

    async def fork(self) -> WorkerProcess:
        """Start a worker. Raises EOFError or OSError if the server is gone."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                worker = await self._request(fork_server.FORK, 0, theirs)
            reader, writer = await asyncio.open_connection(sock=ours, limit=_BUFFER_BYTES)
        except BaseException:
            ours.close()  # which ends the worker, if there is one
            raise
        child = WorkerProcess(self, worker, reader, writer)
        child.baseline_bytes = self._loaded_bytes
        return child

    async def exit_code(self, worker: int) -> int | None:
        """Return the exit code of a worker, negative for a signal; None if it still runs. Not to be asked again."""
        code = await self._request(fork_server.STATUS, worker)
        return None if code == fork_server.RUNNING else code

    async def kill(self, worker: int) -> int:
        """End a worker and return its exit code. Not to be called when the code is known."""
        return await self._request(fork_server.KILL, worker)

    async def close(self) -> None:
        """End the server and its workers."""
        self.is_lost = True
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)  # ends a request that still waits
        waited = 0.0
        while self._process.poll() is None and waited < _EXIT_TIMEOUT:
            await asyncio.sleep(_EXIT_CHECK_EVERY)
            waited += _EXIT_CHECK_EVERY
        self._finalizer()

    async def _request(self, command: bytes, number: int, *sockets: socket.socket) -> int:
        """Send a request and return the answer, also if the caller is cancelled: the next answer is the next one's."""
        exchange = asyncio.ensure_future(self._exchange(command, number, [os.dup(one.fileno()) for one in sockets]))
        return await asyncio.shield(exchange)

    async def _exchange(self, command: bytes, number: int, descriptors: list[int]) -> int:
        async with self._requests:
            try:
                if self.is_lost:
                    raise EOFError
                # A short message is sent at once: the previous one was answered, so the buffer is empty.
                socket.send_fds(self._connection, [command + number.to_bytes(fork_server.NUMBER_BYTES)], descriptors)
                async with asyncio.timeout(REQUEST_TIMEOUT):
                    return await self._receive_number()
            except (EOFError, OSError):  # also if it does not answer in time
                self.is_lost = True
                raise
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)

    async def _receive_number(self) -> int:
        loop, data = asyncio.get_running_loop(), b""
        while len(data) < fork_server.NUMBER_BYTES:
            part = await loop.sock_recv(self._connection, fork_server.NUMBER_BYTES - len(data))
            if not part:
                raise EOFError
            data += part
        return int.from_bytes(data, signed=True)


class WorkerProcess:
    """A worker, which takes one call at a time."""

    def __init__(
        self, server: ForkServer, process: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._process = process
        self._reader, self._writer = reader, writer
        self._exit_code: int | None = None
        self.call_count = 0
        self.is_reusable = True  # the last call was answered completely
        self.baseline_bytes = 0  # bytes it needs for small calls
        self.idle_since = 0.0  # time of the event loop

    @property
    def is_alive(self) -> bool:
        return not self._reader.at_eof() and not self._server.is_lost

    async def call(self, request: object) -> bytes:
        """Send one pickle and receive one. Raises EOFError or OSError if the worker is gone."""
        self.is_reusable = False
        self.call_count += 1
        message = pickle.dumps(request, pickle.HIGHEST_PROTOCOL)
        self._writer.write(len(message).to_bytes(_SIZE_BYTES))
        self._writer.write(message)
        del message  # it may be large, and the socket has a copy
        await self._writer.drain()
        size = int.from_bytes(await self._reader.readexactly(_SIZE_BYTES))
        answer = await self._reader.readexactly(size)
        self.is_reusable = True
        return answer

    async def call_within(self, seconds: float, request: object) -> bytes:
        """``call`` with a limit: raises TimeoutError after ``seconds`` of CPU time, or ``MAX_CLOCK_RATIO`` times as
        long by the clock.
        """
        before = _cpu_time(self._process)
        begun = asyncio.get_running_loop().time()
        call = asyncio.create_task(self.call(request))
        try:
            done, _ = await asyncio.wait({call}, timeout=seconds)
            while not done:
                now = _cpu_time(self._process)
                left = seconds - (now.seconds - before.seconds) if now and before and now.ready else 0.0
                left = min(left, begun + MAX_CLOCK_RATIO * seconds - asyncio.get_running_loop().time())
                if left < _MIN_WAIT:
                    raise TimeoutError
                done, _ = await asyncio.wait({call}, timeout=left)
            return call.result()
        finally:
            call.cancel()

    async def describe_exit(self) -> tuple[str, str]:
        """Return kind and reason for people, of a worker that ended during a call."""
        with contextlib.suppress(EOFError, OSError):
            async with asyncio.timeout(_EXIT_TIMEOUT):
                while self._exit_code is None:
                    self._exit_code = await self._server.exit_code(self._process)
                    await asyncio.sleep(_EXIT_CHECK_EVERY)
        await self.kill()
        code = self._exit_code
        how = f"signal {-code}" if code is not None and code < 0 else f"status {code}"
        return (
            "crashed",
            f"The document made its parser crash ({how}). The service goes on; please report the document.",
        )

    async def kill(self) -> None:
        """End the worker; harmless if it has ended."""
        self._writer.close()
        if self._exit_code is None:
            with contextlib.suppress(EOFError, OSError):
                self._exit_code = await self._server.kill(self._process)


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
