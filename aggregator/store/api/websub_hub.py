"""Store API: requests, subscribers and deliveries of our own hub (WebSub 5-7), and announcements to an external hub.

There is no row for a delivery: a subscriber stores the ETag it has, and needs a feed whose ETag differs. A feed that
changes ten times while a callback is unreachable costs one delivery, of the newest version.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from aggregator.fetching.urls import host_key
from aggregator.model import DeliveryResult, HubRequest, Lease, Subscriber
from aggregator.store import leases
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.schema.tables import announcements, documents, hub_requests, subscribers
from aggregator.store.sql.dialect import AnyRow, insert_for
from aggregator.store.sql.statements import in_batches

MAX_REQUESTS = 5000
MAX_REQUESTS_OF_HOST = 200
MAX_SUBSCRIBERS = 200_000


class HubApi(ConnectionMixin):
    """Requests, subscribers and deliveries of our own hub; announcements to an external hub."""

    def add_hub_request(self, request: HubRequest, now: datetime) -> bool:
        """Store a subscription request until its callback has confirmed it; returns False if there are too many."""
        with self._write_transaction() as connection:
            host = host_key(request.callback)
            is_same = (hub_requests.c.callback == request.callback) & (hub_requests.c.path == request.path)
            others = select(func.count()).select_from(hub_requests).where(~is_same)
            if connection.execute(others).scalar_one() >= MAX_REQUESTS:
                return False
            if connection.execute(others.where(hub_requests.c.host == host)).scalar_one() >= MAX_REQUESTS_OF_HOST:
                return False
            if connection.execute(select(func.count()).select_from(subscribers)).scalar_one() >= MAX_SUBSCRIBERS:
                return False
            values = {
                "topic": request.topic,
                "mode": request.mode,
                "secret": request.secret,
                "attempts": 0,
                "next_at": now,
                "lease_owner": None,
            }
            values |= {"lease": int(request.lease.total_seconds())}
            statement = insert_for(connection, hub_requests)
            statement = statement.values(callback=request.callback, path=request.path, host=host, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["callback", "path"], set_=values))
            return True

    def claim_hub_requests(self, now: datetime, limit: int, lease: timedelta, owner: str) -> list[HubRequest]:
        """Lease requests whose callback is to be verified (WebSub 5.3)."""
        with self._read_transaction() as connection:
            if not _has_due_request(connection, now):
                return []
        with self._write_transaction(exclusive=False) as connection:
            query = (
                select(hub_requests).where(hub_requests.c.next_at <= now).order_by(hub_requests.c.next_at).limit(limit)
            )
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            held = Lease(owner, now + lease)
            lease_columns = leases.HUB_REQUESTS.columns(held) | {"attempts": hub_requests.c.attempts + 1}
            connection.execute(
                update(hub_requests).where(hub_requests.c.id.in_([row.id for row in rows])).values(**lease_columns)
            )
            return [
                HubRequest(
                    callback=row.callback,
                    topic=row.topic,
                    path=row.path,
                    mode=row.mode,
                    secret=row.secret,
                    lease=timedelta(seconds=row.lease),
                    id=row.id,
                    attempts=row.attempts + 1,
                    held=held,
                )
                for row in rows
            ]

    def resolve_hub_request(
        self, request: HubRequest, confirmed: bool, now: datetime, next_at: datetime | None = None
    ) -> None:
        """Apply the callback's answer; with ``next_at`` the verification is repeated then.

        Does nothing if the request was claimed again, or replaced by a newer one.
        """
        with self._write_transaction() as connection:
            is_same = (hub_requests.c.id == request.id) & (hub_requests.c.attempts == request.attempts)
            if request.held is not None:
                is_same &= leases.HUB_REQUESTS.held(request.held)
            if next_at is not None:
                connection.execute(update(hub_requests).where(is_same).values(next_at=next_at, lease_owner=None))
                return
            if connection.execute(delete(hub_requests).where(is_same)).rowcount == 0 or not confirmed:
                return
            key = (subscribers.c.callback == request.callback) & (subscribers.c.path == request.path)
            if request.mode == "unsubscribe":
                connection.execute(delete(subscribers).where(key))
                return
            values: dict[str, Any] = {
                "topic": request.topic,
                "secret": request.secret,
                "lease_ends": now + request.lease,
            }
            new_values = {
                "delivered": _etag(connection, request.path),
                "next_at": None,
                "leased_until": None,
                "lease_owner": None,
                "failing_since": None,
            }
            statement = insert_for(connection, subscribers).values(
                callback=request.callback, path=request.path, **values, **new_values
            )
            connection.execute(statement.on_conflict_do_update(index_elements=["callback", "path"], set_=values))

    def claim_due_subscribers(self, now: datetime, limit: int, lease: timedelta, owner: str) -> list[Subscriber]:
        """Lease subscribers that have an older version of their feed, one of each callback."""
        with self._read_transaction() as connection:
            if not _has_due(connection, now):
                return []
        with self._write_transaction() as connection:
            busy = select(subscribers.c.callback).where(
                subscribers.c.next_at.is_not(None), subscribers.c.leased_until > now
            )
            query = select(subscribers).where(subscribers.c.next_at <= now, _free(now), subscribers.c.lease_ends > now)
            query = query.where(subscribers.c.callback.not_in(busy)).order_by(subscribers.c.next_at, subscribers.c.id)
            rows: dict[str, AnyRow] = {}
            for row in connection.execute(query.limit(2 * limit).with_for_update(skip_locked=True)):
                if len(rows) < limit:
                    rows.setdefault(row.callback, row)
            held = Lease(owner, now + lease)
            for batch in in_batches([row.id for row in rows.values()]):
                is_chosen = subscribers.c.id.in_(batch)
                connection.execute(update(subscribers).where(is_chosen).values(**leases.SUBSCRIBERS.columns(held)))
            return [
                Subscriber(
                    id=row.id,
                    callback=row.callback,
                    topic=row.topic,
                    path=row.path,
                    secret=row.secret,
                    lease_ends=row.lease_ends,
                    delivered_etag=row.delivered,
                    failing_since=row.failing_since,
                    held=held,
                )
                for row in rows.values()
            ]

    def record_deliveries(self, results: Sequence[DeliveryResult], now: datetime) -> None:
        """Write the results of deliveries, except those whose lease was lost."""
        with self._write_transaction() as connection:
            for result in results:
                is_subscriber = subscribers.c.id == result.subscriber.id
                if result.subscriber.held is not None:
                    is_subscriber &= leases.SUBSCRIBERS.held(result.subscriber.held)
                if result.gone:
                    connection.execute(delete(subscribers).where(is_subscriber))
                    continue
                next_at = result.next_at
                failing = result.subscriber.failing_since or now if next_at is not None else None
                newest = _etag(connection, result.subscriber.path)
                if next_at is None and newest is not None and newest != result.etag and failing is None:
                    next_at = now
                values = {"delivered": result.etag, "next_at": next_at, "failing_since": failing}
                released = {"leased_until": None, "lease_owner": None}
                connection.execute(update(subscribers).where(is_subscriber).values(**values, **released))

    def delete_expired_subscribers(self, now: datetime) -> int:
        """Delete subscriptions whose lease has expired; returns their number."""
        with self._write_transaction(exclusive=False) as connection:
            return connection.execute(delete(subscribers).where(subscribers.c.lease_ends <= now)).rowcount

    def count_subscribers(self) -> int:
        """Return the number of subscribers."""
        with self._read_transaction() as connection:
            return int(connection.execute(select(func.count()).select_from(subscribers)).scalar_one())

    def claim_due_announcements(
        self, now: datetime, limit: int, lease: timedelta, owner: str
    ) -> list[tuple[str, str, int]]:
        """Lease announcements to the external hub; returns (path, ETag, failures so far) of each."""
        with self._read_transaction() as connection:
            if not _has_due_announcement(connection, now):
                return []
        with self._write_transaction(exclusive=False) as connection:
            query = (
                select(announcements)
                .where(announcements.c.next_at <= now)
                .order_by(announcements.c.next_at)
                .limit(limit)
            )
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            is_chosen = announcements.c.path.in_([row.path for row in rows])
            columns = leases.ANNOUNCEMENTS.columns(Lease(owner, now + lease))
            connection.execute(update(announcements).where(is_chosen).values(**columns))
            return [(row.path, row.etag, row.failures) for row in rows]

    def record_announced(self, etags: Mapping[str, str], now: datetime) -> None:
        """Delete the announcements of these path -> ETag that the external hub has accepted."""
        with self._write_transaction(exclusive=False) as connection:
            for path, etag in etags.items():
                is_announced = announcements.c.path == path
                connection.execute(delete(announcements).where(is_announced, announcements.c.etag == etag))
                connection.execute(
                    update(announcements).where(is_announced).values(next_at=now, lease_owner=None, failures=0)
                )

    def postpone_announcements(self, paths: Collection[str], next_at: datetime, owner: str) -> None:
        """Count a failure of these announcements, as far as they are still leased by ``owner``, and postpone them."""
        with self._write_transaction(exclusive=False) as connection:
            is_postponed = announcements.c.path.in_(paths) & (announcements.c.lease_owner == owner)
            values = {"next_at": next_at, "lease_owner": None, "failures": announcements.c.failures + 1}
            connection.execute(update(announcements).where(is_postponed).values(**values))


def _has_due_request(connection: Connection, now: datetime) -> bool:
    return (
        connection.execute(select(hub_requests.c.id).where(hub_requests.c.next_at <= now).limit(1)).first() is not None
    )


def _etag(connection: Connection, path: str) -> str | None:
    return connection.execute(select(documents.c.etag).where(documents.c.path == path)).scalar()


def _has_due(connection: Connection, now: datetime) -> bool:
    query = select(subscribers.c.id).where(subscribers.c.next_at <= now, _free(now)).limit(1)
    return connection.execute(query).first() is not None


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(subscribers.c.leased_until.is_(None), subscribers.c.leased_until <= now)


def _has_due_announcement(connection: Connection, now: datetime) -> bool:
    query = select(announcements.c.path).where(announcements.c.next_at <= now).limit(1)
    return connection.execute(query).first() is not None
