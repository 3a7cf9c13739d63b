"""Lists of items and stories: which of the store's reads answers which question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aggregator.model import Cursor, ItemCard, Listing, Story
from web.api import cursors, serializers
from web.api.parameters import Asked
from web.api.responses import Refusal
from web.site import Site

STALE_CURSOR = Refusal("这个 cursor 不能用在这里", "cursor 要原样带回，别的参数也要与上一页相同。不带它就从头开始。")
MOST_REPORTS = 100
Answer = dict[str, Any] | Refusal


def items(site: Site, asked: Asked) -> Answer:
    return _paged(site, asked, lambda before: _cards(site, asked, before))


def search(site: Site, asked: Asked) -> Answer:
    if asked.sort == "time":
        return items(site, asked)
    if asked.cursor:
        return Refusal("按相关排序时不分页", "请去掉 cursor，或写 sort=time。")
    return {"items": serializers.items(site, _found(site, asked, asked.limit, None)), "cursor": None, "next": None}


def stories(site: Site, asked: Asked) -> Answer:
    if asked.sort == "hot":
        return _hot(site, asked)
    page = _paged(site, asked, lambda before: _cards(site, asked, before), whole=False)
    if isinstance(page, Refusal):
        return page
    cards: list[ItemCard] = page.pop("cards")
    return {"stories": _stories(site, cards), **page}


def story(site: Site, number: int) -> Answer:
    found = site.store.story(number)
    if found is None:
        return Refusal("没有这个事件", "编号可能写错了，或者它的报道都过了保留期。", 404)
    reports = serializers.items(site, site.store.story_items([found.id], MOST_REPORTS).get(found.id, []))
    lead = next((each for each in reports if each["id"] == found.lead.id), None)
    lead = lead or next(iter(serializers.items(site, [found.lead])), None)
    if lead is None:
        return Refusal("没有这个事件", "它的报道刚刚被删除。", 404)
    return {**serializers.story(site, found, lead), "reports": reports}


def listing_of(asked: Asked) -> Listing:
    return Listing(
        category=asked.category, region=asked.region, source=asked.source, story=asked.story,
        leads_only=asked.reports == "lead", since=asked.since, until=asked.before,
    )  # fmt: skip


def _paged(site: Site, asked: Asked, read: Any, *, whole: bool = True) -> Answer:
    """A page with the cursor of the next one."""
    mark = cursors.fingerprint(asked.question)
    before = cursors.decode(mark, asked.cursor) if asked.cursor else None
    if asked.cursor and before is None:
        return STALE_CURSOR
    cards, more = read(before)
    cursor = cursors.encode(mark, more) if more else None
    found = {"items": serializers.items(site, cards)} if whole else {"cards": cards}
    return {**found, "cursor": cursor, "next": None}


def _cards(site: Site, asked: Asked, before: Cursor | None) -> tuple[list[ItemCard], Cursor | None]:
    """A page of cards and the place after it."""
    listing, limit = listing_of(asked), asked.limit
    if asked.q:
        cards = _found(site, asked, limit + 1, before)
    elif asked.source or asked.story is not None or not listing.leads_only:
        return site.store.slice(replace(listing, leads_only=False), limit, before=before)
    else:
        cards = site.store.items(listing, limit + 1, before=before)
    return cards[:limit], cards[limit - 1].cursor if len(cards) > limit else None


def _found(site: Site, asked: Asked, limit: int, before: Cursor | None) -> list[ItemCard]:
    until = Cursor(asked.before, 0) if asked.before else None
    places = [place for place in (before, until) if place]
    cards = site.store.search(
        asked.q or "", limit, category=asked.category, region=asked.region, source=asked.source, since=asked.since,
        sort="rel" if asked.sort == "rel" else "time",
        before=min(places, key=lambda place: (place.published, place.id)) if places else None,
    )  # fmt: skip
    return [card for card in cards if asked.before is None or card.published < asked.before]


def _hot(site: Site, asked: Asked) -> Answer:
    if asked.cursor or asked.since or asked.before:
        return Refusal("按热度排列时不分页，也不限时间", "请去掉 cursor、since 和 before；window 说看多长时间。")
    window = "7d" if asked.window == "7d" else "24h"
    hot = site.store.hot(window, site.now(), asked.limit, category=asked.category, region=asked.region)  # type: ignore[arg-type]
    leads = {each["id"]: each for each in serializers.items(site, [found.lead for found in hot])}
    made = [serializers.story(site, found, leads[found.lead.id]) for found in hot if found.lead.id in leads]
    return {"stories": made, "cursor": None, "next": None}


def _stories(site: Site, cards: list[ItemCard]) -> list[dict[str, Any]]:
    found = site.store.stories([card.story_id for card in cards])
    shown = [found.get(card.story_id) or _alone(card) for card in cards]
    leads = {each["id"]: each for each in serializers.items(site, [each.lead for each in shown])}
    return [serializers.story(site, each, leads[each.lead.id]) for each in shown if each.lead.id in leads]


def _alone(card: ItemCard) -> Story:
    """An item that has not been put into a story yet."""
    return Story(card.story_id, card, card.id, 1, 1, card.published, card.published)
