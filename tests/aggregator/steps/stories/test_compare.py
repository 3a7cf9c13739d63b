from __future__ import annotations

import random

import pytest

from aggregator.messages import render
from aggregator.model import Relation
from aggregator.steps.stories.comparable_text import comparable_text
from aggregator.steps.stories.compare import compare_reports
from aggregator.steps.stories.diff import find_changes
from aggregator.steps.stories.fact_conflicts import find_contradictions, is_same_series, normalize_numeral
from aggregator.steps.text.normalize import fold
from benchmarks.generated_bulletins import SERIES, Series
from benchmarks.generated_stream import CHANGES, make_original

TITLE = "老码头的石阶修好了，候船的人又能坐下来歇脚"
TEXT = (
    "南湾老码头的二十七级石阶昨天修复完工。石匠陆師傅带着两个徒弟，用了四十多天，把松动的条石一块块撬起，垫平，再灌上糯米灰浆。"
    "住在附近的居民说，小时候放学就坐在这里等船，如今石阶上还能认出当年刻下的名字。\n"
    "街道办介绍，修复没有换掉一块旧石，只在最下面三级补了防滑槽。今后每年汛期过后，都会请人来检查一遍。"
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_a_reprint(change: str) -> None:
    compared = 0
    for seed in range(12):
        rng = random.Random(seed)
        report = make_original(rng)
        copy = CHANGES[change](report, rng)
        if min(len(report.text), len(copy.text)) < 60 or len(copy.text) > len(report.text) * 3:
            continue
        found = compare_reports(report.title, fold(report.text), copy.title, fold(copy.text))
        assert found.relation is Relation.REPRINT, (change, seed, found)
        compared += 1
    assert compared >= 8


@pytest.mark.parametrize("series", SERIES, ids=lambda series: series.name)
def test_bulletins_of_a_series_are_no_reprints(series: Series) -> None:
    reports = [series(random.Random(n), n) for n in range(min(series.period, 8))]
    pairs = [(one, other) for n, one in enumerate(reports) for other in reports[:n] if one.text != other.text]
    assert pairs
    for one, other in pairs:
        found = compare_reports(one.title, fold(one.text), other.title, fold(other.text), same_source=True)
        assert found.relation is not Relation.REPRINT, (one.title, other.title, found)


def test_traditional_full_width_and_cut_is_still_the_text() -> None:
    copy = fold(
        "南灣老碼頭的二十七級石階昨天修復完工。石匠陸師傅帶著兩個徒弟，用了四十多天，把鬆動的條石一塊塊撬起，墊平，再灌上糯米灰漿。"
    )
    found = compare_reports(TITLE, fold(TEXT), "石階修好了", copy)
    assert found.relation is Relation.REPRINT
    assert found.similarity > 0.95
    assert "overlap" in render(found.why)


def test_another_text_about_the_same_is_further_or_rewritten() -> None:
    other = (
        "记者昨天在南湾老码头看到，二十七级石阶已经修复完工，石匠陆师傅和两个徒弟正在收拾工具，附近居民坐在条石上等船。"
    )
    found = compare_reports(TITLE, fold(TEXT), "南湾老码头石阶修复完工", fold(other))
    assert found.relation in (Relation.FURTHER, Relation.REWRITE)
    assert (
        compare_reports(
            TITLE, fold(TEXT), "全城象棋赛落幕", "末班车司机昨晚连克三名高手，夺得冠军，奖品是一副象牙色的棋子。"
        ).relation
        is None
    )


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("周日限行区域和时间公布", "周六限行区域和时间公布", None),
        ("上半年全市用水情况通报", "下半年全市用水情况通报", None),
        ("老城区三座人行天桥今起拆除", "老城区三座人行天桥今起拆除！", Relation.REPRINT),
        ("市教育局公布第二批示范校名单", "市教育局公布第三批示范校名单", None),
        ("枣庄气象台发布暴雨蓝色预警", "枣庄气象台发布暴雨红色预警", None),
        ("枣庄召开春季农业生产会议", "临沂召开春季农业生产会议", None),
        ("天气预报", "天气预报", None),
        ("今日油价：92号每升7.52元", "今日油价：92号每升7.61元", None),
    ],
)
def test_headlines_alone_merge_only_when_nothing_contradicts(a: str, b: str, expected: Relation | None) -> None:
    assert compare_reports(a, "", b, "").relation is expected


def test_one_headline_over_different_texts_is_no_reprint() -> None:
    other = "城东的菜市场二楼开出一间夜校，卖鱼的大姐报名学吉他，第一课练的是怎样按住三根弦，指尖磨出了泡。"
    assert (
        compare_reports("一座城的夜晚正在变样", fold(TEXT), "一座城的夜晚正在变样", other).relation
        is not Relation.REPRINT
    )


def test_a_bulletin_of_figures_under_another_headline_counts_as_rewritten_across_outlets() -> None:
    text = "3月9日0至24时，全市新增12例，出院8例，现有住院46例。截至3月9日24时，累计报告231例，累计出院185例。"
    one, two = "东城卫生部门今早发布最新情况", "最新！住院人数降到五十以下"
    assert compare_reports(one, text, two, text).relation is Relation.REWRITE
    assert compare_reports(one, text, two, text, same_source=True).relation is Relation.REPRINT


def test_datelines_credits_and_calls_are_not_part_of_the_text() -> None:
    assert (
        comparable_text("江畔晚报3月5日讯(记者 张明)石阶修好了。点击查看更多。\n来源:江畔晚报 责任编辑:周舟")
        == "石阶修好了"
    )
    assert comparable_text("【江畔晚报消息】石阶修好了") == "石阶修好了"


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        ("第二批共抽检粮食", "第三批共抽检粮食", True),
        ("第二批共抽检粮食", "第2批共抽检粮食", False),
        ("全市新增18例病例", "全市新增17例病例", True),
        ("涨幅为3点5个百分点左右", "涨幅为3点50个百分点左右", False),
        ("今天滨州市召开会议部署", "今天德州市召开会议部署", True),
        ("据介绍市教育局启动工程", "据了解市教育局启动工程", False),
        ("女子在河边救起一名孩子", "男子在河边救起一名孩子", True),
        ("嫌疑人赵建国现已潜逃", "嫌疑人赵志远现已潜逃", True),
        ("中标单位为恒通建设有限公司", "中标单位为鸿达建设有限公司", True),
        ("因检修青石村将于周六停电", "因检修柳沟村将于周六停电", True),
        ("今日大盘震荡走高两市成交", "今日大盘震荡走低两市成交", True),
        ("未来三天中雨转多云气温", "未来三天小雨转多云气温", True),
        ("记者张明昨天在现场看到", "记者李强昨天在现场看到", False),
        ("据介绍公司将继续改造管网", "据了解公司将继续改造管网", False),
        ("石阶修好了二十七级都还在", "石阶修好了二十七级都还在老地方", False),
    ],
)
def test_contradictions(a: str, b: str, found: bool) -> None:
    assert bool(find_contradictions(a, b)) is found


def test_a_notice_is_taken_over_word_for_word() -> None:
    text = (
        "因供热管网改造，自即日起对文化街实行全封闭施工，过往车辆请按照交通标志绕行，沿途居民出入请服从现场人员指挥。"
    )
    other = text.replace("供热", "燃气")
    assert compare_reports("道路施工公告", text, "道路施工公告", other).relation is not Relation.REPRINT
    assert compare_reports("道路施工公告", text, "修路了，请绕行", f"本报讯 {text}").relation is Relation.REPRINT


def test_numbers_have_one_value() -> None:
    assert [normalize_numeral(n) for n in ("二十三", "23", "023", "两", "一百零五", "三万二千", "二〇二六")] == [
        "23", "23", "23", "2", "105", "32000", "2026",
    ]  # fmt: skip


def test_an_update_within_a_day_is_no_series() -> None:
    assert is_same_series("全市新增12例累计231例", "全市新增9例累计240例", 0.5)
    assert not is_same_series("仓库起火致2人受伤", "仓库起火致3人受伤", 0.2)
    assert is_same_series("滨江路第2期摇号结果", "滨江路第3期摇号结果", 7)
    assert not is_same_series("仓库起火致2人受伤", "象棋赛落幕", 0.2)


def test_changes_pass_over_insertions() -> None:
    assert not list(find_changes("甲乙丙丁戊己庚辛", "甲乙丙丁戊己庚辛"))
    [change] = find_changes("甲乙丙丁子戊己庚辛", "甲乙丙丁丑戊己庚辛")
    assert (change.a_start, change.a_end, change.b_start, change.b_end) == (4, 5, 4, 5)
