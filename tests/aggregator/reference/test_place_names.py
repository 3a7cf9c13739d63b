"""The tables of place names are consistent."""

from __future__ import annotations

import csv

import pytest

from aggregator.reference.gazetteer import DATA, Gazetteer
from aggregator.reference.place_names import NameKind, PlaceNames
from aggregator.steps.text.normalize import fold

GAZETTEER = Gazetteer.load()
NAMES = PlaceNames.load(GAZETTEER)
HELPERS = {"prominent", "edge"}


def rows(file: str) -> list[list[str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(line for line in lines if not line.startswith("#")))


def test_every_row_has_a_known_kind_and_code() -> None:
    for kind, code, _ in rows("places.csv"):
        assert kind in HELPERS.union(NameKind)
        assert code == "" or GAZETTEER.get(code) is not None, f"{kind},{code}"
    assert all(GAZETTEER.get(code) for code, _ in rows("towns.csv"))


def test_names_are_folded_and_long_enough() -> None:
    for row in (*rows("places.csv"), *rows("towns.csv")):
        for name in row[-1].split():
            assert fold(name) == name
            assert len(name) > 1


def test_no_name_hides_the_full_name_of_a_division() -> None:
    full = {division.name for division in GAZETTEER.divisions}
    own = {"word", "prominent"}
    assert not [
        name for kind, _, names in rows("places.csv") if kind not in own for name in names.split() if name in full
    ]


def test_common_words_are_short_names_of_divisions() -> None:
    known = {name for division in GAZETTEER.divisions for name in (division.name, division.short)}
    assert not [
        n for kind, _, names in rows("places.csv") if kind in ("word", "edge") for n in names.split() if n not in known
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("北京市朝阳区", ["北京市", "朝阳区"]),
        ("省会宁夏银川", ["宁夏", "银川"]),
        ("密云县庄头峪村", ["密云县"]),
        ("新疆维吾尔自治区和田地区", ["新疆维吾尔自治区", "和田地区"]),
        ("都安县九渡乡", ["都安县"]),
        ("南京东路", ["南京东路"]),
        ("", []),
    ],
)
def test_the_longest_and_widest_name_is_read(text: str, found: list[str]) -> None:
    assert [mention.name.text for mention in NAMES.find_mentions(text)] == found


def test_a_name_knows_all_it_may_mean() -> None:
    (mention,) = NAMES.find_mentions("鼓楼区")
    assert set(mention.name.codes) == {"320106", "320302", "350102", "410204"}
    (mention,) = NAMES.find_mentions("吉林")
    assert mention.name.codes[0] == "220000"
