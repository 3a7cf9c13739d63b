"""Store API: stories and their items."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    bindparam,
    literal,
    literal_column,
    select,
    union_all,
)

from aggregator.model import ItemCard, Listing, Relation, Story
from aggregator.model.listing_keys import listing_key
from aggregator.steps.stories import hotness
from aggregator.steps.stories.first_report import SAMPLE, DatedItem
from aggregator.steps.stories.source_quota import apply_source_quota
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.earlier_issues import mark_earlier_issues
from aggregator.store.item_lists import item_cards, listings_of_stories, newest_by_listing
from aggregator.store.schema.series_columns import SERIES_ID
from aggregator.store.schema.tables import items, sources, stories, story_listings, story_moves
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.statements import in_batches, in_list

HotWindow = Literal["24h", "7d"]

WINDOWS = {
    "24h": (timedelta(hours=24), "heat_day", hotness.DAY_TAU),
    "7d": (timedelta(days=7), "heat_week", hotness.WEEK_TAU),
}
_SCAN_FACTOR = 4  # times as many stories are read, because some are of series or beyond a source quota
# literal as in the partial indexes, which a parameter would not match
_MULTI_SOURCE = stories.c.outlets >= literal_column("2")


_LEADS = select(items.c.id, items.c.source_id, SERIES_ID.label("series")).where(in_list(items.c.id, "ids"))
_STORIES_WITH_NEWS = (
    select(items.c.story_id)
    .where(
        in_list(items.c.story_id, "stories"),
        items.c.removed.is_(None),
        items.c.relation != Relation.REPRINT.value,
        SERIES_ID.is_(None),
    )
    .distinct()
)
_STORY = [column for column in stories.c if column.name != "lead_id"]


class StoriesApi(ConnectionMixin):
    """Read stories."""

    def story(self, story_id: int) -> Story | None:
        """Return the story, also by the id of one that was merged into it; None if there is none."""
        with self._read_transaction() as connection:
            moved = connection.execute(select(story_moves.c.new).where(story_moves.c.old == story_id)).scalar()
            query = select(stories).where(stories.c.id == (moved or story_id), stories.c.item_count > 0)
            result = _with_leads(connection, connection.execute(query).all())
            return result[0] if result else None

    def stories_by_id(self, story_ids: Sequence[int]) -> dict[int, Story]:
        """Return id -> story, by current ids only."""
        with self._read_transaction() as connection:
            result: dict[int, Story] = {}
            for batch in in_batches(story_ids):
                rows = connection.execute(select(stories).where(stories.c.id.in_(batch))).all()
                result |= {story.id: story for story in _with_leads(connection, rows)}
            return result

    def story_items(self, story_ids: Sequence[int], per_story: int) -> dict[int, list[ItemCard]]:
        """Return story -> its items, by time of publication, at most ``per_story``."""
        with self._read_transaction() as connection:
            chosen: dict[int, list[int]] = {story_id: [] for story_id in story_ids}
            if not chosen:
                return {}
            queries = []
            for story_id in chosen:
                members = select(items.c.id).where(items.c.story_id == story_id, items.c.removed.is_(None))
                ids = members.order_by(items.c.published, items.c.id).limit(per_story).subquery()
                queries.append(select(literal(story_id), ids.c.id))
            for at in range(0, len(queries), 100):
                for story_id, item_id in connection.execute(union_all(*queries[at : at + 100])):
                    chosen[story_id].append(item_id)
            cards = item_cards(connection, {item_id for ids in chosen.values() for item_id in ids})
            return {story_id: [cards[item_id] for item_id in ids] for story_id, ids in chosen.items()}

    def dated_items(self, slugs: Collection[str], limit: int = SAMPLE) -> dict[str, list[DatedItem]]:
        """Return source -> the times of its latest items."""
        found: dict[str, list[DatedItem]] = {slug: [] for slug in slugs}
        with self._read_transaction() as connection:
            for batch in in_batches(found):
                queries = [select(*_latest_times(slug, limit).subquery().c) for slug in batch]
                for slug, *times in connection.execute(union_all(*queries)):
                    found[slug].append(DatedItem(*times))
        return found

    def hot_stories(
        self,
        window: HotWindow,
        now: datetime,
        limit: int,
        *,
        category: str | None = None,
        region: str | None = None,
        share: float = 0,
    ) -> list[Story]:
        """Return stories of several outlets by hotness, then the newest single-source stories if places are left.

        ``share``: at most this share (0..1) of the places for lead items of one source, as in ``items_with_quota``.
        """
        with self._read_transaction() as connection:
            length, column, tau = WINDOWS[window]
            since = now - length
            query = _hot_query(category, region, column).where(stories.c.last_published >= since)
            coldest = hotness.min_hotness(since, tau)
            rows = connection.execute(query.limit(limit * _SCAN_FACTOR), {"coldest": coldest}).all()
            rows, outlets = _of_no_series(connection, rows)
            positions = apply_source_quota(outlets, limit, share) if share else range(len(rows))[:limit]
            result = _with_leads(connection, [rows[position] for position in positions])
            if len(result) < limit:
                listing = Listing(category=category, region=region, since=since)
                result += _single_source_stories(connection, listing, limit - len(result), result, share)
            leads = mark_earlier_issues(connection, [story.lead for story in result])
            return [replace(story, lead=lead) for story, lead in zip(result, leads, strict=True)]

    def listings_of_stories(self, story_ids: Collection[int]) -> set[str]:
        """Return the keys of the listings that have an entry for one of these stories."""
        with self._read_transaction() as connection:
            return listings_of_stories(connection, story_ids)

    def withdrawn_items_of_story(self, story_id: int) -> list[int]:
        """Return the withdrawn items of a story."""
        with self._read_transaction() as connection:
            is_withdrawn = (items.c.story_id == story_id) & items.c.removed.is_not(None)
            return list(connection.execute(select(items.c.id).where(is_withdrawn).order_by(items.c.id)).scalars())


def _latest_times(slug: str, limit: int) -> Select[Any]:
    source = select(sources.c.id).where(sources.c.slug == slug).scalar_subquery()
    return (
        select(literal(slug).label("slug"), items.c.published, items.c.first_seen, items.c.dated)
        .where(items.c.source_id == source, items.c.removed.is_(None))
        .order_by(items.c.published.desc(), items.c.id.desc())
        .limit(limit)
    )


def _hot_query(category: str | None, region: str | None, column: str) -> Select[Any]:
    """Return the stories of several outlets in a listing, hottest first and not colder than the parameter "coldest".

    ``lead_id`` is the item that represents a story there.
    """
    coldest: BindParameter[float] = bindparam("coldest")
    if category is None and region is None:
        heat = stories.c[column]
        return select(*_STORY, stories.c.lead_id).where(_MULTI_SOURCE, heat >= coldest).order_by(heat.desc())
    heat = story_listings.c[column]
    return (
        select(*_STORY, story_listings.c.item_id.label("lead_id"))
        .join_from(story_listings, stories, stories.c.id == story_listings.c.story_id)
        .where(story_listings.c.listing == listing_key(category, region), heat >= coldest)
        .order_by(heat.desc())
    )


def _with_leads(connection: Connection, rows: Sequence[AnyRow]) -> list[Story]:
    leads = item_cards(connection, [row.lead_id for row in rows])
    return [_to_story(row, leads[row.lead_id]) for row in rows if row.lead_id in leads]


def _to_story(row: AnyRow, lead: ItemCard) -> Story:
    return Story(
        id=row.id,
        lead=lead,
        first_item_id=row.first_id,
        items=row.item_count,
        outlets=row.outlets,
        first_published=row.first_published,
        last_published=row.last_published,
    )


def _of_no_series(connection: Connection, rows: Sequence[AnyRow]) -> tuple[Sequence[AnyRow], list[int]]:
    """Return the stories without those of issues of series alone, and the source of each one's lead item.

    A story whose lead item is an issue stays if another report, which is no copy, is none.
    """
    leads = {row.id: row for row in connection.execute(_LEADS, {"ids": [row.lead_id for row in rows]})}
    led_by_issues = {row.id for row in rows if row.lead_id in leads and leads[row.lead_id].series is not None}
    if led_by_issues:
        with_news = connection.execute(_STORIES_WITH_NEWS, {"stories": led_by_issues}).scalars()
        led_by_issues -= set(with_news)
        rows = [row for row in rows if row.id not in led_by_issues]
    return rows, [leads[row.lead_id].source_id if row.lead_id in leads else 0 for row in rows]


def _single_source_stories(
    connection: Connection, listing: Listing, limit: int, shown: Sequence[Story], share: float
) -> list[Story]:
    """Return the newest stories of a listing that are not in ``shown``, each with the item that represents it there."""
    seen = {story.id for story in shown}
    cards = newest_by_listing(connection, {"": listing}, _SCAN_FACTOR * limit + len(seen), share)[""]
    cards = [card for card in cards if card.story_id not in seen and card.series is None][:limit]
    story_ids = [card.story_id for card in cards]
    rows = {row.id: row for row in connection.execute(select(stories).where(stories.c.id.in_(story_ids)))}
    return [_to_story(rows[card.story_id], card) for card in cards if card.story_id in rows]
