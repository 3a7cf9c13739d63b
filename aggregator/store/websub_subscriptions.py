"""Subscriptions at publishers' hubs, and the box in which deliveries wait until a worker reads them.

The site takes deliveries, a worker reads them, and they are different processes, perhaps on different machines: the
box is a table. A delivery is leased while it is read and stays until what it brought is stored, so that a process
that is killed loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, delete, exists, func, insert, or_, select, update

from aggregator.messages import Message
from aggregator.model import ReceivedPush, SourceState, Subscription, SubscriptionState
from aggregator.model.push import carries
from aggregator.store.rows import to_source
from aggregator.store.schema.tables import pushes, sources, subscriptions
from aggregator.store.sql.dialect import AnyRow, insert_for

EnqueueResult = Literal["taken", "repeated", "full"]

MAX_WAITING = 20  # deliveries of one source
MAX_WAITING_TOTAL = 2000
FALLBACK_POLL_DELAY = timedelta(minutes=1)  # until a source is polled whose hub is no longer relied on
MAX_ATTEMPTS = 3  # so often a delivery may kill its reader
REMEMBER_DIGEST_FOR = timedelta(days=1)  # how long a delivery is known again

_COLUMNS = [field.name for field in fields(Subscription)]
_ACTIVE = sources.c.enabled & sources.c.listed & (sources.c.state != SourceState.GONE.value)


# ---------------------------------------------------------------- what feeds offer
def set_hub_offer(connection: Connection, source_id: int, hub: str | None, topic: str | None) -> None:
    """What a feed says about its hub, as a poll has read it."""
    changed = sources.c.hub.is_distinct_from(hub) | sources.c.topic.is_distinct_from(topic)
    connection.execute(update(sources).where(sources.c.id == source_id, changed).values(hub=hub, topic=topic))


def unsubscribed_offers(connection: Connection) -> list[AnyRow]:
    """(id, hub, topic) of sources whose hub and topic have no subscription."""
    fits = (
        (subscriptions.c.source_id == sources.c.id)
        & subscriptions.c.current
        & (subscriptions.c.hub == sources.c.hub)
        & (subscriptions.c.topic == sources.c.topic)
    )
    query = select(sources.c.id, sources.c.hub, sources.c.topic)
    wanted = sources.c.hub.is_not(None) & sources.c.topic.is_not(None) & _ACTIVE
    return list(connection.execute(query.where(wanted, ~exists().where(fits)).order_by(sources.c.id)))


def stale_subscriptions(connection: Connection, base: str | None) -> list[Subscription]:
    """Current subscriptions that no longer fit their source or the site, whose callbacks begin with ``base``; all of
    them where it is None."""
    query = select(subscriptions).join(sources, sources.c.id == subscriptions.c.source_id)
    if base is not None:
        fits = _ACTIVE & (sources.c.hub == subscriptions.c.hub) & (sources.c.topic == subscriptions.c.topic)
        here = subscriptions.c.callback.startswith(base, autoescape=True)
        query = query.where(or_(~func.coalesce(fits, False), ~here))
    return [_to_subscription(row) for row in connection.execute(query.where(subscriptions.c.current))]


# ---------------------------------------------------------------- subscriptions
def add(connection: Connection, fresh: Sequence[Subscription]) -> None:
    for subscription in fresh:
        connection.execute(insert(subscriptions).values(**_row(subscription)))


def save(connection: Connection, subscription: Subscription) -> None:
    mine = subscriptions.c.id == subscription.id
    connection.execute(update(subscriptions).where(mine).values(**_row(subscription)))


def drop(connection: Connection, subscription_id: int) -> None:
    connection.execute(delete(subscriptions).where(subscriptions.c.id == subscription_id))


def by_token(connection: Connection, token: str, *, lock: bool = False) -> Subscription | None:
    query = select(subscriptions).where(subscriptions.c.token == token)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return _to_subscription(row) if row else None


def by_source(connection: Connection, source_id: int, *, lock: bool = False) -> Subscription | None:
    """The current one."""
    query = select(subscriptions).where(subscriptions.c.source_id == source_id, subscriptions.c.current)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return _to_subscription(row) if row else None


def all_subscriptions(connection: Connection) -> list[Subscription]:
    rows = connection.execute(select(subscriptions).order_by(subscriptions.c.id))
    return [_to_subscription(row) for row in rows]


def has_due(connection: Connection, now: datetime) -> bool:
    return (
        connection.execute(select(subscriptions.c.id).where(subscriptions.c.next_at <= now).limit(1)).first()
        is not None
    )


def due_subscriptions(
    connection: Connection, now: datetime, limit: int, except_hubs: Collection[str]
) -> list[Subscription]:
    """Those to look at, but for those at the hubs ``without``; locked until the transaction ends."""
    query = select(subscriptions).where(subscriptions.c.next_at <= now, subscriptions.c.hub.not_in(except_hubs))
    query = query.order_by(subscriptions.c.next_at, subscriptions.c.id).limit(limit)
    return [_to_subscription(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def update_subscription(
    connection: Connection, old: Subscription, new: Subscription | None, now: datetime
) -> Subscription | None:
    """Write what became of a subscription. A source that is no longer carried by its hub is polled again soon."""
    if new is None:
        drop(connection, old.id)
    elif new != old:
        save(connection, new)
    if carries(old, now) and (new is None or not carries(new, now)):
        waiting = (sources.c.id == old.source_id) & (sources.c.next_poll > now + FALLBACK_POLL_DELAY)
        connection.execute(update(sources).where(waiting).values(next_poll=now + FALLBACK_POLL_DELAY))
    return new


def _row(subscription: Subscription) -> dict[str, Any]:
    row = {name: getattr(subscription, name) for name in _COLUMNS if name != "id"}
    return row | {"standing": subscription.standing.value, "current": subscription.is_current}


def _to_subscription(row: AnyRow) -> Subscription:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Subscription(**values | {"standing": SubscriptionState(row.standing)})


# ---------------------------------------------------------------- deliveries
def enqueue_push(
    connection: Connection, source_id: int, topic: str, digest: str, headers: dict[str, str], body: bytes,
    now: datetime, max_bytes: int,
) -> EnqueueResult:  # fmt: skip
    """Put a delivery into the box, unless it is there or was there lately, or the box is full."""
    read = pushes.c.body.is_(None) & (pushes.c.received < now - REMEMBER_DIGEST_FOR)
    connection.execute(delete(pushes).where(pushes.c.source_id == source_id, read))
    waiting = pushes.c.body.is_not(None)
    mine = select(func.count(), func.coalesce(func.sum(func.length(pushes.c.body)), 0))
    number, size = connection.execute(mine.where(waiting, pushes.c.source_id == source_id)).one()
    known = select(pushes.c.id).where(pushes.c.source_id == source_id, pushes.c.digest == digest)
    if connection.execute(known).first():
        return "repeated"
    total = connection.execute(select(func.count()).select_from(pushes).where(waiting)).scalar_one()
    if number >= MAX_WAITING or size + len(body) > max_bytes or total >= MAX_WAITING_TOTAL:
        return "full"
    row = {"source_id": source_id, "topic": topic, "digest": digest, "headers": headers, "body": body}
    statement = insert_for(connection, pushes).values(**row, received=now, attempts=0, leased_until=None)
    connection.execute(statement.on_conflict_do_nothing())
    return "taken"


def has_waiting_push(connection: Connection, now: datetime) -> bool:
    free = or_(pushes.c.leased_until.is_(None), pushes.c.leased_until <= now)
    return connection.execute(select(pushes.c.id).where(pushes.c.body.is_not(None), free).limit(1)).first() is not None


def claim_pushes(connection: Connection, now: datetime, limit: int, lease: timedelta) -> list[ReceivedPush]:
    """Lease waiting deliveries, the oldest of each source that has none being read. One that was claimed too often
    without an end is forgotten."""
    waiting = pushes.c.body.is_not(None)
    connection.execute(
        update(pushes)
        .where(waiting, pushes.c.attempts >= MAX_ATTEMPTS, pushes.c.leased_until <= now)
        .values(body=None, leased_until=None)
    )
    other = pushes.alias()
    oldest = select(func.min(other.c.id)).where(other.c.body.is_not(None)).group_by(other.c.source_id)
    free = or_(pushes.c.leased_until.is_(None), pushes.c.leased_until <= now)
    query = select(pushes.c.id).where(waiting, free, pushes.c.id.in_(oldest)).order_by(pushes.c.id).limit(limit)
    chosen = list(connection.execute(query.with_for_update(skip_locked=True)).scalars())
    if not chosen:
        return []
    mine = pushes.c.id.in_(chosen)
    lent = {"leased_until": now + lease, "attempts": pushes.c.attempts + 1}
    connection.execute(update(pushes).where(mine).values(**lent))
    labelled = [pushes.c[name].label(f"push_{name}") for name in ("id", "topic", "headers", "body")]
    found = select(sources, *labelled).join(pushes, sources.c.id == pushes.c.source_id)
    rows = connection.execute(found.where(mine).order_by(pushes.c.id))
    return [_to_push(row) for row in rows]


def release_all(connection: Connection) -> None:
    """Give back what was being read by processes that are no more (SQLite: there is only one worker)."""
    connection.execute(update(pushes).where(pushes.c.leased_until.is_not(None)).values(leased_until=None))


def complete_push(connection: Connection, push: ReceivedPush, now: datetime, fault: Message | None) -> None:
    """A delivery has been read: its bytes go, its digest stays. ``fault``: why it could not be used."""
    connection.execute(update(pushes).where(pushes.c.id == push.id).values(body=None, leased_until=None))
    mine = (subscriptions.c.source_id == push.source.id) & subscriptions.c.current
    if fault is None:
        counts: dict[str, Any] = {"pushes": subscriptions.c.pushes + 1, "last_push": now}
    else:
        counts = {"ignored": subscriptions.c.ignored + 1, "reason": fault}
    connection.execute(update(subscriptions).where(mine).values(**counts))


def record_ignored_push(connection: Connection, token: str, fault: Message) -> None:
    mine = subscriptions.c.token == token
    connection.execute(update(subscriptions).where(mine).values(ignored=subscriptions.c.ignored + 1, reason=fault))


def _to_push(row: AnyRow) -> ReceivedPush:
    return ReceivedPush(row.push_id, to_source(row), row.push_topic, dict(row.push_headers), row.push_body)


def covered_by_push(connection: Connection, source_ids: Collection[int], now: datetime) -> set[int]:
    """Which of these sources have a hub that brings their news (``leases.carries``)."""
    mine = subscriptions.c.source_id.in_(source_ids) & subscriptions.c.current & (subscriptions.c.strikes == 0)
    running = (subscriptions.c.standing == SubscriptionState.ACTIVE.value) & (subscriptions.c.lease_ends > now)
    return set(connection.execute(select(subscriptions.c.source_id).where(mine, running)).scalars())
