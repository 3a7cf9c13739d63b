"""Divisions found by what a reader types."""

from __future__ import annotations

import pytest

from aggregator.reference.gazetteer import Gazetteer
from aggregator.reference.pinyin import readings, reads_as, sounds_alike, spelling
from aggregator.reference.place_search import PlaceSearch, similar_names

GAZETTEER = Gazetteer.load()
PLACES = PlaceSearch.load(GAZETTEER)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("枣庄", ["370400"]),
        ("枣庄市天气预报", ["370400"]),
        ("枣庄台儿庄", ["370405"]),
        ("北京朝阳", ["110105"]),
        ("徐州鼓楼区", ["320302"]),
        ("泉城", ["370100"]),
        ("枣庄 滕州 济南", ["370481", "370100"]),
        ("北京", ["110000"]),
        ("北京时间", []),
        ("公安", []),
        ("共建和平家园", []),
        ("运河", ["130903"]),  # the whole text, so the district is a possible meaning
        ("运河通船", []),
        ("", []),
    ],
)
def test_names_in_a_text(text: str, codes: list[str]) -> None:
    assert [division.code for division in PLACES.find(text)] == codes


def test_a_name_of_several_divisions_means_all_of_them() -> None:
    assert {division.parent for division in PLACES.find("鼓楼区")} >= {"320100", "320300", "350100"}
    assert "211300" in [division.code for division in PLACES.find("朝阳")], "the city, though a district has its name"


@pytest.mark.parametrize(
    ("typed", "short"),
    [
        ("zaozhuang", ["枣庄"]),
        ("zaozhuangshi", ["枣庄"]),
        ("zao zhuang", ["枣庄"]),
        ("Ha'erbin", ["哈尔滨"]),
        ("CHONGQING", ["重庆"]),
        ("luan", ["六安"]),
        ("xiamen", ["厦门"]),
        ("shanxi", ["山西", "陕西"]),
        ("tengxian", ["藤县"]),
        ("zao", []),
        ("枣庄", []),
        ("", []),
    ],
)
def test_pinyin(typed: str, short: list[str]) -> None:
    assert [division.short for division in PLACES.find_spelled(typed)] == short


def test_initials() -> None:
    found = [division.short for division in PLACES.find_initials("zz")]
    assert found[:4] == ["漳州", "枣庄", "郑州", "株洲"]
    assert "长治" not in found, "its first character is read chang here"
    assert [division.short for division in PLACES.find_initials("hlj")] == ["黑龙江"]
    assert PLACES.find_initials("z") == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("腾州", "滕州"),
        ("早庄", "枣庄"),
        ("台而庄", "台儿庄"),
        ("苏洲", "苏州"),
        ("石家装", "石家庄"),
        ("济难", "济南"),
    ],
)
def test_one_wrong_character(typed: str, name: str) -> None:
    assert PLACES.similar_names(typed)[0] == name


@pytest.mark.parametrize("typed", ["枣庄", "运河", "x", "", "今天"])
def test_nothing_is_similar(typed: str) -> None:
    assert typed not in PLACES.similar_names(typed)
    assert len(PLACES.similar_names(typed)) <= 3


def test_what_sounds_alike_is_first() -> None:
    assert similar_names("鲁南城讯", ["鲁南快讯", "鲁南晨讯", "鲁南晚讯"]) == ["鲁南晨讯", "鲁南快讯", "鲁南晚讯"]
    assert similar_names("山州", ["江州"]) == []


def test_every_division_has_a_spelling() -> None:
    assert [each.name for each in GAZETTEER.divisions if not each.is_zone and not spelling(each.short)] == []


@pytest.mark.parametrize(
    ("key", "whole"),
    [("lunanchenxun", True), ("lunan", True), ("lncx", True), ("lu", False), ("lunanc", False), ("lnc", False)],
)
def test_titles_by_pinyin(key: str, whole: bool) -> None:
    assert reads_as("鲁南晨讯", key) is whole


def test_readings() -> None:
    assert "chong" in readings("重")
    assert readings("x") == ()
    assert (sounds_alike("腾", "滕"), sounds_alike("晨", "城"), sounds_alike("山", "江")) == (1.0, 0.5, 0.0)
