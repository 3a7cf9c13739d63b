"""/search: titles and texts, with filters, highlights and "subscribe to this search"."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Literal
from urllib.parse import urlencode

from flask import Blueprint, request

from web import paging, shared
from web.filters import address, region_choices
from web.layout import Crumb, FeedLink, Head, render
from web.site import Site
from web.views import card_views
from web.words import query_words, typed

SIZE = 20
SIDE = 6
WITHIN = {"1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
WITHIN_NAMES = (("", "不限"), ("1d", "24小时"), ("7d", "一周"), ("30d", "一月"))
SORTS = (("time", "最新在前"), ("rel", "最相关"))
LONGEST = 100


def routes(site: Site) -> Blueprint:
    pages = Blueprint("search", __name__)
    pages.add_url_rule("/search", "search", partial(search, site))
    return pages


def search(site: Site) -> str:
    query = typed(request.args.get("q"), LONGEST)
    category = site.category(request.args.get("category"))
    place = site.gazetteer.get(request.args.get("region", ""))
    within = request.args.get("within", "") if request.args.get("within") in WITHIN else ""
    sort: Literal["time", "rel"] = "rel" if request.args.get("sort") == "rel" else "time"
    before = paging.resolve(site.store, request.args.get("before")) if sort == "time" else None
    since = site.now() - WITHIN[within] if within else None
    path, code = category.path if category else None, place.code if place else None
    cards = (
        site.store.search(query, SIZE + 1, category=path, region=code, since=since, sort=sort, before=before)
        if query
        else []
    )
    page = paging.first_or_older(cards, SIZE, before)
    kept = [("category", path), ("region", code), ("within", within), ("sort", sort if sort != "time" else "")]
    keep = [("q", query), *((name, value) for name, value in kept if value)]
    clock = site.clock()
    name = f"搜索：{query}"
    feed = FeedLink(name, "/feeds/search", f"?{urlencode([('q', query)])}") if query else None
    return render(
        site,
        "search.html",
        Head(
            title=f"“{query}”的搜索结果_{site.title}" if query else f"搜索_{site.title}",
            robots="noindex, follow",
            feeds=(feed,) if feed else (),
        ),
        clock=clock,
        crumbs=[Crumb("搜索", "/search")],
        query=query,
        found=card_views(site, clock, page.cards, query_words(query)),
        summary=_summary(page, before is not None),
        categories=(("", "全部"), *((top.path, top.name) for top in site.tree.top())),
        chosen=path or "",
        regions=region_choices(site, code or ""),
        region=code or "",
        withins=WITHIN_NAMES,
        within=within,
        sorts=SORTS,
        sort=sort,
        narrowed=len(keep) > 1,
        anywhere=address("/search", [("q", query)]),
        older=address("/search", [*keep, ("before", page.older)]) if page.older and sort == "time" else None,
        newer=address("/search", keep) if before else None,
        shorter=query[:2] if len(query) > 2 and " " not in query else query.partition(" ")[0],
        feed=feed,
        hot=shared.hot(site, limit=SIDE),
        reason=shared.reason_for_emptiness(site),
    )


def _summary(page: paging.Page, later: bool) -> str:
    count = len(page.cards)
    stories = len({card.story_id for card in page.cards})
    if page.older or later:
        return f"这一页{count}条，属于{stories}个事件"
    return f"找到{count}条，归并为{stories}个事件"
