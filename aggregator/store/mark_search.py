"""Search the index of fingerprints and key terms (``mark_index``) for the newest items that have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from sqlalchemy import Connection, LargeBinary, bindparam, cast, false, literal, null, select, union_all

from aggregator.store.mark_index import (
    BLOCKS,
    NO_ITEM,
    SEGMENT_COLUMNS,
    SLICE_BLOCKS,
    VoidedItems,
    block_id,
    segment_of_row,
)
from aggregator.store.mark_segments import (
    BLOCK_ENTRIES,
    ITEM_ID_BITS,
    Entries,
    Holders,
    Numbers,
    Segment,
    blocks_with,
    holders_in,
    items_of,
    read_entries,
)
from aggregator.store.schema.tables import mark_blocks, mark_segments, voided_marks
from aggregator.store.sql.statements import in_list

MARKS_AT_ONCE = 4096  # of which nearly each may be in a block of its own in every segment

# the segments, and as rows without fences what is void in them, in one statement
_SEGMENTS_FROM = union_all(
    select(*SEGMENT_COLUMNS, false()).where(mark_segments.c.last_item >= bindparam("floor")),
    select(
        voided_marks.c.segment_id,
        voided_marks.c.item_id,
        voided_marks.c.item_id,
        literal(0),
        voided_marks.c.item_id,
        cast(null(), LargeBinary),
        literal(0),
        false(),
    ).where(voided_marks.c.item_id >= bindparam("floor")),
).execution_options(binary=True)
_CHOSEN_BLOCKS = BLOCKS.where(in_list(mark_blocks.c.id, "ids"))


def newest_holders(connection: Connection, marks: Numbers, floor: int, limit: int) -> Holders:
    """Return the newest items that have each of these marks: ids from ``floor`` up, at most ``limit``.

    ``marks``: ascending and unique. The cost depends on the number of marks, and on the logarithm of that of entries.
    """
    rows = connection.execute(_SEGMENTS_FROM, {"floor": floor}).all()
    segments = [segment_of_row(row) for row in rows if row.fences is not None]
    segments.sort(key=lambda segment: segment.last_item, reverse=True)
    voided = VoidedItems((row.first_item, row.id) for row in rows if row.fences is None)
    slack = min(len(rows) - len(segments), BLOCK_ENTRIES)  # void entries do not count
    search = _Search(connection, segments, voided, floor, limit, slack)
    parts = [search.newest(marks[at : at + MARKS_AT_ONCE]) for at in range(0, marks.size, MARKS_AT_ONCE)]
    counts = np.concatenate([np.zeros(0, np.int64), *(counts for counts, _ in parts)])
    ids = np.concatenate([np.zeros(0, np.int64), *(ids for _, ids in parts)])
    return Holders(marks, counts.cumsum() - counts, counts, ids)


class _Search:
    """A search for the newest holders of marks in segments, the newest segment first."""

    def __init__(
        self,
        connection: Connection,
        segments: Sequence[Segment],
        voided: VoidedItems,
        floor: int,
        limit: int,
        slack: int,
    ) -> None:
        """``slack``: how many further holders of a mark are read, because so many may be void."""
        self._connection, self._segments, self._voided = connection, segments, voided
        self._floor, self._limit, self._slack = floor, limit, slack

    def newest(self, marks: Numbers) -> tuple[Numbers, Numbers]:
        """Return (number of holders of each mark, their ids one after the other), newest first."""
        places: list[Numbers] = [np.zeros(0, np.int64)]
        items: list[Numbers] = [np.zeros(0, np.int64)]
        wanted, counts, oldest = np.arange(marks.size), np.zeros(marks.size, np.int64), NO_ITEM
        unread = self._segments
        while unread:
            read = 0
            # One segment at a time: the blocks have many times as many entries as the marks have holders.
            for segment, entries in self._read_chosen(unread, marks[wanted]):
                of_mark, of_entry = holders_in(entries, marks[wanted], self._limit + self._slack)
                holders = items_of(entries[of_entry], segment.first_item)
                kept = (holders >= self._floor) & self._voided.are_valid(holders, segment.id)
                places.append(wanted[of_mark[kept]])
                items.append(holders[kept])
                counts += np.bincount(places[-1], minlength=marks.size)
                oldest = min(oldest, segment.first_item)
                read += 1
            unread = unread[read:]
            if unread and unread[0].last_item < oldest:  # what they have is older than all that was found
                wanted = wanted[counts[wanted] < self._limit]
        return _newest_first(marks.size, np.concatenate(places), np.concatenate(items), self._limit)

    def _read_chosen(self, segments: Iterable[Segment], marks: Numbers) -> Iterator[tuple[Segment, Entries]]:
        """Yield the first segments, as many as one read takes, with the entries of the blocks in which the marks may
        be.
        """
        chosen: list[tuple[Segment, Numbers]] = []
        for segment in segments:
            chosen.append((segment, blocks_with(segment.fences, marks, self._limit + self._slack)))
            if sum(numbers.size for _, numbers in chosen) >= SLICE_BLOCKS:
                break
        ids = np.sort(np.concatenate([block_id(segment, 0) + numbers for segment, numbers in chosen]))
        blocks = self._read_blocks(ids)
        for segment, numbers in sorted(chosen, key=lambda pair: block_id(pair[0], 0)):
            yield segment, read_entries(list(islice(blocks, numbers.size)))

    def _read_blocks(self, ids: Numbers) -> Iterator[bytes]:
        """Yield the blocks with these ids, ascending."""
        for start in range(0, ids.size, SLICE_BLOCKS):
            chosen = {"ids": ids[start : start + SLICE_BLOCKS].tolist()}
            yield from self._connection.execute(_CHOSEN_BLOCKS, chosen).scalars().all()


def _newest_first(marks: int, places: Numbers, items: Numbers, limit: int) -> tuple[Numbers, Numbers]:
    """Return (number of holders of each of the marks, their ids one after the other), newest first, at most ``limit``
    each; ``places``: the position of the mark that each of ``items`` has.
    """
    highest = (1 << ITEM_ID_BITS) - 1
    keys = places << ITEM_ID_BITS | highest - items
    keys.sort()
    places = keys >> ITEM_ID_BITS
    starts = places.searchsorted(np.arange(marks))
    kept = np.arange(keys.size) - starts[places] < limit
    return np.bincount(places[kept], minlength=marks), highest - (keys[kept] & highest)
