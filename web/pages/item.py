"""The item page /item/<id> with its JSON version, and the story page /story/<id>."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import Blueprint, Response, abort, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

from aggregator.model import ItemCard, ItemDetail, Listing, Story
from aggregator.reference.categories import top_category
from aggregator.reference.gazetteer import Division
from aggregator.steps.stories.first_report import FirstReport
from web.i18n.display_names import display_name
from web.i18n.language import lang_attribute, nt, t
from web.i18n.times import Clock, format_duration, format_number
from web.site import Site
from web.views import shared_lists
from web.views.cards import card_views, display_place, exclude_story, further_places, timeline, timeline_days
from web.views.filters import feed_link
from web.views.first_report import doubts_in_words, first_id, first_in_words, first_report, spread_of
from web.views.layout import Crumb, FeedLink, Head, category_crumbs, render
from web.views.pictures import illustrate, item_pictures, lead_picture
from web.views.reasons import reasons_of
from web.views.structured_data import article_json_ld, item_json
from web.views.text import clip, display_host, display_url

MAX_RELATED = 6
MAX_TIMELINE = 8
MAX_REPORTS = 24  # of the timeline, before those with one headline are folded
MAX_STORY_REPORTS = 200
SIDEBAR_ITEMS = 8


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the item and story pages."""
    pages = Blueprint("item", __name__)
    pages.add_url_rule("/item/<int:item_id>", "item", partial(item, site))
    pages.add_url_rule("/item/<int:item_id>.json", "item_json", partial(item_as_json, site))
    pages.add_url_rule("/story/<int:story_id>", "story", partial(story, site))
    return pages


def item(site: Site, item_id: int) -> str:
    """Return the page of an item."""
    detail = require_item(site, item_id)
    card, clock = detail.card, site.clock()
    reports = story_reports(site, card, MAX_REPORTS)
    full = detail.content == "full" and bool(detail.html)
    pictures = item_pictures(site, detail)
    text = illustrate(detail.html, pictures) if full and detail.html else ""
    feed = feed_link(site, card.category, None)
    return render(
        site,
        "item.html",
        _head(site, detail, feed, full),
        clock=clock,
        crumbs=category_crumbs(site, card.category) or [Crumb(t("未分类"))],
        category=card.category,
        item=detail,
        card=card,
        text_lang=lang_attribute(detail.language or site.config.site.language),
        full=full,
        text=text,
        picture=lead_picture(detail, pictures, text),
        published=clock.full_date_time(card.published),
        collected=clock.full_date_time(card.first_seen),
        edited=clock.full_date_time(card.updated) if card.updated and card.updated > card.published else None,
        places=_places(site, card),
        host=display_host(card.url),
        shown_url=display_url(card.url),
        reports=timeline(clock, reports, first_id(site, card.story_id, reports))[:MAX_TIMELINE]
        if len(reports) > 1
        else [],
        related=card_views(site, clock, _related(site, card)),
        hot=shared_lists.hot_stories(site, limit=SIDEBAR_ITEMS),
        latest=card_views(
            site, clock, [each for each in shared_lists.latest_items(site) if each.id != item_id][:SIDEBAR_ITEMS]
        ),
        feed=feed,
        reasons=reasons_of(site, detail, reports),
    )


def item_as_json(site: Site, item_id: int) -> Response:
    """Return an item as JSON."""
    detail = require_item(site, item_id)
    reports = story_reports(site, detail.card, MAX_TIMELINE)
    response = jsonify(item_json(site, detail, reports, _related(site, detail.card)))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def require_item(site: Site, item_id: int) -> ItemDetail:
    """Return the item. Aborts with 404 or 410.

    Numbers above 64 bits are rejected before the store is read.
    """
    detail = site.store.item(item_id) if 0 < item_id < 2**63 else None
    if detail is None:
        abort(404)
    if detail.removed is not None:
        abort(410)
    return detail


def story_reports(site: Site, card: ItemCard, limit: int) -> list[ItemCard]:
    """Return the reports of an item's story, by time of publication; none if it is the only one."""
    if card.story_items < 2:
        return []
    return site.store.story_items([card.story_id], limit).get(card.story_id, [])


def _places(site: Site, card: ItemCard) -> list[Division]:
    """Return the divisions of all regions, the primary one first."""
    primary = display_place(site, card)
    return list(dict.fromkeys([*([primary] if primary else []), *further_places(site, card)]))


def _related(site: Site, card: ItemCard) -> list[ItemCard]:
    """Return the related stories, filled up with the newest of similar listings; none is of a series."""
    related = site.store.related_items(card.id, MAX_RELATED)
    stories = {candidate.story_id for candidate in (card, *related)}
    for listing in _related_listings(card):
        if len(related) >= MAX_RELATED:
            break
        candidates = _newest(site, listing)
        for candidate in candidates:
            if len(related) < MAX_RELATED and candidate.story_id not in stories and candidate.series is None:
                related.append(candidate)
                stories.add(candidate.story_id)
    return related


def _related_listings(card: ItemCard) -> list[Listing]:
    """Return the listings to fill related items from: the same category and region, either of them, or all items."""
    region = card.place.city or card.place.province or next(iter(card.place.further_regions), None)
    both = [Listing(category=card.category, region=region, one_per_series=True)] if card.category and region else []
    either = [Listing(category=card.category, one_per_series=True)] if card.category else []
    either += [Listing(region=region, one_per_series=True)] if region else []
    return both + either or [Listing(one_per_series=True)]


def _newest(site: Site, listing: Listing) -> list[ItemCard]:
    share = shared_lists.source_share(site)
    return site.cache.get(("near", listing), 10, lambda: site.store.items_with_quota(listing, 2 * MAX_RELATED, share))


def _head(site: Site, detail: ItemDetail, feed: FeedLink, full: bool) -> Head:
    card = detail.card
    section = site.category(top_category(card.category)) if card.category else None
    meta = [("article:published_time", card.published.astimezone(site.zone).isoformat(timespec="seconds"))]
    if section:
        meta.append(("article:section", display_name(section)))
    return Head(
        title="_".join([card.title, *([display_name(section)] if section else []), site.title]),
        description=clip(card.excerpt, 120) or card.title,
        canonical=f"/item/{card.id}",
        # search engines should show the publisher's page instead
        robots="noindex, follow, max-snippet:80, max-image-preview:none" if full else "noindex, follow",
        feeds=(feed,),
        json=f"/item/{card.id}.json",
        og_type="article",
        meta=tuple(meta),
        linked_data=(article_json_ld(site, detail),),
    )


def story(site: Site, story_id: int) -> str | AnyResponse:
    """Return the page of a story, or a redirect if it was merged into another one."""
    stored_story = site.store.story(story_id) if 0 < story_id < 2**63 else None
    if stored_story is None:
        abort(404)
    if stored_story.id != story_id:
        return redirect(f"/story/{stored_story.id}", 301)
    clock = site.clock()
    cards = site.store.story_items([stored_story.id], MAX_STORY_REPORTS).get(stored_story.id, [])
    first = first_report(site, stored_story.id, cards)
    reports = timeline(clock, cards, first.known_id if first else None, under_days=True)
    feed = FeedLink(t("这个事件的后续"), f"/feeds/story/{stored_story.id}")
    lead = stored_story.lead
    return render(
        site,
        "story.html",
        Head(
            title=t("%(title)s：报道时间线_%(site)s", title=lead.title, site=site.title),
            description=clip(lead.excerpt, 120) or lead.title,
            canonical=f"/story/{stored_story.id}",
            # for a single report, the publisher's page should be indexed instead
            robots=None if stored_story.outlets > 1 else "noindex, follow",
            feeds=(feed,),
        ),
        clock=clock,
        crumbs=[*category_crumbs(site, lead.category), Crumb(t("事件"), f"/story/{stored_story.id}")],
        category=lead.category,
        story=stored_story,
        summary=_summary(clock, stored_story, cards, first),
        spread=spread_of(clock, first) if first else None,
        doubts=doubts_in_words(first) if first else (),
        days=timeline_days(clock, reports),
        unshown=max(0, stored_story.items - len(cards)),
        feed=feed,
        hot=exclude_story(shared_lists.hot_stories(site, limit=SIDEBAR_ITEMS + 1), stored_story.id, SIDEBAR_ITEMS),
    )


def _summary(clock: Clock, stored: Story, cards: Sequence[ItemCard], first: FirstReport | None) -> str:
    """Return a summary such as 7家媒体，8篇报道；最早：鲁南晨讯 08:12；其后37分钟 鲁网；2小时44分内陆续跟进."""
    text = nt("%(n)s家媒体，%(items)s篇报道", stored.outlets, items=format_number(stored.items))
    if first is None or len(first.arrivals) < 2:
        return text
    span = max(card.published for card in cards) - first.first.at
    followed = t("；%(span)s内陆续跟进", span=format_duration(span)) if len(cards) > 2 else ""
    return f"{text}{t('；')}{first_in_words(clock, first)}{followed}"
