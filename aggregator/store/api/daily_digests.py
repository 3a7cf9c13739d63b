"""Store API: daily digests, and what they are made of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, literal, select, update

from aggregator.model import Listing
from aggregator.model.daily_digests import DailyDigest, pack_stories, unpack_stories, without_items
from aggregator.store import item_lists, rendered_feeds
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.schema.digest_tables import daily_digest_items, daily_digests
from aggregator.store.schema.tables import documents, items
from aggregator.store.sql.dialect import AnyRow, insert_for
from aggregator.store.sql.statements import in_batches

LISTING_PREFIX = "daily/"  # of the listing keys of their feeds
_digests = daily_digests.c


class DailyDigestsApi(ConnectionMixin):
    """Read and store daily digests."""

    def widest_stories(self, listing: Listing, limit: int) -> list[int]:
        """Return the stories with an item in the listing in its period, those of most outlets in the period first, then
        those with the latest report."""
        subject = item_lists.subject_conditions(category=listing.category, region=listing.region)
        is_listed = case((and_(*subject), 1), else_=0) if subject else literal(1)
        period = item_lists.period_conditions(listing.since, listing.until)
        query = (
            select(items.c.story_id)
            .where(item_lists.NOT_REMOVED, items.c.story_id.is_not(None), *period)
            .group_by(items.c.story_id)
            .having(func.max(is_listed) == 1)
            .order_by(func.count(items.c.source_id.distinct()).desc(), func.max(items.c.published).desc())
            .order_by(items.c.story_id.desc())
            .limit(limit)
        )
        with self._read_transaction() as connection:
            return list(connection.execute(query).scalars())

    def daily_digests(self, listing: str, first: date, last: date) -> dict[date, DailyDigest]:
        """Return the stored digests of these days, latest first."""
        days = _digests.day.between(first.isoformat(), last.isoformat())
        query = select(daily_digests).where(_digests.listing == listing, days).order_by(_digests.day.desc())
        with self._read_transaction() as connection:
            return {digest.day: digest for digest in map(_to_digest, connection.execute(query))}

    def put_daily_digest(self, digest: DailyDigest) -> tuple[DailyDigest, bool]:
        """Store a digest unless there is one of this day already. Returns what is stored, and whether it is new.

        Items that were withdrawn since it was made are left out.
        """
        with self._write_transaction() as connection:
            kept = without_items(digest, _withdrawn(connection, digest.item_ids))
            row = {
                "listing": kept.listing,
                "day": kept.day.isoformat(),
                "published": kept.published,
                "stories": pack_stories(kept.stories),
                "summary": kept.summary,
                "changed": kept.changed,
            }
            inserted = connection.execute(insert_for(connection, daily_digests).on_conflict_do_nothing(), row).rowcount
            if inserted and kept.item_ids:
                keys = {"listing": row["listing"], "day": row["day"]}
                rows = [{"item_id": item_id, **keys} for item_id in sorted(kept.item_ids)]
                connection.execute(insert_for(connection, daily_digest_items), rows)
            row_stored = connection.execute(select(daily_digests).where(*_is(kept.listing, kept.day))).one()
            return _to_digest(row_stored), bool(inserted)

    def set_digest_summary(self, listing: str, day: date, summary: str) -> None:
        """Store the summary of a digest."""
        with self._write_transaction(exclusive=False) as connection:
            connection.execute(update(daily_digests).where(*_is(listing, day)).values(summary=summary))

    def digest_listings(self) -> set[str]:
        """Return the listings whose daily feeds are requested."""
        prefix = documents.c.listing.startswith(LISTING_PREFIX, autoescape=True)
        with self._read_transaction() as connection:
            found = connection.execute(select(documents.c.listing).where(prefix).distinct()).scalars()
            return {key.removeprefix(LISTING_PREFIX) for key in found}

    def digest_days(self, listing: str) -> list[tuple[date, datetime]]:
        """Return (day, last change) of the stored digests of a listing, latest first."""
        query = select(_digests.day, func.coalesce(_digests.changed, _digests.published, type_=_digests.published.type))
        with self._read_transaction() as connection:
            rows = connection.execute(query.where(_digests.listing == listing).order_by(_digests.day.desc()))
            return [(date.fromisoformat(day), changed) for day, changed in rows]


def withdraw_items(connection: Connection, item_ids: Collection[int], now: datetime) -> None:
    """Take items out of all digests, and mark the feeds of these stale."""
    found: set[tuple[str, str]] = set()
    for batch in in_batches(item_ids):
        is_shown = daily_digest_items.c.item_id.in_(batch)
        query = select(daily_digest_items.c.listing, daily_digest_items.c.day).where(is_shown).distinct()
        found |= {(listing, day) for listing, day in connection.execute(query)}
        connection.execute(delete(daily_digest_items).where(is_shown))
    for listing, day in sorted(found):
        conditions = _is(listing, date.fromisoformat(day))
        row = connection.execute(select(daily_digests).where(*conditions)).one()
        kept = without_items(_to_digest(row), item_ids)
        values: dict[str, Any] = {"stories": pack_stories(kept.stories), "summary": kept.summary, "changed": now}
        connection.execute(update(daily_digests).where(*conditions).values(**values))
    rendered_feeds.mark_stale(connection, {f"{LISTING_PREFIX}{listing}" for listing, _ in found})


def prune(connection: Connection, before: datetime) -> None:
    """Delete the digests that were published before ``before``."""
    query = select(_digests.listing, _digests.day).where(_digests.published < before)
    for listing, day in connection.execute(query).all():
        of_digest = (daily_digest_items.c.listing == listing, daily_digest_items.c.day == day)
        connection.execute(delete(daily_digest_items).where(*of_digest))
        connection.execute(delete(daily_digests).where(*_is(listing, date.fromisoformat(day))))


def _is(listing: str, day: date) -> tuple[Any, Any]:
    return _digests.listing == listing, _digests.day == day.isoformat()


def _to_digest(row: AnyRow) -> DailyDigest:
    return DailyDigest(
        date.fromisoformat(row.day), row.listing, row.published, unpack_stories(row.stories), row.summary, row.changed
    )


def _withdrawn(connection: Connection, item_ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    for batch in in_batches(item_ids):
        is_withdrawn = items.c.id.in_(batch) & items.c.removed.is_not(None)
        found |= set(connection.execute(select(items.c.id).where(is_withdrawn)).scalars())
    return found
