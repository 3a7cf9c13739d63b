"""Inside a worker process of ``process_pool``: calls arrive on a socket, and their results leave on it."""

from __future__ import annotations

import contextlib
import pickle
import resource
import socket
import time
import traceback
from typing import BinaryIO

from aggregator.runtime.process_memory import resident_bytes, trim_heap

_SIZE_BYTES = 8
_CPU_GRACE_SECONDS = 5
_LARGE_MESSAGE_BYTES = 256 * 1024  # bytes of a message after which free memory is returned to the system


def serve_calls(connection: socket.socket, memory: int) -> None:
    """Serve calls until the connection is closed. ``memory``: limit of the process in bytes."""
    _set_limit(resource.RLIMIT_DATA, memory)
    _set_limit(resource.RLIMIT_CORE, 0)
    with connection.makefile("rb") as calls, connection.makefile("wb") as results:
        while head := calls.read(_SIZE_BYTES):
            begun = time.process_time()
            size = int.from_bytes(head)
            answer = _run_call(calls, size)
            _send_result(results, answer, begun)
            if answer[0] == "memory":
                return  # perhaps in the midst of a message; the pool takes another process
            if size > _LARGE_MESSAGE_BYTES:
                trim_heap()


def _run_call(calls: BinaryIO, size: int) -> tuple[str, object]:
    try:
        func, args, seconds = pickle.loads(calls.read(size))
        # If no parent is left to kill us, the kernel does, slightly later than the parent would.
        _set_limit(resource.RLIMIT_CPU, int(time.process_time() + seconds) + _CPU_GRACE_SECONDS)
        return "done", func(*args)
    except MemoryError:
        return "memory", None
    except Exception:
        return "error", traceback.format_exc()


def _send_result(results: BinaryIO, answer: tuple[str, object], started: float) -> None:
    """Write (outcome, value, CPU seconds since ``started``, resident bytes)."""
    cost = (time.process_time() - started, resident_bytes())
    try:
        data = pickle.dumps((*answer, *cost), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        data = pickle.dumps(("memory", None, *cost))
    except Exception:
        data = pickle.dumps(("error", traceback.format_exc(), *cost))
    results.write(len(data).to_bytes(_SIZE_BYTES) + data)
    results.flush()


def _set_limit(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
