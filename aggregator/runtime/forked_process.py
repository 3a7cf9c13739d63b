"""A child process made by ``fork``, which shares the memory of what its parent has loaded.

Fork only while the process has one thread: a lock that another thread holds would stay locked in the child.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Protocol, Self

_EXIT_CHECK_EVERY = 0.01  # seconds
_PR_SET_PDEATHSIG = 1


class ChildProcess(Protocol):
    """The part of ``subprocess.Popen`` that is used of a child process."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


class ForkedProcess:
    """A child that runs a function and ends with it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    @classmethod
    def start(cls, function: Callable[[], object]) -> Self:
        """Run ``function`` in a child. Its exit code is 1 if the function raises."""
        pid = os.fork()
        if pid:
            return cls(pid)
        code = 1
        try:
            function()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the child runs."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code. Raises TimeoutExpired after ``timeout`` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(_EXIT_CHECK_EVERY)
        return code

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def end_with_parent(parent: int) -> None:
    """Let the kernel kill this process with its parent (PR_SET_PDEATHSIG), whatever it is doing.

    Elsewhere than on Linux it does nothing: only a process that waits at a socket of its parent notices the end.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def run_in_child(function: Callable[[], object]) -> None:
    """Run a function in a child, which gives the memory that it takes back to the system; here if there are threads.

    Raises what the function raises, and RuntimeError if the child is killed.
    """
    if threading.active_count() > 1:
        function()
        return
    parent = os.getpid()
    reading, writing = os.pipe()

    def report() -> None:
        os.close(reading)
        end_with_parent(parent)
        with open(writing, "wb") as pipe:
            pipe.write(pickle.dumps(_error_of(function)))
        sys.stdout.flush()
        sys.stderr.flush()

    child = ForkedProcess.start(report)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read()
    code = child.wait()
    if not answer:
        raise RuntimeError(f"a child process ended with {code}")
    error: BaseException | None = pickle.loads(answer)
    if error is not None:
        raise error


def _error_of(function: Callable[[], object]) -> BaseException | None:
    """Return what the function raises, as something that can be pickled."""
    try:
        function()
    except BaseException as error:
        with contextlib.suppress(Exception):
            pickle.loads(pickle.dumps(error))
            return error
        return RuntimeError(f"{type(error).__name__}: {error}")
    return None
