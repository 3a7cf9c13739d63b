"""/item/<id> with its JSON twin, and /story/<id>."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

from aggregator.explain import explanations
from aggregator.model import ItemCard, ItemDetail, Listing
from web.i18n.display_names import name
from web.i18n.language import lang_of, nt, t, words
from web.i18n.times import duration, number
from web.site import Site
from web.views import shared_lists
from web.views.cards import card_views, place_of, stories_but, timeline, timeline_days
from web.views.filters import feed_of
from web.views.layout import Crumb, FeedLink, Head, category_crumbs, render
from web.views.structured_data import item_json, news_article
from web.views.text import clip, host, shown_url

RELATED = 6
TIMELINE = 8
STORY_REPORTS = 200
SIDE = 8


def routes(site: Site) -> Blueprint:
    pages = Blueprint("item", __name__)
    pages.add_url_rule("/item/<int:item_id>", "item", partial(item, site))
    pages.add_url_rule("/item/<int:item_id>.json", "item_json", partial(item_as_json, site))
    pages.add_url_rule("/story/<int:story_id>", "story", partial(story, site))
    return pages


def item(site: Site, item_id: int) -> str:
    detail = _present(site, item_id)
    card, clock = detail.card, site.clock()
    reports = _reports(site, card)
    full = detail.content == "full" and bool(detail.html)
    feed = feed_of(site, card.category, None)
    return render(
        site,
        "item.html",
        _head(site, detail, feed, full),
        clock=clock,
        crumbs=category_crumbs(site, card.category) or [Crumb(t("最新"), "/latest")],
        category=card.category,
        item=detail,
        card=card,
        text_lang=lang_of(detail.language or site.config.site.language),
        full=full,
        published=clock.exact(card.published),
        collected=clock.exact(card.first_seen),
        edited=clock.exact(card.updated) if card.updated and card.updated > card.published else None,
        place=place_of(site, card),
        host=host(card.url),
        shown_url=shown_url(card.url),
        reports=timeline(clock, reports, reports[0].id) if len(reports) > 1 else [],
        related=card_views(site, clock, _related(site, card)),
        hot=shared_lists.hot(site, limit=SIDE),
        latest=card_views(site, clock, [each for each in shared_lists.latest(site) if each.id != item_id][:SIDE]),
        feed=feed,
        reasons=_reasons(detail),
    )


def _reasons(detail: ItemDetail) -> list[tuple[str, str, int | None]]:
    """Each decision: its name, its evidence, and the other item that it speaks of."""
    names = {"category": t("分类"), "region": t("地区"), "story": t("事件"), "advertorial": t("推广")}
    return [(names[one.subject], words(one.why), one.other) for one in explanations(detail)]


def item_as_json(site: Site, item_id: int) -> Response:
    detail = _present(site, item_id)
    reports = _reports(site, detail.card)
    answer = jsonify(item_json(site, detail, reports, _related(site, detail.card)))
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _present(site: Site, item_id: int) -> ItemDetail:
    """The item, or a 404 or 410 page. Numbers beyond 64 bits never reach the store."""
    detail = site.store.item(item_id) if 0 < item_id < 2**63 else None
    if detail is None:
        abort(404)
    if detail.removed is not None:
        abort(410)
    return detail


def _reports(site: Site, card: ItemCard) -> list[ItemCard]:
    if card.story_items < 2:
        return []
    return site.store.story_items([card.story_id], TIMELINE).get(card.story_id, [])


def _related(site: Site, card: ItemCard) -> list[ItemCard]:
    """The related stories, filled up with the newest of the same category and region, of either, of any."""
    found = site.store.related(card.id, RELATED)
    stories = {card.story_id, *(each.story_id for each in found)}
    for listing in _neighbourhoods(card):
        if len(found) >= RELATED:
            break
        near = _newest(site, listing)
        found += [each for each in near if each.story_id not in stories][: RELATED - len(found)]
        stories |= {each.story_id for each in found}
    return found


def _neighbourhoods(card: ItemCard) -> list[Listing]:
    """Where to look for something to go on to, the nearest first."""
    region = card.place.city or card.place.province
    both = [Listing(category=card.category, region=region)] if card.category and region else []
    either = [Listing(category=card.category)] if card.category else []
    either += [Listing(region=region)] if region else []
    return both + either or [Listing()]


def _newest(site: Site, listing: Listing) -> list[ItemCard]:
    share = shared_lists.share_of(site)
    return site.cache.get(("near", listing), 10, lambda: site.store.fair_items(listing, 2 * RELATED, share))


def _head(site: Site, detail: ItemDetail, feed: FeedLink, full: bool) -> Head:
    card = detail.card
    section = site.category(card.category.partition("/")[0]) if card.category else None
    meta = [("article:published_time", card.published.astimezone(site.zone).isoformat(timespec="seconds"))]
    if section:
        meta.append(("article:section", name(section)))
    return Head(
        title="_".join([card.title, *([name(section)] if section else []), site.title]),
        description=clip(card.excerpt, 120) or card.title,
        canonical=f"/item/{card.id}",
        # the publisher's page is the one that search engines should show
        robots="noindex, follow, max-snippet:80, max-image-preview:none" if full else "noindex, follow",
        feeds=(feed,),
        json=f"/item/{card.id}.json",
        og_type="article",
        meta=tuple(meta),
        linked_data=(news_article(site, detail),),
    )


def story(site: Site, story_id: int) -> str | AnyResponse:
    found = site.store.story(story_id) if 0 < story_id < 2**63 else None
    if found is None:
        abort(404)
    if found.id != story_id:
        return redirect(f"/story/{found.id}", 301)
    clock = site.clock()
    cards = site.store.story_items([found.id], STORY_REPORTS).get(found.id, [])
    reports = timeline(clock, cards, found.first, under_days=True)
    feed = FeedLink(t("这个事件的后续"), f"/feeds/story/{found.id}")
    lead = found.lead
    return render(
        site,
        "story.html",
        Head(
            title=t("%(title)s：报道时间线_%(site)s", title=lead.title, site=site.title),
            description=clip(lead.excerpt, 120) or lead.title,
            canonical=f"/story/{found.id}",
            robots=None if found.outlets > 1 else "noindex, follow",  # one report alone is its publisher's to show
            feeds=(feed,),
        ),
        clock=clock,
        crumbs=[*category_crumbs(site, lead.category), Crumb(t("事件"), f"/story/{found.id}")],
        category=lead.category,
        story=found,
        summary=_summary(found.outlets, found.items, cards, found.first),
        days=timeline_days(clock, reports),
        unshown=max(0, found.items - len(cards)),
        feed=feed,
        hot=stories_but(shared_lists.hot(site, limit=SIDE + 1), found.id, SIDE),
    )


def _summary(outlets: int, items: int, cards: Sequence[ItemCard], first_id: int) -> str:
    """7家媒体，8篇报道；鲁南晨讯最早发布，首发后2小时44分内陆续跟进."""
    text = nt("%(n)s家媒体，%(items)s篇报道", outlets, items=number(items))
    first: Any = next((card for card in cards if card.id == first_id), None)
    if first is None or len(cards) < 2:
        return text
    span = max(card.published for card in cards) - first.published
    return text + t("；%(source)s最早发布，首发后%(span)s内陆续跟进", source=first.source_title, span=duration(span))
