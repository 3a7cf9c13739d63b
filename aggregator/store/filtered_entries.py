"""Record of the entries that filters rejected, one row each, kept for ``KEEP_FOR``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select

from aggregator.store.schema.tables import kept_out, sources
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import in_batches

KEEP_FOR = timedelta(days=30)
# whether the source has any records, in a query of sources
HAS_RECORDS = exists(select(kept_out.c.uid).where(kept_out.c.source_id == sources.c.id)).label("has_records")


def delete_records(connection: Connection, source_id: int, uids: Collection[str]) -> None:
    """Delete the records of entries that are stored now, because the rules have changed."""
    of_source = kept_out.c.source_id == source_id
    for batch in in_batches(uids):
        connection.execute(delete(kept_out).where(of_source, kept_out.c.uid.in_(batch)))


def count_by_source(connection: Connection, source_ids: Iterable[int], since: datetime) -> dict[int, int]:
    """Return source -> number of entries filtered out since then."""
    counts: dict[int, int] = {}
    query = select(kept_out.c.source_id, func.count()).where(kept_out.c.at >= since).group_by(kept_out.c.source_id)
    for batch in in_batches(list(source_ids)):
        counts |= key_value_dict(connection, query.where(kept_out.c.source_id.in_(batch)))
    return counts


def is_expired(now: datetime) -> ColumnElement[bool]:
    """Return the condition of records that are too old."""
    return kept_out.c.at < now - KEEP_FOR
