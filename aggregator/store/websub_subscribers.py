"""The subscribers of our own hub: requests that wait for their callback's word, subscriptions, and who lacks what.

A delivery is no row: a subscriber knows the ETag it has, and lacks a feed whose ETag is another. So a feed that changes
ten times while a callback is away costs one delivery, of the newest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from aggregator.fetching.urls import host_key
from aggregator.model import DeliveryResult, HubRequest, Subscriber
from aggregator.store.schema.tables import announcements, documents, hub_requests, subscribers
from aggregator.store.sql.dialect import AnyRow, insert_for
from aggregator.store.sql.statements import in_batches

MAX_REQUESTS = 5000
MAX_REQUESTS_OF_HOST = 200
MAX_SUBSCRIBERS = 200_000


# ---------------------------------------------------------------- requests
def add_request(connection: Connection, hub_request: HubRequest, now: datetime) -> bool:
    """Keep a request in place of an earlier one; False: there are too many."""
    host = host_key(hub_request.callback)
    mine = (hub_requests.c.callback == hub_request.callback) & (hub_requests.c.path == hub_request.path)
    others = select(func.count()).select_from(hub_requests).where(~mine)
    if connection.execute(others).scalar_one() >= MAX_REQUESTS:
        return False
    if connection.execute(others.where(hub_requests.c.host == host)).scalar_one() >= MAX_REQUESTS_OF_HOST:
        return False
    if connection.execute(select(func.count()).select_from(subscribers)).scalar_one() >= MAX_SUBSCRIBERS:
        return False
    values = {
        "topic": hub_request.topic,
        "mode": hub_request.mode,
        "secret": hub_request.secret,
        "attempts": 0,
        "next_at": now,
    }
    values |= {"lease": int(hub_request.lease.total_seconds())}
    statement = insert_for(connection, hub_requests)
    statement = statement.values(callback=hub_request.callback, path=hub_request.path, host=host, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["callback", "path"], set_=values))
    return True


def has_due_request(connection: Connection, now: datetime) -> bool:
    return (
        connection.execute(select(hub_requests.c.id).where(hub_requests.c.next_at <= now).limit(1)).first() is not None
    )


def claim_requests(connection: Connection, now: datetime, limit: int, lease: timedelta) -> list[HubRequest]:
    """Lease requests whose callbacks are to be asked."""
    query = select(hub_requests).where(hub_requests.c.next_at <= now).order_by(hub_requests.c.next_at).limit(limit)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    lent = {"next_at": now + lease, "attempts": hub_requests.c.attempts + 1}
    connection.execute(update(hub_requests).where(hub_requests.c.id.in_([row.id for row in rows])).values(**lent))
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
        )
        for row in rows
    ]


def resolve_request(
    connection: Connection, request: HubRequest, confirmed: bool, next_at: datetime | None, now: datetime
) -> None:
    """What the callback said. ``next_at``: ask it again then. A request that was replaced meanwhile stays."""
    mine = (hub_requests.c.id == request.id) & (hub_requests.c.attempts == request.attempts)
    if next_at is not None:
        connection.execute(update(hub_requests).where(mine).values(next_at=next_at))
        return
    connection.execute(delete(hub_requests).where(mine))
    if not confirmed:
        return
    key = (subscribers.c.callback == request.callback) & (subscribers.c.path == request.path)
    if request.mode == "unsubscribe":
        connection.execute(delete(subscribers).where(key))
        return
    values: dict[str, Any] = {"topic": request.topic, "secret": request.secret, "lease_ends": now + request.lease}
    fresh = {"delivered": _etag(connection, request.path), "next_at": None, "leased_until": None, "failing_since": None}
    statement = insert_for(connection, subscribers).values(
        callback=request.callback, path=request.path, **values, **fresh
    )
    connection.execute(statement.on_conflict_do_update(index_elements=["callback", "path"], set_=values))


def _etag(connection: Connection, path: str) -> str | None:
    return connection.execute(select(documents.c.etag).where(documents.c.path == path)).scalar()


# ---------------------------------------------------------------- deliveries
def mark_due(connection: Connection, etags: Mapping[str, str], now: datetime) -> None:
    """These documents have these ETags from now on: whoever has another is to be told. One that is failing is told
    at its next attempt."""
    for batch in in_batches(etags):
        here = subscribers.c.path.in_(batch) & subscribers.c.next_at.is_(None)
        paths = connection.execute(select(subscribers.c.path).where(here).distinct()).scalars().all()
        for path in paths:
            lacking = subscribers.c.delivered.is_distinct_from(etags[path])
            mine = here & (subscribers.c.path == path) & lacking
            connection.execute(update(subscribers).where(mine).values(next_at=now))


def has_due(connection: Connection, now: datetime) -> bool:
    query = select(subscribers.c.id).where(subscribers.c.next_at <= now, _free(now)).limit(1)
    return connection.execute(query).first() is not None


def claim_due(connection: Connection, now: datetime, limit: int, lease: timedelta) -> list[Subscriber]:
    """Lease subscribers that lack something, one of each callback, none whose callback is being delivered to."""
    busy = select(subscribers.c.callback).where(subscribers.c.next_at.is_not(None), subscribers.c.leased_until > now)
    query = select(subscribers).where(subscribers.c.next_at <= now, _free(now), subscribers.c.lease_ends > now)
    query = query.where(subscribers.c.callback.not_in(busy)).order_by(subscribers.c.next_at, subscribers.c.id)
    rows: dict[str, AnyRow] = {}
    for row in connection.execute(query.limit(2 * limit).with_for_update(skip_locked=True)):
        if len(rows) < limit:
            rows.setdefault(row.callback, row)
    for batch in in_batches([row.id for row in rows.values()]):
        mine = subscribers.c.id.in_(batch)
        connection.execute(update(subscribers).where(mine).values(leased_until=now + lease))
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
        )
        for row in rows.values()
    ]


def record_deliveries(connection: Connection, results: Sequence[DeliveryResult], now: datetime) -> None:
    """Write what came of deliveries. A feed that changed again meanwhile is due again."""
    for result in results:
        mine = subscribers.c.id == result.subscriber.id
        if result.gone:
            connection.execute(delete(subscribers).where(mine))
            continue
        next_at = result.next_at
        failing = result.subscriber.failing_since or now if next_at is not None else None
        newest = _etag(connection, result.subscriber.path)
        if next_at is None and newest is not None and newest != result.etag and failing is None:
            next_at = now
        values = {"delivered": result.etag, "next_at": next_at, "failing_since": failing, "leased_until": None}
        connection.execute(update(subscribers).where(mine).values(**values))


def release(connection: Connection) -> None:
    """Give back what was being delivered by a process that is no more."""
    held = subscribers.c.leased_until.is_not(None)
    connection.execute(update(subscribers).where(held).values(leased_until=None))


def delete_expired(connection: Connection, now: datetime) -> int:
    """Forget subscriptions whose lease has ended. Returns how many."""
    return connection.execute(delete(subscribers).where(subscribers.c.lease_ends <= now)).rowcount


def count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(subscribers)).scalar_one())


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(subscribers.c.leased_until.is_(None), subscribers.c.leased_until <= now)


# ---------------------------------------------------------------- somebody else's hub
def add_announcements(connection: Connection, etags: Mapping[str, str], now: datetime) -> None:
    """These documents have changed: the hub is to be told."""
    statement = insert_for(connection, announcements)
    latest = {"etag": statement.excluded.etag}  # an announcement that is failing keeps its turn
    rows = [{"path": path, "etag": etag, "failures": 0, "next_at": now} for path, etag in sorted(etags.items())]
    if rows:
        connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=latest), rows)


def has_due_announcement(connection: Connection, now: datetime) -> bool:
    query = select(announcements.c.path).where(announcements.c.next_at <= now).limit(1)
    return connection.execute(query).first() is not None


def claim_due_announcements(
    connection: Connection, now: datetime, limit: int, lease: timedelta
) -> list[tuple[str, str, int]]:
    """Lease (path, ETag, failures) of what is to be announced."""
    query = select(announcements).where(announcements.c.next_at <= now).order_by(announcements.c.next_at).limit(limit)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    mine = announcements.c.path.in_([row.path for row in rows])
    connection.execute(update(announcements).where(mine).values(next_at=now + lease))
    return [(row.path, row.etag, row.failures) for row in rows]


def record_announced(connection: Connection, etags: Mapping[str, str], now: datetime) -> None:
    """The hub knows of these; what changed again meanwhile is due at once."""
    for path, etag in etags.items():
        mine = announcements.c.path == path
        connection.execute(delete(announcements).where(mine, announcements.c.etag == etag))
        connection.execute(update(announcements).where(mine).values(next_at=now, failures=0))


def postpone(connection: Connection, paths: Collection[str], next_at: datetime) -> None:
    """The hub could not be told."""
    mine = announcements.c.path.in_(paths)
    connection.execute(update(announcements).where(mine).values(next_at=next_at, failures=announcements.c.failures + 1))


def delete_announcements(connection: Connection) -> None:
    connection.execute(delete(announcements))
