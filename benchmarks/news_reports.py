"""Generated news: events, several reports on one event in different words, and reprints as outlets change them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aggregator.reference.gazetteer import Division, Gazetteer
from benchmarks.generated_bulletins import SERIES
from benchmarks.generated_stream import CHANGES
from benchmarks.invented_words import Report
from benchmarks.news_vocabulary import TOPICS, Topic, vocabulary

SHORTEST, LONGEST = 250, 2000  # characters of a report
_OFFICES = """
    教育局 农业农村局 交通运输局 文化和旅游局 市场监管局 应急管理局 住建局 水务局 卫健委 林业局 公安局 人社局 民政局
    图书馆 博物馆 供电公司 气象台 消防救援大队 志愿者协会 人民医院 商务局 妇联 团委 城管局 生态环境局 法院
""".split()
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = """
    建国 秀兰 志远 晓梅 德胜 雨桐 大勇 文静 永福 春花 伟 芳 磊 敏 静 强 洋 艳 军 杰 海燕 明辉 立新 玉珍 浩然 子涵 国庆
    桂英 新宇 佳怡
""".split()
_TOWN = """
    青石 柳沟 白泉 大槐 龙潭 梨园 石桥 桃峪 双井 西岭 云台 杏坡 芦湾 枣林 鹿鸣 鲤门 沙河 官庄 上坪 三里 红岩 新店
""".split()
_TOWN_KIND = "镇 乡 街道 村 社区".split()
_UNITS = "个 户 人 件 亩 家 处 次 台".split()
_BULLETIN_CITIES = "枣庄 临沂 济宁 菏泽 泰安 德州 聊城 滨州 东营 淄博 威海 日照".split()
_REPRINTS = {"other outlet": 8, "dateline": 4, "credit": 4, "byline": 3, "cut to half": 3, "first paragraph": 2,
             "100 characters": 2, "dropped": 2, "app": 2, "advertisement": 1, "editor's line": 1,
             "outlet in headline": 1}  # fmt: skip
Patterns = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened where: the facts that all reports on it state, and the words of its topic that they use."""

    facts: dict[str, object]
    topic: Topic


def regions() -> list[Division]:
    """Return all counties and their like."""
    return [division for division in Gazetteer.load().divisions if division.level == 3 and not division.is_zone]


def make_event(rng: random.Random, county: Division) -> Event:
    topic = vocabulary().topic(int(TOPICS * rng.random() ** 1.5))
    facts: dict[str, object] = {
        "place": _city_name(county),
        "county": county.name,
        "town": rng.choice(_TOWN) + rng.choice(_TOWN_KIND),
        "org": rng.choice(_OFFICES),
        "who": _person(rng),
        "who2": _person(rng),
        "num": rng.randint(2, 999),
        "num2": rng.randint(2, 99),
        "unit": rng.choice(_UNITS),
        "pct": round(rng.uniform(1, 95), 1),
        "pct2": round(rng.uniform(0.1, 20), 1),
        "month": rng.randint(1, 12),
        "day": rng.randint(1, 28),
        "hour": rng.randint(6, 22),
    }
    nouns, verbs = rng.sample(topic.nouns, 30), rng.sample(topic.verbs, 18)
    return Event(facts, Topic(nouns, verbs))


def write_report(rng: random.Random, event: Event) -> Report:
    """Return a report on an event of 250 to 2,000 characters, short ones more frequent, in its own words."""
    patterns = _patterns()
    length = round(SHORTEST * (LONGEST / SHORTEST) ** (rng.random() ** 1.1))
    facts = rng.sample(patterns["fact"], rng.randint(2, 4))
    sentences, written = [_fill(rng.choice(patterns["opening"]), rng, event)], 0
    while written < length:
        sentences.append(_fill(facts.pop() if facts and rng.random() < 0.4 else _body_pattern(rng), rng, event))
        written += len(sentences[-1])
    sentences.append(_fill(rng.choice(patterns["closing"]), rng, event))
    return Report(_fill(rng.choice(patterns["headline"]), rng, event), _paragraphs(rng, sentences))


def reprint(rng: random.Random, report: Report, event: Event) -> Report:
    """Return a copy of a report as another outlet carries it: verbatim, cut, with additions, or re-headlined."""
    report = CHANGES[rng.choices([*_REPRINTS], [*_REPRINTS.values()])[0]](report, rng)
    if rng.random() < 0.2:
        return Report(_fill(rng.choice(_patterns()["headline"]), rng, event), report.paragraphs)
    return report


def write_bulletin(rng: random.Random, series: int, number: int, county: Division) -> Report:
    """Return bulletin ``number`` of a series, with the names of a county and its city in place of the series' own."""
    made = SERIES[series % len(SERIES)](rng, number)
    city = _city_name(county)
    return Report(_replace_cities(made.title, city), tuple(_replace_cities(text, city) for text in made.paragraphs))


def _person(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN)


def _replace_cities(text: str, city: str) -> str:
    for name in _BULLETIN_CITIES:
        text = text.replace(name, city)
    return text


@cache
def _city_name(county: Division) -> str:
    return Gazetteer.load().chain(county.code)[-2].short


def _body_pattern(rng: random.Random) -> str:
    """Return a pattern of the table, or more often one of one to four random clauses."""
    patterns = _patterns()
    if rng.random() < 0.4:
        return rng.choice(patterns["body"])
    return "，".join(rng.choices(patterns["clause"], k=rng.randint(1, 4))) + "。"


def _paragraphs(rng: random.Random, sentences: list[str]) -> tuple[str, ...]:
    paragraphs: list[str] = []
    while sentences:
        count = rng.randint(1, 5)
        paragraphs.append("".join(sentences[:count]))
        sentences = sentences[count:]
    return tuple(paragraphs)


def _fill(pattern: str, rng: random.Random, event: Event) -> str:
    """Fill a pattern with the facts of the event and words, two thirds of them of its topic."""
    words = vocabulary()
    random_nouns = rng.choices(words.nouns.words, cum_weights=words.nouns.weights, k=5)
    random_verbs = rng.choices(words.verbs.words, cum_weights=words.verbs.weights, k=3)
    (adverb,) = rng.choices(words.adverbs.words, cum_weights=words.adverbs.weights)
    (adjective,) = rng.choices(words.adjectives.words, cum_weights=words.adjectives.weights)
    nouns = [rng.choice(event.topic.nouns) if rng.random() < 0.6 else word for word in random_nouns]
    verbs = [rng.choice(event.topic.verbs) if rng.random() < 0.6 else word for word in random_verbs]
    return pattern.format(
        **event.facts, n1=nouns[0], n2=nouns[1], n3=nouns[2], n4=nouns[3], n5=nouns[4],
        v1=verbs[0], v2=verbs[1], v3=verbs[2], d1=adverb, a1=adjective,
    )  # fmt: skip


@cache
def _patterns() -> Patterns:
    patterns: Patterns = {}
    for line in Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, _, pattern = line.partition("\t")
            patterns.setdefault(kind, []).append(pattern)
    return patterns
