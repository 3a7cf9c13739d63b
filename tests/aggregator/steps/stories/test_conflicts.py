"""Facts that keep two similar texts apart: numbers, opposites, places, persons, organizations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.stories.diff import find_changes
from aggregator.steps.stories.entity_conflicts import is_different_name, is_different_word, is_notice
from aggregator.steps.stories.fact_conflicts import (
    are_sister_events,
    find_contradictions,
    find_numbers,
    find_places,
    is_same_series,
    normalize_numeral,
)


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("0", "0"),
        ("000", "0"),
        ("100", "100"),
        ("2点0", "2"),
        ("2点50", "2点5"),
        ("零", "0"),
        ("〇", "0"),
        ("零五", "5"),
        ("十", "10"),
        ("十二", "12"),
        ("二十", "20"),
        ("百", "100"),
        ("一百二十三", "123"),
        ("三千零五", "3005"),
        ("一万", "10000"),
        ("二十万三千", "203000"),
        ("一亿", "100000000"),
        ("一亿二千万", "120000000"),
        ("两百万", "2000000"),
        ("一万亿", "1000000000000"),
        ("一万二千亿", "1200000000000"),
    ],
)
def test_every_numeral_has_one_spelling(numeral: str, value: str) -> None:
    assert normalize_numeral(numeral) == value


@given(st.integers(0, 9999))
def test_chinese_and_arabic_numerals_agree(number: int) -> None:
    digits = "零一二三四五六七八九"
    spoken = "".join(
        f"{digits[digit]}{unit}" for digit, unit in zip(map(int, f"{number:04}"), "千百十 ", strict=True) if digit
    ).strip()
    assert normalize_numeral(spoken or "零") == normalize_numeral(str(number)) == str(number)


def test_numbers_and_places_of_a_text() -> None:
    assert find_numbers("第二批共12件3点50元二百") == {"2", "12", "3点5", "200"}
    assert find_places("枣庄和临沂的消息") == {"枣庄", "临沂"}


@pytest.mark.parametrize(
    ("a", "b", "conflicts"),
    [
        ("全市新增18例病例", "全市新增17例病例", ["18 ≠ 17"]),
        ("全市新增118例病例", "全市新增128例病例", ["118 ≠ 128"]),
        ("全市新增两例病例", "全市新增2例病例", []),
        ("全市新增12例和3例病例", "全市新增3例病例", []),
        ("气象台发布黄色预警信号", "气象台发布红色预警信号", ["黄 ≠ 红"]),
        ("今天上午在会场举行", "今天下午在会场举行", ["上 ≠ 下"]),
        ("预计明天气温上升三度左右", "预计明天气温下降三度左右", ["上升 ≠ 下降"]),
        ("工程今天在南部地区开工建设", "工程今天在北部地区开工建设", ["南 ≠ 北"]),
        ("大会将于枣庄召开会议", "大会将于临沂召开会议", ["枣庄 ≠ 临沂"]),
        ("工程位于石桥镇卫生院旁", "工程位于柳树镇卫生院旁", ["石桥 ≠ 柳树"]),
        ("警方将男子李国强带走调查", "警方将男子王建军带走调查", ["李国强 ≠ 王建军"]),
        ("记者李国强在现场了解情况", "记者王建军在现场了解情况", []),
        ("救援队已经抵达现场开展工作", "救援队目前抵达现场开展工作", []),
        ("这条路今天封闭施工一天", "这条路今天封闭施工一天", []),
        ("春耕备耕忙", "", []),
        # other words of one meaning
        ("本市周日起实行新的限行措施", "本市周天起实行新的限行措施", []),
        ("本市星期日举行新的限行听证", "本市星期天举行新的限行听证", []),
        ("本市星期日举行新的限行听证", "本市星期六举行新的限行听证", ["日 ≠ 六"]),
        ("今天粮食价格上涨一成以上", "今天粮食价格上升一成以上", []),
        ("主队昨晚主场胜了客队三个球", "主队昨晚主场赢了客队三个球", []),
        ("主队昨晚主场胜了客队三个球", "主队昨晚主场负了客队三个球", ["胜 ≠ 负"]),
        ("大盘今天尾盘走高成交放量", "大盘今天尾盘走强成交放量", []),
        ("大盘今天尾盘走高成交放量", "大盘今天尾盘走弱成交放量", ["高 ≠ 弱"]),
    ],
)
def test_contradictions_are_named(a: str, b: str, conflicts: list[str]) -> None:
    assert find_contradictions(a, b, 2) == conflicts
    assert find_contradictions(b, a, 2) == [" ≠ ".join(reversed(one.split(" ≠ "))) for one in conflicts]


def test_as_many_contradictions_as_are_wanted() -> None:
    one, other = (f"第{a}批名单公布其中甲组{b}人入选其余{c}人落选" for a, b, c in (("二", 12, 30), ("三", 14, 31)))
    assert find_contradictions(one, other, 2) == ["二 ≠ 三", "12 ≠ 14", "30 ≠ 31"]
    assert find_contradictions(one, other, 2, limit=1) == ["二 ≠ 三"]
    assert are_sister_events(one, other)
    assert not are_sister_events(one, one.replace("二", "三"))
    assert not are_sister_events("a 1 b 2 c 3 d", "a 4 b 5 c 6 d")


def test_what_is_stated_elsewhere_is_no_contradiction() -> None:
    first, second = "其中治愈出院18例", "其中新增确诊17例"
    assert find_contradictions(f"{first}，{second}。", f"{second}，{first}。") == []


@pytest.mark.parametrize(
    ("a", "b", "days", "series"),
    [
        ("滨江路第2期摇号结果", "滨江路第3期摇号结果", 0.1, False),  # one number within a day may be an update
        ("滨江路第2期摇号结果", "滨江路第3期摇号结果", 0.9, True),
        ("滨江路第2期摇号结果1区", "滨江路第3期摇号结果2区", 0.1, True),
        ("枣庄发布大风蓝色预警", "枣庄发布大风黄色预警", 0.1, True),
        ("滨江路第2期摇号结果", "滨江路第2期摇号结果", 9, False),
        ("lottery results 2", "lottery results 3", 9, False),
        ("3", "4", 9, False),
    ],
)
def test_series(a: str, b: str, days: float, series: bool) -> None:
    assert is_same_series(a, b, days) is series


NAMED = [  # before, ours, theirs, after, different
    ("犯罪嫌疑人", "赵建国", "钱志远", "现已潜逃", True),
    ("犯罪嫌疑人赵", "建国", "志远", "现已潜逃", True),
    ("", "赵建国", "钱志远", "当选", True),
    ("记者", "赵建国", "钱志远", "在现场", False),
    ("石匠赵", "建国", "志远", "垒墙", False),  # nothing introduces a name
    ("石匠赵", "建国", "志远", "同志垒墙", True),
    ("冠军得主", "李", "王", "某", True),
    ("", "恒通", "鸿达", "建设有限公司中标", True),
    ("", "恒", "鸿", "公司中标", False),
    ("", "今天", "明天", "公司开张", False),
    ("", "目前", "此前", "公司开张", False),
    ("", "恒通", "鸿达大件长途", "公司", True),
    ("", "恒通", "鸿达大件长途运", "公司", False),
    ("", "ab", "cd", "公司", False),
    ("", "恒通", "鸿达", "的车队", False),
    ("", "赵建国", "钱志远", "一案", True),
    ("", "赵某", "钱某", "有重大", False),
    ("", "赵", "钱", "先生", True),
    ("", "赵建国", "钱他们", "一案", False),
    ("", "赵建国强", "钱志", "一案", False),
]


@pytest.mark.parametrize(("before", "ours", "theirs", "after", "different"), NAMED)
def test_names(before: str, ours: str, theirs: str, after: str, different: bool) -> None:
    a, b = f"{before}{ours}{after}", f"{before}{theirs}{after}"
    left, right = ((len(before), len(before) + len(name)) for name in (ours, theirs))
    assert is_different_name(a, left, b, right) is different
    assert is_different_name(b, right, a, left) is different


@pytest.mark.parametrize(
    ("ours", "theirs", "different"),
    [
        ("供热", "燃气", True),
        ("供热", "", False),
        ("已经", "目前", False),
        ("供热", "目前", False),  # 前 alone would do; "目前" is an ordinary word
        ("的", "燃气", False),
        ("供热管网改造工", "燃气", False),
        ("ab", "cd", False),
    ],
)
def test_words_of_notices(ours: str, theirs: str, different: bool) -> None:
    a, b = f"因{ours}施工", f"因{theirs}施工"
    assert is_different_word(a, (1, 1 + len(ours)), b, (1, 1 + len(theirs))) is different


@pytest.mark.parametrize(
    ("title", "text", "notice"),
    [
        ("停水公告", "", True),
        ("今日枣庄菜价", "", True),
        ("修路了", "现将名单公布如下", True),
        ("修路了", "字" * 300 + "特此公告", True),
        ("修路了", "字" * 300 + "特此公告" + "字" * 200, False),
        ("修路了", "字" * 196 + "特此公告" + "字" * 300, True),
        ("修路了", "字" * 197 + "特此公告" + "字" * 300, False),
        ("修路了", "字" * 300 + "特此公告" + "字" * 196, True),
        ("修路了", "字" * 300 + "特此公告" + "字" * 197, False),
        ("修路了", "今天修好了", False),
    ],
)
def test_notices(title: str, text: str, notice: bool) -> None:
    assert is_notice(title, text) is notice


TEXTS = st.text("甲乙丙丁", max_size=40)


@given(TEXTS, TEXTS, st.integers(1, 5))
def test_changes_are_in_order_and_between_equal_passages(a: str, b: str, run: int) -> None:
    changes = list(find_changes(a, b, run))
    assert not changes or a != b
    i = j = 0
    for change in changes:
        assert i <= change.a_start <= change.a_end <= len(a)
        assert j <= change.b_start <= change.b_end <= len(b)
        assert 0 < max(change.a_end - change.a_start, change.b_end - change.b_start) <= 16
        i, j = change.a_end, change.b_end
        if (i, j) != (len(a), len(b)):
            assert a[i : i + run] == b[j : j + run]


def test_long_differences_are_no_changes() -> None:
    head, tail = "同样的开头文字", "同样的结尾文字"
    for size, count in ((16, 1), (17, 0)):
        one, other = f"{head}{'甲' * size}{tail}", f"{head}{'乙' * size}{tail}"
        assert len(list(find_changes(one, other))) == count
    for size, count in ((155, 0), (170, 0)):  # an insertion, before a change
        one, other = f"{head}{'甲' * size}{tail}丙{head}", f"{head}{tail}丁{head}"
        assert [one[c.a_start : c.a_end] for c in find_changes(one, other)] == (["丙"] if size < 160 else []), count
    long = "长" * 100 + "文" * 25 + "章" * 7
    [change] = find_changes(f"{long}甲{tail}", f"{long}乙{tail}")
    assert (change.a_start, change.a_end) == (132, 133)


OPPOSITES = (
    "蓝色 红色/上旬 中旬/中午 凌晨/东部 西部/春季 冬季/上涨 下降/冠军 季军/发布 解除/开幕 闭幕/周六 周日/期六 期天/"
    "上半 下半/上周 下周/甲组 丙组/首批 末批/收高 走弱/高开 低开/胜 平/左侧 右侧/单号 双号/阳性 阴性/优 良/入境 出境/"
    "恢复 中断/早盘 尾盘/小雨 大雪/男 女"
).split("/")


@pytest.mark.parametrize("pair", OPPOSITES)
def test_opposites(pair: str) -> None:
    one, other = pair.split()
    assert find_contradictions(f"今天的消息说{one}的情况不变", f"今天的消息说{other}的情况不变", 2)
