"""/status: is each source well, and is the service itself?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, request

from aggregator.model import Health, State
from web.i18n.display_names import comma, name
from web.i18n.language import N_, t, words
from web.i18n.times import number
from web.pages.source import name_of, region_of
from web.site import Site
from web.views import shared_lists
from web.views.filters import address
from web.views.layout import Crumb, FeedLink, Head, render
from web.views.status_rows import FRESH, DayRow, day_rows, notices, remarks, row_of
from web.views.text import typed

PER_PAGE = 50
MOST_PAGES = 1000
ALERT_NAMES = 3
STATE_CHOICES = (
    ("", N_("全部")),
    ("failing", N_("失败")),
    ("slow", N_("迟缓")),
    ("ok", N_("正常")),
    ("new", N_("待抓取")),
    ("gone", N_("已关闭")),
    ("off", N_("停用")),
)
SORTS = ("-state", "-last_success", "-newest")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of the address, checked."""

    state: str = ""
    region: str = ""
    source: str = ""
    sort: str = "-state"
    page: int = 1

    @property
    def query(self) -> list[tuple[str, str]]:
        pairs = [("state", self.state), ("region", self.region), ("source", self.source)]
        pairs.append(("sort", self.sort if self.sort != SORTS[0] else ""))
        return [(name, value) for name, value in pairs if value]


def routes(site: Site) -> Blueprint:
    pages = Blueprint("status", __name__)
    pages.add_url_rule("/status", "status", partial(page, site))
    return pages


def page(site: Site) -> str:
    asked = asked_for(site)
    clock = site.clock()
    found = find(site, asked, PER_PAGE + 1)
    rows = [row_of(site, clock, health) for health in found[:PER_PAGE]]
    totals = dict(site.cache.get("status", FRESH, lambda: site.store.health_totals(site.now())))
    failing = totals.get("failing", 0)
    feed = FeedLink(t("抓取异常"), "/feeds/status")
    return render(
        site,
        "status.html",
        Head(title=t("抓取状态_%(site)s", site=site.title), robots="noindex", json="/status.json", feeds=(feed,)),
        clock=clock,
        crumbs=[Crumb(t("抓取状态"), "/status")],
        rows=rows,
        asked=asked,
        totals=totals,
        tiles=_tiles(site, totals),
        failing=failing,
        worst=_worst(_failing(site, asked, found)[:ALERT_NAMES], failing) if failing else "",
        notices=notices(site, clock),
        remarks=remarks(site),
        taken=clock.moment(site.config_state().taken),
        days=_days(site, asked, found),
        states=[(value, t(label)) for value, label in STATE_CHOICES],
        regions=[("", t("全部")), *((each.code, name(each, whole=True)) for each in site.gazetteer.provinces())],
        sorted_by=lambda key: address("/status", [*(p for p in asked.query if p[0] != "sort"), ("sort", key)]),
        position=_position(asked, len(rows), totals),
        older=page_path(asked, asked.page + 1) if len(found) > PER_PAGE else None,
        newer=page_path(asked, asked.page - 1) if asked.page > 1 else None,
        statistics=clock.clock_time(clock.now),
        feed=feed,
    )


def asked_for(site: Site) -> Asked:
    """What the address asks for."""
    given = request.args
    place = region_of(site, given.get("region"))
    sort = given.get("sort", SORTS[0])
    return Asked(
        state=given["state"] if given.get("state") in {state.value for state in State} else "",
        region=place.code if place else "",
        source=typed(given.get("source"), 60),
        sort=sort if sort in SORTS else SORTS[0],
        page=min(max(given.get("page", 1, type=int), 1), MOST_PAGES),
    )


def find(site: Site, asked: Asked, limit: int) -> list[Health]:
    """A page of sources and the first of the next, without the secrets of their addresses."""
    found = site.store.health(
        site.now(),
        state=asked.state or None,
        region=asked.region or None,
        query=asked.source or None,
        sort=asked.sort,
        limit=limit,
        offset=(asked.page - 1) * PER_PAGE,
    )
    return [shared_lists.discreet(site, health) for health in found]


def _days(site: Site, asked: Asked, found: list[Health]) -> tuple[str, list[DayRow]] | None:
    """The last month of the one source that was asked for."""
    named = [health for health in found if health.slug == asked.source] or (found if len(found) == 1 else [])
    if not asked.source or not named:
        return None
    return name_of(named[0]), day_rows(site.store.visit_days([named[0].id], site.now())[named[0].id])


def _tiles(site: Site, totals: dict[str, int]) -> list[tuple[str, str, str]]:
    items, stories = shared_lists.today(site)
    off = totals.get("off", 0) + totals.get("gone", 0)
    tiles = [
        ("ok", N_("正常"), totals.get("ok", 0)),
        ("warn", N_("迟缓"), totals.get("slow", 0)),
        ("bad", N_("失败"), totals.get("failing", 0)),
        ("off", N_("停用"), off),
        ("off", N_("待抓取"), totals.get("new", 0)),
        ("", N_("今日收录"), items),
        ("", N_("今日事件"), stories),
        ("", N_("未能分类"), totals.get("uncategorised", 0)),
    ]
    return [(tone, t(label), number(count)) for tone, label, count in tiles]


def _failing(site: Site, asked: Asked, found: list[Health]) -> list[Health]:
    """The worst of all; the list has them on its first page where nothing else was asked for."""
    if asked != Asked():
        found = find(site, Asked(state=State.FAILING), ALERT_NAMES)
    return [health for health in found if health.state is State.FAILING]


def _worst(worst: list[Health], failing: int) -> str:
    text = comma().join(
        t(
            "%(source)s连续失败%(times)s次（%(fault)s）",
            source=name_of(each),
            times=each.failures,
            fault=words(each.error) or t("原因不明"),
        )
        for each in worst
    )
    return text + t("，等%(count)s个来源", count=failing) if failing > len(worst) else text


def _position(asked: Asked, shown: int, totals: dict[str, int]) -> str:
    if not shown:
        return ""
    first = (asked.page - 1) * PER_PAGE + 1
    whole = (
        ""
        if asked.state or asked.region or asked.source
        else t("，共%(count)s个", count=number(totals.get("sources", 0)))
    )
    return f"{first}–{first + shown - 1}{whole}"


def page_path(asked: Asked, page: int, base: str = "/status") -> str:
    """The address of another page of the same list."""
    return f"{base}?{urlencode([*asked.query, ('page', str(page))])}"
