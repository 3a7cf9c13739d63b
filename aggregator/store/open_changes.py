"""What a write transaction has still to write when it ends: rows that all transactions change, and its settlement.

The rows of feeds and totals, the log of settlements and the index of fingerprints are written last, so that other
workers wait for them as shortly as can be (``store.transaction_end``).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from aggregator.model import Sketch

_NAME = "gedi.open_changes"


class SnapshotOutdated(Exception):
    """Others have stored something since the snapshot that may change the decision."""


@dataclass(slots=True)
class SharedChanges:
    """Changes of rows of feeds and totals. They add up, so that another transaction may write them."""

    events: defaultdict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    stale_listings: set[str] = field(default_factory=set)
    totals: Counter[str] = field(default_factory=Counter)
    items_by_hour: Counter[int] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.events or self.stale_listings or self.totals or self.items_by_hour)

    def add_events(self, item_ids_by_listing: Mapping[str, Sequence[int]], second: int) -> None:
        """Append items (negative: withdrawn) to the journals of listings."""
        for listing, item_ids in item_ids_by_listing.items():
            self.events[listing] += [(item_id, second) for item_id in item_ids]

    def add(self, later: SharedChanges) -> None:
        """Add changes that were made later. No event precedes an earlier one of its listing."""
        for listing, events in later.events.items():
            known = self.events[listing]
            earliest = known[-1][1] if known else 0
            known += [(item_id, max(second, earliest)) for item_id, second in events]
        self.stale_listings |= later.stale_listings
        self.totals.update(later.totals)
        self.items_by_hour.update(later.items_by_hour)

    def to_json(self) -> str:
        """Return the changes as text."""
        return json.dumps([self.events, sorted(self.stale_listings), self.totals, self.items_by_hour])

    @classmethod
    def from_json(cls, packed: str) -> SharedChanges:
        """Return the changes of ``to_json``."""
        events, stale, totals, hours = json.loads(packed)
        changes = cls(stale_listings=set(stale), totals=Counter(totals))
        changes.events.update({listing: [(one, second) for one, second in pairs] for listing, pairs in events.items()})
        changes.items_by_hour.update({int(hour): count for hour, count in hours.items()})
        return changes


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision on a snapshot depends on: the last settlement it knew, and what it changes and places."""

    number: int
    story_ids: Collection[int]
    sketches: Sequence[Sketch]


@dataclass(slots=True)
class OpenChanges:
    """What the open transaction has collected."""

    shared: SharedChanges = field(default_factory=SharedChanges)
    settled_items: set[int] = field(default_factory=set)
    settled_stories: set[int] = field(default_factory=set)
    has_withdrawn: bool = False
    basis: Basis | None = None  # of the decision that the transaction carries out
    void_marks: set[int] = field(default_factory=set)  # items whose marks of earlier transactions are void
    marks: dict[int, Sketch] = field(default_factory=dict)

    @property
    def is_settlement(self) -> bool:
        """Return whether items or stories were changed."""
        return bool(self.settled_items or self.settled_stories or self.has_withdrawn or self.marks or self.void_marks)

    def void(self, item_ids: Iterable[int]) -> None:
        """Let items no longer be found by the marks that they have so far."""
        for item_id in item_ids:
            self.void_marks.add(item_id)
            self.marks.pop(item_id, None)


def begin(connection: Connection) -> None:
    """Forget what a transaction that failed has left on its connection."""
    connection.info.pop(_NAME, None)


def open_changes(connection: Connection) -> OpenChanges:
    """Return what the open transaction of this connection has collected."""
    changes: OpenChanges | None = connection.info.get(_NAME)
    if changes is None:
        changes = connection.info[_NAME] = OpenChanges()
    return changes


def has_open_changes(connection: Connection) -> bool:
    """Return whether the open transaction has collected anything."""
    return _NAME in connection.info


def take(connection: Connection) -> OpenChanges:
    """Return what was collected, and forget it."""
    changes: OpenChanges = connection.info.pop(_NAME)
    return changes
