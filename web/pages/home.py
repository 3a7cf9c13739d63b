"""The home page /: lead story, further stories, regions, one block per category, latest items.

A reader with a home region sees its news first; without one, the choice of a region comes before the categories.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, request

from aggregator.model import ItemCard, Listing, Relation, Story
from aggregator.reference.gazetteer import Division
from web.i18n.language import t
from web.site import Site
from web.views import preferences, shared_lists
from web.views.cards import CardView, card_view, card_views
from web.views.first_report import first_id
from web.views.headlines import fold_headlines, split_off
from web.views.home_blocks import HomeBlocks, arrange
from web.views.layout import FeedLink, Head, render
from web.views.local_regions import divisions_of, sources_by_province
from web.views.structured_data import website_json_ld

SECONDARY_STORIES = 6
OTHER_REPORTS = 3
MAX_REPORTS = 40
MAX_SAME = 6  # outlets named that have the same headline
LOCAL_ITEMS = 6


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the home page."""
    pages = Blueprint("home", __name__)
    pages.add_url_rule("/", "home", partial(home, site))
    return pages


def home(site: Site) -> str:
    """Return the home page."""
    clock = site.clock()
    stories = shared_lists.hot_stories(site, limit=10)
    lead = stories[0] if stories else None
    source_totals = shared_lists.totals(site)
    home_place = site.gazetteer.get(preferences.decode(request.cookies.get(preferences.COOKIE)).region)
    blocks = _blocks(site)
    head = Head(
        title=f"{site.title}{t('：')}{t('地方媒体，一处看全')}",
        canonical="/",
        feeds=(FeedLink(t("全部"), "/feeds/all"), FeedLink(t("热门事件"), "/feeds/hot")),
        linked_data=(website_json_ld(site),),
    )
    return render(
        site,
        "home.html",
        head,
        clock=clock,
        current="/",
        today=clock.full_date(clock.today),
        counts=shared_lists.today_counts(site),
        online=source_totals.get("ok", 0) + source_totals.get("slow", 0),
        freshness=_freshness(site),
        lead=card_view(site, clock, lead.lead) if lead else None,
        seconds=card_views(site, clock, (story.lead for story in stories[1 : 1 + SECONDARY_STORIES])),
        **_reports(site, lead),
        hot=stories,
        blocks=blocks,
        latest=card_views(site, clock, shared_lists.latest_items(site)[: blocks.latest_items]),
        **(_local_news(site, home_place) if home_place else _choice_of_region(site)),
        reason=shared_lists.empty_reason(site),
    )


def _reports(site: Site, lead: Story | None) -> dict[str, Any]:
    """Return the template variables of the lead story's reports: other headlines, outlets with the same headline, time
    of the latest report, id of the first.

    There is at most one report per outlet, and reprints come last.
    """
    if lead is None or lead.outlets < 2:
        return {"also": (), "same": (), "last_report": None, "first_id": None}
    reports = site.cache.get(
        ("reports", lead.id), 10, lambda: site.store.story_items([lead.id], MAX_REPORTS).get(lead.id, [])
    )
    also: dict[str, ItemCard] = {}
    for card in sorted(reports, key=lambda card: card.relation is Relation.REPRINT):
        if card.id != lead.lead.id and card.source != lead.lead.source:
            also.setdefault(card.source, card)
    clock = site.clock()
    rows, same = split_off(fold_headlines(also.values()), lead.lead.title)
    return {
        "also": rows[:OTHER_REPORTS],
        "same": same[:MAX_SAME],
        "last_report": clock.moment(lead.last_published),
        "first_id": first_id(site, lead.id, reports),
    }


def _local_news(site: Site, place: Division) -> dict[str, Any]:
    """Return the template variables of a reader's home region: its newest items, and the divisions in or beside it."""
    listing = Listing(region=place.code, one_per_series=True)
    cards = site.cache.get(("mine", place.code), 5, lambda: site.store.item_page(listing, LOCAL_ITEMS).cards)
    chain = site.gazetteer.chain(place.code)
    container = chain[-2] if place.level == 3 and len(chain) > 1 else place
    near = [(division, count) for division, count in divisions_of(site, container) if division != place]
    return {"mine": card_views(site, site.clock(), cards), "near": near}


def _choice_of_region(site: Site) -> dict[str, Any]:
    """Return the template variables of the choice of a home region."""
    places = local_regions(site)
    return {"places": places, "provinces": () if places[0][0].level == 1 else site.gazetteer.provinces()}


def _blocks(site: Site) -> HomeBlocks[CardView]:
    clock = site.clock()
    previews = shared_lists.category_previews(site)
    return arrange(
        [
            (category, card_views(site, clock, previews[category.path]))
            for category in site.tree.top_level()
            if category.path in previews
        ]
    )


def local_regions(site: Site) -> list[tuple[Division, int]]:
    """Return the regions offered on the home page in the order of their codes, with today's number of items.

    Which they are follows from config.toml, so that they stay the same from hour to hour: the cities of the province
    that is home to more than twice as many outlets as any other; all provinces if there is no such province.
    """
    provinces = sources_by_province(site)
    if provinces and all(provinces[0][1] > 2 * count for _, count in provinces[1:]):
        cities = divisions_of(site, provinces[0][0])
        if len(cities) >= 2:
            return cities
    counts = shared_lists.today_counts_by(site, "province")
    return [(province, counts.get(province.code, 0)) for province in site.gazetteer.provinces()]


def _freshness(site: Site) -> str:
    """Return when a source last responded successfully."""
    healths = site.cache.get(
        "freshest", 10, lambda: site.store.source_health(site.now(), sort="-last_success", limit=1)
    )
    last = healths[0].last_success if healths else None
    return t("%(time)s更新", time=site.clock().moment(last).text) if last else t("还没有更新")
