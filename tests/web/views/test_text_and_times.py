"""Table-driven tests of the text, time and cache helpers."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregator.model import Cursor
from web.i18n.times import Clock, format_duration
from web.ttl_cache import TtlCache
from web.views import paging, preferences
from web.views.text import (
    break_class,
    breakable_url_parts,
    clip,
    display_host,
    display_url,
    rebase_headings,
    split_brand,
)

NOW = datetime(2026, 5, 20, 2, 24, tzinfo=UTC)  # 10:24 in Beijing
CLOCK = Clock(NOW, ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("age", "text", "in_day"),
    [
        (timedelta(seconds=-5), "刚刚", "刚刚"),
        (timedelta(seconds=59), "刚刚", "刚刚"),
        (timedelta(minutes=6), "6分钟前", "6分钟前"),
        (timedelta(minutes=59, seconds=59), "59分钟前", "59分钟前"),
        (timedelta(minutes=60), "今天 09:24", "09:24"),
        (timedelta(hours=10, minutes=24), "今天 00:00", "00:00"),
        (timedelta(hours=10, minutes=25), "昨天 23:59", "23:59"),
        (timedelta(days=2), "5月18日", "10:24"),
        (timedelta(days=200), "2025年11月1日", "10:24"),
    ],
)
def test_times_are_formatted_relative_to_now(age: timedelta, text: str, in_day: str) -> None:
    assert CLOCK.moment(NOW - age).text == text
    assert CLOCK.time_in_day(NOW - age).text == in_day


def test_time_label_has_iso_and_full_form() -> None:
    moment = CLOCK.moment(NOW)
    assert moment.iso == "2026-05-20T10:24:00+08:00"
    assert moment.full == "2026年5月20日 10:24（北京时间）"


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 5, 20), "今天 5月20日 星期三"),
        (date(2026, 5, 19), "昨天 5月19日 星期二"),
        (date(2026, 5, 17), "5月17日 星期日"),
        (date(2025, 12, 31), "2025年12月31日 星期三"),
    ],
)
def test_day_headings(day: date, name: str) -> None:
    assert CLOCK.day_heading(day) == name


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "不到1分钟"), (42, "42分钟"), (60, "1小时"), (80, "1小时20分"), (1440, "1天"), (1640, "1天3小时")],
)
def test_durations(minutes: int, text: str) -> None:
    assert format_duration(timedelta(minutes=minutes)) == text


@pytest.mark.parametrize(
    ("title", "halves"),
    [
        ("各地新闻", ("各地", "新闻")),
        ("齐鲁", ("齐鲁", "")),
        ("Gedi News", ("Gedi", "News")),
        ("长江两岸新闻网", ("长江两", "岸新闻网")),
    ],
)
def test_brand_is_split_for_the_logo(title: str, halves: tuple[str, str]) -> None:
    assert split_brand(title) == halves


def test_displayed_urls_are_shortened() -> None:
    assert display_url("https://www.a.example/x/") == "a.example/x"
    assert len(display_url("https://a.example/" + "x" * 500)) == 80
    assert display_host("https://www.a.example:8080/x") == "a.example"
    assert breakable_url_parts("https://a.example/feeds/x.atom") == ("https://a.example/", "feeds/", "x.atom")
    assert "".join(breakable_url_parts("https://a.example/f?q=a/b")) == "https://a.example/f?q=a/b"
    assert (
        "".join(breakable_url_parts("https://a.example/f?q=%E4%BE%9B%E6%9A%96+%26")) == "https://a.example/f?q=供暖+%26"
    )


def test_clip_marks_the_cut() -> None:
    assert clip("短", 5) == "短"
    assert clip("一二三，四五", 4) == "一二三……"
    assert clip("第一段。 第二段 Two", 50) == "第一段。第二段 Two"


@pytest.mark.parametrize(
    "cursor",
    [Cursor(NOW, 7), Cursor(datetime(1990, 1, 1, tzinfo=UTC), 2**62), Cursor(NOW.replace(microsecond=123457), 1)],
)
def test_cursor_round_trip(cursor: Cursor) -> None:
    assert paging.decode(paging.encode(cursor)) == cursor


@pytest.mark.parametrize("text", [None, "", "x", "1", "1-", "-1-2", "1-2-3", "9" * 18 + "-1", "１-2", "1-" + "9" * 19])
def test_invalid_cursors_are_rejected(text: str | None) -> None:
    assert paging.decode(text) is None


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("/category/society?region=370000", "/category/society?region=370000"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("/a\\b", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_return_path_stays_on_this_site(path: str | None, safe: str) -> None:
    assert preferences.safe_return_path(path) == safe


@pytest.mark.parametrize("value", [None, "", "dark", "dark.large", "x.y", '"><script>.large'])
def test_any_cookie_decodes_to_valid_preferences(value: str | None) -> None:
    decoded = preferences.decode(value)
    assert decoded.theme in preferences.CHOICES["theme"]
    assert decoded.text in preferences.CHOICES["text"]


def test_preferences_round_trip_through_the_cookie() -> None:
    chosen = preferences.with_changes(preferences.Preferences(), {"theme": "dark", "text": "huge", "back": "/"})
    assert chosen == preferences.Preferences("dark", "normal")
    assert preferences.decode(chosen.encode()) == chosen


def test_article_headings_follow_the_title() -> None:
    assert rebase_headings("<p>a</p><h3>b</h3><h4>c</h4><h3>d</h3>") == "<p>a</p><h2>b</h2><h3>c</h3><h2>d</h2>"
    assert rebase_headings("<h4>a</h4><h3>b</h3><h4>c</h4>") == "<h2>a</h2><h2>b</h2><h3>c</h3>"
    assert rebase_headings("&lt;h3&gt; <p>h3</p>") == "&lt;h3&gt; <p>h3</p>"


def test_headlines_with_long_clauses_get_a_break_class() -> None:
    assert break_class("老城小巷改造完工，今起并网") == ""
    assert break_class("") == ""
    assert break_class("枣庄老城区十二条背街小巷，完工") == ' class="b1"'  # the comma is part of the clause
    assert break_class("一" * 16) == ' class="b1 b2"'
    assert break_class("一" * 21 + "，短") == ' class="b1 b2 b3"'


def test_cache_returns_a_value_until_it_expires() -> None:
    now = [0.0]
    cache = TtlCache(limit=2, clock=lambda: now[0])
    calls: list[int] = []

    def make() -> int:
        calls.append(1)
        return len(calls)

    assert [cache.get("a", 5, make), cache.get("a", 5, make)] == [1, 1]
    now[0] = 5.0
    assert cache.get("a", 5, make) == 2
    cache.get("b", 5, make)
    cache.get("c", 5, make)  # evicts the oldest value
    assert cache.get("a", 5, make) == 5


def test_cache_returns_the_old_value_during_renewal() -> None:
    now = [0.0]
    cache = TtlCache(clock=lambda: now[0])
    cache.get("a", 5, lambda: "old")
    now[0] = 6.0
    during_renewal: list[str] = []

    def make() -> str:
        during_renewal.append(cache.get("a", 5, lambda: "another"))
        return "new"

    assert cache.get("a", 5, make) == "new"
    assert during_renewal == ["old"]


def test_cache_renews_a_stale_value_in_the_background() -> None:
    now, variable = [0.0], ContextVar("variable", default="")
    cache, started = TtlCache(clock=lambda: now[0]), threading.Event()
    variable.set("of the caller")

    def make() -> str:
        started.wait(10)
        return variable.get()

    cache.get("a", 5, lambda: "old")
    now[0] = 6.0
    assert cache.get("a", 5, make, stale_seconds=10) == "old"
    assert cache.get("a", 5, make, stale_seconds=10) == "old"  # no second thread
    (thread,) = (each for each in threading.enumerate() if each.name == "cache")
    started.set()
    thread.join(10)
    assert cache.get("a", 5, make) == "of the caller"
    now[0] = 40.0
    assert cache.get("a", 5, lambda: "new", stale_seconds=10) == "new"  # too old to be shown


def test_cache_keeps_a_stale_value_that_cannot_be_renewed() -> None:
    now = [0.0]
    cache = TtlCache(clock=lambda: now[0])
    cache.get("a", 5, lambda: 1)
    now[0] = 6.0
    assert cache.get("a", 5, lambda: 1 // 0, stale_seconds=10) == 1
    for thread in [each for each in threading.enumerate() if each.name == "cache"]:
        thread.join(10)
    assert cache.get("a", 5, lambda: 2) == 1


def test_cache_does_not_keep_a_failure() -> None:
    cache = TtlCache()
    with pytest.raises(ZeroDivisionError):
        cache.get("a", 5, lambda: 1 // 0)
    assert cache.get("a", 5, lambda: 1) == 1
