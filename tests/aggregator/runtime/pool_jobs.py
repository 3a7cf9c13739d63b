"""Functions that the tests run in child processes; they are at module level because they are pickled by name."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

_loaders: list[int] = []


def load() -> None:
    _loaders.append(os.getpid())


def loaded_by() -> int:
    (loader,) = _loaders
    return loader


def load_numpy() -> None:
    import numpy  # noqa: F401

    _loaders.append(len(os.listdir("/proc/self/task")))


def threads_of_loader() -> int:
    return _loaders[0]


def double(number: int) -> int:
    return 2 * number


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def whoami() -> int:
    return os.getpid()


def size(data: bytes) -> bytes:
    return data + b"!"


def print_much() -> str:
    print("noise on stdout", flush=True)  # noqa: T201
    os.write(1, b"more noise\n")
    return "quiet"


def hang() -> None:
    while True:
        time.sleep(60)


def spin() -> None:
    while True:
        pass


def use_cpu(seconds: float) -> int:
    """Use this many seconds of CPU time, however long that takes."""
    begun = time.process_time()
    while time.process_time() < begun + seconds:
        pass
    return 1


def crash() -> None:
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def exceed_memory() -> int:
    return len(bytearray(4 << 30))


def fail() -> None:
    raise ValueError("no such thing")


def recurse() -> int:
    sys.setrecursionlimit(10_000)

    def down(depth: int) -> int:
        return down(depth + 1)

    return down(0)


def secret() -> object:
    return lambda: None  # cannot be pickled
