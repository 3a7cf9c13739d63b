"""Daily digests: which stories, in which order, and that a published one stays as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from lxml import etree

from aggregator import corrections
from aggregator.config.load import Config, parse_config
from aggregator.messages import TEXT
from aggregator.model import Place
from aggregator.model.daily_digests import DailyDigest, DigestReport, DigestStory, pack_stories, unpack_stories
from aggregator.publishing.daily_digest import build_digest, digest_text
from aggregator.publishing.daily_selection import latest_day, make_digest
from aggregator.publishing.render import FeedWindow, render, render_window
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, publish

ATOM = "{http://www.w3.org/2005/Atom}"
DAY = date(2026, 6, 1)  # of NOW, which is 16:00 in Beijing
MORNING = NOW + 15 * HOUR  # seven o'clock on the next day
SHANDONG = Place("370000", "370400")


def config(more: str = "") -> Config:
    text = f'[site]\ntitle = "齐鲁新闻"\nurl = "https://gedi.example"\n[publishing]\nper_source = 0\n{more}'
    return parse_config(text.encode(), Path("config.toml"), {})


CONFIG = config()


def tell(store: Store, name: str, *slugs: str, minutes: Sequence[float], category: str | None = None) -> list[int]:
    """Store the reports of one story, by these outlets, published so long before NOW."""
    ids: list[int] = []
    for number, (slug, age) in enumerate(zip(slugs, minutes, strict=True)):
        report = draft(f"{name}{number}", title=f"{name}：{slug}", text=f"{name}的经过", minutes=age, category=category)
        ids += publish(store, slug, replace(report, place=SHANDONG), story=ids[0] if ids else None)
    return ids


def titles(digest: DailyDigest) -> list[str]:
    return [f"{story.title} {story.outlets}" for story in digest.stories]


def feed(store: Store, now: object = MORNING, name: str = "all", ending: str = "atom") -> bytes:
    found = render(store, CONFIG, f"/feeds/daily/{name}.{ending}", now)  # type: ignore[arg-type]
    assert found is not None
    return found.body


def entries(body: bytes) -> dict[str, str]:
    """Return id -> content of the entries of an Atom document."""
    root = etree.fromstring(body)
    return {str(e.findtext(f"{ATOM}id")): str(e.findtext(f"{ATOM}content")) for e in root.findall(f"{ATOM}entry")}


def test_a_story_counts_by_the_outlets_of_its_day(store: Store) -> None:
    outlets(store, "a", "b", "c", "d")
    tell(store, "甲", "a", "b", minutes=(300, 100), category="society")
    tell(store, "乙", "a", "b", "c", minutes=(400, 399, 398))
    tell(store, "丙", "d", minutes=(5,))
    tell(store, "丁", "b", "c", minutes=(290, 50), category="society")
    tell(store, "旧", "a", "b", "c", "d", minutes=(1500, 1400, 1300, 30))  # four outlets, but one on this day
    publish(store, "d", draft("ad", title="推广", minutes=1, advertorial=TEXT(text="推广")))
    digest = make_digest(store, CONFIG, "all", DAY)
    assert titles(digest) == ["乙：a 3", "丁：b 2", "甲：a 2", "丙：d 1", "旧：a 1"]
    assert [report.source for report in digest.stories[0].reports] == ["a", "b", "c"]
    old = digest.stories[-1]
    assert [report.source for report in old.reports] == ["d"]
    assert old.first is not None
    assert (old.first.source, old.first.published) == ("a", NOW - timedelta(minutes=1500))
    assert titles(make_digest(store, CONFIG, "society", DAY)) == ["丁：b 2", "甲：a 2"]
    assert len(make_digest(store, CONFIG, "all/370400", DAY).stories) == 5
    assert make_digest(store, CONFIG, "all/110000", DAY).stories == ()


def test_what_is_published_stays_except_for_withdrawn_items(store: Store) -> None:
    outlets(store, "a", "b", "c")
    first = tell(store, "甲", "a", "b", "c", minutes=(300, 200, 100))
    second = tell(store, "乙", "b", minutes=(60,))
    assert entries(feed(store, MORNING - timedelta(seconds=1))) == {}
    before = feed(store)
    assert list(entries(before)) == ["tag:gedi.example,2026:daily/all/2026-06-01"]
    document = render(store, CONFIG, "/feeds/daily/all.atom", MORNING)
    assert document is not None
    store.put_documents([document], MORNING)
    tell(store, "丙", "a", "b", "c", minutes=(9, 8, 7))
    corrections.merge(store, [first[0], second[0]], MORNING)
    assert feed(store) == before
    assert store.stale_paths(9) == []
    later = MORNING + HOUR
    corrections.remove(store, [second[0], first[1]], later)
    assert store.stale_paths(9) == ["/feeds/daily/all.atom"]
    after = etree.fromstring(feed(store))
    (content,) = entries(feed(store)).values()
    assert "乙" not in content
    assert "2家媒体报道</a>：A、C" in content
    assert after.findtext(f"{ATOM}entry/{ATOM}updated") == later.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert after.findtext(f"{ATOM}entry/{ATOM}published") == MORNING.strftime("%Y-%m-%dT%H:%M:%SZ")
    store.prune(later + timedelta(days=200), timedelta(days=180))
    assert store.digest_days("all") == []
    assert store.daily_digests("all", DAY, DAY) == {}


def test_every_format_and_every_kind_of_listing(store: Store) -> None:
    outlets(store, "a", "b")
    tell(store, "甲", "a", "b", minutes=(300, 200), category="society")
    tell(store, "乙", "a", minutes=(2000,), category="society")
    item, older = json.loads(feed(store, name="society/370000", ending="json"))["items"]
    assert item["title"] == "山东省社会每日要闻：6月1日"
    assert item["url"] == "https://gedi.example/daily/2026-06-01?category=society&region=370000"
    assert "甲：a" in item["summary"]
    assert older["id"] == "tag:gedi.example,2026:daily/society/370000/2026-05-31"
    assert b"<rss" in feed(store, name="society", ending="rss")
    for wrong in ("nothing", "all/999999", "source/a", "all/archive/1"):
        assert render(store, CONFIG, f"/feeds/daily/{wrong}.atom", MORNING) is None
    window = render_window(store, CONFIG, "/feeds/daily/all.atom", FeedWindow(since=MORNING - HOUR), MORNING)
    assert window is not None
    assert list(entries(window.body)) == ["tag:gedi.example,2026:daily/all/2026-06-01"]


@pytest.mark.parametrize(
    ("hour", "before", "since"),
    [(7, "2026-05-31T22:59", "2026-05-31T23:00"), (0, "2026-05-31T15:59", "2026-05-31T16:00")],
)
def test_the_day_before_is_published_at_the_hour_of_the_site(hour: int, before: str, since: str) -> None:
    settings = config(f"daily_hour = {hour}\n")
    days = [latest_day(settings, NOW.fromisoformat(f"{at}:00+00:00")) for at in (before, since)]
    assert days == [date(2026, 5, 30), date(2026, 5, 31)]


def test_the_text_of_a_digest_is_safe_and_complete() -> None:
    reports = tuple(DigestReport(n, f"s{n}", f"<媒体{n}>", NOW + n * HOUR) for n in range(7))
    earlier = replace(reports[0], published=NOW - 24 * HOUR)
    story = DigestStory(5, 6, 'https://a.example/?a="1"&b', "<b>标题</b>", "摘要 & 其他", 9, reports, earlier)
    assert unpack_stories(json.loads(json.dumps(pack_stories([story])))) == (story,)
    found = digest_text(DailyDigest(DAY, "all", MORNING, (story,), "概括<script>"), CONFIG)
    assert found.title == "每日要闻：6月1日"
    assert found.html.startswith("<p><strong>机器生成的摘要：</strong>概括&lt;script&gt;</p><ol><li>")
    assert (
        '<a href="https://a.example/?a=&quot;1&quot;&amp;b"><strong>&lt;b&gt;标题&lt;/b&gt;</strong></a>' in found.html
    )
    assert '<a href="https://gedi.example/story/5">9家媒体报道</a>：&lt;媒体0&gt;' in found.html
    assert "机器生成的摘要：概括<script>\n\n1. <b>标题</b>\n摘要 & 其他\n9家媒体报道：" in found.text
    assert "<媒体4>等9家\n首发：<媒体0>（5月31日 16:00）\nhttps://a.example/" in found.text
    assert found.text.endswith("\n\nhttps://gedi.example/daily/2026-06-01\n")


def test_a_digest_to_send_is_the_one_that_was_published(store: Store) -> None:
    outlets(store, "a")
    tell(store, "甲", "a", minutes=(60,), category="society")
    assert build_digest(store, CONFIG, DAY, None, None, MORNING - HOUR) is None
    assert build_digest(store, CONFIG, None, "tech", None, MORNING) is None
    sent = build_digest(store, CONFIG, None, "society", "370000", MORNING)
    assert sent is not None
    assert sent.html in entries(feed(store, name="society/370000")).values()
