"""What a place name weighs by its kind, its section and the words around it."""

from __future__ import annotations

import pytest

from aggregator.reference.gazetteer import Gazetteer
from aggregator.reference.place_names import PlaceNames
from aggregator.steps.places.mentions import READ_LENGTH, find_toponyms, split_sections
from aggregator.steps.text.normalize import fold

NAMES = PlaceNames.load(Gazetteer.load())


def weights(title: str, text: str = "", dateline: str | None = None) -> dict[str, float]:
    """Return name -> weight."""
    found = find_toponyms(split_sections(fold(title), fold(text), dateline), NAMES)
    return {one.mention.name.text: round(one.weight, 3) for one in found}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("枣庄下雪", {"枣庄": 6.0}),
        ("枣庄市下雪", {"枣庄市": 6.6}),
        ("枣庄以外下雪", {}),
        ("除枣庄外", {}),
        ("山东外贸增长", {"山东": 6.0}),
        ("青岛啤酒上市", {}),
        ("枣庄银行开业", {"枣庄": 1.8}),
        ("山东队取胜", {"山东": 3.0}),
        ("广东男篮取胜", {"广东": 3.0}),
        ("北京国安取胜", {"北京国安": 3.6}),
        ("成都有震感", {"成都": 1.8}),
        ("飞往枣庄的航班", {"枣庄": 1.5}),
        ("支援枣庄的医生", {"枣庄": 1.5}),
        ("向枣庄捐款", {"枣庄": 1.5}),
        ("为枣庄市空运口罩", {"枣庄市": 1.65}),
        ("向枣庄学习", {"枣庄": 3.6}),
        ("为枣庄喝彩", {"枣庄": 6.0}),
        ("来自枣庄", {"枣庄": 3.6}),
        ("法国巴黎", {"法国": 6.0, "巴黎": 6.0}),
        ("法国游客", {"法国": 3.0}),
        ("全国下雪", {"全国": 4.2}),
        ("全国首个", {"全国": 0.84}),
        ("全国归国人员", {"全国": 2.1}),
        ("3个省下雪", {"3个省": 4.2}),
        ("4个省下雪", {"4个省": 4.2}),
        ("5个省下雪", {"5个省": 9.6}),
        ("5个省级机关", {}),
        ("鲁企出海", {"鲁企": 3.0}),
        ("鲁A牌照", {"鲁": 3.0}),
        ("鲁今起下雪", {"鲁": 3.0}),
        ("齐鲁今起下雪", {"齐鲁": 5.4}),
        ("南京路", {}),
        ("石柱镇", {}),
        ("宁波镇海炼化", {"宁波": 6.0, "镇海": 4.2}),
        ("北京时间", {}),
    ],
)
def test_a_name_and_what_is_beside_it(title: str, expected: dict[str, float]) -> None:
    assert weights(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("余杭区一家西安餐馆", {"余杭区": 6.6, "西安": 1.8}),
        ("余杭区，西安下雪", {"余杭区": 6.6, "西安": 6.0}),
        ("余杭区和杭州下雪", {"余杭区": 6.6, "杭州": 6.0}),
        ("北京大学深圳医院开诊", {"北京": 1.8, "深圳": 6.0}),
        ("山东大学枣庄分校", {"山东大学": 1.08, "枣庄": 6.0}),
        ("山东大学和枣庄签约", {"山东大学": 3.6, "枣庄": 6.0}),
        ("四川小伙在深圳创业", {"四川": 1.8, "深圳": 6.0}),
        ("四川小伙爱上深圳", {"四川": 6.0, "深圳": 6.0}),
        ("四川小伙在成都创业", {"四川": 6.0, "成都": 6.0}),
        ("上海新增输入3例，来自法国", {"上海": 6.0, "法国": 1.08}),
        ("上海与法国签约", {"上海": 6.0, "法国": 6.0}),
        ("法国与上海直飞", {"法国": 6.0, "上海": 6.0}),
        ("中国科学院武汉病毒研究所", {"中国科学院": 1.26, "武汉": 6.0}),
        ("中国科学院在武汉开会", {"中国科学院": 4.2, "武汉": 6.0}),
        ("全国人大会议在北京举行", {"全国人大": 4.2, "北京": 2.4}),
        ("全国人大会议在济南举行", {"全国人大": 4.2, "济南": 6.0}),
        ("全国下雪，北京举行", {"全国": 4.2, "北京": 6.0}),
        ("济南代表在北京举行发布会", {"济南": 6.0, "北京": 6.0}),
        ("枣庄黄瓜的做法", {"枣庄": 2.4}),
        ("黄山旅游发布年报", {"黄山": 2.4}),
        ("黄山企业净利大涨", {"黄山": 6.0}),
        ("黄山市旅游净利大涨", {"黄山市": 6.6}),
        ("《成都》上映", {"成都": 1.8}),
        ("《成都市》上映", {"成都市": 6.6}),
        ("《成都管理条例》出台", {"成都": 6.0}),
        ("《爱情故事》在成都上映", {"成都": 6.0}),
        ("成都上映《爱情故事》", {"成都": 6.0}),
    ],
)
def test_a_name_and_the_other_names(title: str, expected: dict[str, float]) -> None:
    assert weights(title) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("枣庄下雪了，济南没有", {"枣庄": 3.0, "济南": 2.5}),
        ("　枣庄下雪", {"枣庄": 3.0}),
        ("我在枣庄", {"枣庄": 2.5}),
        ("今天法国下雪", {"法国": 1.25}),
        ("新华社济南5月3日电 枣庄下雪", {"济南": 0.4, "枣庄": 3.0}),
        ("鲁网枣庄5月3日讯 今天下雪", {"鲁网": 2.8, "枣庄": 4.0}),
        ("【大众网消息】今天枣庄下雪", {"大众网": 2.8, "枣庄": 2.5}),
        ("好" * 118 + "枣庄", {"枣庄": 2.5}),
        ("好" * 120 + "枣庄", {"枣庄": 1.0}),
    ],
)
def test_sections_of_a_text(text: str, expected: dict[str, float]) -> None:
    assert weights("", text) == expected


def test_a_dateline_that_is_known() -> None:
    assert weights("", "枣庄下雪", "濟南") == {"济南": 4.0, "枣庄": 3.0}
    assert weights("", "鲁网枣庄5月3日讯 下雪", "") == {"鲁网": 0.9, "枣庄": 2.5}
    assert READ_LENGTH == 1000
