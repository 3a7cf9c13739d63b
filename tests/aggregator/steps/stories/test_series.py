"""Which titles are issues of one series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.steps.stories.series import MAX_GAP, SeriesFolder, series_key, series_skeleton

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "titles",
    [
        (
            "第四批惠企资金名单公示，66家企业列入",
            "第三批惠企资金名单公示，18家企业列入",
            "第十二批惠企资金名单公示，5家企业列入",
        ),
        ("11月29日13时26分济南菜价：菠菜每斤1.8元", "10月3日9时济南菜价：菠菜每斤12元", "今日济南菜价，菠菜每斤2.35元"),
        (
            "枣庄11月29日13时26分天气：最高9度，最低-1度",
            "枣庄今日天气：最高16度，最低7度",
            "枣庄周一天气最高10度最低0度",
        ),
        ("水情通报第3号：水位17.2米", "水情通报第１２号：水位21米", "水情通報第4號：水位20米"),
        ("收评：沪指3301点", "收评：沪指2998.5点"),
        ("双色球第2026001期开奖结果", "双色球第2026002期开奖结果"),
        ("市足球联赛第三轮战报", "市足球联赛第4轮战报"),
        ("2026-11-29 空气质量日报", "空气质量日报（11月30日）"),
        ("Jinan weather for Nov 29, 2026", "Jinan weather for 30 November"),
        ("Market report No. 34", "Market report no 35"),
    ],
)
def test_issues_of_one_series(titles: tuple[str, ...]) -> None:
    skeletons = {series_skeleton(title) for title in titles}
    assert len(skeletons) == 1
    assert None not in skeletons


@pytest.mark.parametrize(
    "title",
    [
        "3人死亡",
        "5人受伤",
        "11月29日枣庄一工厂起火致3人死亡",
        "11月29日四川发生3.2级地震",
        "枣庄马拉松3000人参赛",
        "全市召开春季农业生产工作会议",
        "四十年来第一次全线通船",
        "三日游线路公布",
        "一号线开通",
        "第3期",
        "11月29日",
        "Part 3",
        "10 things to know about the canal",
        "",
    ],
)
def test_titles_of_no_series(title: str) -> None:
    assert series_skeleton(title) is None
    assert series_key(1, title) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("枣庄今日天气", "滕州今日天气"),
        ("第三批名单公示", "第三批名单公布"),
        ("今日快讯：菠菜3元", "今日快讯：白菜3元"),
        ("今日菜价：菠菜3元", "今日肉价：羊肉30元"),
        ("胶州第二批名单，3家企业列入", "胶州第二批名单，企业列入"),
    ],
)
def test_other_words_are_another_series(one: str, other: str) -> None:
    assert series_skeleton(one) != series_skeleton(other)


def test_a_series_is_of_one_source() -> None:
    keys = {series_key(source, title) for source in (1, 2) for title in ("今日菜价：3元", "昨日菜价：4元")}
    assert len(keys) == 2
    assert all(key is not None and -(2**63) <= key < 2**63 for key in keys)


def test_only_the_newest_issue_is_shown_unless_the_series_paused() -> None:
    folder = SeriesFolder()
    times = [NOW, NOW - timedelta(days=30), NOW - timedelta(days=60), NOW - timedelta(days=60) - MAX_GAP * 2]
    assert [folder.is_older_issue(7, at) for at in times] == [False, True, True, False]
    assert not folder.is_older_issue(None, NOW)
    assert not folder.is_older_issue(8, NOW)


def test_newer_issues_that_were_not_read_count() -> None:
    folder = SeriesFolder({7: NOW})
    assert folder.unknown([7, 8, None, 8]) == [8]
    folder.add_newer({8: NOW + MAX_GAP})
    assert [folder.is_older_issue(series, NOW - timedelta(days=1)) for series in (7, 8)] == [True, False]
