"""The part of the store's face that speaks of WebSub hubs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from aggregator.messages import Message
from aggregator.model import DeliveryResult, HubRequest, ReceivedPush, Subscriber, Subscription
from aggregator.store import websub_subscribers, websub_subscriptions
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.websub_subscriptions import EnqueueResult

SubscriptionChange = Callable[[Subscription], Subscription | None]
SubscriptionAdvance = Callable[[Subscription], tuple[Subscription | None, bool]]


class WebSubApi(ConnectionMixin):
    # -- subscriptions of ours at publishers' hubs
    def subscription_by_token(self, token: str) -> Subscription | None:
        """The one whose callback ends in this token."""
        with self._read_transaction() as connection:
            return websub_subscriptions.by_token(connection, token)

    def subscriptions(self) -> list[Subscription]:
        with self._read_transaction() as connection:
            return websub_subscriptions.all_subscriptions(connection)

    def subscription_of_source(self, source_id: int) -> Subscription | None:
        """The current one of a source."""
        with self._read_transaction() as connection:
            return websub_subscriptions.by_source(connection, source_id)

    def update_subscription(self, token: str, change: SubscriptionChange, now: datetime) -> Subscription | None:
        """Read, change and write in one step; ``change`` gives None to delete. Returns what is there afterwards."""
        with self._write_transaction() as connection:
            found = websub_subscriptions.by_token(connection, token, lock=True)
            return websub_subscriptions.update_subscription(connection, found, change(found), now) if found else None

    def advance_due_subscriptions(
        self, now: datetime, limit: int, advance: SubscriptionAdvance, except_hubs: Collection[str] = ()
    ) -> list[Subscription]:
        """Those whose ``next_at`` has come: each becomes what ``look`` makes of it. Returns those at whose hub
        something is to be asked now. A hub among ``without`` is left for later."""
        with self._read_transaction() as connection:
            if not websub_subscriptions.has_due(connection, now):
                return []
        asked = []
        with self._write_transaction() as connection:
            for found in websub_subscriptions.due_subscriptions(connection, now, limit, except_hubs):
                new, ask = advance(found)
                new = websub_subscriptions.update_subscription(connection, found, new, now)
                asked += [new] if new is not None and ask else []
        return asked

    def has_hub_changes(self, base: str | None) -> bool:
        """Is there anything for ``Writer.unserved`` or ``Writer.stray`` to tell?"""
        with self._read_transaction() as connection:
            unserved = base is not None and websub_subscriptions.unsubscribed_offers(connection)
            return bool(unserved or websub_subscriptions.stale_subscriptions(connection, base))

    # -- deliveries
    def enqueue_push(
        self, subscription: Subscription, digest: str, headers: dict[str, str], body: bytes, now: datetime,
        max_bytes: int,
    ) -> EnqueueResult:  # fmt: skip
        """Keep a delivery until a worker reads it; ``most_bytes``: of all that wait for this source."""
        with self._write_transaction(exclusive=False) as connection:
            source, topic = subscription.source_id, subscription.topic
            return websub_subscriptions.enqueue_push(connection, source, topic, digest, headers, body, now, max_bytes)

    def record_ignored_push(self, token: str, fault: Message) -> None:
        """Count a delivery that was not taken, and say why."""
        with self._write_transaction(exclusive=False) as connection:
            websub_subscriptions.record_ignored_push(connection, token, fault)

    def claim_pushes(self, now: datetime, limit: int, lease: timedelta) -> list[ReceivedPush]:
        """Lease deliveries that wait, one a source, in the order they came."""
        with self._read_transaction() as connection:
            if not websub_subscriptions.has_waiting_push(connection, now):
                return []
        with self._write_transaction(exclusive=False) as connection:
            return websub_subscriptions.claim_pushes(connection, now, limit, lease)

    def release_pushes(self) -> None:
        """Give back every lease (on one machine, of a worker that was killed)."""
        with self._write_transaction(exclusive=False) as connection:
            websub_subscriptions.release_all(connection)

    # -- a hub of our own
    def add_hub_request(self, request: HubRequest, now: datetime) -> bool:
        """Keep a request until its callback has confirmed it; False: there are too many."""
        with self._write_transaction() as connection:
            return websub_subscribers.add_request(connection, request, now)

    def claim_hub_requests(self, now: datetime, limit: int, lease: timedelta) -> list[HubRequest]:
        """Lease requests whose callbacks are to be asked."""
        with self._read_transaction() as connection:
            if not websub_subscribers.has_due_request(connection, now):
                return []
        with self._write_transaction(exclusive=False) as connection:
            return websub_subscribers.claim_requests(connection, now, limit, lease)

    def resolve_hub_request(
        self, request: HubRequest, confirmed: bool, now: datetime, next_at: datetime | None = None
    ) -> None:
        """What the callback said; ``next_at``: ask it again then."""
        with self._write_transaction() as connection:
            websub_subscribers.resolve_request(connection, request, confirmed, next_at, now)

    def claim_due_subscribers(self, now: datetime, limit: int, lease: timedelta) -> list[Subscriber]:
        """Lease subscribers whose feed is newer than what they have, one of each callback."""
        with self._read_transaction() as connection:
            if not websub_subscribers.has_due(connection, now):
                return []
        with self._write_transaction() as connection:
            return websub_subscribers.claim_due(connection, now, limit, lease)

    def record_deliveries(self, results: Sequence[DeliveryResult], now: datetime) -> None:
        """Write what came of deliveries."""
        with self._write_transaction() as connection:
            websub_subscribers.record_deliveries(connection, results, now)

    def delete_expired_subscribers(self, now: datetime) -> int:
        """Forget subscriptions whose lease has ended."""
        with self._write_transaction(exclusive=False) as connection:
            return websub_subscribers.delete_expired(connection, now)

    def release_subscribers(self) -> None:
        """Give back every lease (on one machine, of a worker that was killed)."""
        with self._write_transaction(exclusive=False) as connection:
            websub_subscribers.release(connection)

    def count_subscribers(self) -> int:
        with self._read_transaction() as connection:
            return websub_subscribers.count(connection)

    # -- another's hub
    def claim_due_announcements(self, now: datetime, limit: int, lease: timedelta) -> list[tuple[str, str, int]]:
        """Lease (path, ETag, failures so far) of changed feeds of which the hub is to be told."""
        with self._read_transaction() as connection:
            if not websub_subscribers.has_due_announcement(connection, now):
                return []
        with self._write_transaction(exclusive=False) as connection:
            return websub_subscribers.claim_due_announcements(connection, now, limit, lease)

    def record_announced(self, etags: Mapping[str, str], now: datetime) -> None:
        """The hub knows of these (path, ETag)."""
        with self._write_transaction(exclusive=False) as connection:
            websub_subscribers.record_announced(connection, etags, now)

    def postpone_announcements(self, paths: Collection[str], next_at: datetime) -> None:
        """The hub could not be told."""
        with self._write_transaction(exclusive=False) as connection:
            websub_subscribers.postpone(connection, paths, next_at)

    def delete_announcements(self) -> None:
        """There is no other hub to tell any more."""
        with self._write_transaction(exclusive=False) as connection:
            websub_subscribers.delete_announcements(connection)
