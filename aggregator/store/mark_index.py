"""Index of fingerprints and key terms: which items have them.

Hashes have no order in time, so in a B-tree nearly every mark of an item would change another page. Each transaction
appends its entries as a sorted segment instead (``mark_segments``), and those of about the same size are merged. What
an item had before it was edited is void until its segment is merged.

With one writer, the last segment grows while it is small, and the transaction that appends merges small segments as
well; large ones are rewritten in many short transactions (``mark_rewriting``). On PostgreSQL segments are appended one
after the other, at the end of transactions, and merged in a transaction of their own (``merge_segments``), which nobody
waits for. It merges only segments up to one that was the last while nobody was appending. Both keep the highest id:
whatever is made void meanwhile is void up to that one at least.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    exists,
    func,
    select,
)

from aggregator.model import Sketch
from aggregator.store.mark_segments import (
    BLOCK_ENTRIES,
    Entries,
    Fences,
    Numbers,
    Segment,
    block_range,
    fences_of,
    is_fingerprint,
    items_of,
    pack_entries,
    pack_fences,
    read_entries,
    rebase,
    slices,
    split_blocks,
    unpack_fences,
    within,
)
from aggregator.store.schema.tables import mark_blocks, mark_segments, voided_marks
from aggregator.store.sql import locks
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.statements import execute_rows, upsert

BlockRow = dict[str, Any]
_WriteBlocks = Callable[[list[BlockRow]], None]
Begin = Callable[[], AbstractContextManager[Connection]]  # a transaction
SMALL = 1 << 14  # entries; a segment that stays below absorbs the next one at once
FAN_OUT = 4  # segments of about one size that are merged
AT_ONCE = 1 << 19  # entries that the only writer of SQLite merges when it appends; ``mark_rewriting`` merges more
LARGE_BESIDE_OTHERS = 1 << 26  # entries; larger segments are not made
OUTDATED = 0.25  # share of the items of a segment whose fingerprints are too old, from which they are dropped

_BLOCK_BITS = 24  # of the id of a block: its number within the segment
HALF = 1 << 23  # first block of every other segment with the same id
SLICE_BLOCKS = 2048  # read at once: 2 MB
EVERY_MARK = (0, 1 << 32)
NO_ITEM = 1 << 62  # higher than every item

_HAS_VOIDED = exists(select(voided_marks.c.item_id)).label("has_voided")
SEGMENT_COLUMNS = (
    mark_segments.c.id,
    mark_segments.c.first_item,
    mark_segments.c.last_item,
    mark_segments.c.size,
    mark_segments.c.oldest_text,
    mark_segments.c.fences,
    mark_segments.c.first_block,
)
_SEGMENTS = select(*SEGMENT_COLUMNS, _HAS_VOIDED).order_by(mark_segments.c.id).execution_options(binary=True)
_SEGMENTS_UP_TO = _SEGMENTS.where(mark_segments.c.id <= bindparam("last"))
_SMALL_SEGMENTS = select(func.count()).where(mark_segments.c.size < bindparam("small"))
BLOCKS = select(mark_blocks.c.packed).order_by(mark_blocks.c.id).execution_options(binary=True)
_RANGE_OF_BLOCKS = BLOCKS.where(mark_blocks.c.id >= bindparam("low"), mark_blocks.c.id < bindparam("high"))
_VOIDED = select(voided_marks.c.item_id, voided_marks.c.segment_id).where(voided_marks.c.item_id >= bindparam("floor"))
_LAST_ID = select(func.max(mark_segments.c.id))
_CHANGED = "first_item last_item size oldest_text fences first_block"
_DELETE_SEGMENT = delete(mark_segments).where(mark_segments.c.id == bindparam("segment"))
_DELETE_BLOCKS = delete(mark_blocks).where(mark_blocks.c.id >= bindparam("low"), mark_blocks.c.id < bindparam("high"))


# ---------------------------------------------------------------- reading
class VoidedItems:
    """Items whose entries in older segments are void."""

    def __init__(self, rows: Iterable[tuple[int, int]]) -> None:
        pairs = np.array(list(rows), np.int64).reshape(-1, 2)
        self._items, self._segments = pairs[:, 0], pairs[:, 1]

    def are_valid(self, items: Numbers, segment_id: int) -> NDArray[np.bool_]:
        """Return for each of the items of entries of a segment whether its entry is valid."""
        voided = self._items[self._segments >= segment_id]
        return np.isin(items, voided, invert=True) if voided.size else np.ones(items.size, np.bool_)


def _voided_in(connection: Connection, segments: Sequence[Segment]) -> VoidedItems:
    """Return the items that have void entries in one of the segments."""
    if not any(segment.has_voided for segment in segments):
        return VoidedItems(())
    floor = min(segment.first_item for segment in segments)
    return VoidedItems((row[0], row[1]) for row in connection.execute(_VOIDED, {"floor": floor}))


def load_segments(connection: Connection) -> list[Segment]:
    """Return all segments, the oldest first."""
    return [segment_of_row(row) for row in connection.execute(_SEGMENTS)]


def segment_of_row(row: AnyRow) -> Segment:
    """Return a row of ``SEGMENT_COLUMNS``, and whether any item has void entries."""
    segment_id, first_item, last_item, size, oldest_text, fences, first_block, has_voided = row
    unpacked = unpack_fences(fences)
    return Segment(segment_id, first_item, last_item, size, oldest_text, unpacked, first_block, bool(has_voided))


def block_id(segment: Segment, number: int) -> int:
    """Return the id of a block of the segment by its number within it."""
    return (segment.id << _BLOCK_BITS) + segment.first_block + number


# ---------------------------------------------------------------- adding
def add_marks(connection: Connection, sketches: Mapping[int, Sketch]) -> None:
    """Add the fingerprints and key terms of items by id."""
    marks = np.array([mark for one in sketches.values() for mark in (*one.fingerprints, *one.key_terms)], np.int64)
    sizes = [len(one.fingerprints) + len(one.key_terms) for one in sketches.values()]
    items = np.repeat(np.array(list(sketches), np.int64), sizes)
    for part in np.unique(items >> 31).tolist():  # so that distances within a segment have 32 bits
        chosen = items >> 31 == part
        append = _grow if locks.has_one_writer(connection) else _append
        append(connection, marks[chosen], items[chosen])


def void_marks(connection: Connection, items: Collection[int]) -> None:
    """Let the items no longer be found by what was added so far."""
    last = connection.execute(_LAST_ID).scalar() if items else None
    if last:
        rows = [{"item_id": item_id, "segment_id": last} for item_id in items]
        connection.execute(upsert(connection, voided_marks, "item_id", replace="segment_id"), rows)


def _append(connection: Connection, marks: Numbers, items: Numbers) -> None:
    """Write the entries as a segment."""
    first, last = int(items.min()), int(items.max())
    writer = SegmentWriter(block_writer(connection), (connection.execute(_LAST_ID).scalar() or 0) + 1, first)
    writer.add(pack_entries(marks, items, first))
    store_segment(connection, writer.finish(last, first))


def _grow(connection: Connection, marks: Numbers, items: Numbers) -> None:
    """Write the entries as a segment, together with the last one if that is small, and merge."""
    segments = load_segments(connection)
    new_id = segments[-1].id + 1 if segments else 1
    first, last = int(items.min()), int(items.max())
    entries = pack_entries(marks, items, first)
    if segments and _absorbs(segments[-1], entries.size, first, last):
        small = segments.pop()
        origin = min(first, small.first_item)
        stored = _live_entries(connection, small, EVERY_MARK, _voided_in(connection, [small]))
        entries = np.concatenate((rebase(entries, first - origin), rebase(stored, small.first_item - origin)))
        entries.sort()
        first, last = origin, max(last, small.last_item)
        if small.has_voided or small.first_block:
            delete_segment(connection, small)
        else:  # nothing is void up to its id, so the new segment takes its place, and its blocks theirs
            new_id = small.id
    writer = SegmentWriter(block_writer(connection), new_id, first)
    writer.add(entries)
    segments.append(store_segment(connection, writer.finish(last, first)))
    _merge_tail(connection, segments)


def _absorbs(segment: Segment, size: int, first: int, last: int) -> bool:
    span = max(last, segment.last_item) - min(first, segment.first_item)
    return segment.size + size <= SMALL and span < 1 << 32


class SegmentWriter:
    """Write a segment whose entries arrive in ascending order."""

    def __init__(self, write: _WriteBlocks, segment_id: int, first_item: int, first_block: int = 0) -> None:
        self._write_blocks = write
        self._id = segment_id
        self._first_item = first_item
        self._first_block = first_block
        self._waiting: Entries = np.zeros(0, np.uint64)
        self._fences: list[Fences] = []
        self._blocks = 0
        self._size = 0

    def add(self, entries: Entries) -> None:
        """Write as many entries as fill blocks, once there are enough of them for a statement."""
        waiting = np.concatenate((self._waiting, entries))
        full = waiting.size - waiting.size % BLOCK_ENTRIES if waiting.size > SMALL else 0
        self._write(waiting[:full])
        self._waiting = waiting[full:]

    def finish(self, last_item: int, oldest_text: int) -> Segment:
        """Write the rest; returns the segment, which is not stored yet."""
        self._write(self._waiting)
        fences = np.concatenate([*self._fences, np.zeros(0, np.uint32)])
        return Segment(self._id, self._first_item, last_item, self._size, oldest_text, fences, self._first_block)

    def _write(self, entries: Entries) -> None:
        start = (self._id << _BLOCK_BITS) + self._first_block + self._blocks
        blocks = split_blocks(entries)
        rows = [{"id": start + number, "packed": block} for number, block in enumerate(blocks)]
        self._write_blocks(rows)
        self._fences.append(fences_of(entries))
        self._blocks += len(blocks)
        self._size += entries.size


def block_writer(connection: Connection) -> _WriteBlocks:
    """Return the function that stores blocks."""
    return partial(execute_rows, connection, upsert(connection, mark_blocks, "id", replace="packed"))


def store_segment(connection: Connection, segment: Segment) -> Segment:
    """Store a segment whose blocks are stored; returns it."""
    row = {name: getattr(segment, name) for name in ("id", *_CHANGED.split())}
    statement = upsert(connection, mark_segments, "id", replace=_CHANGED)
    execute_rows(connection, statement, [row | {"fences": pack_fences(segment.fences)}])
    return segment


# ---------------------------------------------------------------- merging
def last_segment(connection: Connection) -> int | None:
    """Return the id up to which segments may be merged beside other transactions; None if too few of them are small.

    Within a transaction of its own, which keeps others from appending until it ends.
    """
    if connection.execute(_SMALL_SEGMENTS, {"small": SMALL}).scalar_one() < FAN_OUT:
        return None
    locks.lock_settlement(connection)
    return connection.execute(_LAST_ID).scalar()


def merge_segments(connection: Connection, last: int) -> None:
    """Merge small segments, and those of about one size, up to the id ``last``; does nothing if another worker is at
    it."""
    if not locks.try_merge(connection):
        return
    segments = [segment_of_row(row) for row in connection.execute(_SEGMENTS_UP_TO, {"last": last})]
    small = list(takewhile(lambda segment: segment.size < SMALL, reversed(segments)))[::-1]
    if len(small) >= FAN_OUT and _may_be_one(small, LARGE_BESIDE_OTHERS):
        segments[-len(small) :] = [_merge(connection, small)]
    _merge_tail(connection, segments)


def _merge_tail(connection: Connection, segments: list[Segment]) -> None:
    """Merge the last segments while enough of them have about one size."""
    largest = AT_ONCE if locks.has_one_writer(connection) else LARGE_BESIDE_OTHERS
    while len(segments) >= FAN_OUT and are_alike(segments[-FAN_OUT:], largest):
        segments[-FAN_OUT:] = [_merge(connection, segments[-FAN_OUT:])]


def are_alike(segments: Sequence[Segment], largest: int) -> bool:
    """Return whether segments have about one size, and at most ``largest`` entries together."""
    return len({_tier(segment.size) for segment in segments}) == 1 and _may_be_one(segments, largest)


def _may_be_one(segments: Sequence[Segment], largest: int) -> bool:
    span = max(segment.last_item for segment in segments) - min(segment.first_item for segment in segments)
    return sum(segment.size for segment in segments) <= largest and span < 1 << 32


def _tier(size: int) -> int:
    return max(int(log2(max(size / SMALL, 1)) / log2(FAN_OUT)), 0)


@dataclass(frozen=True, slots=True)
class Cutoff:
    """What is too old: everything of items below ``oldest``, and fingerprints of items below ``oldest_text``."""

    oldest: int
    oldest_text: int

    def recent(self, entries: Entries, first_item: int) -> Entries:
        """Return the entries of a segment that are not too old."""
        items = items_of(entries, first_item)
        return entries[(items >= self.oldest) & ((items >= self.oldest_text) | ~is_fingerprint(entries))]


def _merge(connection: Connection, segments: Sequence[Segment], cutoff: Cutoff | None = None) -> Segment:
    """Replace segments by one, without entries that are void or too old."""
    first, newest = min(one.first_item for one in segments), segments[-1]
    if locks.has_one_writer(connection):
        writer = SegmentWriter(block_writer(connection), newest.id + 1, first)
    else:  # the next id may be taken; blocks are written before all of the newest segment are read
        writer = SegmentWriter(block_writer(connection), newest.id, first, newest.first_block ^ HALF)
    merged = write_merged(lambda: nullcontext(connection), writer, segments, cutoff)
    for segment in segments:
        delete_segment(connection, segment)
    return store_segment(connection, merged)


def write_merged(read: Begin, writer: SegmentWriter, segments: Sequence[Segment], cutoff: Cutoff | None) -> Segment:
    """Write the entries of segments that are neither void nor too old as one segment, which is not stored yet.

    ``read`` begins the transaction in which a slice is read; it has ended when the slice is written.
    """
    with read() as connection:
        voided = _voided_in(connection, segments)
    for bounds in slices(segments, SLICE_BLOCKS):
        with read() as connection:
            entries = _merged_entries(connection, segments, bounds, voided, cutoff)
        writer.add(entries)
    oldest_text = cutoff.oldest_text if cutoff else min(one.oldest_text for one in segments)
    return writer.finish(max(one.last_item for one in segments), oldest_text)


def _merged_entries(
    connection: Connection,
    segments: Sequence[Segment],
    bounds: tuple[int, int],
    voided: VoidedItems,
    cutoff: Cutoff | None,
) -> Entries:
    """Return the entries with marks within bounds, as those of one segment."""
    first = min(one.first_item for one in segments)
    parts = []
    for segment in segments:
        entries = _live_entries(connection, segment, bounds, voided)
        kept = entries if cutoff is None else cutoff.recent(entries, segment.first_item)
        parts.append(rebase(kept, segment.first_item - first))
    merged = np.concatenate(parts)
    merged.sort()
    return merged


def _live_entries(connection: Connection, segment: Segment, bounds: tuple[int, int], voided: VoidedItems) -> Entries:
    """Return the valid entries of a segment, with marks from the first up to and without the second bound."""
    first, end = block_range(segment.fences, *bounds)
    ends = {"low": block_id(segment, first), "high": block_id(segment, end)}
    entries = within(read_entries(connection.execute(_RANGE_OF_BLOCKS, ends).scalars().all()), *bounds)
    return entries[voided.are_valid(items_of(entries, segment.first_item), segment.id)]


def delete_segment(connection: Connection, segment: Segment) -> None:
    """Delete a segment and its blocks."""
    connection.execute(_DELETE_SEGMENT, {"segment": segment.id})
    delete_blocks(connection, block_id(segment, 0), block_id(segment, segment.fences.size))


def delete_blocks(connection: Connection, low: int, high: int) -> None:
    """Delete the blocks with ids from ``low`` up to and without ``high``."""
    connection.execute(_DELETE_BLOCKS, {"low": low, "high": high})


# ---------------------------------------------------------------- pruning
def delete_voided(connection: Connection, oldest: int) -> None:
    """Forget which entries of items below ``oldest`` are void."""
    connection.execute(delete(voided_marks).where(voided_marks.c.item_id < oldest))


def trim_beside_others(connection: Connection, cutoff: Cutoff) -> bool:
    """Replace one segment by what is recent of it, unless another worker is merging; returns whether to go on.

    PostgreSQL: within a transaction of its own, which nobody waits for. A segment is written as it is read, because it
    may be too large for memory.
    """
    if not locks.try_merge(connection):
        return True
    segments = load_segments(connection)
    segment = choose_outdated(segments, cutoff)
    if segment is None:
        return False
    if is_deletable(segment, segments, cutoff):
        delete_segment(connection, segment)
    else:
        _merge(connection, [segment], cutoff)
    return True


def choose_outdated(segments: Sequence[Segment], cutoff: Cutoff) -> Segment | None:
    """Return a segment of which enough is too old, if there is one."""
    chosen = (one for one in segments if is_deletable(one, segments, cutoff) or _is_outdated(one, cutoff))
    return next(chosen, None)


def is_deletable(segment: Segment, segments: Sequence[Segment], cutoff: Cutoff) -> bool:
    """Return whether a segment can be deleted. The newest one stays, even without entries: ids have to increase,
    because they tell which entries are void."""
    return segment.last_item < cutoff.oldest and segment is not segments[-1]


def _is_outdated(segment: Segment, cutoff: Cutoff) -> bool:
    """Return whether a segment has only what is too old of all items, or enough fingerprints that are too old, or no
    others."""
    if segment.last_item < cutoff.oldest:
        return segment.size > 0
    if segment.last_item < cutoff.oldest_text:
        return segment.oldest_text <= segment.last_item
    return cutoff.oldest_text - max(segment.oldest_text, segment.first_item) > OUTDATED * segment.span
