"""Keeps a process as small as what it holds (with glibc; elsewhere this does nothing), and its collector brief.

Left to itself glibc gives every thread a heap of its own and, once a large block was freed, takes all later ones of
that size from those heaps, where small blocks pin them: a process that read a few large documents stays that large.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_LARGE_BLOCK_BYTES = 128 * 1024  # bytes; blocks from this size on go back to the system as soon as they are freed
_PAGE_BYTES = 4096


def limit_malloc_arenas() -> None:
    """Set the limits; once, before the process has much."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE_BLOCK_BYTES)
        libc.mallopt(_M_ARENA_MAX, 1)


def freeze_gc() -> None:
    """Say that what is loaded stays: the collector of garbage need not look through it again for every document."""
    gc.collect()
    gc.freeze()


def trim_heap() -> None:
    """Return what is free to the system: a few milliseconds."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def resident_bytes() -> int:
    """The bytes of this process that are in memory; 0 where that cannot be told."""
    if sys.platform != "linux":
        return 0
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    return 0
