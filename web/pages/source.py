"""/source/<slug> and /sources: publisher, place, terms of use and poll statistics of a source."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import quote

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from aggregator.model import ContentPolicy, Listing, SourceFilter, SourceHealth
from web.i18n.display_names import place_path
from web.i18n.language import N_, message_text, nt, t
from web.i18n.times import format_number
from web.site import Site
from web.views import shared_lists
from web.views.cards import group_by_day
from web.views.filters import load_page
from web.views.layout import Crumb, FeedLink, Head, render
from web.views.sources import find_region, state_label, subscription_label
from web.views.text import clean_input, display_host

CONTENT_TERMS_TEXTS: dict[ContentPolicy, str] = {
    "full": N_("允许展示全文，注明出处并链接原文"),
    "excerpt": N_("只展示标题和摘要，全文请到原站阅读"),
}
SLUG_PATTERN = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
PAGE_SIZE = 60
SIDEBAR_ITEMS = 6


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the source pages."""
    pages = Blueprint("source", __name__)
    pages.add_url_rule("/source/<slug>", "source", partial(source, site))
    pages.add_url_rule("/sources", "sources", partial(sources, site))
    return pages


def source(site: Site, slug: str) -> str | Response:
    """Return the page of a source. Aborts with 404 if it does not exist."""
    healths = (
        site.store.source_health(site.now(), filters=SourceFilter(slug=slug), limit=1)
        if SLUG_PATTERN.fullmatch(slug)
        else []
    )
    if not healths:
        abort(404)
    health = shared_lists.redact(site, healths[0])
    listing = Listing(source=slug, one_per_story=False, one_per_series=True)
    page = load_page(site, listing)
    if page is None:
        return redirect(f"/source/{slug}")
    clock = site.clock()
    name = health.name
    feed = FeedLink(name, f"/feeds/source/{slug}")
    items, _ = shared_lists.today_counts(site, listing)
    older = f"/source/{slug}?before={page.older}" if page.older else None
    return render(
        site,
        "source.html",
        Head(
            title=t("%(name)s_来源_%(site)s", name=name, site=site.title),
            description=t("%(name)s发布的新闻与抓取状态。", name=name),
            canonical=f"/source/{slug}",
            robots=None if page.cards and page.newer is None else "noindex, follow",
            feeds=(feed,),
            next=older,
        ),
        clock=clock,
        crumbs=[Crumb(t("来源"), "/sources"), Crumb(name, f"/source/{slug}")],
        health=health,
        name=name,
        state=state_label(health),
        checked=clock.moment(health.last_poll) if health.last_poll else None,
        place=find_region(site, health.region),
        place_path=place_path(site.gazetteer.chain(health.region)) if health.region else "",
        category_found=site.category(health.category),
        site_host=display_host(health.feed_link) if health.feed_link else "",
        terms=t(CONTENT_TERMS_TEXTS[health.content]),
        summary=nt("今日%(n)s条，共收录%(all)s条", items, all=format_number(health.items)),
        days=group_by_day(site, clock, page.cards),
        older=older,
        newer=f"/source/{slug}?after={page.newer}" if page.newer else None,
        feed=feed,
        hot=shared_lists.hot_stories(site, limit=SIDEBAR_ITEMS),
        reason=_empty_reason(health),
        push=subscription_label(health),
    )


def _empty_reason(health: SourceHealth) -> str:
    if not health.enabled or not health.listed:
        return t("这个来源已经停用，不再抓取。")
    if health.last_poll is None:
        return t("这个来源还没有抓取过；服务启动后，第一轮抓取通常要几分钟。")
    if health.last_success is None:
        return t("这个来源还没有成功抓取过：%(fault)s。", fault=message_text(health.error) or t("原因不明"))
    return t("这个来源能正常抓取，但它的订阅源里还没有条目。")


def sources(site: Site) -> str:
    """Return a page of the list of sources."""
    place = find_region(site, request.args.get("region"))
    query = clean_input(request.args.get("q"), 50)
    page = max(1, request.args.get("page", 1, type=int))
    healths = site.store.source_health(
        site.now(),
        filters=SourceFilter(region=place.code if place else None, query=query or None),
        sort="-items",
        limit=PAGE_SIZE + 1,
        offset=min(page - 1, 10_000) * PAGE_SIZE,
    )
    rows = [
        (
            health,
            health.name,
            state_label(health),
            find_region(site, health.region),
            site.category(health.category),
        )
        for health in healths[:PAGE_SIZE]
    ]
    filters = [("region", place.code if place else ""), ("q", query)]
    keep = "".join(f"&{name}={quote(value)}" for name, value in filters if value)
    return render(
        site,
        "sources.html",
        Head(
            title=t("来源媒体_%(site)s", site=site.title),
            description=t("本站收录的全部来源媒体。"),
            canonical="/sources",
            robots="noindex, follow" if place or query or page > 1 else None,
        ),
        crumbs=[Crumb(t("来源"), "/sources")],
        rows=rows,
        place=place,
        query=query,
        older=f"/sources?page={page + 1}{keep}" if len(healths) > PAGE_SIZE else None,
        newer=f"/sources?page={page - 1}{keep}" if page > 1 else None,
        reason=shared_lists.empty_reason(site),
    )
