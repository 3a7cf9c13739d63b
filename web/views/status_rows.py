"""View models of the status page: sources, config.toml and the service itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aggregator.jobs.heartbeat import poller_state
from aggregator.messages import english
from aggregator.model import SourceHealth
from aggregator.model.health import DailyPollStats
from aggregator.model.index_push import IndexState
from aggregator.model.source_lists import ListState
from aggregator.notifications.targets import targets_of
from aggregator.publishing.index_requests import BAIDU, INDEXNOW, configured_services
from aggregator.reference.gazetteer import Division
from web.admin.access import may_see_details
from web.i18n.display_names import list_separator
from web.i18n.language import N_, message_text, nt, t
from web.i18n.times import Clock, TimeLabel, format_number, short_date
from web.site import Site
from web.views.list_rows import list_states
from web.views.sources import find_region, state_label, subscription_label

TTL = 2.0  # seconds
_REPLICA_PATIENCE = 3.0  # seconds that a replica may be unused without a notice
_ENGINES = {BAIDU: N_("百度"), INDEXNOW: N_("IndexNow")}

_BAR_STEPS = 8  # number of bar heights


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one day: its height (0..8), and whether most of the polls failed."""

    height: int
    bad: bool


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of the source table."""

    health: SourceHealth
    name: str
    tone: str
    state: str
    error: str
    place: Division | None
    success: TimeLabel | None
    newest: TimeLabel | None
    next: TimeLabel | None
    why: str
    push: str
    milliseconds: str
    week: int
    bars: tuple[Bar, ...]
    bars_text: str  # text alternative of the bars


@dataclass(frozen=True, slots=True)
class Notice:
    """A problem that an admin has to solve. ``lines`` are shown verbatim."""

    title: str
    text: str
    lines: tuple[str, ...] = ()


def full_bar(sources: Iterable[SourceHealth]) -> int:
    """Return the number of items of a full bar: the most that a source had on one day, at least 1."""
    return max((day.items for source in sources for day in source.days), default=0) or 1


def source_row(site: Site, clock: Clock, health: SourceHealth, full: int) -> SourceRow:
    """Return the table row of a source; ``full``: the number of items of a full bar, the same for all rows."""
    tone, state = state_label(health)
    return SourceRow(
        health=health,
        name=health.name,
        tone=tone,
        state=state,
        error=message_text(health.error) or ("" if health.listed else t("已从config.toml中移除，条目保留")),
        place=find_region(site, health.region),
        success=clock.moment(health.last_success) if health.last_success else None,
        newest=clock.moment(health.newest) if health.newest else None,
        next=_next_poll(clock, health),
        why=message_text(health.next_why) if health.enabled and health.listed else "",
        push=subscription_label(health),
        milliseconds=_milliseconds(health.elapsed),
        week=sum(day.items for day in health.days),
        bars=bars(health.days, full),
        bars_text=describe_bars(health.days, full),
    )


def _next_poll(clock: Clock, health: SourceHealth) -> TimeLabel | None:
    """Return the time of the next poll, labeled 即将 (soon) if it is due; None if the source is not polled."""
    if health.next_poll is None or not (health.enabled and health.listed):
        return None
    moment = clock.clock_time(health.next_poll)
    return replace(moment, text=t("即将")) if health.next_poll <= clock.now else moment


def _milliseconds(seconds: float | None) -> str:
    return format_number(round(seconds * 1000)) if seconds is not None else ""


def bars(days: Sequence[DailyPollStats], full: int) -> tuple[Bar, ...]:
    """Return one bar per day, at full height for ``full`` items; empty if nothing happened on any day."""
    if not any(day.visits or day.items for day in days):
        return ()
    return tuple(
        Bar(min(-(-day.items * _BAR_STEPS // full), _BAR_STEPS), day.failures * 2 > day.visits) for day in days
    )


def describe_bars(days: Sequence[DailyPollStats], full: int) -> str:
    """Return the text alternative of the bars for screen readers."""
    counts = nt(
        "近%(n)s天每天新条目：%(counts)s", len(days), counts=list_separator().join(str(day.items) for day in days)
    )
    failures = [t("%(day)s%(times)s次", day=short_date(day.day), times=day.failures) for day in days if day.failures]
    if failures:
        counts += t("；失败：%(days)s", days=list_separator().join(failures))
    return counts + nt("；满格为%(n)s条", full)


def notices(site: Site, clock: Clock) -> list[Notice]:
    """Return the problems of the service, the most severe first."""
    result = []
    last, incidents = site.cache.get(
        "wellbeing", TTL, lambda: (site.store.last_heartbeat(), site.store.open_service_incidents())
    )
    if poller_state(last, clock.now) == "stalled" and last is not None:
        since = clock.moment(last).text
        result.append(
            Notice(t("抓取程序没有动静"), t("最后一次活动在%(time)s。请看日志，必要时重新启动gedi run。", time=since))
        )
    texts = {
        "disk": (t("数据库所在的磁盘快满了"), t("请清理磁盘，或缩短config.toml里的[retention] items。")),
        "database": (t("数据库无法写入"), t("请检查磁盘、权限和数据库服务。")),
        "service": (t("服务出过故障，已自行恢复"), t("若反复出现，请查看日志。")),
    }
    result += [Notice(*texts[incident.subject]) for incident in incidents]
    state = site.config_state()
    if state.refused_at is not None:
        when = clock.clock_time(state.refused_at).text
        text = t("%(time)s保存的config.toml有误，没有采用，仍按旧的配置运行；改正后几秒内自动生效。", time=when)
        details = may_see_details(site)
        lines = tuple(site.config.redact(str(problem)) for problem in state.problems) if details else ()
        result.append(Notice(t("config.toml有误"), text, lines))
    return result + _replica_notices(site) + _list_notices(site, clock) + _target_notices(site) + _index_notices(site)


def _replica_notices(site: Site) -> list[Notice]:
    """Return a notice if pages and feeds are not read from the replica that config.toml names."""
    state = site.store.replica_state()
    if state is None or state.kind == "ok" or state.seconds < _REPLICA_PATIENCE:
        return []
    texts = {
        "lagging": t("副本落后超过[database] max_lag，页面、接口和订阅源暂时从主库读取；恢复后自动换回。"),
        "unreachable": t("副本没有应答，页面、接口和订阅源暂时从主库读取；恢复后自动换回。"),
    }
    lines = (state.error,) if state.error and may_see_details(site) else ()
    return [Notice(t("数据库副本没有使用"), texts[state.kind], tuple(site.config.redact(line) for line in lines))]


def _list_notices(site: Site, clock: Clock) -> list[Notice]:
    """Return a notice of the followed lists of sources that fail."""
    failing = [state for state in list_states(site) if state.error is not None]
    if not failing:
        return []
    lines = tuple(_describe_list(site, clock, state) for state in failing) if may_see_details(site) else ()
    text = nt("%(n)s份来源列表没有采用，仍按上次有效的列表抓取；会自动重试。", len(failing))
    return [Notice(t("来源列表读取失败"), text, lines)]


def _target_notices(site: Site) -> list[Notice]:
    """Return a notice of the targets of notifications that fail, for admins."""
    targets = targets_of(site.config) if site.config.settings.notify and may_see_details(site) else ()
    if not targets:
        return []
    states = site.store.target_states([target.key for target in targets])
    failing = [(target, state) for target, state in zip(targets, states, strict=True) if state.error is not None]
    if not failing:
        return []
    lines = tuple(
        site.config.redact(f"{target.name}: {english(state.error)}; {state.waiting} waiting")
        for target, state in failing
    )
    text = nt("%(n)s个通知目标发送失败，消息都留着，会自动重试；gedi notify test可以测试。", len(failing))
    return [Notice(t("通知发送失败"), text, lines)]


def _describe_list(site: Site, clock: Clock, state: ListState) -> str:
    since = f" ({clock.moment(state.changed).iso})" if state.changed else ""
    return site.config.redact(f"{state.url}: {english(state.error)}; {state.source_count} sources in force{since}")


def _index_notices(site: Site) -> list[Notice]:
    """Return a notice of the search engines that do not take our addresses."""
    states = [state for state in index_states(site) if state.error is not None]
    lines = tuple(f"{_engine(state)}: {message_text(state.error)}" for state in states)
    return [Notice(t("搜索引擎没有收下新事件的地址"), t("会自动重试。"), lines)] if states else []


def index_states(site: Site) -> list[IndexState]:
    """Return the states of the search engines that are pushed to, which concern admins alone."""
    services = configured_services(site.config) if may_see_details(site) else ()
    return site.cache.get(("index", services), TTL, lambda: site.store.index_states(services)) if services else []


def _engine(state: IndexState) -> str:
    return t(_ENGINES[state.service])


def _index_remarks(site: Site) -> list[str]:
    found = []
    for state in index_states(site):
        name, sent = _engine(state), format_number(state.sent)
        if state.remain is None:
            found.append(t("%(day)s向%(name)s推送了%(sent)s个地址。", day=state.day, name=name, sent=sent))
        else:
            left = format_number(state.remain)
            text = t(
                "%(day)s向%(name)s推送了%(sent)s个地址，还能推送%(left)s个。",
                day=state.day,
                name=name,
                sent=sent,
                left=left,
            )
            found.append(text)
    return found


def remarks(site: Site) -> list[str]:
    """Return remarks that need no action: settings that wait for a restart, warnings, pushes to search engines."""
    state = site.config_state()
    lines = [site.config.redact(str(warning)) for warning in state.warnings] if may_see_details(site) else []
    lines += _index_remarks(site)
    if state.pending_restart:
        lines.insert(
            0, t("%(settings)s的改动要重新启动后才生效。", settings=list_separator().join(state.pending_restart))
        )
    return lines
