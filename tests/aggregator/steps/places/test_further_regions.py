"""Further regions: places that a title or a lead names together, and names that only look like it."""

from __future__ import annotations

import pytest

from aggregator.messages.short_form import short_form
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.places.locate import locate

GAZETTEER = Gazetteer.load()
TOGETHER = [  # home, title, lead, names of all regions, the primary one first
    ("", "枣庄与徐州签署协议", "", "山东枣庄 江苏徐州"),
    ("370400", "枣庄、徐州两地医保互认", "", "山东枣庄 江苏徐州"),
    ("370400", "我市与徐州市签署协议", "", "山东枣庄 江苏徐州"),
    ("", "济南、青岛两地公积金互认", "", "山东 山东济南 山东青岛"),
    ("", "江苏徐州与山东枣庄共建产业园", "", "江苏徐州 山东枣庄"),
    ("", "成都重庆双城通勤更快", "", "四川成都 重庆"),
    ("", "川渝警方联手破案", "", "四川 重庆"),
    ("", "京津冀三地图书馆通借通还", "", "北京 天津 河北"),
    ("", "邢台、德州联合办书展", "", "河北邢台 山东德州"),
    ("", "徐州到枣庄公交开通 两地通勤更方便", "", "江苏徐州 山东枣庄"),
    ("", "两地签署框架协议", "3日,芜湖市与滁州市签署框架协议。", "安徽 安徽芜湖 安徽滁州"),
    ("370400", "枣庄山亭区与滕州市供水管道对接", "", "山东枣庄 山东枣庄山亭 山东枣庄滕州"),
    ("", "漯河驻马店今晨有暴雨", "漯河市与驻马店市发布预警。", "河南 河南漯河 河南驻马店"),
]
PASSING = [
    ("370400", "枣庄增速超过徐州", "枣庄市与徐州市的差距缩小。"),
    ("", "济南队与北京队握手言和", ""),
    ("", "成都和重庆火锅谁更辣", ""),
    ("", "京沪高铁增开列车", ""),
    ("", "上海大众与北京现代召回汽车", ""),
    ("", "山东舰与辽宁舰编队训练", ""),
    ("", "北京、上海、广州等地房价止跌", ""),
    ("", "来自四川和贵州的游客在三亚过年", ""),
    ("370200", "青岛考察团赴苏州、无锡学习", ""),
    ("", "南京路与北京路口信号灯故障", ""),
    ("", "为什么南京和安徽离得这么近", ""),
    ("", "记者从北京、杭州走访发现充电宝涨价", ""),
    ("330300", "温州放宽落户", "温州市公安局介绍,此前杭州与宁波已联合推出类似办法。"),
]


def names(codes: tuple[str, ...]) -> str:
    return " ".join(GAZETTEER.path(code) for code in codes)


@pytest.mark.parametrize("case", TOGETHER, ids=lambda case: case[1])
def test_places_named_together_are_all_regions(case: tuple[str, str, str, str]) -> None:
    home, title, lead, regions = case
    assert sorted(names(locate(title, lead, home=home or None).regions).split()) == sorted(regions.split())


@pytest.mark.parametrize("case", PASSING, ids=lambda case: case[1])
def test_other_names_are_none(case: tuple[str, str, str]) -> None:
    home, title, lead = case
    assert names(locate(title, lead, home=home or None).further) == ""


def test_the_evidence_is_named() -> None:
    place = locate("枣庄与徐州签署协议", "", home="370400")
    assert place.further_why is not None
    assert short_form(place.further_why) == "title:枣庄 徐州"


def test_no_item_has_more_regions_than_lists_can_show() -> None:
    place = locate("枣庄、徐州、合肥、郑州四地联合执法", "")
    assert len(place.further) == 6
    assert names(place.further_regions) == "山东枣庄 江苏徐州 安徽合肥"
