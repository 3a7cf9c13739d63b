"""A stream of 300 outlets that syndicate each other: full texts, excerpts and headlines of invented events.

An outlet puts its own dateline, lead-in, byline or headline on a text, exchanges words, drops clauses, rewrites
numbers, and publishes all of it, an excerpt of 80 to 200 characters, or the headline alone. Series of bulletins and
short news that differ in one fact are to be kept apart.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from benchmarks.invented_words import Report
from benchmarks.simulated_store import RawItem
from benchmarks.syndicated_events import (
    headlines,
    issue_facts,
    make_event,
    one_line,
    series_count,
    series_facts,
    series_report,
    write_text,
)
from samples.traditional import traditional

OUTLETS = 300
_HEADLINES, _SUMMARIES = 0.16, 0.38  # shares of the items that are published in this form
_START = datetime(2026, 3, 1, tzinfo=UTC)
_PLACES = "陇南 滨海 江北 河西 湘东 川南 岭东 渭北 淮上 闽西 桂中 赣南 皖东 浙西 苏中 晋城 鲁中 豫西 滇东 黔北".split()
_PAPERS = "晚报 导报 日报 都市报 新闻网 时报 早报 商报 在线 发布 电视台 融媒 生活报 晨报 快报".split()
_DATELINES = (
    "本报讯 ", "本报讯（记者 {who}）", "({outlet}讯) ", "（{outlet}讯）", "{outlet}{month}月{day}日讯 ",
    "【{outlet}讯】",
    "{outlet}{month}月{day}日讯（记者 {who} 通讯员 {other}）", "{outlet}{place}{month}月{day}日电（记者{who}）",
    "{outlet}消息：",
    "【{outlet}消息】", "{outlet}记者 {who} 报道：", "本报{place}讯 记者{who}报道：", "{place}网讯　",
)  # fmt: skip
_LEAD_INS = (
    "据{outlet}报道，", "据《{outlet}》报道，", "据{outlet}{day}日消息，", "据{outlet}微信公众号消息，",
    "小编从{place}有关部门获悉，",
    "记者从{place}市相关部门获悉，", "{outlet}记者{who}近日获悉，", "近日，", "据悉，", "小编了解到，", "【导读】",
    "昨天，记者了解到，",
    "综合{outlet}消息，", "{outlet}客户端消息，", "转自{outlet}：", "小编从{outlet}了解到，",
)  # fmt: skip
_BYLINES = (
    "记者 {who}",
    "□ 记者 {who} 通讯员 {other}",
    "文/{who} 图/{other}",
    "{outlet}记者 {who}",
    "作者：{who}",
    "◎{outlet} {who}",
)
_CREDITS = (
    "来源：{outlet}", "（责任编辑：{who}）", "（来源：{outlet} 编辑：{who}）", "更多精彩内容请关注{outlet}微信公众号。",
    "原标题：{title}", "【编辑：{who}】", "（{outlet}供稿）",
    "本文来源：{outlet} 作者：{who} 责任编辑：{other}_NN{day}",
)  # fmt: skip
_TAILS = (
    "[查看全文]",
    "...",
    "……",
    "…",
    "[详细]",
    "……【全文】",
    "",
    "",
    "...[阅读全文]",
    "…… 查看全文>>",
    "[…]",
    "（未完）",
    "...更多",
)
_EXCHANGED = (
    ("目前", "眼下"), ("随后", "接着"), ("此前", "早先"), ("记者看到", "现场可见"), ("表示", "说"), ("附近", "周边"),
    ("造成", "致"),
    ("介绍", "说"), ("打算", "准备"), ("陆续", "相继"), ("正式", ""), ("最早", "最先"), ("其中", "当中"), ("连续",
    "持续"), ("今年", "现年"),
    ("全部", "都"), ("预计", "估计"), ("已经", "已"), ("位于", "坐落于"), ("设有", "拥有"), ("发现", "找到"), ("公布",
    "发布"), ("认为", "觉得"),
    ("愿意", "乐意"), ("仍在", "还在"), ("旁边", "一旁"), ("来自", "出自"), ("提醒", "告诫"), ("赶赴", "奔赴"),
    ("并不", "毫不"),
)  # fmt: skip
_PREFIXES = ("快讯：", "突发！", "最新：", "速看！", "【{place}】", "", "", "")
_SUFFIXES = ("_{outlet}", "（图）", "|{outlet}", "-{outlet}", "", "", "", "（组图）")
_NUMERALS = "零一两三四五六七八九十"
_COUNTED = re.compile(r"(?<![\d.第月一二三四五六七八九十])(10|[2-9])(?=[例人名个只条天年户家处块])")
_CLAUSE = re.compile(r"(?<=[，。；])")


@dataclass(frozen=True, slots=True)
class SyndicatedItem:
    """An item of the stream. ``text_number``, ``event``: equal for copies of a text, and reports of an event."""

    raw: RawItem
    text_number: int
    event: int
    kinds: frozenset[str]
    form: str = "full"


@dataclass(frozen=True, slots=True)
class _Copy:
    """A text on its way to publication. ``head`` and ``tail`` are lines of the outlet."""

    report: Report
    head: str = ""
    tail: str = ""
    kinds: frozenset[str] = field(default_factory=frozenset)


Change = Callable[[_Copy, random.Random], _Copy]


def _outlet(rng: random.Random) -> str:
    return rng.choice(_PLACES) + rng.choice(_PAPERS)


def _fill(line: str, rng: random.Random, title: str = "") -> str:
    who, other = (rng.choice("赵钱孙李周吴郑王") + rng.choice("明 华 强 小梅 建国 一凡 思远".split()) for _ in range(2))
    return line.format(
        outlet=_outlet(rng), place=rng.choice(_PLACES), who=who, other=other, title=title,
        month=rng.randint(1, 12), day=rng.randint(1, 28),
    )  # fmt: skip


def _add_dateline(copy: _Copy, rng: random.Random) -> _Copy:
    return replace(copy, head=_fill(rng.choice(_DATELINES), rng) + copy.head)


def _add_lead_in(copy: _Copy, rng: random.Random) -> _Copy:
    return replace(copy, head=copy.head + _fill(rng.choice(_LEAD_INS), rng))


def _add_byline(copy: _Copy, rng: random.Random) -> _Copy:
    return replace(copy, head=_fill(rng.choice(_BYLINES), rng) + "\n" + copy.head)


def _add_credit(copy: _Copy, rng: random.Random) -> _Copy:
    return replace(copy, tail=copy.tail + "\n" + _fill(rng.choice(_CREDITS), rng, copy.report.title))


def _title_first(copy: _Copy, rng: random.Random) -> _Copy:
    return replace(
        copy, head=f"{rng.choice(('【', ''))}{copy.report.title}{rng.choice(('】', ' ', chr(10)))}{copy.head}"
    )


def _exchange_words(copy: _Copy, rng: random.Random) -> _Copy:
    text = "\n".join(copy.report.paragraphs)
    known = [pair for pair in _EXCHANGED if pair[0] in text]
    for old, new in rng.sample(known, min(len(known), rng.randint(1, 3))):
        text = text.replace(old, new)
    return _with_text(copy, text)


def _drop_clauses(copy: _Copy, rng: random.Random) -> _Copy:
    """Drop one to three clauses, one of them of the first hundred characters."""
    clauses = _CLAUSE.split("\n".join(copy.report.paragraphs))
    dropped = {rng.randint(1, min(4, len(clauses) - 2))} if len(clauses) > 5 else set()
    dropped |= {rng.randrange(1, max(2, len(clauses) - 1)) for _ in range(rng.randint(0, 2))}
    return _with_text(copy, "".join(clause for at, clause in enumerate(clauses) if at not in dropped))


def _rewrite_numbers(copy: _Copy, rng: random.Random) -> _Copy:
    def numeral(match: re.Match[str]) -> str:
        return _NUMERALS[int(match[0])]

    text = _COUNTED.sub(numeral, "\n".join(copy.report.paragraphs))
    return _with_text(copy, text.replace("名登山者", "个登山者").replace("人受伤", "名人员受伤"))


def _start_later(copy: _Copy, rng: random.Random) -> _Copy:
    """Begin with the second or third sentence, or anywhere within the first."""
    text = "\n".join(copy.report.paragraphs)
    if rng.random() < 0.5:
        return _with_text(copy, text[rng.randint(5, 40) :])
    sentences = re.split("(?<=。)", text)
    return _with_text(copy, "".join(sentences[rng.randint(1, 2) :]) if len(sentences) > 4 else text)


def _move_sentence(copy: _Copy, rng: random.Random) -> _Copy:
    sentences = re.split("(?<=。)", "\n".join(copy.report.paragraphs))
    at = rng.randrange(1, len(sentences)) if len(sentences) > 2 else 0
    moved = sentences.pop(at)
    sentences.insert(rng.randrange(len(sentences) + 1), moved)
    return _with_text(copy, "".join(sentences))


def _to_traditional(copy: _Copy, rng: random.Random) -> _Copy:
    report = copy.report
    return replace(
        copy, report=Report(traditional(report.title, "TW"), tuple(traditional(p, "TW") for p in report.paragraphs))
    )


def _punctuate(copy: _Copy, rng: random.Random) -> _Copy:
    marks = str.maketrans({"，": ",", "。": ". ", "：": ":", "“": '"', "”": '"'})
    return replace(
        copy, report=Report(copy.report.title, tuple("　　" + p.translate(marks) for p in copy.report.paragraphs))
    )


def _with_text(copy: _Copy, text: str) -> _Copy:
    return replace(copy, report=Report(copy.report.title, tuple(text.split("\n"))))


CHANGES: dict[str, tuple[Change, int]] = {  # with the share of copies
    "dateline": (_add_dateline, 5),
    "lead-in": (_add_lead_in, 5),
    "byline": (_add_byline, 2),
    "credit": (_add_credit, 3),
    "headline first": (_title_first, 2),
    "words exchanged": (_exchange_words, 4),
    "clauses dropped": (_drop_clauses, 3),
    "numbers rewritten": (_rewrite_numbers, 2),
    "starts later": (_start_later, 2),
    "sentence moved": (_move_sentence, 1),
    "traditional": (_to_traditional, 1),
    "punctuation": (_punctuate, 1),
}


class _Stream:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"syndicated {seed}")
        self.items: list[SyndicatedItem] = []
        self.texts = self.events = 0

    def add(
        self, at: datetime, title: str, text: str, kinds: frozenset[str], form: str, source: int | None = None
    ) -> None:
        source = self.rng.randrange(OUTLETS) if source is None else source
        raw = RawItem(source, title, text, at)
        self.items.append(SyndicatedItem(raw, self.texts, self.events, kinds, form))

    def event(self) -> None:
        """Add an event, reported in one or two texts, each of which up to 14 outlets carry."""
        rng, event = self.rng, make_event(self.rng)
        self.events += 1
        start = _START + timedelta(hours=rng.uniform(0, 400))
        titles = headlines(event)
        versions = [0, 1] if rng.random() < 0.4 else [rng.randrange(2)]
        for version in versions:
            self.texts += 1
            paragraphs = write_text(rng, event, version)
            title = titles[version]
            at = start + timedelta(hours=rng.uniform(0, 6))
            for _ in range(min(14, 1 + int(rng.expovariate(0.35)))):
                self.copy(_Copy(Report(title, paragraphs)), titles, at + timedelta(hours=rng.expovariate(0.1)))

    def copy(self, copy: _Copy, titles: list[str], at: datetime) -> None:
        """Add a copy of a text with some changes, in one of the three forms."""
        rng = self.rng
        weights = [share for _, share in CHANGES.values()]
        chosen = dict.fromkeys(rng.choices([*CHANGES], weights, k=rng.choice((0, 1, 1, 2, 2, 3))))
        if rng.random() < 0.35:
            copy = replace(copy, report=Report(rng.choice(titles), copy.report.paragraphs))
            chosen["headline"] = None
        for name in chosen:
            copy = CHANGES[name][0](copy, rng) if name in CHANGES else copy
        kinds = frozenset(chosen)
        title = copy.report.title
        if rng.random() < 0.2:
            title = _fill(rng.choice(_PREFIXES), rng) + title + _fill(rng.choice(_SUFFIXES), rng)
        form = rng.choices(("headline", "summary", "full"), (_HEADLINES, _SUMMARIES, 1 - _HEADLINES - _SUMMARIES))[0]
        body = copy.head + "\n".join(copy.report.paragraphs)
        if form == "headline":
            line = re.split("[，。]", copy.report.paragraphs[0])[0][:40]
            self.add(at, title, "" if rng.random() < 0.7 else line, kinds or frozenset(("plain",)), form)
        elif form == "summary":
            short = body.replace("\n", " ")[: rng.randint(80, 200)] + rng.choice(_TAILS)
            self.add(at, title, short, kinds or frozenset(("plain",)), form)
        else:
            self.add(at, title, body + copy.tail, kinds or frozenset(("plain",)), form)

    def series(self, number: int, issues: int) -> None:
        """Add the issues of a series, each reprinted by some outlets, as an excerpt by some of them."""
        rng = self.rng
        fixed, home = series_facts(rng, number), rng.randrange(OUTLETS)
        start = _START + timedelta(hours=rng.uniform(0, 48))
        pace = rng.choice((2, 12, 24))
        for issue in range(issues):
            facts = {**fixed, **issue_facts(rng, issue)}
            report = series_report(number, facts)
            self.texts, self.events = self.texts + 1, self.events + 1
            at, kinds = start + timedelta(hours=issue * pace), frozenset(("bulletin",))
            self.add(at, report.title, report.text, kinds, "full", home)
            for _ in range(rng.choice((0, 0, 1, 2))):
                head = _fill(rng.choice((*_DATELINES, *_LEAD_INS)), rng)
                form = rng.choice(("full", "summary", "summary"))
                text = (
                    head + report.text
                    if form == "full"
                    else (head + report.text)[: rng.randint(80, 130)] + rng.choice(_TAILS)
                )
                self.add(at + timedelta(minutes=rng.randint(5, 300)), report.title, text, kinds, form)

    def one_line(self, number: int) -> None:
        """Add news of one line in several wordings, among others that differ in one fact."""
        rng, told = self.rng, one_line(self.rng, number)
        self.events += 1
        at = _START + timedelta(hours=rng.uniform(0, 400))
        first = self.texts + 1
        for _ in range(rng.choice((1, 1, 2, 3))):
            wording = rng.randrange(len(told.wordings))
            self.texts, title = first + wording, told.wordings[wording]
            if rng.random() < 0.4:
                title = _COUNTED.sub(lambda match: _NUMERALS[int(match[0])], title)
            at += timedelta(minutes=rng.randint(5, 400))
            self.add(at, title, "", frozenset(("one line",)), "headline")
        self.texts = first + len(told.wordings)


def generate_syndicated(seed: int, events: int = 500, issues: int = 12, lines: int = 260) -> list[SyndicatedItem]:
    """Return the items in order of publication, over 17 days."""
    made = _Stream(seed)
    for _ in range(events):
        made.event()
    for number in range(2 * series_count()):
        made.series(number, issues)
    for number in range(lines):
        made.one_line(number)
    return sorted(made.items, key=lambda item: item.raw.published)
