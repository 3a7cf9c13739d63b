"""Rewrite segments of the index on SQLite in many short transactions, between which others read and write.

The blocks of the new segment are written where no segment has any: at the other half of the numbers of the newest one
that it replaces. One transaction then lets it take their place, unless they have changed, and blocks that no segment
has are deleted a little at a time, also those that a killed process has left. Of two processes the later one goes on.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
from sqlalchemy import Connection, bindparam, delete, select

from aggregator.store import mark_index
from aggregator.store.mark_index import FAN_OUT, HALF, SLICE_BLOCKS, Begin, BlockRow, Cutoff, SegmentWriter, block_id
from aggregator.store.mark_segments import Segment
from aggregator.store.schema.tables import counters, mark_blocks, mark_segments
from aggregator.store.sql.statements import upsert

LARGE = 1 << 23  # entries; larger segments are not made by merging
_CLAIM = "marks.rewriting"  # counter: a random number of whoever rewrites
_NO_BLOCK = 1 << 62  # higher than every id

Choose = Callable[[Sequence[Segment]], Sequence[Segment]]  # the segments to replace by one; none if all is well

_HAS_CLAIM = select(counters.c.name).where(counters.c.name == _CLAIM, counters.c.value == bindparam("claim"))
_STRAY = (
    select(mark_blocks.c.id)
    .where(mark_blocks.c.id >= bindparam("low"), mark_blocks.c.id < bindparam("high"))
    .order_by(mark_blocks.c.id)
    .limit(bindparam("most"))
)


class _ClaimLostError(Exception):
    """Another process rewrites now."""


def merge_large(read: Begin, write: Begin) -> bool:
    """Merge segments of about one size that are too large to be merged at once; returns whether there were any.

    ``read``, ``write``: begin a transaction.
    """
    return _rewrite(read, write, _choose_alike)


def trim(read: Begin, write: Begin, cutoff: Cutoff) -> bool:
    """Drop what is too old from one segment that has enough of that; returns whether there was one."""

    def choose(segments: Sequence[Segment]) -> Sequence[Segment]:
        segment = mark_index.choose_outdated(segments, cutoff)
        return [] if segment is None else [segment]

    return _rewrite(read, write, choose, cutoff)


def _choose_alike(segments: Sequence[Segment]) -> Sequence[Segment]:
    for end in range(len(segments), FAN_OUT - 1, -1):
        group = segments[end - FAN_OUT : end]
        if mark_index.are_alike(group, LARGE) and sum(one.size for one in group) > mark_index.AT_ONCE:
            return group
    return []


def _rewrite(read: Begin, write: Begin, choose: Choose, cutoff: Cutoff | None = None) -> bool:
    """Replace the chosen segments by one; returns False if there are none, or another process has begun meanwhile."""
    with read() as connection:
        if not choose(mark_index.load_segments(connection)):
            return False
    try:
        rewriting = _Rewriting(read, write)
        rewriting.delete_stray_blocks()
        group, is_deletable = rewriting.choose(choose, cutoff)
        if group:
            rewriting.replace(group, None if is_deletable else rewriting.write_merged(group, cutoff))
            rewriting.delete_stray_blocks()
        rewriting.end()
    except _ClaimLostError:
        return False
    return bool(group)


class _Rewriting:
    """The transactions of one rewriting. Those that write raise _ClaimLostError once another has begun."""

    def __init__(self, read: Begin, write: Begin) -> None:
        self._read, self._begin_write = read, write
        self._claim = secrets.randbits(62)
        with write() as connection:
            row = {"name": _CLAIM, "value": self._claim}
            connection.execute(upsert(connection, counters, "name", replace="value"), row)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._begin_write() as connection:
            if connection.execute(_HAS_CLAIM, {"claim": self._claim}).scalar() is None:
                raise _ClaimLostError
            yield connection

    def choose(self, choose: Choose, cutoff: Cutoff | None) -> tuple[Sequence[Segment], bool]:
        """Return the segments to replace, and whether nothing is left of them."""
        with self._read() as connection:
            segments = mark_index.load_segments(connection)
        group = choose(segments)
        is_deletable = cutoff is not None and all(mark_index.is_deletable(one, segments, cutoff) for one in group)
        return group, is_deletable

    def write_merged(self, group: Sequence[Segment], cutoff: Cutoff | None) -> Segment:
        """Write the blocks of the segment that takes the place of the others, and return it."""
        first, newest = min(one.first_item for one in group), group[-1]
        writer = SegmentWriter(self._store, newest.id, first, newest.first_block ^ HALF)
        return mark_index.write_merged(self._read, writer, group, cutoff)

    def _store(self, rows: list[BlockRow]) -> None:
        if rows:
            with self._write() as connection:
                mark_index.block_writer(connection)(rows)

    def replace(self, group: Sequence[Segment], merged: Segment | None) -> None:
        """Let the merged segment, if anything is left, take the place of the others, unless they have changed."""
        with self._write() as connection:
            found = {segment.id: segment for segment in mark_index.load_segments(connection)}
            if all(one.id in found and _is_same(found[one.id], one) for one in group):
                connection.execute(delete(mark_segments).where(mark_segments.c.id.in_([one.id for one in group])))
                if merged is not None:
                    mark_index.store_segment(connection, merged)

    def delete_stray_blocks(self) -> None:
        """Delete the blocks that no segment has."""
        while True:
            with self._write() as connection:
                stray = _find_stray_blocks(connection)
                if not stray:
                    return
                mark_index.delete_blocks(connection, stray[0], stray[-1] + 1)

    def end(self) -> None:
        """Give up the claim."""
        with self._write() as connection:
            connection.execute(delete(counters).where(counters.c.name == _CLAIM))


def _find_stray_blocks(connection: Connection) -> Sequence[int]:
    """Return ids of adjacent blocks that no segment has, ``SLICE_BLOCKS`` at most."""
    segments = mark_index.load_segments(connection)
    used = sorted((block_id(segment, 0), block_id(segment, segment.fences.size)) for segment in segments)
    for (_, low), (high, _) in pairwise([(0, 0), *used, (_NO_BLOCK, _NO_BLOCK)]):
        stray = connection.execute(_STRAY, {"low": low, "high": high, "most": SLICE_BLOCKS}).scalars().all()
        if stray:
            return stray
    return []


def _is_same(one: Segment, other: Segment) -> bool:
    """Return whether two states of a segment have the same entries, apart from those that are void."""
    names = ("first_item", "last_item", "size", "oldest_text", "first_block")
    return all(getattr(one, name) == getattr(other, name) for name in names) and np.array_equal(
        one.fences, other.fences
    )
