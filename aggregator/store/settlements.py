"""Log of the transactions that changed items or stories.

Placements are decided on a snapshot, before the transaction that stores them. The log tells the transaction what others
have stored since the snapshot, so that it notices a decision that would have been another one. Entries are appended at
the end of transactions, one after the other, so that their numbers are in the order in which they become visible.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from aggregator.model import Sketch
from aggregator.store.open_changes import Basis, open_changes
from aggregator.store.rows import pack_int64s, unpack_fingerprints, unpack_int64s, unpack_key_terms
from aggregator.store.schema.tables import settlements, sketches
from aggregator.store.sql.statements import in_list

KEPT = 1000  # latest entries; a decision on an older snapshot is made again
MIN_SHARED = 0.1  # share of the key terms, from which a report may belong to the same story

_LAST = select(func.max(settlements.c.number))
_NEXT = select(func.coalesce(func.max(settlements.c.number), 0) + 1).scalar_subquery()
_APPEND = (
    insert(settlements)
    .values(number=_NEXT, item_ids=bindparam("item_ids"), story_ids=bindparam("story_ids"))
    .returning(settlements.c.number)
)
_SINCE = select(settlements.c.number, settlements.c.item_ids, settlements.c.story_ids).where(
    settlements.c.number > bindparam("number")
)
_SKETCHES = select(sketches.c.fingerprints, sketches.c.key_terms).where(in_list(sketches.c.item_id, "ids"))


def last_number(connection: Connection) -> int:
    """Return the number of the latest entry, 0 if there is none."""
    return connection.execute(_LAST).scalar() or 0


def record(connection: Connection, item_ids: Collection[int], story_ids: Collection[int]) -> None:
    """Record at the end of this transaction that it has stored or edited items and changed stories."""
    changes = open_changes(connection)
    changes.settled_items.update(item_ids)
    changes.settled_stories.update(story_ids)


def record_withdrawal(connection: Connection) -> None:
    """Record that items were withdrawn: every decision on an earlier snapshot is outdated."""
    open_changes(connection).has_withdrawn = True


def append(connection: Connection, item_ids: Collection[int], story_ids: Collection[int] | None) -> None:
    """Append an entry, under the lock of settlements; ``story_ids`` None: of a withdrawal."""
    packed_stories = None if story_ids is None else pack_int64s(tuple(sorted(story_ids)))
    values = {"item_ids": pack_int64s(tuple(sorted(item_ids))), "story_ids": packed_stories}
    number = connection.execute(_APPEND, values).scalar_one()
    if number % KEPT == 0:
        connection.execute(delete(settlements).where(settlements.c.number <= number - KEPT))


def concerns(connection: Connection, basis: Basis) -> bool:
    """Return whether what was stored after the snapshot of a decision may change it."""
    entries = connection.execute(_SINCE, {"number": basis.number}).all()
    if not entries:
        return False
    has_gap = len(entries) != max(entry.number for entry in entries) - basis.number
    if has_gap or any(entry.story_ids is None for entry in entries):
        return True
    changed = {story for entry in entries for story in unpack_int64s(entry.story_ids)}
    if not changed.isdisjoint(basis.story_ids):
        return True
    arrived = {item_id for entry in entries for item_id in unpack_int64s(entry.item_ids)}
    return bool(arrived) and _may_be_related(connection, arrived, basis.sketches)


def _may_be_related(connection: Connection, item_ids: Collection[int], sketches: Iterable[Sketch]) -> bool:
    """Return whether one of the items shares a fingerprint, or enough key terms, with one of the sketches."""
    rows = connection.execute(_SKETCHES, {"ids": item_ids}).all()
    fingerprints = {mark for row in rows for mark in unpack_fingerprints(row.fingerprints)}
    key_terms = [set(unpack_key_terms(row.key_terms)) for row in rows]
    all_terms = set[int]().union(*key_terms)
    for sketch in sketches:
        if not fingerprints.isdisjoint(sketch.fingerprints):
            return True
        least = MIN_SHARED * len(sketch.key_terms)
        if len(all_terms.intersection(sketch.key_terms)) >= least > 0 and any(
            len(terms.intersection(sketch.key_terms)) >= least for terms in key_terms
        ):
            return True
    return False
