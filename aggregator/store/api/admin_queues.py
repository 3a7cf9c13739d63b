"""Store API: what waits for a decision of an admin, and the decisions to leave it as it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, delete, exists, func, select, text, update

from aggregator.model import ItemCard
from aggregator.model.filters import FilterReason, FilterRecord
from aggregator.model.moderation import QueueName
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.item_lists import NEWEST_FIRST
from aggregator.store.rows import SELECT_CARDS, to_card
from aggregator.store.schema.tables import (
    DOUBTFUL,
    UNCATEGORIZED,
    admitted_entries,
    correction_requests,
    items,
    kept_out,
    queue_dismissals,
    seen_entries,
    sources,
)
from aggregator.store.sql.statements import upsert

PERIOD = timedelta(days=30)  # older items are no longer in a queue
MAX_COUNTED = 1000
KEEP_DISMISSALS = timedelta(days=365)


class AdminQueuesApi(ConnectionMixin):
    """Read the queues, and record what is dismissed or admitted."""

    def queue_lengths(self, now: datetime) -> dict[QueueName, int]:
        """Return queue -> number of its entries, counted up to ``MAX_COUNTED``; "failing" is counted by
        ``health_totals``."""
        with self._read_transaction() as connection:
            uncategorized = select(items.c.id).where(*_waiting("uncategorized", UNCATEGORIZED, now))
            merges = select(items.c.id).where(*_waiting("merges", DOUBTFUL, now))
            filtered = select(kept_out.c.uid).where(_FILTERED_WAITS)
            requests = select(correction_requests.c.id).where(correction_requests.c.done.is_(None))
            return {
                "uncategorized": _count(connection, uncategorized),
                "merges": _count(connection, merges),
                "filtered": _count(connection, filtered),
                "requests": _count(connection, requests),
            }

    def queued_uncategorized_items(self, now: datetime, limit: int) -> list[ItemCard]:
        """Return the newest items without a category."""
        return self._cards(_waiting("uncategorized", UNCATEGORIZED, now), limit)

    def queued_doubtful_items(self, now: datetime, limit: int) -> list[ItemCard]:
        """Return the newest items that were put into a story by little resemblance."""
        return self._cards(_waiting("merges", DOUBTFUL, now), limit)

    def _cards(self, conditions: list[ColumnElement[bool]], limit: int) -> list[ItemCard]:
        with self._read_transaction() as connection:
            query = SELECT_CARDS.where(*conditions).order_by(*NEWEST_FIRST).limit(limit)
            return [to_card(row) for row in connection.execute(query)]

    def waiting_filtered_entries(self, limit: int) -> list[FilterRecord]:
        """Return the entries that were filtered out, newest first, without those that were decided about."""
        with self._read_transaction() as connection:
            query = select(kept_out, sources.c.slug).join(sources, sources.c.id == kept_out.c.source_id)
            rows = connection.execute(
                query.where(_FILTERED_WAITS).order_by(kept_out.c.at.desc(), kept_out.c.uid).limit(limit)
            )
            return [
                FilterRecord(row.slug, row.uid, row.title, row.url, FilterReason(row.rule, row.evidence), row.at)
                for row in rows
            ]

    def filtered_entry(self, slug: str, uid: str) -> FilterRecord | None:
        """Return one entry that was filtered out."""
        with self._read_transaction() as connection:
            query = select(kept_out, sources.c.slug).join(sources, sources.c.id == kept_out.c.source_id)
            row = connection.execute(query.where(sources.c.slug == slug, kept_out.c.uid == uid)).first()
            if row is None:
                return None
            return FilterRecord(row.slug, row.uid, row.title, row.url, FilterReason(row.rule, row.evidence), row.at)

    def dismissals(self, queue: QueueName) -> set[str]:
        """Return the subjects of a queue that are to be left as they are."""
        with self._read_transaction() as connection:
            query = select(queue_dismissals.c.subject).where(queue_dismissals.c.queue == queue)
            return set(connection.execute(query).scalars())

    def dismiss(self, queue: QueueName, subject: str, now: datetime | None) -> None:
        """Take a subject out of its queue, or with None put it back."""
        with self._write_transaction(exclusive=False) as connection:
            if now is None:
                here = (queue_dismissals.c.queue == queue) & (queue_dismissals.c.subject == subject)
                connection.execute(delete(queue_dismissals).where(here))
                return
            statement = upsert(connection, queue_dismissals, "queue subject", replace="at")
            connection.execute(statement, {"queue": queue, "subject": subject, "at": now})

    def admit_entry(self, slug: str, uid: str, now: datetime, *, admitted: bool = True) -> bool:
        """Let an entry pass the filters of its source, or no longer, and read the source's document again at once.

        Returns False if there is no such source.
        """
        with self._write_transaction(exclusive=False) as connection:
            source_id = connection.execute(select(sources.c.id).where(sources.c.slug == slug)).scalar()
            if source_id is None:
                return False
            row = {"source_id": source_id, "uid": uid}
            if admitted:
                connection.execute(upsert(connection, admitted_entries, ""), row)
            else:
                same = (admitted_entries.c.source_id == source_id) & (admitted_entries.c.uid == uid)
                connection.execute(delete(admitted_entries).where(same))
            read_again(connection, source_id, now)
            return True


def read_again(connection: Connection, source_id: int, now: datetime) -> None:
    """Let the next poll of a source, due now, read its whole document."""
    connection.execute(delete(seen_entries).where(seen_entries.c.source_id == source_id))
    unknown = {"etag": None, "last_modified": None, "body_hash": None, "next_poll": now}
    connection.execute(update(sources).where(sources.c.id == source_id).values(**unknown))


def prune(connection: Connection, now: datetime) -> None:
    """Delete old dismissals, and what admits entries of sources that are no longer listed."""
    connection.execute(delete(queue_dismissals).where(queue_dismissals.c.at < now - KEEP_DISMISSALS))
    is_listed = exists().where(sources.c.id == admitted_entries.c.source_id, sources.c.listed)
    connection.execute(delete(admitted_entries).where(~is_listed))


def _waiting(queue: QueueName, condition: str, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions of a queue of items; ``condition`` is that of its index, word for word."""
    dismissed = select(queue_dismissals.c.subject).where(queue_dismissals.c.queue == queue)
    return [
        text(condition),  # type: ignore[list-item]
        items.c.published > now - PERIOD,
        cast(items.c.id, Text).not_in(dismissed),
    ]


_DISMISSED_ENTRIES = select(queue_dismissals.c.subject).where(queue_dismissals.c.queue == "filtered")
_SLUG = select(sources.c.slug).where(sources.c.id == kept_out.c.source_id).correlate(kept_out).scalar_subquery()
_FILTERED_WAITS = (_SLUG + "/" + kept_out.c.uid).not_in(_DISMISSED_ENTRIES)


def _count(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(query.limit(MAX_COUNTED).subquery())).scalar_one())
