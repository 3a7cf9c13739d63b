"""Store API: health of sources, for the status page and ``gedi sources``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, case, func, or_, select, type_coerce

from aggregator.messages.rendering import codes_with
from aggregator.model import SourceFilter, SourceHealth, SourceState
from aggregator.model.filters import FilterReason, FilterRecord
from aggregator.model.health import DailyPollStats
from aggregator.store import daily_stats, filtered_entries, item_lists, poll_results
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.schema.columns import has_code
from aggregator.store.schema.tables import kept_out, source_hours, sources, subscriptions
from aggregator.store.sql.dialect import AnyRow, key_value_dict
from aggregator.store.sql.statements import in_batches

_WEEK = timedelta(days=7)
_STATE = case((sources.c.enabled & sources.c.listed, sources.c.state), else_=SourceState.OFF.value)
_STATE_ORDER = {
    SourceState.OFF: 0,
    SourceState.OK: 1,
    SourceState.NEW: 2,
    SourceState.SLOW: 3,
    SourceState.GONE: 4,
    SourceState.FAILING: 5,
}
_SORTS: dict[str, ColumnElement[Any]] = {
    "state": case({state.value: rank for state, rank in _STATE_ORDER.items()}, value=_STATE, else_=1),
    "title": sources.c.title,
    "slug": sources.c.slug,
    "region": func.coalesce(sources.c.region, ""),
    "category": func.coalesce(sources.c.category, ""),
    "failures": sources.c.failures,
    "items": sources.c.item_count,
    "elapsed": func.coalesce(sources.c.elapsed, 0.0),
    "last_poll": sources.c.last_poll,
    "last_success": sources.c.last_success,
    "next_poll": sources.c.next_poll,
    "newest": sources.c.newest,
}
_COPIED_COLUMNS = (
    *("id", "slug", "title", "url", "region", "category", "content", "enabled", "listed"),
    *("error_kind", "error", "failures", "elapsed", "last_poll", "last_success", "newest", "next_poll"),
    "next_why",
    *("moved_to", "feed_title", "feed_link"),
)
_PUSH_COLUMNS = (
    subscriptions.c.hub.label("push_hub"),
    subscriptions.c.standing.label("push"),
    subscriptions.c.reason.label("push_reason"),
    subscriptions.c.last_push,
)
_NO_FILTER = SourceFilter()


class SourceHealthApi(ConnectionMixin):
    """Read the health of sources."""

    def source_health(
        self,
        now: datetime,
        *,
        filters: SourceFilter = _NO_FILTER,
        sort: str = "-state",
        limit: int = 50,
        offset: int = 0,
    ) -> list[SourceHealth]:
        """Return the health of sources, failing ones first by default."""
        with self._read_transaction() as connection:
            is_current = (subscriptions.c.source_id == sources.c.id) & subscriptions.c.current
            chosen = select(sources, _STATE.label("shown_state"), *_PUSH_COLUMNS).outerjoin(subscriptions, is_current)
            chosen = chosen.where(*_conditions(filters))
            rows = connection.execute(chosen.order_by(*_order(sort)).limit(limit).offset(offset)).all()
            trends = _trends(connection, [row.id for row in rows], now)
            days = daily_stats.daily_poll_stats(connection, trends, now, daily_stats.LISTED_DAYS)
            filtered = filtered_entries.count_by_source(connection, trends, now - _WEEK)
            return [_health(row, trends[row.id], days[row.id], filtered.get(row.id, 0)) for row in rows]

    def health_totals(self, midnight: datetime) -> dict[str, int]:
        """Return the number of sources by state ("ok", "slow" …), and "sources", "items_today", "stories_today",
        "uncategorised", "items".

        Those of today are ``item_lists.count_today``.
        """
        with self._read_transaction() as connection:
            is_listed = select(func.count()).select_from(sources).where(sources.c.listed)
            return {
                **count_by_state(connection),
                "sources": int(connection.execute(is_listed).scalar_one()),
                **item_lists.count_today(connection, midnight),
                "items": poll_results.total_items(connection),
            }

    def daily_poll_stats(
        self, source_ids: Collection[int], now: datetime, days: int = daily_stats.KEEP_DAYS
    ) -> dict[int, tuple[DailyPollStats, ...]]:
        """Return source -> poll statistics by day, oldest first, including today."""
        with self._read_transaction() as connection:
            return daily_stats.daily_poll_stats(connection, source_ids, now, days)

    def filtered_entries(self, limit: int, slug: str | None = None, *, url: str | None = None) -> list[FilterRecord]:
        """Return the entries that were filtered out in the last 30 days, of one source or all, newest first; only those
        with this address, if it is given."""
        with self._read_transaction() as connection:
            query = select(kept_out, sources.c.slug).join(sources, sources.c.id == kept_out.c.source_id)
            if slug is not None:
                query = query.where(kept_out.c.source_id.in_(select(sources.c.id).where(sources.c.slug == slug)))
            if url is not None:
                query = query.where(kept_out.c.url == url)
            rows = connection.execute(query.order_by(kept_out.c.at.desc(), kept_out.c.uid).limit(limit))
            return [
                FilterRecord(row.slug, row.uid, row.title, row.url, FilterReason(row.rule, row.evidence), row.at)
                for row in rows
            ]


def _places_of(query: str) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a text search: title, slug, URL and the error as displayed in any language."""
    for column in (sources.c.title, sources.c.slug, sources.c.url, type_coerce(sources.c.error, Text)):
        yield column.icontains(query, autoescape=True)
    if codes := codes_with(query):
        yield has_code(sources.c.error, *codes)


def _shared_digits(code: str) -> str:
    """Return the digits that all GB/T 2260 codes within the region share: 370000 -> 37, 370400 -> 3704."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def _order(sort: str) -> list[ColumnElement[Any]]:
    column = _SORTS.get(sort.removeprefix("-"), _SORTS["state"])
    first = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_last()
    return [first, sources.c.failures.desc(), sources.c.title, sources.c.id]


def _trends(connection: Connection, ids: Collection[int], now: datetime) -> dict[int, list[int]]:
    this_hour = poll_results.hour_of(now)
    trends = {source_id: [0] * 24 for source_id in ids}
    for batch in in_batches(ids):
        hours = source_hours.c.hour.between(this_hour - 23, this_hour)
        query = select(source_hours.c.source_id, source_hours.c.hour, source_hours.c.item_count)
        for source_id, hour, count in connection.execute(query.where(source_hours.c.source_id.in_(batch), hours)):
            trends[source_id][hour - this_hour + 23] = count
    return trends


def _health(row: AnyRow, trend: list[int], days: tuple[DailyPollStats, ...], filtered: int) -> SourceHealth:
    values = {name: getattr(row, name) for name in _COPIED_COLUMNS}
    derived = {
        "state": SourceState(row.shown_state),
        "items": row.item_count,
        "day_items": sum(trend),
        "trend": tuple(trend),
    }
    push = {"hub": row.push_hub, "push": row.push, "push_reason": row.push_reason, "last_push": row.last_push}
    return SourceHealth(**values, **derived, **push, days=days, kept_out=filtered)


def count_by_state(connection: Connection) -> dict[str, int]:
    """Return state -> number of listed sources."""
    query = select(_STATE, func.count()).where(sources.c.listed).group_by(_STATE)
    return {state.value: 0 for state in SourceState} | key_value_dict(connection, query)


def _conditions(filters: SourceFilter) -> Iterator[ColumnElement[bool]]:
    if filters.state is not None:
        yield _STATE.in_([filters.state])
    if filters.region is not None:
        yield sources.c.region.startswith(_shared_digits(filters.region), autoescape=True)
    if filters.query:
        yield or_(*_places_of(filters.query))
    if filters.slug is not None:
        yield sources.c.slug == filters.slug
    if filters.after is not None:
        yield sources.c.slug > filters.after
