"""A stream of invented reports.

It has originals of 80 to 3,000 characters, reprints with every kind of change that outlets make, and series of
bulletins that differ in facts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from benchmarks.generated_bulletins import SERIES
from benchmarks.invented_words import DOES, WHAT, WHO, Lexicon, Report, sentence
from benchmarks.simulated_store import RawItem
from samples.traditional import Standard, traditional

_PLACES = "枣庄 临沂 济宁 菏泽 泰安 德州 聊城 滨州 东营 淄博 威海 日照".split()
_OUTLETS = "江畔晚报 海岱都市网 南山日报 晨光新闻 丘陵时讯 银湖周末 河口发布 北岭电视台".split()
_ADS = (
    "扫码关注公众号，下载客户端领红包。",
    "更多精彩请点击查看往期专题。",
    "本站诚招各县区代理，联系电话请见首页。",
    "广告：新店开业，全场八折，欢迎光临。",
    "【推广】老字号酱菜，产地直发，拨打热线订购。",
)
_APPS = (
    "下载{outlet}客户端，随时随地看新闻",
    "打开{outlet}APP，查看更多精彩图片",
    "{outlet}新闻客户端，让身边的新闻先到你手里。安卓和苹果用户均可在应用商店搜索下载。",
    "更多资讯请关注{outlet}微信公众号（微信号：news{n}）",
)
_NOTES = (
    "编者按：{note}",
    "【编者按】{note}",
    "核心提示：{note}",
    "导读：{note}",
    "（编者注：本文转载时标题有改动）",
    "原标题：{title}",
)
_WRAPPERS = (
    ("转自：{outlet}", ""),
    ("据{outlet}报道，", ""),
    ("{outlet}刊发文章，全文如下：", "（完）"),
    ("【转载】以下内容转自{outlet}：", "版权归原作者所有，如有侵权请联系删除。"),
    ("“", "”——{outlet}"),
)
_DATELINES = (
    "{outlet}{month}月{day}日讯（记者 {who}）",
    "{place}{month}月{day}日电 （记者{who}）",
    "本报{place}{month}月{day}日讯 ",
    "本报讯（通讯员 {who} 记者 {other}）",
    "{outlet}讯 ",
    "【{outlet}消息】",
)
_BYLINES = ("记者 {who}", "文/{who} 图/{other}", "作者：{who}", "{outlet}记者 {who} 通讯员 {other} 报道", "（{who}）")
_SYNONYMS = (
    ("不少人", "许多人"),
    ("现场", "当场"),
    ("大家", "众人"),
    ("据介绍", "据了解"),
    ("随后", "之后"),
    ("不过", "但是"),
)
_START = datetime(2026, 3, 1, tzinfo=UTC)
_WIDE = {n: n + 0xFEE0 for n in (*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B))}
_NARROW = str.maketrans({"，": ",", "：": ":", "；": ";", "（": "(", "）": ")", "？": "?", "！": "!", "。": ". "})
_MARKS = str.maketrans({"“": "「", "”": "」", "，": "、", "。": "！"})


@dataclass(frozen=True, slots=True)
class StreamItem:
    """An item of the stream: ``text_number`` is equal for copies of one text, ``kind`` is the kind of change."""

    raw: RawItem
    text_number: int
    kind: str


@cache
def _lexicon() -> Lexicon:
    return Lexicon(7)


def _sentence(rng: random.Random, rich: bool) -> str:
    return _lexicon().sentence(rng) if rich else sentence(rng)


def _paragraph(rng: random.Random) -> str:
    rich = rng.random() < 0.5
    return "".join(_sentence(rng, rich) for _ in range(rng.randint(2, 4)))


def _headline(rng: random.Random) -> str:
    return f"{rng.choice(_PLACES)}{rng.choice(WHO)}{rng.choice(DOES)}{rng.choice(WHAT)}"


def make_original(rng: random.Random) -> Report:
    """Return an original of two or more paragraphs, 80 to 3,000 characters, with short ones more frequent.

    Long ones use the large vocabulary, short ones either.
    """
    length = round(80 * (3000 / 80) ** (rng.random() ** 1.3))
    rich = length > 600 or rng.random() < 0.5
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < length or len(paragraphs) < 2:
        count = rng.randint(1, 2) if length < 200 else rng.randint(2, 5)
        paragraphs.append("".join(_sentence(rng, rich) for _ in range(count)))
    return Report(_headline(rng), tuple(paragraphs))


def _fill(line: str, r: Report, rng: random.Random) -> str:
    who, other = (rng.choice("赵钱孙李周吴") + rng.choice("明 华 强 小梅 建国".split()) for _ in range(2))
    return line.format(
        outlet=rng.choice(_OUTLETS), place=rng.choice(_PLACES), who=who, other=other, title=r.title,
        month=rng.randint(1, 12), day=rng.randint(1, 28), n=rng.randint(100, 999), note=sentence(rng),
    )  # fmt: skip


def _replace_headline(r: Report, rng: random.Random) -> Report:
    return Report(_headline(rng), r.paragraphs)


def _add_outlet_to_headline(r: Report, rng: random.Random) -> Report:
    return Report(f"{r.title}{rng.choice('_-|')}{rng.choice(_OUTLETS)}", r.paragraphs)


def _add_dateline(r: Report, rng: random.Random) -> Report:
    return Report(r.title, (_fill(rng.choice(_DATELINES), r, rng) + r.paragraphs[0], *r.paragraphs[1:]))


def _add_byline(r: Report, rng: random.Random) -> Report:
    line = _fill(rng.choice(_BYLINES), r, rng)
    return Report(r.title, (line, *r.paragraphs) if rng.random() < 0.5 else (*r.paragraphs, line))


def _add_note(r: Report, rng: random.Random) -> Report:
    return Report(r.title, (_fill(rng.choice(_NOTES), r, rng), *r.paragraphs))


def _add_credit(r: Report, rng: random.Random) -> Report:
    return Report(r.title, (*r.paragraphs, f"来源：{rng.choice(_OUTLETS)} 责任编辑：周舟"))


def _add_advertisement(r: Report, rng: random.Random) -> Report:
    at = rng.randint(0, len(r.paragraphs))
    return Report(r.title, (*r.paragraphs[:at], rng.choice(_ADS), *r.paragraphs[at:]))


def _add_app_line(r: Report, rng: random.Random) -> Report:
    return Report(r.title, (*r.paragraphs, _fill(rng.choice(_APPS), r, rng)))


def _keep_first_paragraph(r: Report, rng: random.Random) -> Report:
    return Report(r.title if rng.random() < 0.5 else _headline(rng), r.paragraphs[:1])


def _cut_to_half(r: Report, rng: random.Random) -> Report:
    return Report(r.title, tuple(r.text[: len(r.text) // 2].split("\n")))


def _cut_to_100_characters(r: Report, rng: random.Random) -> Report:
    return Report(r.title, (r.text.replace("\n", " ")[:100] + rng.choice(("…", "...", "……[详细]", "")),))


def _drop_paragraph(r: Report, rng: random.Random) -> Report:
    at = rng.randrange(len(r.paragraphs))
    return Report(r.title, r.paragraphs[:at] + r.paragraphs[at + 1 :])


def _merge_paragraphs(r: Report, rng: random.Random) -> Report:
    return Report(r.title, (" ".join(r.paragraphs),))


def _add_paragraph(r: Report, rng: random.Random) -> Report:
    at = rng.randint(0, len(r.paragraphs))
    return Report(r.title, (*r.paragraphs[:at], _paragraph(rng), *r.paragraphs[at:]))


def _append_other_text(r: Report, rng: random.Random) -> Report:
    """Append a paragraph of another text, as a round-up does."""
    other = make_original(rng)
    return Report(r.title, (*r.paragraphs, other.paragraphs[-1]))


def _convert_to_traditional(r: Report, rng: random.Random) -> Report:
    standards: tuple[Standard, ...] = ("OpenCC", "TW", "HK")
    standard = rng.choice(standards)
    return Report(traditional(r.title, standard), tuple(traditional(part, standard) for part in r.paragraphs))


def _change_width(r: Report, rng: random.Random) -> Report:
    table = rng.choice((_WIDE, _NARROW))
    return Report(r.title.translate(table), tuple(p.translate(table) for p in r.paragraphs))


def _change_punctuation(r: Report, rng: random.Random) -> Report:
    return Report(f"【{r.title}】", tuple("\u3000\u3000" + p.translate(_MARKS) for p in r.paragraphs))


def _quote(r: Report, rng: random.Random) -> Report:
    before, after = (_fill(part, r, rng) for part in rng.choice(_WRAPPERS))
    return Report(r.title, (before + r.paragraphs[0], *r.paragraphs[1:-1], r.paragraphs[-1] + after))


def _replace_synonyms(r: Report, rng: random.Random) -> Report:
    paragraphs = r.paragraphs
    for old, new in rng.sample(_SYNONYMS, 3):
        paragraphs = tuple(p.replace(old, new) for p in paragraphs)
    return Report(r.title, paragraphs)


def _repeat(r: Report, rng: random.Random) -> Report:
    return r


Change = Callable[[Report, random.Random], Report]
CHANGES: dict[str, Change] = {
    "headline": _replace_headline,
    "outlet in headline": _add_outlet_to_headline,
    "dateline": _add_dateline,
    "byline": _add_byline,
    "editor's line": _add_note,
    "credit": _add_credit,
    "advertisement": _add_advertisement,
    "app": _add_app_line,
    "cut to half": _cut_to_half,
    "first paragraph": _keep_first_paragraph,
    "100 characters": _cut_to_100_characters,
    "dropped": _drop_paragraph,
    "merged": _merge_paragraphs,
    "added": _add_paragraph,
    "joined with another": _append_other_text,
    "traditional": _convert_to_traditional,
    "width": _change_width,
    "punctuation": _change_punctuation,
    "quoted": _quote,
    "edited": _replace_synonyms,
    "same outlet again": _repeat,
    "other outlet": _repeat,
}
_SHORTENING = ("cut to half", "first paragraph", "100 characters", "dropped")


def mix_changes(r: Report, rng: random.Random) -> Report:
    """Apply three random changes, none of which shortens the text."""
    for name in rng.sample([name for name in CHANGES if name not in _SHORTENING], 3):
        r = CHANGES[name](r, rng)
    return r


def rewrite_half(r: Report, rng: random.Random) -> Report:
    """Replace every other sentence by a new one, which makes the text a rewrite, not a reprint."""
    sentences = [part for part in r.text.replace("\n", "").split("。") if part]
    rewritten = (part + "。" if n % 2 else _sentence(rng, rich=True) for n, part in enumerate(sentences))
    return Report(r.title, ("".join(rewritten),))


class _Stream:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.made: list[StreamItem] = []

    def add(self, report: Report, number: int, kind: str, at: datetime, source: int | None = None) -> int:
        source = self.rng.randrange(len(_OUTLETS)) if source is None else source
        self.made.append(StreamItem(RawItem(source, report.title, report.text, at), number, kind))
        return source

    def report(self, number: int) -> None:
        rng, r, at = self.rng, make_original(self.rng), _START + timedelta(hours=self.rng.uniform(0, 300))
        if rng.random() < 0.5:  # a dateline that a reprint may replace or omit
            home = self.add(_add_dateline(r, rng), number, "original", at)
        else:
            home = self.add(r, number, "original", at)
        for name in rng.sample([*CHANGES, "mixed", "mixed", "mixed"], rng.randint(0, 5)):
            copy = CHANGES.get(name, mix_changes)(r, rng)
            own = (
                home if name == "same outlet again" else (home + 1) % len(_OUTLETS) if name == "other outlet" else None
            )
            self.add(copy, number, name, at + timedelta(hours=rng.uniform(0.1, 48)), own)

    def bulletins(self, series: int, first: int, count: int) -> None:
        """Add a series by one outlet (odd series) or several, one a day or all on one day, and reprints of some."""
        rng, make = self.rng, SERIES[series]
        home = 3 if series % 2 else None
        pace = rng.choice((1, 24))
        start = _START + timedelta(hours=rng.uniform(0, 24))
        for n in range(min(count, make.period)):
            r, at = make(rng, n), start + timedelta(hours=n * pace + rng.uniform(0, 0.9))
            self.add(r, first + n, f"bulletin: {make.name}", at, home)
            if rng.random() < 0.3:
                self.add(_add_dateline(r, rng), first + n, f"bulletin: {make.name}", at + timedelta(minutes=30))


def generate_stream(seed: int, originals: int = 300, bulletins: int = 10) -> list[StreamItem]:
    """Return the reports of two weeks in order of time; reprints follow their originals within two days."""
    made = _Stream(seed)
    for number in range(originals):
        made.report(number)
    for series in range(len(SERIES)):
        made.bulletins(series, originals + 1000 * (series + 1), bulletins)
    return sorted(made.made, key=lambda item: item.raw.published)
