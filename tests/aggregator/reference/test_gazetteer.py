"""Lookup of divisions by code and name."""

from __future__ import annotations

import pytest

from aggregator.model import Place
from aggregator.reference.gazetteer import Gazetteer, short_name

GAZETTEER = Gazetteer.load()


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("山东省", "山东"),
        ("内蒙古自治区", "内蒙古"),
        ("香港特别行政区", "香港"),
        ("枣庄市", "枣庄"),
        ("延边朝鲜族自治州", "延边"),
        ("黔西南布依族苗族自治州", "黔西南"),
        ("克孜勒苏柯尔克孜自治州", "克孜勒苏"),
        ("大兴安岭地区", "大兴安岭"),
        ("阿拉善盟", "阿拉善"),
        ("东乡族自治县", "东乡族"),
        ("鄂伦春自治旗", "鄂伦春"),
        ("浦东新区", "浦东"),
        ("神农架林区", "神农架"),
        ("下花园区", "下花园"),
        ("苏州工业园区", "苏州工业园区"),
        ("赵县", "赵县"),
        ("城区", "城区"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("370000", Place("370000")),
        ("370400", Place("370000", "370400")),
        ("370406", Place("370000", "370400", "370406")),
        ("110000", Place("110000", "110100")),
        ("110105", Place("110000", "110100", "110105")),
        ("500237", Place("500000", "500100", "500237")),
        ("419001", Place("410000", None, "419001")),
        ("659001", Place("650000", None, "659001")),
        ("710000", Place("710000")),
        ("999999", Place()),
    ],
)
def test_place_of_a_code(code: str, place: Place) -> None:
    assert GAZETTEER.place(code) == place


def test_a_chain_leaves_the_placeholders_out() -> None:
    assert [d.name for d in GAZETTEER.chain("370406")] == ["山东省", "枣庄市", "山亭区"]
    assert [d.name for d in GAZETTEER.chain("110105")] == ["北京市", "朝阳区"]
    assert [d.name for d in GAZETTEER.chain("419001")] == ["河南省", "济源市"]
    assert [d.name for d in GAZETTEER.chain("110100")] == ["北京市"]
    assert GAZETTEER.chain("000000") == ()
    assert GAZETTEER.path("370406") == "山东枣庄山亭"


def test_children_and_neighbours() -> None:
    assert len(GAZETTEER.provinces()) == 34
    assert "朝阳区" in [d.name for d in GAZETTEER.children("110000")]
    assert {"巫山县", "渝中区"} <= {d.name for d in GAZETTEER.children("500000")}
    assert "济源市" in [d.name for d in GAZETTEER.children("410000")]
    assert not any(d.is_placeholder for d in GAZETTEER.children("460000"))
    assert [d.name for d in GAZETTEER.siblings_of("370406")] == ["市中区", "薛城区", "峄城区", "台儿庄区", "滕州市"]
    assert "天津市" in [d.name for d in GAZETTEER.siblings_of("110000")]
    assert "海淀区" in [d.name for d in GAZETTEER.siblings_of("110105")]
    assert GAZETTEER.children("810000") == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("枣庄", "370400"),
        ("枣庄市", "370400"),
        (" 山亭 ", "370406"),
        ("370406", "370406"),
        ("3704", "370400"),
        ("37", "370000"),
        ("山东枣庄", "370400"),
        ("山东省枣庄市山亭区", "370406"),
        ("南京鼓楼", "320106"),
        ("内蒙", "150000"),
        ("吉林", "220000"),
    ],
)
def test_search_finds_it_first(text: str, code: str) -> None:
    assert GAZETTEER.search(text)[0].code == code


def test_search_without_a_hit_and_with_many() -> None:
    assert GAZETTEER.search("") == []
    assert GAZETTEER.search("亚特兰蒂斯") == []
    assert GAZETTEER.search("123456") == []
    assert {d.code for d in GAZETTEER.search("鼓楼区")} == {"320106", "320302", "350102", "410204"}
    assert all(not d.is_placeholder for d in GAZETTEER.search("市辖区"))


def test_containment() -> None:
    assert GAZETTEER.contains("370000", "370406")
    assert GAZETTEER.contains("370400", "370406")
    assert GAZETTEER.contains("110000", "110105")
    assert not GAZETTEER.contains("370406", "370400")
    assert not GAZETTEER.contains("320000", "370400")
