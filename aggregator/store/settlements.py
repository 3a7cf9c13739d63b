"""Log of the transactions that changed items or stories.

Placements are decided on a snapshot, before the transaction that stores them. The log tells the transaction what others
have stored since the snapshot, so that it notices a decision that would have been another one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from aggregator.model import Sketch
from aggregator.store.rows import pack_int64s, unpack_fingerprints, unpack_int64s, unpack_key_terms
from aggregator.store.schema.tables import settlements, sketches
from aggregator.store.sql.statements import in_list

KEPT = 1000  # latest entries; a decision on an older snapshot is made again
MIN_SHARED = 0.1  # share of the key terms, from which a report may belong to the same story

_LAST = select(func.max(settlements.c.number))
_INSERT = insert(settlements)
_SINCE = select(settlements.c.number, settlements.c.item_ids, settlements.c.story_ids).where(
    settlements.c.number > bindparam("number")
)
_SKETCHES = select(sketches.c.fingerprints, sketches.c.key_terms).where(in_list(sketches.c.item_id, "ids"))


def last_number(connection: Connection) -> int:
    """Return the number of the latest entry, 0 if there is none."""
    return connection.execute(_LAST).scalar() or 0


def record(connection: Connection, item_ids: Collection[int], story_ids: Collection[int]) -> None:
    """Record that this transaction has stored or edited items and changed stories."""
    if item_ids or story_ids:
        items, stories = (pack_int64s(tuple(sorted(ids))) for ids in (item_ids, story_ids))
        _append(connection, {"item_ids": items, "story_ids": stories})


def record_withdrawal(connection: Connection) -> None:
    """Record that items were withdrawn: every decision on an earlier snapshot is outdated."""
    _append(connection, {"item_ids": b"", "story_ids": None})


def _append(connection: Connection, values: Mapping[str, bytes | None]) -> None:
    number = last_number(connection) + 1
    connection.execute(_INSERT, {"number": number, **values})
    if number % KEPT == 0:
        connection.execute(delete(settlements).where(settlements.c.number <= number - KEPT))


def concerns(connection: Connection, since: int, story_ids: Collection[int], sketches: Iterable[Sketch]) -> bool:
    """Return whether what was stored after entry ``since`` may change a decision.

    ``story_ids``: the stories that it changes. ``sketches``: those of the items it places.
    """
    entries = connection.execute(_SINCE, {"number": since}).all()
    if not entries:
        return False
    has_gap = len(entries) != max(entry.number for entry in entries) - since
    if has_gap or any(entry.story_ids is None for entry in entries):
        return True
    changed = {story for entry in entries for story in unpack_int64s(entry.story_ids)}
    if not changed.isdisjoint(story_ids):
        return True
    arrived = {item_id for entry in entries for item_id in unpack_int64s(entry.item_ids)}
    return bool(arrived) and _may_be_related(connection, arrived, list(sketches))


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
