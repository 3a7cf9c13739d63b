"""Tables of invented headlines with their regions, and of headlines without a certain region."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from aggregator.steps.places.locate import locate

HERE = Path(__file__).parent


def read_cases(file: str, columns: int) -> list[list[str]]:
    """Return the rows of a table, padded to the number of columns."""
    lines = (HERE / file).read_text("utf-8").splitlines()
    return [[*line.split("\t"), "", "", ""][:columns] for line in lines if not line.startswith("#")]


def found(title: str, text: str, home: str) -> str:
    return locate(title, text, home=home or None).region or "-"


def test_every_headline_has_its_region() -> None:
    table = read_cases("regions.txt", 4)
    assert [[found(*row[1:]), *row[1:]] for row in table] == table


ROWS = read_cases("places_by_kind.tsv", 5)
BY_KIND = {kind: [row[1:] for row in rows] for kind, rows in groupby(ROWS, lambda row: row[0])}


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_kind_of_name_and_of_news(kind: str) -> None:
    assert [[found(*row[1:]), *row[1:]] for row in BY_KIND[kind]] == BY_KIND[kind]


def test_the_same_in_traditional_characters() -> None:
    for simplified, traditional in (
        ("东莞松山湖", "東莞松山湖"),
        ("两江新区举行招商会", "兩江新區舉行招商會"),
        ("襄樊老火车站改造", "襄樊老火車站改造"),
        ("乌市天山区", "烏市天山區"),
    ):
        assert locate(traditional, "") == locate(simplified, "")
