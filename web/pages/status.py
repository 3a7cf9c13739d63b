"""/status with its JSON twin, and /healthz: is each source well, and is the service itself?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from aggregator.gazetteer import Division
from aggregator.model import Health, State
from web import shared
from web.faults import fault_of
from web.filters import address
from web.layout import Crumb, Head, render
from web.pages.source import STATES, name_of, region_of
from web.site import Site
from web.times import Clock, Moment, number
from web.views import spark
from web.words import typed

PER_PAGE = 50
MOST_PAGES = 1000
ALERT_NAMES = 3
STATE_CHOICES = (
    ("", "全部"),
    ("failing", "失败"),
    ("slow", "迟缓"),
    ("ok", "正常"),
    ("new", "待抓取"),
    ("gone", "已关闭"),
    ("off", "停用"),
)
SORTS = ("-state", "-last_success", "-newest")


@dataclass(frozen=True, slots=True)
class Row:
    """A source as the table shows it."""

    health: Health
    name: str
    tone: str
    state: str
    error: str
    place: Division | None
    success: Moment | None
    newest: Moment | None
    next: Moment | None
    milliseconds: str
    trend: str


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
    pages.add_url_rule("/status", "status", partial(status, site))
    pages.add_url_rule("/status.json", "status_json", partial(status_json, site))
    pages.add_url_rule("/healthz", "healthz", partial(healthz, site))
    return pages


def status(site: Site) -> str:
    asked = _asked(site)
    clock = site.clock()
    found = _find(site, asked, PER_PAGE + 1)
    rows = [_row(site, clock, health) for health in found[:PER_PAGE]]
    totals = dict(site.store.health_totals(site.now()))
    failing = totals.get("failing", 0)
    worst = site.store.health(site.now(), state="failing", limit=ALERT_NAMES) if failing else []
    return render(
        site,
        "status.html",
        Head(title=f"抓取状态_{site.title}", robots="noindex", json="/status.json"),
        clock=clock,
        crumbs=[Crumb("抓取状态", "/status")],
        rows=rows,
        asked=asked,
        totals=totals,
        tiles=_tiles(site, totals),
        failing=failing,
        worst=_worst(worst, failing),
        states=STATE_CHOICES,
        regions=[("", "全部"), *((each.code, each.name) for each in site.gazetteer.provinces())],
        sorted_by=lambda key: address("/status", [*(p for p in asked.query if p[0] != "sort"), ("sort", key)]),
        position=_position(asked, len(rows), totals),
        older=_page(asked, asked.page + 1) if len(found) > PER_PAGE else None,
        newer=_page(asked, asked.page - 1) if asked.page > 1 else None,
        statistics=clock.clock_time(clock.now),
    )


def status_json(site: Site) -> Response:
    """The numbers and every source, a page at a time: ?page=."""
    asked = _asked(site)
    found = _find(site, asked, PER_PAGE + 1)
    body = {
        "at": site.now().isoformat(timespec="seconds"),
        "config": site.config_state().as_json(),
        "totals": dict(site.store.health_totals(site.now())),
        "page": asked.page,
        "next": _page(asked, asked.page + 1, "/status.json") if len(found) > PER_PAGE else None,
        "sources": [_as_json(health) for health in found[:PER_PAGE]],
    }
    return jsonify(body)


def healthz(site: Site) -> tuple[Response, int]:
    """200 while the database answers, otherwise 503."""
    try:
        site.store.ping()
    except Exception as error:  # whatever the driver raises: the answer is the same
        return jsonify({"status": "unavailable", "database": type(error).__name__}), 503
    return jsonify({"status": "ok", "database": "ok"}), 200


def _asked(site: Site) -> Asked:
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


def _find(site: Site, asked: Asked, limit: int) -> list[Health]:
    found = site.store.health(
        site.now(),
        state=asked.state or None,
        region=asked.region or None,
        query=asked.source or None,
        sort=asked.sort,
        limit=limit,
        offset=(asked.page - 1) * PER_PAGE,
    )
    return [shared.discreet(site, health) for health in found]


def _row(site: Site, clock: Clock, health: Health) -> Row:
    tone, state = STATES[health.state]
    return Row(
        health=health,
        name=name_of(health),
        tone=tone,
        state=state,
        error=fault_of(health) or ("" if health.listed else "已从config.toml中移除，条目保留"),
        place=region_of(site, health.region),
        success=clock.moment(health.last_success) if health.last_success else None,
        newest=clock.moment(health.newest) if health.newest else None,
        next=_next(clock, health),
        milliseconds=number(round(health.elapsed * 1000)) if health.elapsed is not None else "",
        trend=spark(health.trend),
    )


def _next(clock: Clock, health: Health) -> Moment | None:
    """When it will be visited again; 即将 for what is due."""
    if health.next_poll is None or not (health.enabled and health.listed):
        return None
    moment = clock.clock_time(health.next_poll)
    return replace(moment, text="即将") if health.next_poll <= clock.now else moment


def _tiles(site: Site, totals: dict[str, int]) -> list[tuple[str, str, str]]:
    items, stories = shared.today(site)
    off = totals.get("off", 0) + totals.get("gone", 0)
    tiles = [
        ("ok", "正常", totals.get("ok", 0)),
        ("warn", "迟缓", totals.get("slow", 0)),
        ("bad", "失败", totals.get("failing", 0)),
        ("off", "停用", off),
        ("off", "待抓取", totals.get("new", 0)),
        ("", "今日收录", items),
        ("", "今日事件", stories),
        ("", "未能分类", totals.get("uncategorised", 0)),
    ]
    return [(tone, name, number(count)) for tone, name, count in tiles]


def _worst(worst: list[Health], failing: int) -> str:
    text = "，".join(f"{name_of(each)}连续失败{each.failures}次（{fault_of(each) or '原因不明'}）" for each in worst)
    return f"{text}，等{failing}个来源" if failing > len(worst) else text


def _position(asked: Asked, shown: int, totals: dict[str, int]) -> str:
    if not shown:
        return ""
    first = (asked.page - 1) * PER_PAGE + 1
    whole = "" if asked.state or asked.region or asked.source else f"，共{number(totals.get('sources', 0))}个"
    return f"{first}–{first + shown - 1}{whole}"


def _page(asked: Asked, page: int, base: str = "/status") -> str:
    return f"{base}?{urlencode([*asked.query, ('page', str(page))])}"


def _as_json(health: Health) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        return value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else value

    return {name: plain(value) for name, value in asdict(health).items()}
