"""/status: the health of each source and of the service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, request

from aggregator.model import SourceFilter, SourceHealth, SourceState
from web.admin.access import current_session
from web.i18n.display_names import display_name, list_separator
from web.i18n.language import N_, message_text, t
from web.i18n.times import format_number
from web.site import Site
from web.views import shared_lists
from web.views.filters import build_url
from web.views.layout import Crumb, FeedLink, Head, render
from web.views.list_rows import list_rows
from web.views.sources import find_region
from web.views.status_history import feeds_view, history_view, selected_source
from web.views.status_rows import full_bar, notices, remarks, source_row
from web.views.text import clean_input

PAGE_SIZE = 50
MAX_PAGES = 1000
MAX_ALERT_NAMES = 3
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
class StatusFilters:
    """The validated filters of the status page."""

    state: str = ""
    region: str = ""
    source: str = ""
    sort: str = "-state"
    page: int = 1

    @property
    def query(self) -> list[tuple[str, str]]:
        """Return the filters as query pairs, without defaults and the page number."""
        pairs = [("state", self.state), ("region", self.region), ("source", self.source)]
        pairs.append(("sort", self.sort if self.sort != SORTS[0] else ""))
        return [(name, value) for name, value in pairs if value]


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the status page."""
    pages = Blueprint("status", __name__)
    pages.add_url_rule("/status", "status", partial(page, site))
    return pages


def page(site: Site) -> str:
    """Return the status page."""
    filters = parse_filters(site)
    clock = site.clock()
    sources = find_sources(site, filters, PAGE_SIZE + 1)
    full = full_bar(sources[:PAGE_SIZE])
    rows = [source_row(site, clock, health, full) for health in sources[:PAGE_SIZE]]
    totals = dict(shared_lists.totals(site))
    chosen, is_overview = selected_source(filters.source, sources), not filters.query and filters.page == 1
    failing = totals.get("failing", 0)
    feed = FeedLink(t("抓取异常"), "/feeds/status")
    return render(
        site,
        "status.html",
        Head(title=t("抓取状态_%(site)s", site=site.title), robots="noindex", json="/status.json", feeds=(feed,)),
        clock=clock,
        crumbs=[Crumb(t("抓取状态"), "/status")],
        rows=rows,
        full=full,
        asked=filters,
        totals=totals,
        tiles=_tiles(site, totals),
        failing=failing,
        worst=_failing_summary(_failing_sources(site, filters, sources)[:MAX_ALERT_NAMES], failing) if failing else "",
        notices=notices(site, clock),
        lists=list_rows(site, clock),
        remarks=remarks(site),
        taken=clock.moment(site.config_state().loaded_at),
        history=history_view(site, clock, chosen) if chosen or is_overview else "",
        ours=feeds_view(site, clock) if is_overview else "",
        states=[(value, t(label)) for value, label in STATE_CHOICES],
        regions=[("", t("全部")), *((each.code, display_name(each, full=True)) for each in site.gazetteer.provinces())],
        sorted_by=lambda key: build_url("/status", [*(p for p in filters.query if p[0] != "sort"), ("sort", key)]),
        position=_position(filters, len(rows), totals),
        older=page_url(filters, filters.page + 1) if len(sources) > PAGE_SIZE else None,
        newer=page_url(filters, filters.page - 1) if filters.page > 1 else None,
        statistics=clock.clock_time(clock.now),
        feed=feed,
    )


def parse_filters(site: Site) -> StatusFilters:
    """Return the filters in the URL."""
    args = request.args
    place = find_region(site, args.get("region"))
    sort = args.get("sort", SORTS[0])
    return StatusFilters(
        state=args["state"] if args.get("state") in {state.value for state in SourceState} else "",
        region=place.code if place else "",
        source=clean_input(args.get("source"), 60),
        sort=sort if sort in SORTS else SORTS[0],
        page=min(max(args.get("page", 1, type=int), 1), MAX_PAGES),
    )


def find_sources(site: Site, filters: StatusFilters, limit: int) -> list[SourceHealth]:
    """Return up to ``limit`` sources, with secrets removed from their URLs."""
    healths = site.store.source_health(
        site.now(),
        filters=SourceFilter(state=filters.state or None, region=filters.region or None, query=filters.source or None),
        sort=filters.sort,
        limit=limit,
        offset=(filters.page - 1) * PAGE_SIZE,
    )
    return [shared_lists.redact(site, health) for health in healths]


def _tiles(site: Site, totals: dict[str, int]) -> list[tuple[str, str, str, str]]:
    """Return (tone, name, number, path of the page about it or "") of each tile."""
    items, stories = shared_lists.today_counts(site)
    queue = "/admin/queue/uncategorized"
    off = totals.get("off", 0) + totals.get("gone", 0)
    tiles = [
        ("ok", N_("正常"), totals.get("ok", 0), ""),
        ("warn", N_("迟缓"), totals.get("slow", 0), ""),
        ("bad", N_("失败"), totals.get("failing", 0), "/status?state=failing"),
        ("off", N_("停用"), off, ""),
        ("off", N_("待抓取"), totals.get("new", 0), ""),
        ("", N_("今日收录"), items, "/latest"),
        ("", N_("今日事件"), stories, ""),
        ("", N_("未能分类"), totals.get("uncategorised", 0), queue if current_session(site) else ""),
    ]
    return [(tone, t(label), format_number(count), path) for tone, label, count, path in tiles]


def _failing_sources(site: Site, filters: StatusFilters, sources: list[SourceHealth]) -> list[SourceHealth]:
    """Return the sources with the most failures.

    An unfiltered first page already contains them, and no further read is needed.
    """
    if filters != StatusFilters():
        sources = find_sources(site, StatusFilters(state=SourceState.FAILING), MAX_ALERT_NAMES)
    return [health for health in sources if health.state is SourceState.FAILING]


def _failing_summary(worst: list[SourceHealth], failing: int) -> str:
    text = list_separator().join(
        t(
            "%(source)s连续失败%(times)s次（%(fault)s）",
            source=source.name,
            times=source.failures,
            fault=message_text(source.error) or t("原因不明"),
        )
        for source in worst
    )
    return text + t("，等%(count)s个来源", count=failing) if failing > len(worst) else text


def _position(filters: StatusFilters, shown: int, totals: dict[str, int]) -> str:
    if not shown:
        return ""
    first = (filters.page - 1) * PAGE_SIZE + 1
    total = (
        ""
        if filters.state or filters.region or filters.source
        else t("，共%(count)s个", count=format_number(totals.get("sources", 0)))
    )
    return f"{first}–{first + shown - 1}{total}"


def page_url(filters: StatusFilters, page: int, base: str = "/status") -> str:
    """Return the URL of another page of the same list."""
    return f"{base}?{urlencode([*filters.query, ('page', str(page))])}"
