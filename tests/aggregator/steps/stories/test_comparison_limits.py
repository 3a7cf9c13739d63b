"""Where comparisons turn: lengths, overlaps and shares from which reports are copies, rewrites or unrelated."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.messages import decisions
from aggregator.model import Candidate, Place, Relation
from aggregator.steps.stories.compare import Comparison, compare_prepared_reports, compare_reports, prepare_report
from aggregator.steps.stories.excerpts import share_passage
from aggregator.steps.stories.features import build_features
from aggregator.steps.stories.report_values import ReportValues
from aggregator.steps.stories.short_facts import Facts, read_facts, state_other_facts
from aggregator.steps.text.normalize import fold


def han(count: int, seed: int = 1) -> str:
    """Return distinct characters that are neither numerals nor words."""
    characters = [chr(0x6C00 + 3 * number) for number in range(900)]
    random.Random(seed).shuffle(characters)
    return "".join(characters[:count])


LONG = han(400)


def relation(a: str, b: str, **options: bool) -> Relation | None:
    return compare_reports("甲乙丙", a, "丁戊己", b, **options).relation


def test_prepared_reports() -> None:
    report = prepare_report("《标题》3.5", "标题：" + han(60))
    assert (report.title, report.is_latin, report.runs.size, report.pairs.size) == ("标题3点5", False, 58, 61)
    assert prepare_report("标题", f"【标题】{han(60)}").text == han(60)
    assert prepare_report("", f"【标题】{han(60)}").text == f"标题{han(60)}"
    latin = prepare_report("T", "abcdefghijklmnopqrstuvwxyz")
    assert (latin.is_latin, latin.runs.size, latin.pairs.size) == (True, 15, 21)


def test_figures_of_comparisons() -> None:
    same = compare_reports("甲乙丙", LONG, "丁戊己", LONG)
    assert same == Comparison(Relation.REPRINT, 1.0, decisions.BIGRAMS(overlap=1.0, size=399))
    words = " ".join(f"{chr(97 + n % 26)}{chr(97 + n // 3)}x" for n in range(60))
    latin = compare_reports("y", words, "z", words)
    assert latin.why == decisions.SIX_GRAMS(overlap=1.0, size=prepare_report("", words).pairs.size)
    other = compare_reports("甲乙丙", LONG, "丁戊己", han(100, 2) + LONG[:30])
    assert other.relation is None
    assert decisions.UNRELATED.matches(other.why)


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (400, Relation.REPRINT),
        (340, Relation.REPRINT),
        (300, Relation.REWRITE),
        (144, Relation.REWRITE),
        (142, Relation.FURTHER),
    ],
)
def test_replaced_passages_make_a_rewrite(kept: int, expected: Relation | None) -> None:
    """Of a long text whose end was written anew, with hardly any character in common."""
    ends = "".join(chr(0x8800 + 3 * number) for number in range(400))
    assert relation(LONG, LONG[:kept] + ends[: 400 - kept]) is expected


@pytest.mark.parametrize(("length", "expected"), [(24, Relation.REPRINT), (23, Relation.FURTHER)])
def test_short_texts_are_not_compared(length: int, expected: Relation | None) -> None:
    assert relation(LONG[:length], LONG[:length]) is expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (LONG[:9], LONG[:9], Relation.REPRINT),
        (LONG[:8], LONG[:8], Relation.FURTHER),
        (LONG[:12], LONG[:15], Relation.REPRINT),
        (LONG[:12], LONG[:16], Relation.REWRITE),
        (LONG[:11], LONG[:9] + LONG[20:22], Relation.REWRITE),
        (LONG[:11], LONG[:8] + LONG[20:23], Relation.FURTHER),
    ],
)
def test_headlines(a: str, b: str, expected: Relation | None) -> None:
    assert compare_reports(a, "", b, "").relation is expected


def test_reports_of_one_event_share_terms() -> None:
    text = han(120, 3)
    found = compare_reports("甲乙丙", han(200, 4) + text[:6], "丁戊己", han(8, 5) + text[:6])
    assert found.relation is Relation.FURTHER
    assert decisions.SHARED_TERMS.matches(found.why)
    assert compare_reports("甲乙丙", han(200, 4) + text[:5], "丁戊己", han(8, 5) + text[:5]).relation is None


def test_bulletins_of_figures() -> None:
    text = "水位17点2米，流量3100方，雨量25毫米，气温19度，今天上午巡查坝段。"
    titles = ("一二水情", "乙站巡查")
    assert compare_reports(titles[0], text, titles[1], text).relation is Relation.REWRITE
    assert compare_reports(titles[0], text, titles[1], text, same_source=True).relation is Relation.REPRINT
    assert compare_reports(titles[0], text, titles[0], text).relation is Relation.REPRINT
    long = text + han(160)
    assert compare_reports(titles[0], long, titles[1], long).relation is Relation.REPRINT


EXCERPT = LONG[:100]


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        (EXCERPT, True),
        (EXCERPT[:60], True),
        (EXCERPT[:59], False),
        (han(16, 9) + EXCERPT, True),
        (EXCERPT + han(12, 9), True),
        (EXCERPT[:40] + LONG[42:100], True),  # a clause that was left out
        (EXCERPT[:50] + han(8, 9) + EXCERPT[58:], True),
        (EXCERPT[:40] + han(30, 9) + EXCERPT[70:], False),
        (han(100, 9), False),
        ("", False),
    ],
)
def test_passages(other: str, shared: bool) -> None:
    assert share_passage(LONG, other, 5) is shared
    assert share_passage(other, LONG, 5) is shared


def test_an_excerpt_ends_where_its_text_ends() -> None:
    ends = "".join(chr(0x8800 + 3 * number) for number in range(60))
    for size, shared in ((12, True), (13, False)):
        assert share_passage(f"{LONG[:100]}{LONG[200:240]}", f"{LONG[:100]}{ends[:size]}", 5) is shared
    for size, shared in ((16, True), (17, False)):
        assert share_passage(f"{LONG[200:240]}{LONG[:100]}", f"{ends[:size]}{LONG[:100]}", 5) is shared


def test_facts_that_are_read() -> None:
    found = read_facts("荷兰新增两例确诊第3批27人出院多名记者枣庄首相范德林5万米一起")
    assert found.counts == {"人": {"2", "27"}, "第": {"3"}, "米": {"5万"}}
    assert found.kinds == {"2": {"新增", "确诊"}, "27": {"治愈"}}
    assert [*found.nations, *found.places, *found.names] == ["荷兰", "枣庄", "范德林"]
    assert read_facts("100个病例死亡3个小时50%").counts == {"人": {"100"}, "个小时": {"3"}, "%": {"50"}}


def differ(a: str, b: str) -> bool:
    ours: Facts = read_facts(a)
    return state_other_facts(ours, read_facts(b))


@pytest.mark.parametrize(
    ("a", "b", "different"),
    [
        ("荷兰法国签约", "荷兰法国德国签约", False),
        ("荷兰法国签约", "荷兰德国签约", True),
        ("荷兰签约", "枣庄签约", True),
        ("荷兰枣庄签约", "枣庄签约", False),
        ("李四夺冠", "王五夺冠", True),
        ("李四夺冠", "3人夺冠", True),
        ("李四夺冠", "累计3人夺冠", True),
        ("累计3人夺冠", "李四夺冠", True),
        ("累计3人夺冠", "李四夺冠" + "字" * 60, False),
        ("工期3天", "工期4天", True),
        ("累计治愈3例", "新增治愈3例", True),
        ("3多人参加", "3人参加", False),
        ("3多人参加", "4人参加", True),
        ("工期3天长5米", "工期3天", False),
        ("3日通车", "4日通车" + "字" * 60, False),
        ("3米长桥", "4米长桥" + "字" * 60, True),
        ("新增3例", "死亡3例", False),
        ("新增3例", "累计3例", True),
        ("治愈3例", "死亡3例", True),
        ("治愈3例", "出院3例", False),
        ("治愈死亡3例", "死亡3例", False),
        *(
            (f"3人{kind}", "3人治愈", True)
            for kind in "死亡 遇难 身亡 失联 失踪 受伤 疑似 重症 无症状 被困 获救".split()
        ),
        ("零新增3例", "新增3例", False),
        ("增至3例", "新增3例", True),
        ("升至3例", "新增3例", True),
        ("3人受伤", "3人死亡", True),
    ],
)
def test_other_facts(a: str, b: str, different: bool) -> None:
    assert differ(a, b) is different


NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


def values(*reports: tuple[str, str]) -> tuple[ReportValues, list[Candidate], list[int]]:
    asked: list[int] = []

    def read(ids: object) -> dict[int, str]:
        wanted = list(ids)  # type: ignore[call-overload]
        asked.extend(wanted)
        return {number: fold(reports[number][1]) for number in wanted}

    found = ReportValues(read)
    candidates = [
        Candidate(
            number, number, number, None, title, NOW + number * timedelta(days=1), Place(), None,
            build_features(title, fold(text)),
        )
        for number, (title, text) in enumerate(reports)
    ]  # fmt: skip
    found.add_reports(candidates, {})
    return found, candidates, asked


def test_values_of_reports_are_read_once() -> None:
    titles = ("滨江路第2期摇号结果", ""), ("滨江路第3期摇号结果", LONG), ("《题》", LONG)
    known, (one, two, three), asked = values(*titles)
    assert known.are_one_series(one, two)
    assert not known.are_one_series(one, three)
    assert [known.is_short(report) for report in (one, two, three)] == [True, False, False]
    assert (known.is_same_text(two, three), known.is_same_text(one, one)) == (True, False)
    assert asked == []
    assert known.compare(two, three).relation is Relation.REPRINT
    assert asked == [1]
    known.read_ahead([1, 2])
    assert asked == [1, 2]
    assert known.headline(three) == "题"
    assert not known.are_sister_events(one, two)


def test_short_reports_and_other_facts() -> None:
    lines = ("枣庄3人获救", "今天枣庄3人获救"), ("枣庄5人获救", ""), ("枣庄消息", LONG + "5人获救"), ("Rescue of 3", "")
    known, (one, two, long, latin), _ = values(*lines)
    assert known.state_other_facts(one, two)
    assert known.state_other_facts(long, one)
    assert not known.state_other_facts(long, long)
    assert not known.state_other_facts(two, long)
    assert not known.is_short(latin)


def test_a_prepared_report_and_itself() -> None:
    report = prepare_report("题", LONG)
    assert compare_prepared_reports(report, report).relation is Relation.REPRINT
