"""Names, forms and rhythms of series, and the days on which their issues came out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.steps.stories.series import (
    MAX_GAP,
    Issue,
    count_issue_days,
    read_title,
    rhythm_of,
    series_key,
    series_name,
    series_skeleton,
)

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("title", "skeleton", "form", "name"),
    [
        ("枣庄11月29日天气预报：最高9度", "枣庄天气预报", "weather", "枣庄天气预报"),
        ("【天气预报】枣庄多云", "天气预报", "weather", "天气预报"),
        ("天气预报准不准", "天气预报准不准", None, "天气预报准不准"),
        ("Jinan weather forecast, May 3", "jinanweatherforecast", "weather", "Jinan weather forecast"),
        ("5月3日空气质量日报", "空气质量日报", "air", "空气质量日报"),
        ("今日 Air Quality Index", "airqualityindex", "air", "Air Quality Index"),
        ("今日济南菜价：菠菜每斤1.8元", "济南菜价", "prices", "济南菜价"),
        ("㈱济南今日生猪价格：1元", "济南生猪价格", "prices", "济南生猪价格"),
        ("双色球第2026001期开奖结果", "双色球开奖结果", "lottery", "双色球开奖结果"),
        ("福彩3D第2026001期开奖结果", "福彩#d开奖结果", "lottery", "福彩3D开奖结果"),
        ("Friday's winning numbers", "swinningnumbers", "lottery", "'s winning numbers"),
        ("疫情通报：11月3日新增死亡3例", "疫情通报", "epidemic", "疫情通报"),
        ("限行尾号：今日3和8", "限行尾号", "traffic", "限行尾号"),
        ("Traffic report 7 am", "trafficreport", "traffic", "Traffic report"),
        ("正在直播丨龙舟赛第三轮", "正在直播", "live", "正在直播"),
        ("《石榴》第3期", "石榴", "numbered", "《石榴》"),
        ("周刊：石榴第3期：山亭的早晨", "石榴", "numbered", "石榴"),
        ("齿轮转了又转转了再转不停第3期", "齿轮转了又转转了再转不停", "numbered", "齿轮转了又转转了再转不停"),
        ("收评：沪指3301点", "收评沪指#点", None, "收评：沪指…点"),
        ("第三批名单公示，18家企业", "名单公示#家企业", None, "名单公示，…家企业"),
        ("水情通报第3号（第2次）：17.2米，涨1,000方", "水情通报#米涨#方", None, "水情通报：…米，涨…方"),
        ("今日　快讯（ 5月3日 ）", "快讯", None, "快讯"),
        ("Market report No. 34", "marketreport", None, "Market report"),
        ("Vol. 3 of the gazette on 3rd May", "ofthegazetteon", None, "of the gazette on"),
        ("2026-11-29 水情", "水情", None, "水情"),
        ("周末游", None, None, "周末游"),
        ("直播：龙舟赛", None, None, "直播：龙舟赛"),
        ("11月3日车祸通报", None, None, "11月3日车祸通报"),
        ("11月3日起限行尾号轮换", None, None, "11月3日起限行尾号轮换"),
        ("11月29日", None, None, "11月29日"),
        ("今日雨", None, None, "今日雨"),
        ("空气质量日报发布了十六个字以上的话", None, None, "空气质量日报发布了十六个字以上的话"),
        (
            "空气质量日报3个十六字以上的话呢吗", "空气质量日报#个十六字以上的话呢吗", None,
            "空气质量日报…个十六字以上的话呢吗",
        ),
    ],
)  # fmt: skip
def test_titles(title: str, skeleton: str | None, form: str | None, name: str) -> None:
    read = read_title(title)
    assert (read and (read.skeleton, read.form)) == (skeleton and (skeleton, form))
    assert series_name(title) == name


def test_a_key_is_stored_and_never_changes() -> None:
    assert series_key(7, "今日济南菜价：3元") == series_key(7, "昨日济南菜价：4元") == -1572705922389131525


def issues(*hours_and_stories: tuple[float, int]) -> list[Issue]:
    return [Issue(NOW - hours * HOUR, story) for hours, story in hours_and_stories]


@pytest.mark.parametrize(
    ("found", "days"),
    [
        (issues(), 0),
        (issues((0, 1), (24, 2), (48, 3)), 3),
        (issues((0, 1), (1, 2), (2, 3)), 1),  # of one day
        (issues((48, 1), (0, 1), (24, 1)), 1),  # of one story
        (issues((0, 1), (24, 1), (25, 2)), 2),
        (issues((15.9, 1), (16.1, 2)), 2),  # midnight in China
        (issues((0, 1), (42 * 24, 2), (84 * 24, 3)), 3),
        (issues((0, 1), (42 * 24 + 1, 2)), 1),  # a long pause
    ],
)
def test_days_on_which_issues_came_out(found: list[Issue], days: int) -> None:
    assert count_issue_days(found) == days
    assert timedelta(weeks=6) == MAX_GAP


@pytest.mark.parametrize(
    ("gaps", "rhythm"),
    [
        ([], "unknown"),
        ([24], "unknown"),
        ([24, 24], "daily"),
        ([14, 14], "hourly"),
        ([1, 15, 15], "daily"),
        ([72, 72], "daily"),
        ([73, 288], "weekly"),
        ([289, 289], "monthly"),
        ([45 * 24] * 2, "monthly"),
        ([45 * 24 + 1] * 2, "rare"),
    ],
)
def test_rhythms(gaps: list[float], rhythm: str) -> None:
    times = [NOW]
    for hours in gaps:
        times.append(times[-1] + hours * HOUR)
    assert rhythm_of(reversed(times)) == rhythm


def test_skeletons_of_odd_titles() -> None:
    assert series_skeleton("第3期") is None
    assert series_skeleton("\ud800今日菜价") == series_skeleton("今日\ud800菜价")
