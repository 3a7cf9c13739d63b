"""Which sources have a hub that brings their news."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from aggregator.model import SubscriptionState
from aggregator.store.schema.tables import subscriptions


def covered_by_push(connection: Connection, source_ids: Collection[int], now: datetime) -> set[int]:
    """Which of these sources have a hub that brings their news (``leases.carries``)."""
    mine = subscriptions.c.source_id.in_(source_ids) & subscriptions.c.current & (subscriptions.c.strikes == 0)
    running = (subscriptions.c.standing == SubscriptionState.ACTIVE.value) & (subscriptions.c.lease_ends > now)
    return set(connection.execute(select(subscriptions.c.source_id).where(mine, running)).scalars())
