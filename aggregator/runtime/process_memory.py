"""Keep a process as small as its data (with glibc; elsewhere a no-op), and its garbage collections short.

By default glibc gives every thread a heap of its own and, once a large block was freed, allocates later ones of that
size from these heaps, where small blocks pin them: a process that read a few large documents stays large.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_LARGE_BLOCK_BYTES = 128 * 1024  # bytes; larger blocks return to the system as soon as they are freed
_PAGE_BYTES = 4096
_COLLECT_AFTER = 50_000  # new objects
_COLLECT_WHILE_LOADING_AFTER = 500_000  # what a command imports is less


def limit_malloc_arenas() -> None:
    """Set the limits; call once, at the start of the process."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE_BLOCK_BYTES)
        libc.mallopt(_M_ARENA_MAX, 1)


def prepare_command() -> None:
    """Let a command import its modules without collections, end without one, and compute on one thread: numpy's
    matrices are too small here for two, and starting them takes 0.05 s.

    Collections at the end, of what the system takes back anyway, take a tenth of a second.
    """
    gc.set_threshold(_COLLECT_WHILE_LOADING_AFTER, 10, 10)
    atexit.register(gc.freeze)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def collect_seldom() -> None:
    """Let more objects be allocated before the garbage collector runs: modules stay, and documents leave few cycles."""
    gc.set_threshold(_COLLECT_AFTER, 10, 10)


def freeze_gc(*, collect: bool = True) -> None:
    """Move everything loaded so far out of the garbage collector's reach (``gc.freeze``), so that collections stay
    cheap; with ``collect`` after a collection, which takes some 30 ms.
    """
    if collect:
        gc.collect()
    gc.freeze()


def collect_garbage() -> None:
    """Collect all garbage; takes some tens of milliseconds.

    What an exception has passed through keeps itself alive in a cycle, with the documents that were being stored. After
    ``collect_seldom``, cycles that were alive in two collections would wait for millions of new objects.
    """
    gc.collect()


def trim_heap() -> None:
    """Return free memory to the system; takes a few milliseconds."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def resident_bytes() -> int:
    """Return the resident bytes of this process; 0 if unknown."""
    if sys.platform != "linux":
        return 0
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    return 0
