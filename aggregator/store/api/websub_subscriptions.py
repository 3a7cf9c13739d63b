"""Store API: WebSub subscriptions at publishers' hubs, and the queue of received pushes.

The site receives pushes and a worker reads them: different processes, perhaps on different machines, so the queue is a
table. A push is leased while it is read and stays until its items are stored, so that a killed process loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Text, bindparam, delete, exists, func, insert, or_, select, update

from aggregator.messages import Message
from aggregator.model import Lease, ReceivedPush, SourceState, Subscription, SubscriptionState
from aggregator.model.push import carries
from aggregator.store import leases
from aggregator.store.api.connection import ConnectionMixin, WriterMixin
from aggregator.store.rows import to_source
from aggregator.store.schema.tables import pushes, sources, subscriptions
from aggregator.store.sql.dialect import AnyRow, insert_for
from aggregator.store.sql.statements import in_list

SubscriptionChange = Callable[[Subscription], Subscription | None]
SubscriptionAdvance = Callable[[Subscription], tuple[Subscription | None, bool]]
EnqueueResult = Literal["taken", "repeated", "full"]
MAX_WAITING = 20  # waiting pushes of one source
MAX_WAITING_TOTAL = 2000
FALLBACK_POLL_DELAY = timedelta(minutes=1)  # delay of the next poll when push no longer covers the source
MAX_ATTEMPTS = 3  # claims after which a push that kills its reader is dropped
REMEMBER_DIGEST_FOR = timedelta(days=1)  # how long a repeated push is detected
_READ: dict[str, Any] = {"body": None, "leased_until": None, "lease_owner": None}  # columns of a push that was read
_COLUMNS = [field.name for field in fields(Subscription)]
_NEW_HUB, _NEW_TOPIC = bindparam("new_hub", type_=Text), bindparam("new_topic", type_=Text)
_SET_OFFER = (
    update(sources)
    .where(
        sources.c.id == bindparam("source"),
        sources.c.hub.is_distinct_from(_NEW_HUB) | sources.c.topic.is_distinct_from(_NEW_TOPIC),
    )
    .values(hub=_NEW_HUB, topic=_NEW_TOPIC)
)
_CURRENT_OF_SOURCES = select(subscriptions.c.source_id).where(
    subscriptions.c.current, in_list(subscriptions.c.source_id, "ids")
)
_ACTIVE = sources.c.enabled & sources.c.listed & (sources.c.state != SourceState.GONE.value)


class SubscriptionsApi(ConnectionMixin):
    """Subscriptions at publishers' hubs, and received pushes."""

    def subscription_by_token(self, token: str) -> Subscription | None:
        """Return the subscription whose callback URL ends with this token."""
        with self._read_transaction() as connection:
            return _by_token(connection, token)

    def subscriptions(self) -> list[Subscription]:
        """Return all subscriptions."""
        with self._read_transaction() as connection:
            rows = connection.execute(select(subscriptions).order_by(subscriptions.c.id))
            return [_to_subscription(row) for row in rows]

    def subscription_of_source(self, source_id: int) -> Subscription | None:
        """Return the current subscription of a source."""
        with self._read_transaction() as connection:
            return _by_source(connection, source_id)

    def update_subscription(self, token: str, change: SubscriptionChange, now: datetime) -> Subscription | None:
        """Replace a subscription by ``change`` of it in one transaction (None: delete). Returns the new one."""
        with self._write_transaction() as connection:
            old = _by_token(connection, token, lock=True)
            return _update_subscription(connection, old, change(old), now) if old else None

    def advance_due_subscriptions(
        self, now: datetime, limit: int, advance: SubscriptionAdvance, except_hubs: Collection[str] = ()
    ) -> list[Subscription]:
        """Replace each due subscription by the first value of ``advance``; returns those whose second value is true.

        These need a request to their hub now. Subscriptions at ``except_hubs`` are skipped.
        """
        with self._read_transaction() as connection:
            if not _has_due(connection, now):
                return []
        to_request = []
        with self._write_transaction() as connection:
            for old in _due_subscriptions(connection, now, limit, except_hubs):
                new, needs_request = advance(old)
                new = _update_subscription(connection, old, new, now)
                to_request += [new] if new is not None and needs_request else []
        return to_request

    def has_hub_changes(self, base: str | None) -> bool:
        """Return whether ``Writer.unsubscribed_offers`` or ``Writer.stale_subscriptions`` would return anything."""
        with self._read_transaction() as connection:
            unserved = base is not None and _unsubscribed_offers(connection)
            return bool(unserved or _stale_subscriptions(connection, base))

    def enqueue_push(
        self, subscription: Subscription, digest: str, headers: dict[str, str], body: bytes, now: datetime,
        max_bytes: int,
    ) -> EnqueueResult:  # fmt: skip
        """Store a push until a worker reads it; ``max_bytes`` limits the waiting bodies of the source.

        Returns "taken", "repeated" if the same body was received lately, or "full".
        """
        with self._write_transaction(exclusive=False) as connection:
            source, topic = subscription.source_id, subscription.topic
            read = pushes.c.body.is_(None) & (pushes.c.received < now - REMEMBER_DIGEST_FOR)
            connection.execute(delete(pushes).where(pushes.c.source_id == source, read))
            waiting = pushes.c.body.is_not(None)
            size_query = select(func.count(), func.coalesce(func.sum(func.length(pushes.c.body)), 0))
            count, size = connection.execute(size_query.where(waiting, pushes.c.source_id == source)).one()
            same_digest = select(pushes.c.id).where(pushes.c.source_id == source, pushes.c.digest == digest)
            if connection.execute(same_digest).first():
                return "repeated"
            total = connection.execute(select(func.count()).select_from(pushes).where(waiting)).scalar_one()
            if count >= MAX_WAITING or size + len(body) > max_bytes or total >= MAX_WAITING_TOTAL:
                return "full"
            row = {"source_id": source, "topic": topic, "digest": digest, "headers": headers, "body": body}
            statement = insert_for(connection, pushes).values(**row, received=now, attempts=0, leased_until=None)
            connection.execute(statement.on_conflict_do_nothing())
            return "taken"

    def record_ignored_push(self, token: str, fault: Message) -> None:
        """Count a push that was ignored, and store the reason."""
        with self._write_transaction(exclusive=False) as connection:
            has_token = subscriptions.c.token == token
            connection.execute(
                update(subscriptions).where(has_token).values(ignored=subscriptions.c.ignored + 1, reason=fault)
            )

    def claim_pushes(self, now: datetime, limit: int, lease: timedelta, owner: str) -> list[ReceivedPush]:
        """Lease waiting pushes, the oldest of each source that has none being read.

        One that was claimed MAX_ATTEMPTS times without being completed is dropped.
        """
        with self._read_transaction() as connection:
            if not _has_waiting_push(connection, now):
                return []
        with self._write_transaction(exclusive=False) as connection:
            waiting = pushes.c.body.is_not(None)
            connection.execute(
                update(pushes)
                .where(waiting, pushes.c.attempts >= MAX_ATTEMPTS, pushes.c.leased_until <= now)
                .values(**_READ)
            )
            other = pushes.alias()
            oldest = select(func.min(other.c.id)).where(other.c.body.is_not(None)).group_by(other.c.source_id)
            is_free = or_(pushes.c.leased_until.is_(None), pushes.c.leased_until <= now)
            query = (
                select(pushes.c.id).where(waiting, is_free, pushes.c.id.in_(oldest)).order_by(pushes.c.id).limit(limit)
            )
            chosen = list(connection.execute(query.with_for_update(skip_locked=True)).scalars())
            if not chosen:
                return []
            is_chosen = pushes.c.id.in_(chosen)
            held = Lease(owner, now + lease)
            lease_columns = leases.PUSHES.columns(held) | {"attempts": pushes.c.attempts + 1}
            connection.execute(update(pushes).where(is_chosen).values(**lease_columns))
            push_columns = [pushes.c[name].label(f"push_{name}") for name in ("id", "topic", "headers", "body")]
            query = select(sources, *push_columns).join(pushes, sources.c.id == pushes.c.source_id)
            rows = connection.execute(query.where(is_chosen).order_by(pushes.c.id))
            return [_to_push(row, held) for row in rows]


class SubscriptionWriter(WriterMixin):
    """Change subscriptions within a write transaction."""

    def set_hub_offers(self, offers: Sequence[tuple[int, str | None, str | None]]) -> None:
        """Store (source, hub, topic) of feeds (WebSub 4); hub and topic are None for a feed that offers none."""
        rows = [{"source": source_id, "new_hub": hub, "new_topic": topic} for source_id, hub, topic in offers]
        if rows:
            self._connection.execute(_SET_OFFER, rows)

    def unsubscribed_offers(self) -> list[tuple[int, str, str]]:
        """Return (source, hub, topic) of sources whose hub has no subscription."""
        return [(row.id, row.hub, row.topic) for row in _unsubscribed_offers(self._connection)]

    def stale_subscriptions(self, base: str | None) -> list[Subscription]:
        """Return current subscriptions that no longer match their source or site.

        ``base`` is the prefix of valid callback URLs; None: no subscription is valid.
        """
        return _stale_subscriptions(self._connection, base)

    def subscription_of_source(self, source_id: int) -> Subscription | None:
        """Return the current subscription of a source, locked."""
        return _by_source(self._connection, source_id, lock=True)

    def sources_with_subscription(self, source_ids: Collection[int]) -> set[int]:
        """Return those of the sources that have a current subscription."""
        return set(self._connection.scalars(_CURRENT_OF_SOURCES, {"ids": source_ids}))

    def update_subscription(self, old: Subscription, new: Subscription | None, now: datetime) -> None:
        """Write the new version of a subscription (None: delete)."""
        _update_subscription(self._connection, old, new, now)

    def add_subscriptions(self, new: Sequence[Subscription]) -> None:
        """Insert subscriptions; an earlier one of the same source must no longer be current."""
        for subscription in new:
            self._connection.execute(insert(subscriptions).values(**_row(subscription)))

    def complete_push(self, push: ReceivedPush, now: datetime, fault: Message | None = None) -> None:
        """Mark a push as read, or as unusable because of ``fault``."""
        self._connection.execute(update(pushes).where(pushes.c.id == push.id).values(**_READ))
        is_current = (subscriptions.c.source_id == push.source.id) & subscriptions.c.current
        if fault is None:
            counts: dict[str, Any] = {"pushes": subscriptions.c.pushes + 1, "last_push": now}
        else:
            counts = {"ignored": subscriptions.c.ignored + 1, "reason": fault}
        self._connection.execute(update(subscriptions).where(is_current).values(**counts))


def _unsubscribed_offers(connection: Connection) -> list[AnyRow]:
    """Return (id, hub, topic) of sources whose hub and topic have no subscription."""
    has_subscription = (
        (subscriptions.c.source_id == sources.c.id)
        & subscriptions.c.current
        & (subscriptions.c.hub == sources.c.hub)
        & (subscriptions.c.topic == sources.c.topic)
    )
    query = select(sources.c.id, sources.c.hub, sources.c.topic)
    has_offer = sources.c.hub.is_not(None) & sources.c.topic.is_not(None) & _ACTIVE
    return list(connection.execute(query.where(has_offer, ~exists().where(has_subscription)).order_by(sources.c.id)))


def _stale_subscriptions(connection: Connection, base: str | None) -> list[Subscription]:
    """Return current subscriptions that match neither their source nor ``base``; with None all of them."""
    query = select(subscriptions).join(sources, sources.c.id == subscriptions.c.source_id)
    if base is not None:
        matches_source = _ACTIVE & (sources.c.hub == subscriptions.c.hub) & (sources.c.topic == subscriptions.c.topic)
        matches_site = subscriptions.c.callback.startswith(base, autoescape=True)
        query = query.where(or_(~func.coalesce(matches_source, False), ~matches_site))
    return [_to_subscription(row) for row in connection.execute(query.where(subscriptions.c.current))]


def _save(connection: Connection, subscription: Subscription) -> None:
    is_same = subscriptions.c.id == subscription.id
    connection.execute(update(subscriptions).where(is_same).values(**_row(subscription)))


def _drop(connection: Connection, subscription_id: int) -> None:
    connection.execute(delete(subscriptions).where(subscriptions.c.id == subscription_id))


def _by_token(connection: Connection, token: str, *, lock: bool = False) -> Subscription | None:
    query = select(subscriptions).where(subscriptions.c.token == token)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return _to_subscription(row) if row else None


def _by_source(connection: Connection, source_id: int, *, lock: bool = False) -> Subscription | None:
    """Return the current subscription of the source."""
    query = select(subscriptions).where(subscriptions.c.source_id == source_id, subscriptions.c.current)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return _to_subscription(row) if row else None


def _has_due(connection: Connection, now: datetime) -> bool:
    return (
        connection.execute(select(subscriptions.c.id).where(subscriptions.c.next_at <= now).limit(1)).first()
        is not None
    )


def _due_subscriptions(
    connection: Connection, now: datetime, limit: int, except_hubs: Collection[str]
) -> list[Subscription]:
    """Return due subscriptions except those at ``except_hubs``, locked until the transaction ends."""
    query = select(subscriptions).where(subscriptions.c.next_at <= now, subscriptions.c.hub.not_in(except_hubs))
    query = query.order_by(subscriptions.c.next_at, subscriptions.c.id).limit(limit)
    return [_to_subscription(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def _update_subscription(
    connection: Connection, old: Subscription, new: Subscription | None, now: datetime
) -> Subscription | None:
    """Write a changed subscription; a source that is no longer covered by push is polled soon."""
    if new is None:
        _drop(connection, old.id)
    elif new != old:
        _save(connection, new)
    if carries(old, now) and (new is None or not carries(new, now)):
        is_later = (sources.c.id == old.source_id) & (sources.c.next_poll > now + FALLBACK_POLL_DELAY)
        connection.execute(update(sources).where(is_later).values(next_poll=now + FALLBACK_POLL_DELAY))
    return new


def _row(subscription: Subscription) -> dict[str, Any]:
    row = {name: getattr(subscription, name) for name in _COLUMNS if name != "id"}
    return row | {"standing": subscription.standing.value, "current": subscription.is_current}


def _to_subscription(row: AnyRow) -> Subscription:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Subscription(**values | {"standing": SubscriptionState(row.standing)})


def _has_waiting_push(connection: Connection, now: datetime) -> bool:
    is_free = or_(pushes.c.leased_until.is_(None), pushes.c.leased_until <= now)
    return (
        connection.execute(select(pushes.c.id).where(pushes.c.body.is_not(None), is_free).limit(1)).first() is not None
    )


def _to_push(row: AnyRow, lease: Lease) -> ReceivedPush:
    return ReceivedPush(row.push_id, to_source(row), row.push_topic, dict(row.push_headers), row.push_body, lease)
