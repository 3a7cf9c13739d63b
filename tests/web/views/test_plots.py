"""Plots: paths of bars and lines, their texts, and the plots of the status page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from aggregator.model.health import DailyPollStats, FeedDay, FeedRequests, ServiceHistory
from aggregator.polling.publishing_profile import PublishingProfile, learned_rhythm
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of, words_of
from web.i18n.times import Clock
from web.views.plots import HEIGHT, bar_paths, step_path
from web.views.status_plots import feed_plot, history_plots, history_table, median_delay

CLOCK = Clock(NOW, ZoneInfo("Asia/Shanghai"))
TODAY = date(2026, 5, 20)
HOUR = int(NOW.timestamp()) // 3600
PROFILE = PublishingProfile(slot_counts=(0.0,) * 32 + (2.0,) * 4 + (0.0,) * 60, observed_days=(2.0,) * 7)


def history(**more: object) -> ServiceHistory:
    days = tuple(DailyPollStats(TODAY - timedelta(days=29 - n)) for n in range(30))
    full = replace(days[-1], visits=40, not_modified=20, failures=10, items=8, seconds=0.25, delays=(3, 1, 0, 4, 0))
    values: dict[str, object] = {"days": (*days[:-1], full), "hours": {}, "profiles": (), "sizes": {}}
    return ServiceHistory(**values | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stacks", "top", "paths"),
    [
        ([], 1, []),
        ([(0,)], 0, [""]),
        ([(5,), (10,)], 10, ["M5 60v-30M15 60v-60"]),
        ([(5, 5)], 10, ["M5 60v-30", "M5 30v-30"]),
        ([(1,)], 10_000, ["M5 60v-1"]),  # little is not nothing
        ([(0, 0)], 10, ["", ""]),
    ],
)
def test_bars_are_strokes_at_integers(stacks: list[tuple[float, ...]], top: float, paths: list[str]) -> None:
    assert bar_paths(stacks, top) == paths


def test_a_line_runs_level_over_each_column() -> None:
    assert step_path((0, 5, 10), 10) == f"M0 {HEIGHT}h10V30h10V0h10"


def test_plots_say_in_words_what_they_show() -> None:
    plots = history_plots(
        history(hours={HOUR: 60, HOUR - 24: 20}, profiles=(("Asia/Shanghai", PROFILE.pack()),)), CLOCK
    )
    visits, hours, weekdays, responses, delays = plots
    assert visits.alternative == "抓取结果：40次，失败25.0%；失败最多的是5月20日，10次"
    paths = {series.name: series.path for series in visits.series}
    assert paths == {"有应答": "M295 15v-15", "304": "M295 45v-30", "失败": "M295 60v-15"}
    assert hours.note == "10点最多，平均40条"
    assert "学到的规律在8点最高，0.6条" in hours.alternative
    assert weekdays.note == "周三最多，平均60条"
    assert responses.note == "平均250毫秒"
    assert delays.note == "50%在15分钟内"
    assert len(delays.series[0].path) < 20
    assert len({series.style for series in delays.series}) == 3


def test_the_size_is_plotted_where_it_is_known() -> None:
    *_, size = history_plots(history(sizes={TODAY: 2_500_000, TODAY - timedelta(days=1): 1_000_000}), CLOCK)
    assert size.alternative == "数据库大小：2.5 MB；现在2.5 MB，最多2.5 MB"
    assert history_table(history(sizes={TODAY: 250_000_000}), CLOCK).days[0].size == "250 MB"


def test_without_data_there_are_no_bars() -> None:
    empty = ServiceHistory(tuple(DailyPollStats(TODAY - timedelta(days=29 - n)) for n in range(30)), {}, (), {})
    for plot in history_plots(empty, CLOCK):
        assert not any(series.path for series in plot.series)
        assert "还没有数据" in plot.alternative
    assert history_table(empty, CLOCK).days == ()
    assert feed_plot([FeedDay(TODAY)]) is None


def test_the_rhythm_is_shown_by_the_clock_of_the_site() -> None:
    rhythm = learned_rhythm([(PROFILE, 0.0), (PROFILE, 3600.0), (PublishingProfile(), 0.0)])
    assert [hour for hour, rate in enumerate(rhythm.hours) if rate] == [8, 9]
    assert sum(rhythm.hours) == pytest.approx(2 * 8 / 14)


@pytest.mark.parametrize(
    ("delays", "median"),
    [((0,) * 5, ""), ((5, 5, 0, 0, 0), "5分钟内"), ((1, 1, 1, 5, 0), "6小时内"), ((0, 0, 0, 0, 1), "超过6小时")],
)
def test_the_median_delay_is_a_bound(delays: tuple[int, ...], median: str) -> None:
    assert median_delay(delays) == median


def test_status_shows_who_reads_our_feeds(world: World, client: FlaskClient) -> None:
    assert "近30天没有程序请求过订阅源" in words_of(page_of(client, "/status"))
    counts = {("Feedly", True): 30, ("Feedly", False): 10, ("browser", False): 1, ('<script>"', False): 2}
    world.store.record_feed_requests(FeedRequests(counts, {("Feedly", "/feeds/all.atom"): 12}), NOW)
    client.application.extensions["site"].cache.clear()
    page = page_of(client, "/status")
    rows = [[*map(words_of, row)] for row in page.xpath("//section[@aria-labelledby='outfeeds']//tbody/tr")]
    assert [len(row) for row in rows] == [4, 4, 4]
    assert rows[0] == ["Feedly", "40", "75%", "12"]
    assert rows[1][0] == '<script>"'
    assert "阅读器共报告12人订阅" in words_of(page)
    assert len(page.xpath("//section[@aria-labelledby='outfeeds']//*[local-name()='svg']")) == 1
    body = client.get("/status.json").get_json()
    assert body["feeds"]["clients"][0] == {"name": "Feedly", "requests": 40, "not_modified": 30, "subscribers": 12}
    assert len(body["days"]) == 30
    assert "feeds" not in client.get("/status.json?state=ok").get_json()


def test_each_plot_has_a_text_and_the_numbers_are_in_tables(client: FlaskClient) -> None:
    for path in ("/status", "/status?source=shiqiao"):
        page = page_of(client, path)
        plots = page.xpath("//figure//*[local-name()='svg']")
        assert len(plots) == 5
        assert all(plot.get("role") == "img" and plot.get("aria-label") for plot in plots)
        assert len(page.xpath("//details[@class='numbers']//table")) == 2
    assert not page_of(client, "/status?state=ok").xpath("//figure")
