"""The plots of the status page: of the service, of one source, and of our own feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from aggregator.model.health import DELAYS, DailyPollStats, FeedDay, ServiceHistory
from aggregator.polling.publishing_profile import PublishingProfile, Rhythm, learned_rhythm, utc_offset_of
from web.i18n.language import nt, t
from web.i18n.times import Clock, format_duration, format_number, short_date
from web.views.plots import STEP, Plot, Series, bar_paths, step_path

HOURS, WEEKDAYS = 24, 7
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class RateRow:
    """New items of an hour of the day or a weekday: the mean of the last weeks, and what the schedule expects."""

    name: str
    mean: str
    expected: str


@dataclass(frozen=True, slots=True)
class PlotTable:
    """The numbers behind the plots."""

    days: tuple[DayRow, ...]
    rates: tuple[RateRow, ...]
    has_sizes: bool


@dataclass(frozen=True, slots=True)
class DayRow:
    """The numbers of one day."""

    day: str
    visits: int
    not_modified: int
    failures: int
    items: int
    milliseconds: str
    delay: str
    size: str


def history_plots(history: ServiceHistory, clock: Clock) -> list[Plot]:
    """Return the plots of the service or of a source."""
    days = history.days
    means, rhythm = _means(history, clock), _rhythm(history, clock)
    plots = [
        _visits(days),
        _rates(t("每小时新条目"), means.hours, rhythm.hours, (t("0点"), t("12点"), t("23点"))),
        _rates(t("每周各天新条目"), means.weekdays, rhythm.weekdays, (t("周一"), t("周四"), t("周日"))),
        _responses(days),
        _delays(days),
    ]
    return [*plots, _sizes(history.sizes, days)] if history.sizes else plots


def history_table(history: ServiceHistory, clock: Clock) -> PlotTable:
    """Return the numbers of the plots, the newest day first."""
    means, rhythm = _means(history, clock), _rhythm(history, clock)
    names = [t("%(hour)s点", hour=hour) for hour in range(HOURS)] + _weekday_names()
    values = zip(names, (*means.hours, *means.weekdays), (*rhythm.hours, *rhythm.weekdays), strict=True)
    return PlotTable(
        tuple(_day_row(day, history.sizes.get(day.day)) for day in reversed(history.days) if day.visits or day.items),
        tuple(RateRow(name, _rate(mean), _rate(expected)) for name, mean, expected in values),
        bool(history.sizes),
    )


def feed_plot(days: Sequence[FeedDay]) -> Plot | None:
    """Return the plot of requests for our feeds; None without any."""
    top = max((day.requests for day in days), default=0)
    if not top:
        return None
    unmodified, sent = bar_paths([(day.not_modified, day.requests - day.not_modified) for day in days], top)
    requests, same = sum(day.requests for day in days), sum(day.not_modified for day in days)
    note = t("%(requests)s次，其中304占%(share)s", requests=format_number(requests), share=f"{same / requests:.0%}")
    series = (Series(t("发送内容"), "p1", sent), Series("304", "p2", unmodified))
    return _daily(t("订阅源请求"), note, nt("近30天共%(n)s次请求", requests), days, series, top)


def _visits(days: Sequence[DailyPollStats]) -> Plot:
    top = max((day.visits for day in days), default=0)
    stacks = [(day.failures, day.not_modified, day.visits - day.failures - day.not_modified) for day in days]
    failed, same, changed = bar_paths(stacks, top)
    visits, failures = sum(day.visits for day in days), sum(day.failures for day in days)
    note = (
        t("%(visits)s次，失败%(share)s", visits=format_number(visits), share=f"{failures / visits:.1%}")
        if visits
        else ""
    )
    series = (Series(t("有应答"), "p1", changed), Series("304", "p2", same), Series(t("失败"), "p3", failed))
    worst = max(days, key=lambda day: day.failures)
    text = (
        nt("失败最多的是%(day)s，%(n)s次", worst.failures, day=short_date(worst.day))
        if worst.failures
        else t("没有失败")
    )
    return _daily(t("抓取结果"), note, text, days, series, top)


def _responses(days: Sequence[DailyPollStats]) -> Plot:
    values = [round((day.seconds or 0) * 1000) for day in days]
    top = max(values, default=0)
    known = [value for value in values if value]
    note = t("平均%(n)s毫秒", n=format_number(sum(known) // len(known))) if known else ""
    series = (Series("", "p1", bar_paths([(value,) for value in values], top)[0]),)
    return _daily(t("响应时间"), note, _range_text(days, values, t("毫秒")), days, series, top, t("毫秒"))


def _delays(days: Sequence[DailyPollStats]) -> Plot:
    """Return the plot of the shares of new items within each delay, the quickest at the bottom."""
    shares = [tuple(count / sum(day.delays) for count in day.delays) if sum(day.delays) else () for day in days]
    grouped = [(share[0] + share[1], share[2], share[3] + share[4]) if share else (0, 0, 0) for share in shares]
    quick, hour, late = bar_paths(grouped, 1.0)
    names = (
        t("%(time)s内", time=format_duration(DELAYS[1])),
        t("%(time)s内", time=format_duration(DELAYS[2])),
        t("更久"),
    )
    series = (Series(names[0], "p1", quick), Series(names[1], "p2", hour), Series(names[2], "p5", late))
    total = [sum(day.delays[kind] for day in days) for kind in range(len(DELAYS) + 1)]
    note = ""
    if sum(total):
        share = f"{(total[0] + total[1]) / sum(total):.0%}"
        note = t("%(share)s在%(time)s内", share=share, time=format_duration(DELAYS[1]))
    return _daily(t("从发布到本站收录"), note, note or t("还没有数据"), days, series, 0)


def _sizes(sizes: Mapping[date, int], days: Sequence[DailyPollStats]) -> Plot:
    values = [sizes.get(day.day, 0) / _MILLION for day in days]
    top = max(values)
    series = (Series("", "p1", bar_paths([(value,) for value in values], top)[0]),)
    now = sizes[max(sizes)] / _MILLION
    text = t("现在%(size)s，最多%(top)s", size=_megabytes(now), top=_megabytes(top))
    return _daily(t("数据库大小"), _megabytes(now), text, days, series, 0)


def _daily(
    title: str,
    note: str,
    text: str,
    days: Sequence[DailyPollStats] | Sequence[FeedDay],
    series: tuple[Series, ...],
    top: float,
    unit: str = "",
) -> Plot:
    """Return a plot with one column for each day; ``top`` is printed unless it is 0."""
    peak = t("最高%(n)s%(unit)s", n=format_number(round(top)), unit=unit) if top else ""
    labels = (short_date(days[0].day), short_date(days[-1].day))
    alternative = t("%(title)s：%(note)s；%(text)s", title=title, note=note or t("还没有数据"), text=text)
    return Plot(title, note, alternative, len(days) * STEP, series, labels, peak)


def _rates(title: str, means: Sequence[float], expected: Sequence[float], labels: tuple[str, str, str]) -> Plot:
    top = max((*means, *expected), default=0.0)
    (bars,) = bar_paths([(value,) for value in means], top)
    names = _weekday_names() if len(means) == WEEKDAYS else [t("%(hour)s点", hour=hour) for hour in range(HOURS)]
    highest = max(range(len(means)), key=lambda index: means[index])
    peak = t("%(name)s最多，平均%(n)s条", name=names[highest], n=_rate(means[highest]))
    note = peak if means[highest] else ""
    series = [Series(t("近30天平均"), "p1", bars)]
    if any(expected):
        series.append(Series(t("学到的规律"), "p4", step_path(expected, top)))
    usual = max(range(len(expected)), key=lambda index: expected[index])
    rhythm = (
        t("学到的规律在%(name)s最高，%(n)s条", name=names[usual], n=_rate(expected[usual])) if any(expected) else ""
    )
    alternative = t("%(title)s：%(note)s；%(text)s", title=title, note=note or t("还没有数据"), text=rhythm)
    return Plot(title, note, alternative, len(means) * STEP, tuple(series), labels)


def _means(history: ServiceHistory, clock: Clock) -> Rhythm:
    """Return the mean number of new items by hour and weekday in the site's zone, over the days with any record."""
    hours, weekdays = [0.0] * HOURS, [0.0] * WEEKDAYS
    if not history.hours:
        return Rhythm(tuple(hours), tuple(weekdays))
    for hour, count in history.hours.items():
        local = datetime.fromtimestamp(hour * 3600, UTC).astimezone(clock.zone)
        hours[local.hour] += count
        weekdays[local.weekday()] += count
    first = clock.day_of(datetime.fromtimestamp(min(history.hours) * 3600, UTC))
    observed = [first + timedelta(days=number) for number in range((clock.today - first).days + 1)]
    by_weekday = [max(1, sum(day.weekday() == weekday for day in observed)) for weekday in range(WEEKDAYS)]
    return Rhythm(
        tuple(count / len(observed) for count in hours),
        tuple(count / days for count, days in zip(weekdays, by_weekday, strict=True)),
    )


def _rhythm(history: ServiceHistory, clock: Clock) -> Rhythm:
    here = utc_offset_of(clock.now.astimezone(clock.zone))
    zones = {name for name, _ in history.profiles}
    ahead = {name: here - utc_offset_of(clock.now.astimezone(ZoneInfo(name))) for name in zones}
    return learned_rhythm((PublishingProfile.unpack(packed), ahead[name]) for name, packed in history.profiles)


def _range_text(days: Sequence[DailyPollStats], values: Sequence[int], unit: str) -> str:
    if not any(values):
        return t("还没有数据")
    highest = max(range(len(values)), key=lambda index: values[index])
    day, most = short_date(days[highest].day), format_number(values[highest])
    return t("最高的是%(day)s，%(n)s%(unit)s", day=day, n=most, unit=unit)


def _day_row(day: DailyPollStats, size: int | None) -> DayRow:
    milliseconds = format_number(round(day.seconds * 1000)) if day.seconds is not None else ""
    megabytes = _megabytes(size / _MILLION) if size else ""
    return DayRow(
        short_date(day.day),
        day.visits,
        day.not_modified,
        day.failures,
        day.items,
        milliseconds,
        median_delay(day.delays),
        megabytes,
    )


def median_delay(delays: Sequence[int]) -> str:
    """Return the bound within which half of the items arrived; "" without any."""
    total, below = sum(delays), 0
    for count, bound in zip(delays, DELAYS, strict=False):
        below += count
        if total and below * 2 >= total:
            return t("%(time)s内", time=format_duration(bound))
    return t("超过%(time)s", time=format_duration(DELAYS[-1])) if total else ""


def _rate(value: float) -> str:
    return f"{value:.1f}" if value < 10 else format_number(round(value))


def _megabytes(value: float) -> str:
    return f"{value:.1f} MB" if value < 100 else f"{format_number(round(value))} MB"


def _weekday_names() -> list[str]:
    return [t("周一"), t("周二"), t("周三"), t("周四"), t("周五"), t("周六"), t("周日")]
