"""/source/<slug> and /sources: who publishes, where, under what terms, and how its polls go."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import quote

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from aggregator.model import ContentTerms, Health, Listing, Standing, State
from aggregator.reference.gazetteer import Division
from web.i18n.display_names import place_path
from web.i18n.language import N_, nt, t, words
from web.i18n.times import number
from web.site import Site
from web.views import shared_lists
from web.views.cards import days
from web.views.filters import read_page
from web.views.layout import Crumb, FeedLink, Head, render
from web.views.text import host, typed

STATES = {
    State.OK: ("ok", N_("正常")),
    State.SLOW: ("warn", N_("迟缓")),
    State.FAILING: ("bad", N_("失败")),
    State.GONE: ("off", N_("已关闭")),
    State.OFF: ("off", N_("停用")),
    State.NEW: ("off", N_("待抓取")),
}
_PUSH = {
    Standing.WANTED: N_("订阅未成，按常规抓取，稍后再试"),
    Standing.ASKED: N_("已请求，等待对方确认"),
    Standing.ACTIVE: N_("即时推送，抓取只作核对"),
    Standing.RESTING: N_("推送暂停，按常规抓取，过几天再试"),
}
TERMS: dict[ContentTerms, str] = {
    "full": N_("允许展示全文，注明出处并链接原文"),
    "excerpt": N_("只展示标题和摘要，全文请到原站阅读"),
}
SLUG = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
PER_PAGE = 60
SIDE = 6


def routes(site: Site) -> Blueprint:
    pages = Blueprint("source", __name__)
    pages.add_url_rule("/source/<slug>", "source", partial(source, site))
    pages.add_url_rule("/sources", "sources", partial(sources, site))
    return pages


def state_of(health: Health) -> tuple[str, str]:
    """The tone and the name of its state."""
    tone, called = STATES[health.state]
    return tone, t(called)


def name_of(health: Health) -> str:
    return health.title or health.feed_title or health.slug


def push_of(health: Health) -> str:
    """The state of the source's WebSub subscription; "" where it has none."""
    if health.push is None:
        return ""
    standing = Standing(health.push)
    if standing is Standing.ACTIVE and health.push_reason:
        return t("推送出过差错，按常规抓取核对")
    return t(_PUSH[standing]) if standing in _PUSH else ""


def region_of(site: Site, code: str | None) -> Division | None:
    return site.gazetteer.get(code) if code else None


def source(site: Site, slug: str) -> str | Response:
    known = site.store.health(site.now(), slug=slug, limit=1) if SLUG.fullmatch(slug) else []
    if not known:
        abort(404)
    health = shared_lists.discreet(site, known[0])
    listing = Listing(source=slug, leads_only=False)
    page = read_page(site, listing)
    if page is None:
        return redirect(f"/source/{slug}")
    clock = site.clock()
    name = name_of(health)
    feed = FeedLink(name, f"/feeds/source/{slug}")
    items, _ = shared_lists.today(site, listing)
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
        state=state_of(health),
        checked=clock.moment(health.last_poll) if health.last_poll else None,
        place=region_of(site, health.region),
        place_path=place_path(site.gazetteer.chain(health.region)) if health.region else "",
        category_found=site.category(health.category),
        site_host=host(health.feed_link) if health.feed_link else "",
        terms=t(TERMS[health.content]),
        summary=nt("今日%(n)s条，共收录%(all)s条", items, all=number(health.items)),
        days=days(site, clock, page.cards),
        older=older,
        newer=f"/source/{slug}?after={page.newer}" if page.newer else None,
        feed=feed,
        hot=shared_lists.hot(site, limit=SIDE),
        reason=_why_empty(health),
        push=push_of(health),
    )


def _why_empty(health: Health) -> str:
    if not health.enabled or not health.listed:
        return t("这个来源已经停用，不再抓取。")
    if health.last_poll is None:
        return t("这个来源还没有抓取过；服务启动后，第一轮抓取通常要几分钟。")
    if health.last_success is None:
        return t("这个来源还没有成功抓取过：%(fault)s。", fault=words(health.error) or t("原因不明"))
    return t("这个来源能正常抓取，但它的订阅源里还没有条目。")


def sources(site: Site) -> str:
    place = region_of(site, request.args.get("region"))
    query = typed(request.args.get("q"), 50)
    page = max(1, request.args.get("page", 1, type=int))
    found = site.store.health(
        site.now(),
        region=place.code if place else None,
        query=query or None,
        sort="-items",
        limit=PER_PAGE + 1,
        offset=min(page - 1, 10_000) * PER_PAGE,
    )
    rows = [
        (health, name_of(health), state_of(health), region_of(site, health.region), site.category(health.category))
        for health in found[:PER_PAGE]
    ]
    kept = [("region", place.code if place else ""), ("q", query)]
    keep = "".join(f"&{name}={quote(value)}" for name, value in kept if value)
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
        older=f"/sources?page={page + 1}{keep}" if len(found) > PER_PAGE else None,
        newer=f"/sources?page={page - 1}{keep}" if page > 1 else None,
        reason=shared_lists.reason_for_emptiness(site),
    )
