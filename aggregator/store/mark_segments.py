"""Sorted segments of marks: pure functions on packed entries.

A mark is a fingerprint or a key term of an item. An entry is one number of 64 bits, the mark above the item's distance
from the first item of its segment, so that the entries of a mark lie together, oldest item first. A segment is split
into blocks that fit four to a page of SQLite; its fences are the first marks of its blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from aggregator.model import FIRST_KEY_TERM

BLOCK_ENTRIES = 126
ITEM_ID_BITS = 40  # of an item id that shares a number of 64 bits with a position
Numbers = NDArray[np.int64]
Entries = NDArray[np.uint64]
Fences = NDArray[np.uint32]

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ENTRY = np.dtype("<u8")
_FENCE = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class Segment:
    """What is known of a segment without its blocks."""

    id: int
    first_item: int
    last_item: int
    size: int  # entries
    oldest_text: int  # lowest item of which it may have fingerprints
    fences: Fences
    first_block: int = 0  # its number
    has_voided: bool = False  # whether any item has void entries in some segment

    @property
    def span(self) -> int:
        return self.last_item - self.first_item


@dataclass(frozen=True, slots=True)
class Holders:
    """The newest items that have each mark: ``ids[starts[n] : starts[n] + counts[n]]`` have ``marks[n]``."""

    marks: Numbers  # ascending
    starts: Numbers
    counts: Numbers
    ids: Numbers


def pack_entries(marks: Numbers, items: Numbers, first_item: int) -> Entries:
    """Return the sorted entries of (mark, item) pairs."""
    entries = marks.astype(np.uint64) << _HALF | (items - first_item).astype(np.uint64)
    entries.sort()
    return entries


def items_of(entries: Entries, first_item: int) -> Numbers:
    """Return the item of each entry."""
    return (entries & _LOW).astype(np.int64) + first_item


def read_entries(blocks: Sequence[bytes]) -> Entries:
    """Return the entries of blocks."""
    return np.frombuffer(b"".join(blocks), _ENTRY).astype(np.uint64, copy=False)


def split_blocks(entries: Entries) -> list[bytes]:
    """Return the blocks of sorted entries; only the last one may be shorter."""
    data = entries.astype(_ENTRY, copy=False).tobytes()
    size = BLOCK_ENTRIES * _ENTRY.itemsize
    return [data[at : at + size] for at in range(0, len(data), size)]


def fences_of(entries: Entries) -> Fences:
    """Return the fences of sorted entries."""
    return (entries[::BLOCK_ENTRIES] >> _HALF).astype(np.uint32)


def pack_fences(fences: Fences) -> bytes:
    """Return fences as bytes."""
    return fences.astype(_FENCE, copy=False).tobytes()


def unpack_fences(packed: bytes) -> Fences:
    """Return the fences packed by ``pack_fences``."""
    return np.frombuffer(packed, _FENCE).astype(np.uint32, copy=False)


def blocks_with(fences: Fences, marks: Numbers, limit: int) -> Numbers:
    """Return the numbers of the blocks, ascending, in which the newest ``limit`` holders of each mark are."""
    ends = np.searchsorted(fences, marks, "right")  # a block that begins above the mark does not have it
    starts = np.maximum(np.searchsorted(fences, marks, "left") - 1, ends - 2 - limit // BLOCK_ENTRIES)
    depth = np.zeros(fences.size + 1, np.int64)
    has_any = ends > 0
    np.add.at(depth, np.maximum(starts, 0)[has_any], 1)
    np.add.at(depth, ends[has_any], -1)
    return np.flatnonzero(depth[:-1].cumsum() > 0)


def holders_in(entries: Entries, marks: Numbers, limit: int) -> tuple[Numbers, Numbers]:
    """Return (positions in ``marks``, positions in ``entries``) of the newest ``limit`` entries of each mark."""
    low = marks.astype(np.uint64) << _HALF
    ends = entries.searchsorted(low | _LOW, "right")
    starts = np.maximum(entries.searchsorted(low, "left"), ends - limit)
    return expand_ranges(starts, ends - starts)


def expand_ranges(starts: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Return (number of the range, position) for each position of ranges that have ``counts`` from ``starts`` on."""
    ranges = np.repeat(np.arange(counts.size), counts)
    within = np.arange(ranges.size) - np.repeat(counts.cumsum() - counts, counts)
    return ranges, np.repeat(starts, counts) + within


def slices(segments: Sequence[Segment], blocks: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of marks (from, up to and without), ascending, which together are all marks, such that all segments
    have about ``blocks`` blocks in each."""
    fences = np.sort(np.concatenate([segment.fences for segment in segments]))
    bounds = [0, *np.unique(fences[blocks::blocks]).tolist(), 1 << 32]
    for low, high in pairwise(bounds):
        if low < high:
            yield low, high


def block_range(fences: Fences, low: int, high: int) -> tuple[int, int]:
    """Return (first, after the last) number of the blocks that may have marks from ``low`` up to and without
    ``high``."""
    return max(int(np.searchsorted(fences, low, "left")) - 1, 0), int(np.searchsorted(fences, high, "left"))


def within(entries: Entries, low: int, high: int) -> Entries:
    """Return the entries with marks from ``low`` up to and without ``high``."""
    start = entries.searchsorted(np.uint64(low) << _HALF)
    end = entries.size if high >= 1 << 32 else entries.searchsorted(np.uint64(high) << _HALF)
    return entries[start:end]


def is_fingerprint(entries: Entries) -> NDArray[np.bool_]:
    """Return for each entry whether its mark is a fingerprint."""
    return (entries >> _HALF) < np.uint64(FIRST_KEY_TERM)


def rebase(entries: Entries, difference: int) -> Entries:
    """Return the entries for a segment whose first item is ``difference`` lower."""
    return entries + np.uint64(difference)
