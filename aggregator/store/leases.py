"""Leases of all kinds of claimed work: which of them are still held, and their release.

A lease is the owner and the end of a claim, in two columns of the claimed row. Whoever writes what was claimed compares
both in its transaction (``lost_keys``): work that was released or claimed again meanwhile is no longer its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, func, select, update

from aggregator.model.leases import Lease
from aggregator.store.schema.tables import (
    announcements,
    articles,
    documents,
    hub_requests,
    index_services,
    notify_targets,
    pictures,
    pushes,
    source_lists,
    sources,
    subscribers,
)


class LeaseLostError(Exception):
    """Work was released or claimed by another worker before its result could be written."""


@dataclass(frozen=True, slots=True)
class LeasedTable:
    """A table whose rows are claimed: its key, and the column with the end of a lease.

    In a queue this is the column of the next attempt, which a release sets to now; ``is_queue`` is false where it is
    emptied.
    """

    table: Table
    key: str
    until: str
    is_queue: bool = True

    @property
    def key_column(self) -> Column[Any]:
        """Return the key."""
        return self.table.c[self.key]

    def held(self, lease: Lease) -> ColumnElement[bool]:
        """Return the condition that this lease is held."""
        return (self.table.c.lease_owner == lease.owner) & (self.table.c[self.until] == lease.until)

    def columns(self, lease: Lease) -> dict[str, object]:
        """Return the columns of a claimed row."""
        return {"lease_owner": lease.owner, self.until: lease.until}


SOURCES = LeasedTable(sources, "id", "leased_until", is_queue=False)
ARTICLES = LeasedTable(articles, "item_id", "due")
PICTURES = LeasedTable(pictures, "id", "due")
PUSHES = LeasedTable(pushes, "id", "leased_until")  # a push is given up when its last lease has ended
SUBSCRIBERS = LeasedTable(subscribers, "id", "leased_until", is_queue=False)
HUB_REQUESTS = LeasedTable(hub_requests, "id", "next_at")
ANNOUNCEMENTS = LeasedTable(announcements, "path", "next_at")
SOURCE_LISTS = LeasedTable(source_lists, "url", "leased_until", is_queue=False)
DOCUMENTS = LeasedTable(documents, "path", "leased_until", is_queue=False)
NOTIFY_TARGETS = LeasedTable(notify_targets, "key", "leased_until", is_queue=False)
INDEX_SERVICES = LeasedTable(index_services, "service", "leased_until", is_queue=False)
_ALL = (
    *(SOURCES, ARTICLES, PICTURES, PUSHES, SUBSCRIBERS, HUB_REQUESTS, ANNOUNCEMENTS, SOURCE_LISTS, DOCUMENTS),
    NOTIFY_TARGETS,
    INDEX_SERVICES,
)


def lost_keys(connection: Connection, leased: LeasedTable, leases: Mapping[int, Lease]) -> set[int]:
    """Return the keys of the rows whose lease is no longer held; the others are locked until the transaction ends."""
    columns = (leased.key_column, leased.table.c.lease_owner, leased.table.c[leased.until])
    query = select(*columns).where(leased.key_column.in_(sorted(leases))).order_by(leased.key_column)
    held = {key: (owner, until) for key, owner, until in connection.execute(query.with_for_update())}
    return {key for key, lease in leases.items() if held.get(key) != (lease.owner, lease.until)}


def count(connection: Connection, workers: Select[str]) -> dict[str, int]:
    """Return owner -> number of leases, of owners that are none of the workers."""
    found: dict[str, int] = {}
    for leased in _ALL:
        owner, until = leased.table.c.lease_owner, leased.table.c[leased.until]
        query = select(owner, func.count()).where(until.is_not(None), owner.is_not(None), owner.not_in(workers))
        for name, held in connection.execute(query.group_by(owner).order_by(owner)).all():
            found[name] = found.get(name, 0) + held
    return found


def release(connection: Connection, now: datetime, owners: Select[str], *, excluded: bool = False) -> None:
    """Release all leases of these owners, or with ``excluded`` of all others, so that the work is due at once."""
    for leased in _ALL:
        owner, until = leased.table.c.lease_owner, leased.table.c[leased.until]
        values = {"lease_owner": None, leased.until: now if leased.is_queue else None}
        is_owned = owner.not_in(owners) if excluded else owner.in_(owners)
        connection.execute(update(leased.table).where(until.is_not(None), owner.is_not(None), is_owned).values(values))
