"""The record of what the filters kept out: one row for each entry, for ``KEPT``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, select

from aggregator.model.filters import FilteredEntry, FilterReason, FilterRecord
from aggregator.store.schema.tables import kept_out, sources
from aggregator.store.sql.dialect import insert_for, key_value_dict, storable
from aggregator.store.sql.statements import in_batches

KEEP_FOR = timedelta(days=30)
LONGEST = 500  # characters of a rule or of what it matched
_ANY = select(kept_out.c.uid).where(kept_out.c.source_id == bindparam("source")).limit(1)


def record_filtered(connection: Connection, source_id: int, entries: Sequence[FilteredEntry], now: datetime) -> None:
    """An entry that is there already keeps its time; title and rule are brought up to date."""
    rows = {
        entry.uid: {
            "source_id": source_id,
            "uid": entry.uid,
            "title": storable(entry.title),
            "url": storable(entry.url),
            "rule": entry.reason.rule,
            "evidence": entry.reason.evidence.map_text(_clipped),
            "at": now,
        }
        for entry in entries
    }
    if not rows:
        return
    statement = insert_for(connection, kept_out)
    told = {name: statement.excluded[name] for name in ("title", "url", "rule", "evidence")}
    again = statement.on_conflict_do_update(index_elements=["source_id", "uid"], set_=told)
    connection.execute(again, list(rows.values()))


def _clipped(text: str) -> str:
    return text[:LONGEST]


def delete_records(connection: Connection, source_id: int, uids: Collection[str]) -> None:
    """These are stored now: they were kept out by rules that are no more."""
    if connection.execute(_ANY, {"source": source_id}).first() is None:
        return
    here = kept_out.c.source_id == source_id
    for batch in in_batches(uids):
        connection.execute(delete(kept_out).where(here, kept_out.c.uid.in_(batch)))


def latest_records(connection: Connection, slug: str | None, limit: int) -> list[FilterRecord]:
    """Newest first."""
    query = select(kept_out, sources.c.slug).join(sources, sources.c.id == kept_out.c.source_id)
    if slug is not None:
        query = query.where(kept_out.c.source_id.in_(select(sources.c.id).where(sources.c.slug == slug)))
    rows = connection.execute(query.order_by(kept_out.c.at.desc(), kept_out.c.uid).limit(limit))
    return [
        FilterRecord(row.slug, row.uid, row.title, row.url, FilterReason(row.rule, row.evidence), row.at)
        for row in rows
    ]


def count_by_source(connection: Connection, source_ids: Iterable[int], since: datetime) -> dict[int, int]:
    """How many entries of each source were kept out."""
    found: dict[int, int] = {}
    query = select(kept_out.c.source_id, func.count()).where(kept_out.c.at >= since).group_by(kept_out.c.source_id)
    for batch in in_batches(list(source_ids)):
        found |= key_value_dict(connection, query.where(kept_out.c.source_id.in_(batch)))
    return found


def prune(connection: Connection, now: datetime) -> None:
    connection.execute(delete(kept_out).where(kept_out.c.at < now - KEEP_FOR))
