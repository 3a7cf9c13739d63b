"""A table of invented headlines with their regions: short, former and ambiguous names, institutions, zones, banners."""

from __future__ import annotations

from pathlib import Path

from aggregator.steps.locate import locate

LINES = (Path(__file__).parent / "regions.txt").read_text("utf-8").splitlines()
CASES = [[*line.split("\t"), "", ""][:4] for line in LINES if not line.startswith("#")]


def test_every_headline_has_its_region() -> None:
    found = [
        [locate(title, text, home=home or None).region or "-", title, text, home] for _, title, text, home in CASES
    ]
    assert found == CASES


def test_the_same_in_traditional_characters() -> None:
    for simplified, traditional in (
        ("东莞松山湖", "東莞松山湖"),
        ("两江新区举行招商会", "兩江新區舉行招商會"),
        ("襄樊老火车站改造", "襄樊老火車站改造"),
        ("乌市天山区", "烏市天山區"),
    ):
        assert locate(traditional, "") == locate(simplified, "")
