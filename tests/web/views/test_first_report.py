"""The first reporter and the spread of a story on its page."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from aggregator.messages import first_reports as doubts
from aggregator.model import ItemCard, Relation
from aggregator.steps.stories.first_report import Arrival, FirstReport, Sureness
from tests.web.fixture_site import NOW, World
from tests.web.html_checks import page_of, words_of
from web.i18n.times import Clock
from web.views.first_report import MAX_ROWS, doubts_in_words, first_in_words, spread_of

CLOCK = Clock(NOW, ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("language", "first", "caption", "kinds"),
    [
        ("zh-CN", "很可能最早：石桥晚报 06:59；其后34分钟 桥头广播", "4家媒体在2小时23分内报道，其中2家转载",
         ["最早", "转载", "自采", "转载"]),
        ("zh-TW", "很可能最早：石桥晚报 06:59；其後34分鐘 桥头广播", "4家媒體在2小時23分內報導，其中2家轉載",
         ["最早", "轉載", "自採", "轉載"]),
        ("en", "probably first: 石桥晚报 06:59; 桥头广播 34 min later", "4 outlets within 2 h 23 min, 2 with reprints",
         ["First", "Reprint", "Own report", "Reprint"]),
    ],
)  # fmt: skip
def test_the_story_page_shows_who_was_first_and_the_spread(
    client: FlaskClient, world: World, language: str, first: str, caption: str, kinds: list[str]
) -> None:
    page = page_of(client, f"/story/{world.story}?lang={language}")
    assert first in words_of(page.xpath("//div[contains(@class, 'page-head')]")[0])
    (table,) = page.xpath("//table[@class='spread']")
    assert words_of(table.xpath("caption")[0]) == caption
    rows = table.xpath("tbody/tr")
    assert [words_of(row.xpath("th")[0]) for row in rows] == ["石桥晚报", "桥头广播", "北岭日报", "海角周刊"]
    assert [words_of(row.xpath("td[2]")[0]) for row in rows] == kinds
    assert [row.xpath(".//path[2]/@class")[0] for row in rows] == ["p3", "p2", "p1", "p2"]
    places = [int(row.xpath(".//path[2]/@d")[0][1:].split()[0]) for row in rows]
    assert (places[0], places[-1]) == (0, 200)
    assert places == sorted(places)


def arrival(card: ItemCard, minutes: float, **more: object) -> Arrival:
    at = NOW - timedelta(hours=5) + timedelta(minutes=minutes)
    return Arrival(card, at, at, at, **more)  # type: ignore[arg-type]


@pytest.fixture
def cards(world: World) -> list[ItemCard]:
    return world.store.story_items([world.story], 9)[world.story]


def test_what_is_not_known_is_said(cards: list[ItemCard]) -> None:
    late = arrival(cards[2], 50, doubt=doubts.BACKDATED())
    found = FirstReport((arrival(cards[0], 0), arrival(cards[1], 1), late), Sureness.UNKNOWN, (late,))
    assert first_in_words(CLOCK, found) == "谁最早不能确定：石桥晚报 05:24，桥头广播 05:25"
    assert doubts_in_words(found) == ["北岭日报标注的时间更早，没有采用：这家媒体标注的时间常常不准。"]
    spread = spread_of(CLOCK, found)
    assert spread is not None
    assert [row.kind for row in spread.rows] == ["自采", "转载", "自采"]  # none is marked as the first
    assert spread.rows[2].note == "按收录时间：这家媒体标注的时间常常不准"
    certain = FirstReport(found.arrivals[:2], Sureness.CERTAIN, ())
    assert first_in_words(CLOCK, certain) == "最早：石桥晚报 05:24；其后1分钟 桥头广播"
    assert spread_of(CLOCK, certain) is None  # of two outlets


def test_many_outlets_share_the_last_row(cards: list[ItemCard]) -> None:
    found = FirstReport(tuple(arrival(cards[1], 7 * number) for number in range(40)), Sureness.CERTAIN, ())
    spread = spread_of(CLOCK, found)
    assert spread is not None
    assert len(spread.rows) == MAX_ROWS
    assert (spread.rows[-1].name, spread.rows[-1].card) == ("另有29家", None)
    assert spread.rows[-1].mark.count("M") == 29
    assert {card.relation for card in cards} >= {Relation.REPRINT}
