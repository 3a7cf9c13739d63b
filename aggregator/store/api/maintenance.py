"""Store API: pruning and statistics."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Table, case, delete, func, or_, select, tuple_, update

from aggregator.store import (
    correction_requests,
    daily_stats,
    filtered_entries,
    incidents,
    item_lists,
    item_texts,
    journal,
    outbox,
    picture_rows,
    poll_results,
    rendered_feeds,
    search_index,
    series_rows,
    story_writes,
)
from aggregator.store.api import admin_actions, admin_queues, daily_digests, service_history
from aggregator.store.api.partitions import Left, PartitionsApi
from aggregator.store.item_window import item_window
from aggregator.store.schema.tables import (
    counters,
    forgotten,
    items,
    kept_out,
    link_constraints,
    polls,
    service_hours,
    source_days,
    source_hours,
    sources,
    stories,
    story_moves,
)
from aggregator.store.sql import partitions
from aggregator.store.sql.dialect import AnyRow, insert_for, size_in_bytes
from aggregator.store.sql.dialect_search import merge_some
from aggregator.store.sql.partitions import LOWEST, Partitioned
from aggregator.store.sql.statements import in_batches

if TYPE_CHECKING:
    from aggregator.store.mark_index import Cutoff

_FIRST_BATCH = 4  # rows that are deleted first, to learn how long it takes: they come from a disk that is not cached
_MOST_RECORDS = 50_000
_LOCK_TIME = 0.06  # seconds that a batch should take, of the 0.2 that nobody should have to wait
_BATCH_PAUSE = (
    0.05  # seconds between two batches, at least: the write lock is not fair, and polls must not wait for all
)
_UNMERGED = "search.deleted"  # counter: index entries that were deleted since the index was merged
KEEP_POLLS = timedelta(days=14)
KEEP_HOURS = timedelta(days=60)
KEEP_MARKS_LONGER = timedelta(days=7)  # than candidates are looked for, from the first sight: items may arrive late
REMEMBER_UIDS = timedelta(days=365)  # how long a deleted item is not accepted as a new one


class MaintenanceApi(PartitionsApi):
    """Prune old data and count what is stored."""

    def count_outdated(self, now: datetime, keep: timedelta) -> int:
        """Return how many items ``prune`` would delete."""
        with self._read_transaction() as connection:
            query = select(func.count()).select_from(items).where(items.c.published < now - keep)
            return connection.execute(query).scalar_one()

    def prune(self, now: datetime, keep: timedelta, batch: int = 1000) -> int:
        """Delete in batches: items older than ``keep`` with all that refers to them, index rows of fingerprints that
        are too old for candidates, and expired records. Returns the number of items.

        A transaction deletes at most ``batch`` items, and only so many that others wait for ``_LOCK_TIME``.
        """
        import_module("aggregator.steps.stories.cluster")  # for the index: not while others wait
        import_module("aggregator.store.mark_index")
        self.create_partitions(now)
        oldest = _oldest_kept(now, keep)
        left = self._leave_rows(oldest)
        deleted = self._delete_in_batches(partial(_prune_items, now - keep, now, left), batch)
        self._merge_index()
        for table, is_expired in _expired_records(now, left):
            self._delete_in_batches(partial(_delete_rows, table, is_expired), _MOST_RECORDS)
        self._prune_marks(now)
        with self._write_transaction() as connection:
            _prune_records(connection, now)
            outbox.prune(connection, now, keep)
            daily_digests.prune(connection, now - keep)
            rendered_feeds.mark_stale(
                connection, {f"archive/{name}" for name in journal.prune_pages(connection, now - keep)}
            )
        self._drop_partitions(oldest, left)
        return deleted

    def _prune_marks(self, now: datetime) -> None:
        """Drop fingerprints that are too old for candidates, and what is left of deleted items, from the index."""
        from aggregator.steps.stories.cluster import CANDIDATE_WINDOW  # these load numpy, which few commands need
        from aggregator.store import mark_index

        with self._write_transaction() as connection:
            found = connection.execute(select(func.min(items.c.id))).scalar()
            oldest = mark_index.NO_ITEM if found is None else found
            oldest_text, _ = item_window(connection, now - CANDIDATE_WINDOW - KEEP_MARKS_LONGER)
            mark_index.delete_voided(connection, oldest)
        while self._trim_marks(mark_index.Cutoff(oldest, oldest_text)):
            time.sleep(_BATCH_PAUSE)

    def _trim_marks(self, cutoff: Cutoff) -> bool:
        """Drop what is too old from one segment of the index; returns whether there may be more."""
        from aggregator.store import mark_index, mark_rewriting

        if self._engine.dialect.name == "sqlite":
            return mark_rewriting.trim(self._read_transaction, self._write_transaction, cutoff)
        with self._side_transaction() as connection:
            return mark_index.trim_beside_others(connection, cutoff)

    def _merge_index(self) -> None:
        """Merge the search index, a little at a time, once half as many items were pruned as are stored.

        A prune that is interrupted begins again the next time.
        """
        is_unmerged = counters.c.name == _UNMERGED
        with self._write_transaction() as connection:
            count = connection.execute(select(counters.c.value).where(is_unmerged)).scalar() or 0
            if count * 2 <= poll_results.total_items(connection):
                return
            more = merge_some(connection, begin=True)
        while more:
            time.sleep(_BATCH_PAUSE)
            with self._write_transaction() as connection:
                more = merge_some(connection, begin=False)
        with self._write_transaction() as connection:
            connection.execute(delete(counters).where(is_unmerged))

    def _delete_in_batches(self, delete_some: Callable[[Connection, int], int], most: int) -> int:
        """Delete in transactions of about ``_LOCK_TIME``; ``delete_some`` returns how many of the given number it has
        deleted, 0 at the end. Returns the sum."""
        deleted, size = 0, min(most, _FIRST_BATCH)
        while True:
            with self._write_transaction() as connection:
                begun = time.monotonic()
                count = delete_some(connection, size)
            taken = time.monotonic() - begun
            if count == 0:
                return deleted
            deleted += count
            size = max(1, min(most, 2 * size, int(size * _LOCK_TIME / max(taken, 0.001))))
            time.sleep(max(_BATCH_PAUSE, taken))

    def size_in_bytes(self) -> int:
        """Return the size of the database in bytes."""
        with self._read_transaction() as connection:
            return size_in_bytes(connection)

    def stats(self, midnight: datetime) -> dict[str, Any]:
        """Return counts of sources, items and stories, also of those since ``midnight``, and the size of the database
        in bytes."""
        with self._read_transaction() as connection:

            def number(query: Any) -> int:
                """Return the single integer of the query."""
                return int(connection.execute(query).scalar_one())

            def rows_of(table: Any, *where: Any) -> int:
                """Return the number of rows of the table."""
                return number(select(func.count()).select_from(table).where(*where))

            not_removed = items.c.removed.is_(None)
            oldest, newest = connection.execute(
                select(func.min(items.c.published), func.max(items.c.published)).where(not_removed)
            ).one()
            return {
                "database": connection.dialect.name,
                "bytes": size_in_bytes(connection),
                "sources": rows_of(sources, sources.c.listed),
                "items": poll_results.total_items(connection),
                **item_lists.count_today(connection, midnight),
                "stories": rows_of(stories),
                "stories_of_several": rows_of(stories, stories.c.outlets >= 2),
                "reprints": rows_of(items, items.c.reprint_of.is_not(None)),
                "open_requests": correction_requests.count_open(connection),
                "oldest": oldest,
                "newest": newest,
            }


def _oldest_kept(now: datetime, keep: timedelta) -> dict[Partitioned, datetime]:
    """Return until when the rows of tables with partitions are outdated."""
    hours = (poll_results.hour_of(now - KEEP_HOURS)) * 3600
    return {
        **dict.fromkeys((partitions.TEXTS, partitions.SKETCHES, partitions.SEARCH), now - keep),
        partitions.POLLS: now - KEEP_POLLS,
        partitions.SOURCE_HOURS: datetime.fromtimestamp(hours, UTC),
    }


def _prune_items(before: datetime, now: datetime, left: Left, connection: Connection, batch: int) -> int:
    """Delete up to ``batch`` of the oldest items published before ``before``; returns how many."""
    old = items.c.published < before
    query = select(items.c.id, items.c.source_id, items.c.story_id, items.c.removed, items.c.published)
    rows: Sequence[AnyRow] = connection.execute(
        query.where(old, items.c.removed.is_(None)).order_by(items.c.published, items.c.id).limit(batch)
    ).all()
    if not rows:
        rows = connection.execute(query.where(old, items.c.removed.is_not(None)).limit(batch)).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    _remember_uids(connection, ids, now)
    left_before = left.get(partitions.SEARCH, LOWEST)
    searchable = [row.id for row in rows if row.removed is None and row.published.timestamp() >= left_before]
    search_index.remove_from_index(connection, searchable)
    daily_stats.write_totals(connection, {_UNMERGED: len(rows)})
    picture_rows.delete_pictures(connection, ids)
    _delete_items(connection, ids, left)
    _decrease_counts(connection, rows)
    story_ids = {row.story_id for row in rows if row.story_id is not None}
    story_writes.refresh_stories(connection, story_ids, now)
    _delete_dead_stories(connection, story_ids)
    return len(rows)


def _remember_uids(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    until = case((items.c.removed.is_(None), now + REMEMBER_UIDS), else_=None)
    columns = ["source_id", "uid", "content_hash", "until"]
    for batch in in_batches(ids):
        rows = select(items.c.source_id, items.c.uid, items.c.content_hash, until).where(items.c.id.in_(batch))
        connection.execute(insert_for(connection, forgotten).from_select(columns, rows).on_conflict_do_nothing())


def _delete_items(connection: Connection, ids: Sequence[int], left: Left) -> None:
    left_below = left.get(partitions.TEXTS, LOWEST)
    for batch in in_batches(ids):
        reprints = update(items).where(items.c.reprint_of.in_(batch), items.c.id.not_in(batch))
        connection.execute(reprints.values(reprint_of=None))
        connection.execute(
            delete(link_constraints).where(or_(link_constraints.c.a.in_(batch), link_constraints.c.b.in_(batch)))
        )
        item_texts.delete_rows(connection, [item_id for item_id in batch if item_id >= left_below])
        connection.execute(delete(items).where(items.c.id.in_(batch)))


def _decrease_counts(connection: Connection, rows: Sequence[AnyRow]) -> None:
    counts: dict[int, int] = {}
    for row in rows:
        counts[row.source_id] = counts.get(row.source_id, 0) + 1
    for source_id, count in sorted(counts.items()):
        fewer = update(sources).where(sources.c.id == source_id).values(item_count=sources.c.item_count - count)
        connection.execute(fewer)


def _delete_dead_stories(connection: Connection, story_ids: set[int]) -> None:
    """Delete the redirects and documents of stories that no longer exist."""
    existing: set[int] = set()
    for batch in in_batches(story_ids):
        existing |= set(connection.execute(select(stories.c.id).where(stories.c.id.in_(batch))).scalars())
    dead = story_ids - existing
    for batch in in_batches(dead):
        connection.execute(delete(story_moves).where(story_moves.c.new.in_(batch)))
    rendered_feeds.delete_listings(connection, [f"story/{story}" for story in dead])


def _expired_records(now: datetime, left: Left) -> list[tuple[Table, ColumnElement[bool]]]:
    """Return the tables that have many rows a day, each with the condition of those that are too old."""
    of_polls, of_hours = polls.c.at < now - KEEP_POLLS, source_hours.c.hour < poll_results.hour_of(now - KEEP_HOURS)
    if (key := left.get(partitions.POLLS, LOWEST)) != LOWEST:
        of_polls &= polls.c.at >= datetime.fromtimestamp(key, UTC)
    if (key := left.get(partitions.SOURCE_HOURS, LOWEST)) != LOWEST:
        of_hours &= source_hours.c.hour >= key
    return [
        (polls, of_polls),
        (source_hours, of_hours),
        (forgotten, forgotten.c.until < now),
        (kept_out, filtered_entries.is_expired(now)),
        (source_days, daily_stats.is_expired(now)),
    ]


def _delete_rows(table: Table, is_wanted: ColumnElement[bool], connection: Connection, limit: int) -> int:
    keys = list(table.primary_key.columns)
    some = select(*keys).where(is_wanted).limit(limit)
    is_one = tuple_(*keys).in_(some) if len(keys) > 1 else keys[0].in_(some)
    return connection.execute(delete(table).where(is_one)).rowcount


def _prune_records(connection: Connection, now: datetime) -> None:
    connection.execute(delete(service_hours).where(service_hours.c.hour < poll_results.hour_of(now - KEEP_HOURS)))
    series_rows.end_series(connection)
    rendered_feeds.delete_unrequested(connection, now)
    service_history.prune(connection, now)
    admin_actions.prune(connection, now)
    admin_queues.prune(connection, now)
    incidents.prune(connection, now)
    correction_requests.prune(connection, now)
