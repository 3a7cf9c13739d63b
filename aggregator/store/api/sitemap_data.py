"""Store API: what the site has pages of, for sitemaps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select

from aggregator.model.listing_keys import LEAD_BIT, SUBCATEGORY_BIT, TOP_BIT, region_level
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.item_lists import NEWEST_FIRST, represents
from aggregator.store.schema.tables import item_regions, items, sources, stories

# literal as in the partial index, which a parameter would not match
_MULTI_SOURCE = stories.c.outlets >= literal_column("2")
# Prepared once: one call queries thousands of names.
_NEWEST = {
    name: select(items.c.id).where(items.c[name] == bindparam("name"), represents(bit)).order_by(*NEWEST_FIRST).limit(1)
    for name, bit in (("top", TOP_BIT), ("category", SUBCATEGORY_BIT), ("province", 2), ("city", 4), ("county", 8))
}
_FURTHER = select(item_regions.c.region).distinct()


@dataclass(frozen=True, slots=True)
class RecentStory:
    """A recent story of several outlets; title and language are those of its lead item."""

    id: int
    title: str
    language: str
    first_published: datetime


class SitemapDataApi(ConnectionMixin):
    """Read what the sitemaps list."""

    def story_id_range(self) -> tuple[int, int] | None:
        """Return the lowest and the highest id of a story of several outlets; None if there is none."""
        with self._read_transaction() as connection:
            ends = [connection.execute(select(end(stories.c.id)).where(_MULTI_SOURCE)).scalar()
                    for end in (func.min, func.max)]  # fmt: skip
        return (ends[0], ends[1]) if ends[0] is not None and ends[1] is not None else None

    def story_changes(self, first: int, end: int) -> list[tuple[int, datetime | None]]:
        """Return (id, last change of what it shows or None) of the stories of several outlets with ``first`` <= id <
        ``beyond``, by id."""
        query = select(stories.c.id, stories.c.changed).where(_MULTI_SOURCE, *_between(first, end))
        with self._read_transaction() as connection:
            return [(row.id, row.changed) for row in connection.execute(query.order_by(stories.c.id))]

    def story_change_summary(self, first: int, end: int) -> tuple[int, datetime | None]:
        """Return (number, latest change) of these stories."""
        query = select(func.count(), func.max(stories.c.changed)).where(_MULTI_SOURCE, *_between(first, end))
        with self._read_transaction() as connection:
            count, changed = connection.execute(query).one()
        return count, changed

    def recent_stories(self, since: datetime, limit: int) -> list[RecentStory]:
        """Return stories of several outlets that began at or after ``since``, newest lead item first, without
        advertorials."""
        query = (
            select(items.c.story_id, items.c.title, func.coalesce(items.c.language, sources.c.language),
                   stories.c.first_published)
            .select_from(items.join(stories, items.c.story_id == stories.c.id).join(sources))
            .where(represents(LEAD_BIT), items.c.many, items.c.published >= since, stories.c.first_published >= since)
            .where(items.c.advertorial.is_(None))
            .order_by(items.c.published.desc(), items.c.id.desc())
            .limit(limit)
        )  # fmt: skip
        with self._read_transaction() as connection:
            return [RecentStory(*row) for row in connection.execute(query)]

    def names_with_items(self, names: Collection[str]) -> set[str]:
        """Return those of the categories and regions that have an item."""
        with self._read_transaction() as connection:
            further = set(connection.execute(_FURTHER).scalars())
            return {
                name
                for name in names
                if name in further or connection.execute(_NEWEST[_column(name)], {"name": name}).first()
            }

    def sources_with_items(self) -> list[tuple[int, str]]:
        """Return (id, slug) of the listed sources that have items, by id."""
        query = select(sources.c.id, sources.c.slug).where(sources.c.listed, sources.c.item_count > 0)
        with self._read_transaction() as connection:
            return [(row.id, row.slug) for row in connection.execute(query.order_by(sources.c.id))]


def _between(first: int, end: int) -> tuple[ColumnElement[bool], ...]:
    return stories.c.id >= first, stories.c.id < end


def _column(name: str) -> str:
    if name.isdigit():
        return region_level(name)
    return "category" if "/" in name else "top"
