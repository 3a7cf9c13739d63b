"""List endpoints for items and stories, each mapped to a store query."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aggregator.model import Cursor, ItemCard, Listing, SearchFilter, Story
from aggregator.model.views import NO_CATEGORY
from web.api import cursors, serializers
from web.api.parameters import ApiQuery
from web.api.responses import ApiError
from web.site import Site
from web.views.first_report import first_report

INVALID_CURSOR = ApiError("这个 cursor 不能用在这里", "cursor 要原样带回，别的参数也要与上一页相同。不带它就从头开始。")
MAX_REPORTS = 100
ApiResult = dict[str, Any] | ApiError


def items(site: Site, query: ApiQuery) -> ApiResult:
    """Return a page of items."""
    if query.q and query.category == NO_CATEGORY:
        return ApiError("category=none 不能和 q 一起用", "请去掉其中一个。")
    return _page(site, query, lambda before: _cards(site, query, before))


def search(site: Site, query: ApiQuery) -> ApiResult:
    """Return a page of search results by time, or the most relevant results."""
    if query.sort == "time":
        return items(site, query)
    if query.cursor:
        return ApiError("按相关排序时不分页", "请去掉 cursor，或写 sort=time。")
    return {"items": serializers.items(site, _search(site, query, query.limit, None)), "cursor": None, "next": None}


def stories(site: Site, query: ApiQuery) -> ApiResult:
    """Return a page of stories by time, or the hottest stories."""
    if query.sort == "hot":
        return _hot_stories(site, query)
    page = _page(site, query, lambda before: _cards(site, query, before), serialized=False)
    if isinstance(page, ApiError):
        return page
    cards: list[ItemCard] = page.pop("cards")
    return {"stories": _serialize_stories(site, cards), **page}


def story(site: Site, number: int) -> ApiResult:
    """Return a story with its reports."""
    stored_story = site.store.story(number)
    if stored_story is None:
        return ApiError("没有这个事件", "编号可能写错了，或者它的报道都过了保留期。", 404)
    cards = site.store.story_items([stored_story.id], MAX_REPORTS).get(stored_story.id, [])
    reports = serializers.items(site, cards)
    lead = next((report for report in reports if report["id"] == stored_story.lead.id), None)
    lead = lead or next(iter(serializers.items(site, [stored_story.lead])), None)
    if lead is None:
        return ApiError("没有这个事件", "它的报道刚刚被删除。", 404)
    first = serializers.first(first_report(site, stored_story.id, cards))
    return {**serializers.story(site, stored_story, lead), "first": first, "reports": reports}


def series(site: Site, number: int) -> ApiResult:
    """Return a series with its latest issues."""
    stored = site.store.series(number)
    listing = Listing(series=number, one_per_story=False)
    issues = serializers.items(site, site.store.items(listing, MAX_REPORTS)) if stored else []
    if stored is None or not issues:
        return ApiError("没有这个系列", "编号可能写错了，或者它的各期都过了保留期。", 404)
    return {**serializers.series(site, stored, issues[0]), "reports": issues}


def to_listing(query: ApiQuery) -> Listing:
    """Return the store listing that a query selects."""
    return Listing(
        category=query.category, region=query.region, source=query.source, story=query.story,
        one_per_story=query.reports == "lead", since=query.since, until=query.before,
    )  # fmt: skip


def _page(site: Site, query: ApiQuery, read_page: Any, *, serialized: bool = True) -> ApiResult:
    """Return a page with the cursor of the next one."""
    query_hash = cursors.hash_query(query.pairs)
    before = cursors.decode(query_hash, query.cursor) if query.cursor else None
    if query.cursor and before is None:
        return INVALID_CURSOR
    cards, next_position = read_page(before)
    cursor = cursors.encode(query_hash, next_position) if next_position else None
    serialized_list = {"items": serializers.items(site, cards)} if serialized else {"cards": cards}
    return {**serialized_list, "cursor": cursor, "next": None}


def _cards(site: Site, query: ApiQuery, before: Cursor | None) -> tuple[list[ItemCard], Cursor | None]:
    """Return a page of cards and the position after it."""
    listing, limit = to_listing(query), query.limit
    if query.q:
        cards = _search(site, query, limit + 1, before)
    elif query.source or query.story is not None or query.category == NO_CATEGORY or not listing.one_per_story:
        return site.store.scan_items(replace(listing, one_per_story=False), limit, before=before)
    else:
        cards = site.store.items(listing, limit + 1, before=before)
    return cards[:limit], cards[limit - 1].cursor if len(cards) > limit else None


def _search(site: Site, query: ApiQuery, limit: int, before: Cursor | None) -> list[ItemCard]:
    until = Cursor(query.before, 0) if query.before else None
    bounds = [bound for bound in (before, until) if bound]
    cards = site.store.search_items(
        query.q or "", limit, filters=SearchFilter(query.category, query.region, query.source, query.since),
        sort="rel" if query.sort == "rel" else "time",
        before=min(bounds, key=lambda bound: (bound.published, bound.id)) if bounds else None,
    )  # fmt: skip
    return [card for card in cards if query.before is None or card.published < query.before]


def _hot_stories(site: Site, query: ApiQuery) -> ApiResult:
    if query.cursor or query.since or query.before:
        return ApiError("按热度排列时不分页，也不限时间", "请去掉 cursor、since 和 before；window 说看多长时间。")
    window = "7d" if query.window == "7d" else "24h"
    ranked = site.store.hot_stories(window, site.now(), query.limit, category=query.category, region=query.region)  # type: ignore[arg-type]
    leads = {item["id"]: item for item in serializers.items(site, [story.lead for story in ranked])}
    serialized = [serializers.story(site, story, leads[story.lead.id]) for story in ranked if story.lead.id in leads]
    return {"stories": serialized, "cursor": None, "next": None}


def _serialize_stories(site: Site, cards: list[ItemCard]) -> list[dict[str, Any]]:
    stored = site.store.stories_by_id([card.story_id for card in cards])
    shown = [  # a story of a category or region shows the report that represents it there
        replace(stored[card.story_id], lead=card) if card.story_id in stored else _single_item_story(card)
        for card in cards
    ]
    leads = {item["id"]: item for item in serializers.items(site, [story.lead for story in shown])}
    return [serializers.story(site, story, leads[story.lead.id]) for story in shown if story.lead.id in leads]


def _single_item_story(card: ItemCard) -> Story:
    """Return the story of an item that has not been grouped yet."""
    return Story(card.story_id, card, card.id, 1, 1, card.published, card.published)
