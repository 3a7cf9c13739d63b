"""/category/…, /latest and /hot: lists of stories with filters, day groups and stable paging."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from aggregator.model import Listing
from aggregator.reference.categories import Category, top_category
from aggregator.store import HotWindow
from web.i18n.display_names import display_name
from web.i18n.language import nt, t
from web.i18n.times import Clock
from web.site import Site
from web.views import paging, shared_lists
from web.views.cards import card_views, group_by_day
from web.views.filters import ListFilters, build_url, count_summary, feed_link, load_page, parse_day, read_filters
from web.views.layout import Crumb, FeedLink, Head, category_crumbs, render

MAX_RANKED = 40
SIDEBAR_HOT = 6
SIDEBAR_LATEST = 6


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the lists."""
    pages = Blueprint("listing", __name__)
    pages.add_url_rule("/category/<path:path>", "category", partial(category, site))
    pages.add_url_rule("/latest", "latest", partial(latest, site))
    pages.add_url_rule("/hot", "hot", partial(hot, site))
    return pages


def category(site: Site, path: str) -> str | Response:
    """Return the list of a category, or a redirect to its current path."""
    selected = site.tree.find(path)
    if selected is None:
        abort(404)
    if selected.path != path:
        return redirect(f"/category/{selected.path}", 301)
    filters = read_filters(site)
    place = site.gazetteer.get(filters.region) if filters.region else None
    title = " · ".join(display_name(node) for node in (place, selected) if node)
    feed = feed_link(site, selected.path, filters.region)
    counts = shared_lists.today_counts(site, Listing(category=selected.path, region=filters.region or None))
    others = [
        card for card in shared_lists.latest_items(site) if top_category(card.category or "") != selected.top_path
    ]
    clock = site.clock()
    return _listing(
        site,
        clock,
        _page_listing(filters, selected.path),
        filters,
        base=f"/category/{selected.path}",
        title=title,
        head=Head(
            title=t("%(name)s新闻_%(site)s", name=title, site=site.title),
            description=t("%(name)s新闻：来自各地媒体，去重后按时间排列。", name=title),
            canonical=f"/category/{selected.path}",
            feeds=(feed,),
        ),
        crumbs=category_crumbs(site, selected.path),
        category=selected.path,
        tabs=_tabs(site, selected, filters),
        summary=count_summary(counts),
        feed=feed,
        hot=shared_lists.hot_stories(site, limit=SIDEBAR_HOT, category=selected.path, region=filters.region or None),
        hot_title=t("%(name)s热门", name=display_name(selected)),
        hot_query="&" + urlencode([("category", selected.path), *[p for p in filters.query if p[0] == "region"]]),
        latest_title=t("其他分类最新"),
        latest=card_views(site, clock, others[:SIDEBAR_LATEST]),
        show=("source", "place", "category"),
        here=selected.path,
    )


def latest(site: Site) -> str | Response:
    """Return the list of the latest items."""
    clock = site.clock()
    filters = read_filters(site)
    feed = feed_link(site, None, filters.region)
    return _listing(
        site,
        clock,
        _page_listing(filters),
        filters,
        base="/latest",
        title=t("最新"),
        head=Head(title=t("最新收录_%(site)s", site=site.title), canonical="/latest", feeds=(feed,)),
        crumbs=[Crumb(t("最新"), "/latest")],
        current="/latest",
        category=None,
        tabs=[],
        summary=count_summary(shared_lists.today_counts(site, Listing(region=filters.region or None))),
        feed=feed,
        hot=shared_lists.hot_stories(site, limit=SIDEBAR_HOT),
        hot_title=t("热门事件"),
        hot_query="",
        latest_title=t("刚刚收录"),
        latest=card_views(site, clock, shared_lists.latest_items(site)[:SIDEBAR_LATEST]),
        show=("source", "place", "category"),
        here="",
    )


def hot(site: Site) -> str:
    """Return the list of the hottest stories."""
    window: HotWindow = "7d" if request.args.get("window") == "7d" else "24h"
    selected = site.category(request.args.get("category"))
    region = request.args.get("region", "")
    place = site.gazetteer.get(region) if region else None
    region_code = place.code if place else None
    path = selected.path if selected else None
    clock = site.clock()
    stories = shared_lists.hot_stories(site, window, MAX_RANKED, category=path, region=region_code)
    keep = [pair for pair in (("category", path), ("region", region_code)) if pair[1]]
    narrowed = "".join(f"{display_name(node)} · " for node in (place, selected) if node)
    feed = FeedLink(t("热门事件"), "/feeds/hot")
    tabs = [
        (label, "/hot?" + urlencode([("window", value), *keep]), value == window)
        for value, label in (("24h", t("24小时")), ("7d", t("7天")))
    ]
    tabs.append((t("每日要闻"), "/daily" + (f"?{urlencode(keep)}" if keep else ""), False))
    return render(
        site,
        "listing.html",
        Head(
            title=t("%(narrowed)s热门事件_%(site)s", narrowed=narrowed, site=site.title),
            canonical="/hot",
            feeds=(feed,),
        ),
        clock=clock,
        crumbs=[Crumb(t("热门"), "/hot")],
        current="/hot",
        title=narrowed + t("热门事件"),
        summary=t("按报道的媒体数和新鲜度排序，不统计点击"),
        tabs=tabs,
        filters=None,
        days=[],
        ranked=card_views(site, clock, (story.lead for story in stories)),
        show=("source", "place", "category"),
        here=path or "",
        reason=shared_lists.empty_reason(site),
        base="/hot",
        base_all="/hot" if keep else "",
        older=None,
        newer=None,
        position="",
        jump=None,
        feed=feed,
        hot=None,
        latest_title=t("刚刚收录"),
        latest=card_views(site, clock, shared_lists.latest_items(site)[: SIDEBAR_LATEST * 2]),
    )


def _page_listing(filters: ListFilters, category: str | None = None) -> Listing:
    return Listing(
        category=category, region=filters.region or None, multi_source_only=filters.multi, one_per_series=True
    )


def _listing(
    site: Site, clock: Clock, listing: Listing, filters: ListFilters, *, base: str, head: Head, **values: Any
) -> str | Response:
    """Return a page of a list, at the position in the URL."""
    query = filters.query
    day = parse_day(request.args.get("date"))
    ranked = []
    page = paging.Page((), None, None)
    if filters.sort == "hot":
        stories = shared_lists.hot_stories(site, "7d", MAX_RANKED, category=listing.category, region=listing.region)
        ranked = card_views(site, clock, (story.lead for story in stories if story.outlets > 1 or not filters.multi))
    else:
        if day:
            listing = replace(listing, until=clock.day_start(day + timedelta(days=1)))
            query = [*query, ("date", day.isoformat())]
        loaded_page = load_page(site, listing)
        if loaded_page is None:
            return redirect(build_url(base, query))
        page = loaded_page
    older = build_url(base, [*query, ("before", page.older)]) if page.older else None
    narrowed = bool(query) or "before" in request.args
    return render(
        site,
        "listing.html",
        replace(head, next=older, robots="noindex, follow" if narrowed or not (page.cards or ranked) else None),
        clock=clock,
        base=base,
        filters=filters,
        days=group_by_day(site, clock, page.cards),
        ranked=ranked,
        older=older,
        newer=build_url(base, [*query, ("after", page.newer)]) if page.newer else None,
        position=_position(clock, page) if page.newer else "",
        jump={"date": (day or clock.today).isoformat(), "keep": filters.query},
        reason=shared_lists.empty_reason(site),
        base_all=base if narrowed else "",
        **values,
    )


def _tabs(site: Site, category: Category, filters: ListFilters) -> list[tuple[str, str, bool]]:
    children = site.tree.children(category.top_path)
    if not children:
        return []
    pairs = [(t("全部"), category.top_path), *((display_name(child), child.path) for child in children)]
    return [(label, build_url(f"/category/{path}", filters.query), path == category.path) for label, path in pairs]


def _position(clock: Clock, page: paging.Page) -> str:
    at = clock.clock_time(page.cards[0].published).text
    return nt("%(time)s之前的%(n)s条", len(page.cards), time=at)
