"""/region: the region search, and the page of a province, city or county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from aggregator.model import ItemCard, Listing, SourceFilter, SourceHealth
from aggregator.reference.gazetteer import Division
from web.i18n.display_names import display_name, list_separator, place_path, whole_division
from web.i18n.language import nt, t
from web.i18n.times import Clock
from web.site import Site
from web.views import paging, shared_lists
from web.views.cards import card_view, group_by_day
from web.views.filters import build_url, count_summary, feed_link, load_page
from web.views.layout import Crumb, Head, region_crumbs, render
from web.views.text import clean_input

LOCAL_SOURCES = 8
SIDEBAR_HOT = 5
MAX_WIDER_ITEMS = 8


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the region pages."""
    pages = Blueprint("region", __name__)
    pages.add_url_rule("/region", "browse", partial(browse, site))
    pages.add_url_rule("/region/<code>", "region", partial(region, site))
    return pages


def browse(site: Site) -> str | Response:
    """Return all provinces with today's counts; ?q= searches a region by name or code."""
    query = clean_input(request.args.get("q"), 50)
    matches = site.gazetteer.search(query) if query else []
    exact_matches = [division for division in matches if query in (division.name, division.short, division.code)]
    if len(matches) == 1 or len(exact_matches) == 1:
        return redirect(f"/region/{(exact_matches or matches)[0].code}")
    counts = shared_lists.today_counts_by(site, "province")
    provinces = [
        (province, counts.get(province.code, 0), site.gazetteer.children(province.code))
        for province in site.gazetteer.provinces()
    ]
    labeled_matches = [(division, place_path(site.gazetteer.chain(division.code))) for division in matches]
    head = Head(
        title=t("按地区看新闻_%(site)s", site=site.title),
        description=t("按省、市、县浏览各地新闻。"),
        canonical="/region",
        robots="noindex, follow" if query else None,
    )
    return render(
        site,
        "regions.html",
        head,
        crumbs=[Crumb(t("地区"), "/region")],
        current="/region",
        query=query,
        found=labeled_matches,
        provinces=provinces,
    )


def region(site: Site, code: str) -> str | Response:
    """Return the page of a region, or a redirect if its code is a placeholder."""
    division = site.gazetteer.get(code)
    if division is None:
        abort(404)
    chain = site.gazetteer.chain(code)
    if division.is_placeholder:
        return redirect(f"/region/{chain[-1].code}", 301)
    listing = Listing(region=code)
    page = load_page(site, replace(listing, one_per_series=True))
    if page is None:
        return redirect(f"/region/{code}")
    clock = site.clock()
    feed = feed_link(site, None, code)
    counts = shared_lists.today_counts(site, listing)
    top_level = page.newer is None
    stories = shared_lists.hot_stories(site, limit=SIDEBAR_HOT, region=code)
    lead = stories[0] if top_level and stories and stories[0].outlets > 1 else None
    sources = _sources(site, code)
    older = f"/region/{code}?before={page.older}" if page.older else None
    head = Head(
        title=t("%(name)s新闻_%(site)s", name=display_name(division), site=site.title),
        description=t("%(name)s的新闻，来自各地媒体，同一事件只列一条。", name=display_name(division, full=True)),
        canonical=f"/region/{code}",
        robots=None if page.cards and top_level else "noindex, follow",
        feeds=(feed,),
        next=older,
    )
    return render(
        site,
        "region.html",
        head,
        clock=clock,
        crumbs=region_crumbs(site, code),
        current="/region",
        division=division,
        summary=_summary(site, listing, counts),
        chips=_chips(site, chain, counts[0]),
        chips_label=t("城市") if division.level == 1 else t("区县"),
        tabs=_tabs(site, code),
        lead=card_view(site, clock, lead.lead) if lead else None,
        days=group_by_day(
            site, clock, [card for card in page.cards if lead is None or card.id != lead.lead.id], division
        ),
        older=older,
        newer=f"/region/{code}?after={page.newer}" if page.newer else None,
        feed=feed,
        sources=sources,
        neighbours=_neighbors(site, division),
        neighbours_label=_neighbors_label(chain),
        hot=stories,
        **_empty_state(site, clock, chain, page, sources),
    )


def _summary(site: Site, listing: Listing, counts: tuple[int, int]) -> str:
    """Return a summary such as 今日96条，归并为41个事件，来自20家媒体."""
    outlets = len(shared_lists.today_counts_by(site, "source", listing)) if counts[0] else 0
    return count_summary(counts) + (nt("，来自%(n)s家媒体", outlets) if outlets > 1 else "")


def _neighbors(site: Site, division: Division) -> list[tuple[Division, int]]:
    """Return the other cities of the same province with today's counts, or the other provinces."""
    if division.level > 2:
        return []
    province = Listing(region=f"{division.code[:2]}0000")
    counts = shared_lists.today_counts_by(site, "city", province) if division.level == 2 else {}
    return [(sibling, counts.get(sibling.code, 0)) for sibling in site.gazetteer.siblings_of(division.code)]


def _neighbors_label(chain: Sequence[Division]) -> str:
    if len(chain) == 1:
        return t("其他省份")
    return t("自治区其他城市") if chain[0].name.endswith("自治区") else t("同省其他城市")


def _chips(site: Site, chain: Sequence[Division], own_count: int) -> list[tuple[str, str, int, bool]]:
    """Return (name, code, today's items, whether current) of a division and its children.

    For a county, the children of its city are shown.
    """
    current = chain[-1]
    container = chain[-2] if current.level == 3 and len(chain) > 1 else current
    parts = site.gazetteer.children(container.code)
    if not parts:
        return []
    counts: dict[str, int] = {}
    levels: tuple[shared_lists.GroupBy, ...] = ("city", "county") if container.level == 1 else ("county",)
    for by in levels:
        counts.update(shared_lists.today_counts_by(site, by, Listing(region=container.code)))
    total = own_count if container is current else shared_lists.today_counts(site, Listing(region=container.code))[0]
    chips = [(whole_division(container), container.code, total, container is current)]
    return chips + [(chip_name(part), part.code, counts.get(part.code, 0), part is current) for part in parts]


def chip_name(division: Division) -> str:
    """Return the name on a chip; county-level divisions by full name, since 市中 or 城 alone is unclear."""
    return display_name(division, full=division.level == 3)


def _tabs(site: Site, code: str) -> list[tuple[str, str, bool]]:
    """Return the tabs of the categories that have items here today."""
    today = shared_lists.today_counts_by(site, "top", Listing(region=code))
    nonempty = [category for category in site.tree.top_level() if category.path in today]
    if not nonempty:
        return []
    all_tab = [(t("全部"), f"/region/{code}", True)]
    return all_tab + [
        (display_name(node), build_url(f"/category/{node.path}", [("region", code)]), False) for node in nonempty
    ]


def _sources(site: Site, code: str) -> list[SourceHealth]:
    return site.cache.get(
        ("sources", code),
        10,
        lambda: site.store.source_health(
            site.now(), filters=SourceFilter(region=code), sort="-items", limit=LOCAL_SOURCES
        ),
    )


def _empty_state(
    site: Site, clock: Clock, chain: Sequence[Division], page: paging.Page, sources: Sequence[SourceHealth]
) -> dict[str, Any]:
    """Return the variables for a region without items: the reason, and items of the next wider region that has any.

    Makes at most three store calls.
    """
    if page.cards:
        return {"reason": "", "wider": None, "wider_days": []}
    place_name = display_name(chain[-1])
    if not sources:
        reason = t("没有登记在%(name)s的来源，其他来源的报道里也还没有提到%(name)s。", name=place_name)
    else:
        failing = [source for source in sources if source.state not in ("ok", "slow")]
        names = list_separator().join(t("“%(name)s”", name=source.name) for source in sources[:3])
        if len(failing) == len(sources):
            reason = t("%(place)s的来源%(names)s还没有成功抓取过。", place=place_name, names=names)
        else:
            reason = t("%(place)s的来源%(names)s能正常抓取，但还没有条目。", place=place_name, names=names)
    for wider in (*reversed(chain[:-1]), None):
        cards = _newest(site, wider)
        if cards:
            return {"reason": reason, "wider": wider, "wider_days": group_by_day(site, clock, cards, wider)}
    return {"reason": reason, "wider": None, "wider_days": []}


def _newest(site: Site, place: Division | None) -> list[ItemCard]:
    listing = Listing(region=place.code if place else None, one_per_series=True)
    return site.cache.get(("wider", listing), 10, lambda: site.store.item_page(listing, MAX_WIDER_ITEMS).cards)
