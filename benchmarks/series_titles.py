"""Titles of outlets over two months: issues of invented series, events that go on for days, and single reports."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

Kind = Literal["series", "event", "news"]
_START = datetime(2026, 10, 1, tzinfo=UTC)
_DAYS = 60
_CITIES = "济南 青岛 滨海 云溪 江城 南浦 北岭 柳河 安州 临川".split()
_CITIES_EN = "Halden Brookfield Northam Seaview Millport Ashby".split()
_NAMES = "王建国 李晓梅 陈志远 赵雨桐 周永福 孙文静 何德胜 许秀兰".split()
_NAMES_EN = "Walker Hughes Mendes Okafor Larsen Patel".split()
_TOPICS = "防汛 养老服务 职业教育 老旧小区改造 湿地保护 夜间经济 非遗传承 智慧停车 托育 乡村道路".split()
_CROPS = "白菜 土豆 黄瓜 菠菜 芹菜".split()
_SKIES = "多云转晴 小雨 阴有阵雪 晴间多云 大风降温 雷阵雨".split()
_SUBJECTS = "老街的修鞋匠 山里的邮路 一碗面的三代人 河边的钟声 退役军人的果园 会唱歌的校车 守塔人 旧书摊".split()
_TURNS = "守了三十年 又热闹起来 换了新样子 等来一场雪 走上舞台 有了接班人".split()
_ORDINALS = "一 二 三 四 五 六 七 八 九 十 十一 十二".split()


@dataclass(frozen=True, slots=True)
class MadeTitle:
    """A title with what it is: ``truth`` is the same for the issues of one series and the reports of one event."""

    kind: Kind
    outlet: int
    truth: int
    template: str
    title: str
    published: datetime
    story: int


def make_titles(seed: int, outlets: int = 10) -> list[MadeTitle]:
    """Return the titles of some outlets in order of publication."""
    rng, made = random.Random(seed), list[MadeTitle]()
    templates = [line.split("\t") for line in _file().read_text("utf-8").splitlines() if not line.startswith("#")]
    truth = 0
    for outlet in range(outlets):
        for kind, template in templates:
            if rng.random() < 0.6:
                truth += 1
                made += _titles_of(rng, kind, template, outlet, truth)  # type: ignore[arg-type]
    return sorted(made, key=lambda title: (title.published, title.truth, title.title))


def _file() -> Path:
    return Path(__file__).with_suffix(".tsv")


def _titles_of(rng: random.Random, kind: Kind, template: str, outlet: int, truth: int) -> Iterator[MadeTitle]:
    """Yield the titles that one outlet makes of a template."""
    at = _START + timedelta(days=rng.uniform(0, 10), minutes=rng.randint(0, 600))
    step = timedelta(days=rng.choice((1, 1, 1, 2, 7))) if kind == "series" else timedelta(days=1)
    fixed = _lasting_facts(rng)
    for number in range(1, 13 if kind == "series" else 6 if kind == "event" else rng.randint(1, 4) + 1):
        facts = (fixed if kind != "news" else _lasting_facts(rng)) | _facts_of_day(rng, at, number)
        story = truth if kind == "event" else truth * 100 + number
        yield MadeTitle(kind, outlet, truth, template, template.format_map(facts), at, story)
        at += step if kind != "news" else timedelta(days=rng.uniform(1, 15))


def _lasting_facts(rng: random.Random) -> dict[str, object]:
    city, other = rng.sample(_CITIES, 2)
    return {
        "city": city,
        "other": other,
        "city_en": rng.choice(_CITIES_EN),
        "name": rng.choice(_NAMES),
        "name_en": rng.choice(_NAMES_EN),
        "topic": rng.choice(_TOPICS),
    }


def _facts_of_day(rng: random.Random, at: datetime, number: int) -> dict[str, object]:
    low = rng.randint(1, 8)
    return {
        "month": at.month,
        "day": at.day,
        "hour": rng.randint(6, 21),
        "weekday": "一二三四五六日"[at.weekday()],
        "issue": 100 + number,
        "ordinal": _ORDINALS[number - 1],
        "n": low,
        "more": low + rng.randint(1, 9),
        "points": rng.randint(1000, 9000),
        "price": f"{rng.randint(1, 9)}.{rng.randint(10, 99)}",
        "move": rng.choice(("上涨", "下跌", "走高", "回落")),
        "crop": rng.choice(_CROPS),
        "sky": rng.choice(_SKIES),
        "sky_en": rng.choice(("rain", "sunny spells", "snow showers")),
        "headline": f"{rng.choice(_SUBJECTS)}{rng.choice(_TURNS)}",
        "headline_en": rng.choice(("the last ferry", "a bridge too old", "who owns the beach")),
    }
