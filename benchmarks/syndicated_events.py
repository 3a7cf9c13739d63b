"""Texts of the syndicated stream: events that several agencies report, series of bulletins, and news of one line."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aggregator.reference.gazetteer import Division, Gazetteer
from benchmarks.invented_words import Report
from benchmarks.news_vocabulary import TOPICS, Topic, vocabulary

_HERE = Path(__file__).parent
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
_GIVEN_FIRST = "建志晓德雨大文永春秀玉海明立新浩子佳国桂思天兴宝长庆凤金成学正少云光世启怀敬"
_GIVEN_LAST = "国远梅胜桐勇静福花兰珍燕辉宇然涵庆英琪亮军林峰霞萍波涛杰斌洁莹刚强华民山河"
_NAMED = "青柳白槐龙梨石桃双西云杏芦枣鹿鲤沙官上三红新黑野望金飞鹰马牛羊松竹兰菊莲荷泉月星霞雪霜"
_NAMED_END = "河沟泉岭台坡湾林鸣门滩庄坪里岩店崖渡塘湖口寨屯桥关井峪山洞坝洼"
_TOWN_KIND = "镇 乡 街道 村".split()
_OFFICES = (
    "县教育局 县农业农村局 县交通运输局 县文旅局 市场监管局 县应急管理局 县住建局 县水务局 "
    "县卫健委 县林业局 县人社局 县民政局 县供电公司 县商务局 县妇联 团县委 城管局 "
    "生态环境分局 县残联 县总工会"
).split()
_COUNTRIES = (
    "荷兰 北爱尔兰 爱尔兰 英国 法国 德国 意大利 西班牙 葡萄牙 瑞士 瑞典 挪威 芬兰 "
    "丹麦 比利时 奥地利 波兰 捷克 匈牙利 罗马尼亚 保加利亚 希腊 土耳其 伊朗 伊拉克 "
    "以色列 沙特阿拉伯 印度 巴基斯坦 泰国 越南 老挝 缅甸 马来西亚 新加坡 菲律宾 "
    "印度尼西亚 日本 韩国 澳大利亚 新西兰 加拿大 美国 墨西哥 巴西 阿根廷 智利 秘鲁 "
    "哥伦比亚 南非 埃及 肯尼亚 尼日利亚 乌克兰 俄罗斯 冰岛 塞尔维亚 克罗地亚 哈萨克斯坦 "
    "蒙古"
).split()
_FOREIGN = "奥利 卡斯 马丁 费尔 桑托 维拉 罗德 洛佩 哈桑 科瓦 安德 米勒".split()
_FOREIGN_END = "维奇 特罗 内斯 南德 罗夫 里格 顿 曼 斯基 尔森".split()
_SENTENCE = (
    "{n1}{v1}之后，{n2}的{n3}也{d1}{v2}，{who}对此并不意外。",
    "在{spot}，{a1}的{n1}与{n2}摆在一处，过路人总要{v1}几句。",
    "{who2}把{n1}交给{org}，条件只有一个：{d1}{v1}{n2}。",
    "据测算，{n1}每{v1}一次，{n2}就要增加{hurt}个百分点，{n3}却{d1}不变。",
    "说到{n1}，{town}的老人们更愿意谈{n2}，那是他们{v1}过的东西。",
    "{org}的一份材料显示，{n1}占{n2}的{pct}%，{n3}只占{pct2}%。",
    "“{n1}可以等，{n2}不能等。”{who}一边{v1}一边说。",
    "{d1}{v1}的{n1}堆在门口，{n2}早已{v2}。",
    "下一步，{county}将围绕{n1}、{n2}和{n3}{v1}，力争{month2}月见效。",
    "有{fighters}人报名{v1}{n1}，其中一半来自{town}。",
    "记者看到，{n1}旁边立着{a1}的{n2}，上面写着{v1}两个字。",
    "此前，{n1}{d1}{v1}，曾引起{n2}行业的讨论。",
    "{who2}不同意这个说法，他认为{n1}{v1}得太快，{n3}跟不上。",
    "从{n1}到{n2}，再到{n3}，{county}用了{years}年。",
    "{v1}{n1}的那天，{spot}下了{a1}的一场雨。",
    "目前，{n1}的{v1}工作仍在继续，{n2}方面没有给出时间表。",
)
Facts = dict[str, object]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: the facts that all texts on it state, and the words of its topic."""

    kind: str
    facts: Mapping[str, object]
    topic: Topic


@dataclass(frozen=True, slots=True)
class OneLine:
    """News of one line, in all its wordings."""

    wordings: tuple[str, ...]


def make_event(rng: random.Random) -> Event:
    patterns = _patterns()
    topic = vocabulary().topic(int(TOPICS * rng.random()))
    return Event(rng.choice([*patterns]), _facts(rng, topic), topic)


def write_text(rng: random.Random, event: Event, version: int) -> tuple[str, ...]:
    """Return the paragraphs of one agency's text; an event has two of them, worded differently."""
    roles = _patterns()[event.kind]
    facts = rng.sample(roles["f"], rng.randint(2, len(roles["f"])))
    told = [_worded(pattern, version).format(**event.facts) for pattern in facts]
    length = rng.randint(3, 14)
    told += [_body_sentence(rng, event) for _ in range(length)]
    rest = told[1:]
    rng.shuffle(rest)
    sentences = [_worded(roles["o"][0], version).format(**event.facts), told[0], *rest]
    paragraphs = []
    while sentences:
        size = rng.randint(1, 4)
        paragraphs.append("".join(sentences[:size]))
        sentences = sentences[size:]
    return tuple(paragraphs)


def headlines(event: Event) -> list[str]:
    """Return the wordings of the event's headline."""
    return [part.format(**event.facts) for part in _patterns()[event.kind]["h"][0].split("|")]


def series_facts(rng: random.Random, topic_number: int) -> Facts:
    """Return the facts that stay the same over the issues of a series."""
    made = _facts(rng, vocabulary().topic(topic_number % TOPICS))
    return made | {"city": _city(rng), "district": _county(rng).short, "road": _name(rng) + "路", "lake": _name(rng)}


def issue_facts(rng: random.Random, number: int) -> Facts:
    """Return the facts of issue ``number`` of a series, which differ from issue to issue."""
    balls = sorted(rng.sample(range(1, 34), 6))
    return {
        "a": rng.randint(2, 1999), "b": rng.randint(60, 9000), "c": rng.randint(10, 900), "d": rng.randint(1000, 20000),
        "e": rng.randint(2, 12), "d1": rng.randint(1, 9), "issue": 2026000 + number, "day": number % 28 + 1,
        "month": 3, "hour": rng.choice((6, 8, 11, 17, 20)), "pollutant": rng.choice(("PM2.5", "臭氧", "PM10")),
        "air": rng.choice(("转差", "有利", "一般")),
        "crop": rng.choice("白菜 土豆 大葱 黄瓜 茄子 芹菜 菠菜 鸡蛋".split()),
        "price": f"{rng.randint(1, 9)}.{rng.randint(10, 99)}", "move": rng.choice(("上涨", "下跌")),
        "balls": " ".join(f"{ball:02}" for ball in balls), "sky": rng.choice(("多云", "晴", "阴有小雨", "小到中雨")),
        "wind": rng.choice(("北", "南", "东北", "西南")), "low": rng.randint(-9, 15), "high": rng.randint(16, 36),
        "ordinal": "一二三四五六七八九"[number % 9], "person": _person(rng), "holiday": rng.choice(("清明", "五一",
        "春节")),
        "country": rng.choice(_COUNTRIES), "person2": rng.choice(_FOREIGN) + rng.choice(_FOREIGN_END),
    }  # fmt: skip


def series_report(series: int, facts: Mapping[str, object]) -> Report:
    title, text = _rows("syndicated_series.tsv")[series % series_count()]
    return Report(title.format(**facts), (text.format(**facts),))


def series_count() -> int:
    return len(_rows("syndicated_series.tsv"))


def one_line(rng: random.Random, number: int) -> OneLine:
    rows = _rows("syndicated_short.tsv")
    facts = series_facts(rng, number) | issue_facts(rng, rng.randrange(1000))
    return OneLine(tuple(part.format(**facts) for part in rows[number % len(rows)][0].split("|")))


def _facts(rng: random.Random, topic: Topic) -> Facts:
    county = _county(rng)
    nouns, verbs = rng.sample(topic.nouns, 3), rng.sample(topic.verbs, 2)
    chain = Gazetteer.load().chain(county.code)
    return {
        "county": county.name, "province": chain[0].name, "spot": _name(rng),
        "town": _name(rng) + rng.choice(_TOWN_KIND),
        "who": _person(rng), "who2": _person(rng), "org": rng.choice(_OFFICES), "hurt": rng.randint(2, 29),
        "dead": rng.randint(2, 38), "fighters": rng.randint(12, 299), "hours": rng.randint(2, 9),
        "days": rng.randint(3, 9),
        "years": rng.randint(3, 40), "age": rng.randint(41, 82), "area": rng.randint(110, 3900),
        "money": rng.randint(12, 980),
        "shops": rng.randint(3, 99), "provinces": rng.randint(4, 28), "month": rng.randint(1, 12),
        "month2": rng.randint(1, 12),
        "day": rng.randint(1, 28), "hour": rng.randint(6, 22), "minute": rng.randint(10, 58),
        "seconds": rng.randint(10, 58),
        "price": round(rng.uniform(1.2, 9.8), 1), "pct": round(rng.uniform(30, 95), 1),
        "pct2": round(rng.uniform(1, 25), 1),
        "n1": nouns[0], "n2": nouns[1], "n3": nouns[2], "v1": verbs[0], "v2": verbs[1],
    }  # fmt: skip


def _body_sentence(rng: random.Random, event: Event) -> str:
    """Return a sentence of any words, half of them of the topic."""
    words = vocabulary()
    nouns = rng.choices(words.nouns.words, cum_weights=words.nouns.weights, k=3)
    verbs = rng.choices(words.verbs.words, cum_weights=words.verbs.weights, k=2)
    nouns = [rng.choice(event.topic.nouns) if rng.random() < 0.5 else noun for noun in nouns]
    verbs = [rng.choice(event.topic.verbs) if rng.random() < 0.5 else verb for verb in verbs]
    (adverb,) = rng.choices(words.adverbs.words, cum_weights=words.adverbs.weights)
    (adjective,) = rng.choices(words.adjectives.words, cum_weights=words.adjectives.weights)
    said = dict(zip(("n1", "n2", "n3", "v1", "v2"), (*nouns, *verbs), strict=True))
    varied = {
        "pct": round(rng.uniform(30, 95), 1),
        "pct2": round(rng.uniform(1, 25), 1),
        "fighters": rng.randint(12, 999),
    }
    return rng.choice(_SENTENCE).format(**{**event.facts, **said, **varied, "d1": adverb, "a1": adjective})


def _worded(pattern: str, version: int) -> str:
    return re.split(r"\|", pattern)[version]


def _person(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + (rng.choice(_GIVEN_FIRST) if rng.random() < 0.7 else "") + rng.choice(_GIVEN_LAST)


def _name(rng: random.Random) -> str:
    return rng.choice(_NAMED) + rng.choice(_NAMED_END)


@cache
def _counties() -> list[Division]:
    return [division for division in Gazetteer.load().divisions if division.level == 3 and not division.is_zone]


def _county(rng: random.Random) -> Division:
    return rng.choice(_counties())


def _city(rng: random.Random) -> str:
    return Gazetteer.load().chain(_county(rng).code)[-2].short


@cache
def _patterns() -> dict[str, dict[str, list[str]]]:
    patterns: dict[str, dict[str, list[str]]] = {}
    for kind, role, text in _rows("syndicated_events.tsv"):
        patterns.setdefault(kind, {}).setdefault(role, []).append(text)
    return patterns


@cache
def _rows(name: str) -> list[list[str]]:
    lines = (_HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]
