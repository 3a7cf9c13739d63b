"""The part of the store's face that speaks of WebSub hubs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from aggregator.messages import Message
from aggregator.model import Delivery, HubRequest, Push, Subscriber, Subscription
from aggregator.store import websub_subscribers, websub_subscriptions
from aggregator.store.api.connection import Connected
from aggregator.store.websub_subscriptions import Taken

Change = Callable[[Subscription], Subscription | None]
Look = Callable[[Subscription], tuple[Subscription | None, bool]]


class Hubs(Connected):
    # -- subscriptions of ours at publishers' hubs
    def subscription(self, token: str) -> Subscription | None:
        """The one whose callback ends in this token."""
        with self._reading() as connection:
            return websub_subscriptions.of_token(connection, token)

    def subscriptions(self) -> list[Subscription]:
        with self._reading() as connection:
            return websub_subscriptions.every(connection)

    def subscription_of(self, source_id: int) -> Subscription | None:
        """The current one of a source."""
        with self._reading() as connection:
            return websub_subscriptions.of_source(connection, source_id)

    def change_subscription(self, token: str, change: Change, now: datetime) -> Subscription | None:
        """Read, change and write in one step; ``change`` gives None to delete. Returns what is there afterwards."""
        with self._transaction() as connection:
            found = websub_subscriptions.of_token(connection, token, lock=True)
            return websub_subscriptions.change(connection, found, change(found), now) if found else None

    def due_subscriptions(
        self, now: datetime, limit: int, look: Look, without: Collection[str] = ()
    ) -> list[Subscription]:
        """Those whose ``next_at`` has come: each becomes what ``look`` makes of it. Returns those at whose hub
        something is to be asked now. A hub among ``without`` is left for later."""
        with self._reading() as connection:
            if not websub_subscriptions.anything_due(connection, now):
                return []
        asked = []
        with self._transaction() as connection:
            for found in websub_subscriptions.due(connection, now, limit, without):
                new, ask = look(found)
                new = websub_subscriptions.change(connection, found, new, now)
                asked += [new] if new is not None and ask else []
        return asked

    def unsettled_hubs(self, base: str | None) -> bool:
        """Is there anything for ``Writer.unserved`` or ``Writer.stray`` to tell?"""
        with self._reading() as connection:
            unserved = base is not None and websub_subscriptions.unserved(connection)
            return bool(unserved or websub_subscriptions.stray(connection, base))

    # -- deliveries
    def take_push(
        self, subscription: Subscription, digest: str, headers: dict[str, str], body: bytes, now: datetime,
        most_bytes: int,
    ) -> Taken:  # fmt: skip
        """Keep a delivery until a worker reads it; ``most_bytes``: of all that wait for this source."""
        with self._transaction(alone=False) as connection:
            source, topic = subscription.source_id, subscription.topic
            return websub_subscriptions.take(connection, source, topic, digest, headers, body, now, most_bytes)

    def ignored_push(self, token: str, fault: Message) -> None:
        """Count a delivery that was not taken, and say why."""
        with self._transaction(alone=False) as connection:
            websub_subscriptions.ignore(connection, token, fault)

    def claim_pushes(self, now: datetime, limit: int, lease: timedelta) -> list[Push]:
        """Lease deliveries that wait, one a source, in the order they came."""
        with self._reading() as connection:
            if not websub_subscriptions.anything_waiting(connection, now):
                return []
        with self._transaction(alone=False) as connection:
            return websub_subscriptions.claim(connection, now, limit, lease)

    def release_pushes(self) -> None:
        """Give back every lease (on one machine, of a worker that was killed)."""
        with self._transaction(alone=False) as connection:
            websub_subscriptions.release_all(connection)

    # -- a hub of our own
    def request_hub(self, asked: HubRequest, now: datetime) -> bool:
        """Keep a request until its callback has confirmed it; False: there are too many."""
        with self._transaction() as connection:
            return websub_subscribers.request(connection, asked, now)

    def due_hub_requests(self, now: datetime, limit: int, lease: timedelta) -> list[HubRequest]:
        """Lease requests whose callbacks are to be asked."""
        with self._reading() as connection:
            if not websub_subscribers.any_request(connection, now):
                return []
        with self._transaction(alone=False) as connection:
            return websub_subscribers.due_requests(connection, now, limit, lease)

    def settle_hub_request(
        self, asked: HubRequest, confirmed: bool, now: datetime, next_at: datetime | None = None
    ) -> None:
        """What the callback said; ``next_at``: ask it again then."""
        with self._transaction() as connection:
            websub_subscribers.settle_request(connection, asked, confirmed, next_at, now)

    def due_subscribers(self, now: datetime, limit: int, lease: timedelta) -> list[Subscriber]:
        """Lease subscribers whose feed is newer than what they have, one of each callback."""
        with self._reading() as connection:
            if not websub_subscribers.anything_due(connection, now):
                return []
        with self._transaction() as connection:
            return websub_subscribers.due(connection, now, limit, lease)

    def delivered(self, results: Sequence[Delivery], now: datetime) -> None:
        """Write what came of deliveries."""
        with self._transaction() as connection:
            websub_subscribers.delivered(connection, results, now)

    def expire_subscribers(self, now: datetime) -> int:
        """Forget subscriptions whose lease has ended."""
        with self._transaction(alone=False) as connection:
            return websub_subscribers.expire(connection, now)

    def release_subscribers(self) -> None:
        """Give back every lease (on one machine, of a worker that was killed)."""
        with self._transaction(alone=False) as connection:
            websub_subscribers.release(connection)

    def subscriber_count(self) -> int:
        with self._reading() as connection:
            return websub_subscribers.count(connection)

    # -- another's hub
    def due_announcements(self, now: datetime, limit: int, lease: timedelta) -> list[tuple[str, str, int]]:
        """Lease (path, ETag, failures so far) of changed feeds of which the hub is to be told."""
        with self._reading() as connection:
            if not websub_subscribers.any_announcement(connection, now):
                return []
        with self._transaction(alone=False) as connection:
            return websub_subscribers.due_announcements(connection, now, limit, lease)

    def announced(self, told: Mapping[str, str], now: datetime) -> None:
        """The hub knows of these (path, ETag)."""
        with self._transaction(alone=False) as connection:
            websub_subscribers.announced(connection, told, now)

    def postpone_announcements(self, paths: Collection[str], next_at: datetime) -> None:
        """The hub could not be told."""
        with self._transaction(alone=False) as connection:
            websub_subscribers.postpone(connection, paths, next_at)

    def forget_announcements(self) -> None:
        """There is no other hub to tell any more."""
        with self._transaction(alone=False) as connection:
            websub_subscribers.forget_announcements(connection)
