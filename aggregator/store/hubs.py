"""The part of the store's face that speaks of WebSub hubs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy import Connection

from aggregator.model import Push, Subscription
from aggregator.store import subscriptions
from aggregator.store.reader import Reader
from aggregator.store.subscriptions import Taken

Change = Callable[[Subscription], Subscription | None]
Look = Callable[[Subscription], tuple[Subscription | None, bool]]


class Hubs(Reader):
    def _transaction(self, *, alone: bool = True) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    # -- subscriptions of ours at publishers' hubs
    def subscription(self, token: str) -> Subscription | None:
        """The one whose callback ends in this token."""
        with self._reading() as connection:
            return subscriptions.of_token(connection, token)

    def subscriptions(self) -> list[Subscription]:
        with self._reading() as connection:
            return subscriptions.every(connection)

    def subscription_of(self, source_id: int) -> Subscription | None:
        """The current one of a source."""
        with self._reading() as connection:
            return subscriptions.of_source(connection, source_id)

    def change_subscription(self, token: str, change: Change, now: datetime) -> Subscription | None:
        """Read, change and write in one step; ``change`` gives None to delete. Returns what is there afterwards."""
        with self._transaction() as connection:
            found = subscriptions.of_token(connection, token, lock=True)
            return subscriptions.change(connection, found, change(found), now) if found else None

    def due_subscriptions(
        self, now: datetime, limit: int, look: Look, without: Collection[str] = ()
    ) -> list[Subscription]:
        """Those whose ``next_at`` has come: each becomes what ``look`` makes of it. Returns those at whose hub
        something is to be asked now. A hub among ``without`` is left for later."""
        with self._reading() as connection:
            if not subscriptions.anything_due(connection, now):
                return []
        asked = []
        with self._transaction() as connection:
            for found in subscriptions.due(connection, now, limit, without):
                new, ask = look(found)
                new = subscriptions.change(connection, found, new, now)
                asked += [new] if new is not None and ask else []
        return asked

    def unsettled_hubs(self, base: str | None) -> bool:
        """Is there anything for ``Writer.unserved`` or ``Writer.stray`` to tell?"""
        with self._reading() as connection:
            unserved = base is not None and subscriptions.unserved(connection)
            return bool(unserved or subscriptions.stray(connection, base))

    # -- deliveries
    def take_push(
        self, subscription: Subscription, digest: str, headers: dict[str, str], body: bytes, now: datetime,
        most_bytes: int,
    ) -> Taken:  # fmt: skip
        """Keep a delivery until a worker reads it; ``most_bytes``: of all that wait for this source."""
        with self._transaction(alone=False) as connection:
            source, topic = subscription.source_id, subscription.topic
            return subscriptions.take(connection, source, topic, digest, headers, body, now, most_bytes)

    def ignored_push(self, token: str, fault: str) -> None:
        """Count a delivery that was not taken, and say why."""
        with self._transaction(alone=False) as connection:
            subscriptions.ignore(connection, token, fault)

    def claim_pushes(self, now: datetime, limit: int, lease: timedelta) -> list[Push]:
        """Lease deliveries that wait, one a source, in the order they came."""
        with self._reading() as connection:
            if not subscriptions.anything_waiting(connection, now):
                return []
        with self._transaction(alone=False) as connection:
            return subscriptions.claim(connection, now, limit, lease)

    def release_pushes(self) -> None:
        """Give back every lease (on one machine, of a worker that was killed)."""
        with self._transaction(alone=False) as connection:
            subscriptions.release_all(connection)
