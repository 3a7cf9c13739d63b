"""Store API: correction requests by readers, a bounded number of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from aggregator.model.correction_requests import CorrectionRequest, RequestText
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.correction_requests import IS_OPEN, count_open
from aggregator.store.schema.tables import correction_requests
from aggregator.store.sql.dialect import storable
from aggregator.store.sql.statements import in_batches

MAX_PER_DAY = 200  # requests accepted in 24 hours, from all readers
MAX_OPEN = 1000


class CorrectionRequestsApi(ConnectionMixin):
    """Store, list and close correction requests."""

    def add_correction_request(self, request: RequestText, now: datetime) -> int | None:
        """Store a request; returns its number, or None if there are too many, of the last 24 hours or open ones."""
        with self._write_transaction(exclusive=False) as connection:
            recent = correction_requests.c.at > now - timedelta(days=1)
            if _count(connection, recent) >= MAX_PER_DAY or count_open(connection) >= MAX_OPEN:
                return None
            values = {
                name: storable(value) if isinstance(value, str) else value for name, value in asdict(request).items()
            }
            added = insert(correction_requests).values(at=now, **values).returning(correction_requests.c.id)
            return int(connection.execute(added).scalar_one())

    def correction_requests(self, limit: int, *, done: bool = False) -> list[CorrectionRequest]:
        """Return open requests, newest first, or those that are done, the last done first."""
        with self._read_transaction() as connection:
            columns = correction_requests.c
            query = select(correction_requests).where(~IS_OPEN if done else IS_OPEN).limit(limit)
            order = (columns.done.desc(), columns.id.desc()) if done else (columns.id.desc(),)
            return [
                CorrectionRequest(
                    row.id, row.at, RequestText(row.about, row.text, row.name, row.email, row.item_id), row.done
                )
                for row in connection.execute(query.order_by(*order))
            ]

    def count_open_correction_requests(self) -> int:
        """Return the number of open requests."""
        with self._read_transaction() as connection:
            return count_open(connection)

    def set_correction_requests_done(self, ids: Collection[int], done: datetime | None) -> list[int]:
        """Mark requests as done at this time, or with None as open again; returns those whose state changed."""
        changed: list[int] = []
        with self._write_transaction(exclusive=False) as connection:
            for batch in in_batches(ids):
                chosen = correction_requests.c.id.in_(batch) & (~IS_OPEN if done is None else IS_OPEN)
                statement = update(correction_requests).where(chosen).values(done=done)
                changed += connection.execute(statement.returning(correction_requests.c.id)).scalars()
        return sorted(changed)


def _count(connection: Connection, condition: ColumnElement[Any]) -> int:
    query = select(func.count()).select_from(correction_requests).where(condition)
    return int(connection.execute(query).scalar_one())
