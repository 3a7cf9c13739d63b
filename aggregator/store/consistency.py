"""What the rows of a store must have in common, and how rows that differ are mended from the others.

Items are the truth: stories, counts and the search index are derived from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement, Connection, Table, case, delete, exists, func, or_, select, text, update

from aggregator.store import partition_plan
from aggregator.store.schema.tables import (
    articles,
    item_pictures,
    item_regions,
    items,
    sketches,
    sources,
    stories,
    story_listings,
    texts,
    workers,
)
from aggregator.store.search_tokens import source_tag
from aggregator.store.sql.database_clock import milliseconds
from aggregator.store.sql.dialect import integrity_problems, is_sqlite
from aggregator.store.sql.dialect_search import match_keys
from aggregator.store.sql.partitions import LOWEST
from aggregator.store.sql.search_entry import SearchMatch, item_of_search_key, search_key
from aggregator.texts import Phrase

_KEYS = 20_000  # entries that are looked for at once
SKEW = timedelta(minutes=5)  # by which clocks may differ
FARTHEST_POLL = timedelta(days=35)  # no source is polled more seldom
_SILENT = 60_000  # milliseconds after which a worker counts as gone
_DEPENDENT = (texts, sketches, articles, item_pictures, item_regions)  # rows of an item


# ---------------------------------------------------------------- the file
def damage(connection: Connection) -> list[str]:
    """Return what is wrong with the database itself, at most ten lines."""
    if is_sqlite(connection):
        return integrity_problems(connection)
    query = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1 LIMIT 10"
    return [Phrase("the index {name} is invalid", name=name) for name in connection.execute(text(query)).scalars()]


def dangling_references(connection: Connection) -> int:
    """Return how many rows refer to a row that is missing; PostgreSQL has none."""
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all()) if is_sqlite(connection) else 0


# ---------------------------------------------------------------- rows
def count_orphans(connection: Connection) -> int:
    """Return the number of rows whose item, or whose story in a listing, is gone."""
    orphans = _orphans(connection)
    found = [select(func.count()).select_from(table).where(is_orphan) for table, is_orphan in orphans.items()]
    found.append(select(func.count()).select_from(story_listings).where(_LISTS_NO_STORY))
    return sum(int(connection.execute(query).scalar_one()) for query in found)


def delete_orphans(connection: Connection) -> None:
    """Delete these rows."""
    for table, is_orphan in _orphans(connection).items():
        connection.execute(delete(table).where(is_orphan))
    connection.execute(delete(story_listings).where(_LISTS_NO_STORY))


def _orphans(connection: Connection) -> dict[Table, ColumnElement[bool]]:
    """Return table -> the condition of its rows without an item, except those left to the drop of their partition."""
    left = partition_plan.left_below(connection)
    found = {}
    for table in _DEPENDENT:
        found[table] = ~exists().where(items.c.id == table.c.item_id)
        if table.name in partition_plan.ITEM_TABLES and left != LOWEST:
            found[table] &= table.c.item_id >= left
    return found


_LISTS_NO_STORY = ~exists().where(stories.c.id == story_listings.c.story_id)


def wrong_stories(connection: Connection) -> list[int]:
    """Return the stories that are missing, have no items, or count them wrongly; withdrawn ones are not counted."""
    shown = func.sum(case((items.c.removed.is_(None), 1), else_=0))
    counts = select(items.c.story_id.label("id"), shown.label("n")).where(items.c.story_id.is_not(None))
    counted = counts.group_by(items.c.story_id).subquery()
    is_missing = (counted.c.n > 0) & ~exists().where(stories.c.id == counted.c.id)
    missing = select(counted.c.id).where(is_missing)
    differing = select(stories.c.id).outerjoin(counted, counted.c.id == stories.c.id)
    differing = differing.where(or_(counted.c.n.is_(None), counted.c.n != stories.c.item_count))
    return sorted({*connection.execute(missing).scalars(), *connection.execute(differing).scalars()})


def wrong_counts(connection: Connection) -> dict[int, int]:
    """Return source -> number of items, of the sources that count them wrongly."""
    counted = select(items.c.source_id.label("id"), func.count().label("n")).group_by(items.c.source_id).subquery()
    real = func.coalesce(counted.c.n, 0)
    query = select(sources.c.id, real).outerjoin(counted, counted.c.id == sources.c.id)
    return {row[0]: row[1] for row in connection.execute(query.where(sources.c.item_count != real)).all()}


def set_counts(connection: Connection, counts: dict[int, int]) -> None:
    """Write the numbers of items."""
    for source_id, count in sorted(counts.items()):
        connection.execute(update(sources).where(sources.c.id == source_id).values(item_count=count))


def missing_from_search(connection: Connection) -> list[int]:
    """Return the items that the search index does not have, or not under their source and time."""
    found: list[int] = []
    for source_id in connection.execute(select(sources.c.id).order_by(sources.c.id)).scalars().all():
        query = select(items.c.published, items.c.id).join(texts, texts.c.item_id == items.c.id)
        rows = iter(connection.execute(query.where(items.c.source_id == source_id, items.c.removed.is_(None))).all())
        match = SearchMatch((), (source_tag(source_id),))
        while keys := [search_key(*row) for row in islice(rows, _KEYS)]:
            found += map(item_of_search_key, set(keys).difference(match_keys(connection, match, keys)))
    return sorted(found)


# ---------------------------------------------------------------- times and workers
def polls_in_future(connection: Connection, now: datetime) -> list[int]:
    """Return the sources whose last poll is in the future, or whose next one is further away than any interval."""
    is_wrong = (sources.c.last_poll > now + SKEW) | (sources.c.next_poll > now + FARTHEST_POLL)
    query = select(sources.c.id).where(is_wrong, sources.c.listed, sources.c.enabled).order_by(sources.c.id)
    return list(connection.execute(query).scalars())


def make_due(connection: Connection, source_ids: Sequence[int], now: datetime) -> None:
    """Make sources due that were polled in the future."""
    for source_id in source_ids:
        last = sources.c.last_poll > now
        is_it = sources.c.id == source_id
        connection.execute(update(sources).where(is_it, last).values(last_poll=now))
        connection.execute(update(sources).where(is_it).values(next_poll=now))


def clock_difference(connection: Connection, now: datetime) -> timedelta:
    """Return by how much the clock of the database's machine is ahead of ``now``; SQLite is on this one."""
    if is_sqlite(connection):
        return timedelta(0)
    return timedelta(milliseconds=milliseconds(connection)) - timedelta(seconds=now.timestamp())


def silent_workers(connection: Connection) -> list[str]:
    """Return the workers that have given no sign of life for a minute."""
    query = select(workers.c.owner).where(workers.c.seen < milliseconds(connection) - _SILENT)
    return list(connection.execute(query.order_by(workers.c.owner)).scalars())
