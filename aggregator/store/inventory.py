"""The part of the store's face that lists what the site has pages of, for sitemaps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, literal, literal_column, select, union_all

from aggregator.model import Listing
from aggregator.store import journal
from aggregator.store.connected import Connected
from aggregator.store.item_lists import NEWEST_FIRST, conditions
from aggregator.store.schema import items, sources, stories

_SEVERAL = stories.c.outlets >= literal_column("2")  # as in the partial index, which a parameter would hide
_AT_ONCE = 200  # parts of a UNION; SQLite takes 500


@dataclass(frozen=True, slots=True)
class Fresh:
    """A story of several outlets that began lately; title and language are those of the report that stands for it."""

    id: int
    title: str
    language: str
    first_published: datetime


class Inventory(Connected):
    def story_span(self) -> tuple[int, int] | None:
        """The lowest and the highest number of a story that several outlets report; None: there is none."""
        with self._reading() as connection:
            ends = [connection.execute(select(end(stories.c.id)).where(_SEVERAL)).scalar()
                    for end in (func.min, func.max)]  # fmt: skip
        return (ends[0], ends[1]) if ends[0] is not None and ends[1] is not None else None

    def story_changes(self, first: int, beyond: int) -> list[tuple[int, datetime | None]]:
        """(number, when what it shows last changed, where that is known) of the stories of several outlets with
        ``first`` <= number < ``beyond``, by number."""
        query = select(stories.c.id, stories.c.changed).where(_SEVERAL, *_between(first, beyond))
        with self._reading() as connection:
            return [(row.id, row.changed) for row in connection.execute(query.order_by(stories.c.id))]

    def story_summary(self, first: int, beyond: int) -> tuple[int, datetime | None]:
        """How many these are, and the latest of their changes."""
        query = select(func.count(), func.max(stories.c.changed)).where(_SEVERAL, *_between(first, beyond))
        with self._reading() as connection:
            count, changed = connection.execute(query).one()
        return count, changed

    def fresh_stories(self, since: datetime, limit: int) -> list[Fresh]:
        """Stories of several outlets that began at or after ``since``, the newest reports first; no advertisements."""
        query = (
            select(items.c.story_id, items.c.title, func.coalesce(items.c.language, sources.c.language),
                   stories.c.first_published)
            .select_from(items.join(stories, items.c.story_id == stories.c.id).join(sources))
            .where(items.c.lead, items.c.many, items.c.published >= since, stories.c.first_published >= since)
            .where(items.c.advertorial.is_(None))
            .order_by(items.c.published.desc(), items.c.id.desc())
            .limit(limit)
        )  # fmt: skip
        with self._reading() as connection:
            return [Fresh(*row) for row in connection.execute(query)]

    def occupied(self, listings: Mapping[str, Listing]) -> set[str]:
        """The keys of the listings that have an item now."""
        keys, found = list(listings), set[str]()
        with self._reading() as connection:
            for at in range(0, len(keys), _AT_ONCE):
                found |= _occupied(connection, listings, keys[at : at + _AT_ONCE])
        return found

    def last_appearances(self, listings: Collection[str]) -> dict[str, datetime]:
        """When each listing (as ``listings_of`` names them; "source/" and a number) last showed something new."""
        with self._reading() as connection:
            return journal.last_events(connection, listings)

    def sources_with_items(self) -> list[tuple[int, str]]:
        """(number, slug) of the listed sources of which anything is stored, by number."""
        query = select(sources.c.id, sources.c.slug).where(sources.c.listed, sources.c.item_count > 0)
        with self._reading() as connection:
            return [(row.id, row.slug) for row in connection.execute(query.order_by(sources.c.id))]


def _between(first: int, beyond: int) -> tuple[ColumnElement[bool], ...]:
    return stories.c.id >= first, stories.c.id < beyond


def _occupied(connection: Connection, listings: Mapping[str, Listing], keys: Sequence[str]) -> set[str]:
    parts = []
    for key in keys:
        one = select(items.c.id).where(*conditions(listings[key])).order_by(*NEWEST_FIRST).limit(1).subquery()
        parts.append(select(literal(key)).select_from(one))
    return set(connection.execute(union_all(*parts)).scalars())
