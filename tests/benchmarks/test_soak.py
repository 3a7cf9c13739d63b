"""The parts of the long run that need no service: fast clock, verdicts, picture, and what the outlets publish."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from datetime import timedelta
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import pytest

from aggregator.config.load import parse_config
from benchmarks.soak import outlets
from benchmarks.soak.__main__ import soak_config
from benchmarks.soak.curves import COLUMNS, CURVES, Curve, Row, judge, read_rows, report, second_half, trend, write_row
from benchmarks.soak.fast_clock import FastClock
from benchmarks.soak.outlets import DAY, day_of_news
from benchmarks.soak.picture import PANELS, RECORDED, draw, round_up
from tests.clock import utc

START = utc("2026-11-23T22:50")
MEMORY = Curve("memory", "MB", 0.05, 2.0)


def rows(count: int = 60, **growth: float) -> list[Row]:
    """Return rows of 14 days: every figure is 100 with some noise and grows by what is given in a day."""
    found = []
    for minute in range(count):
        day = 14 * (minute + 1) / count
        row = {name: 100 + growth.get(name, 0.0) * day + minute % 3 - 1 for name in COLUMNS}
        found.append(row | {"minute": minute + 1, "day": day})
    return found


def test_a_process_and_its_children_see_the_fast_clock() -> None:
    clock = FastClock.begin(START, 100_000)
    code = (
        "import datetime, os, time\n"
        "print(datetime.datetime.now(datetime.UTC).timestamp(), flush=True)\n"
        "if not os.fork(): print(time.time(), flush=True); os._exit(0)\n"
        "os.wait()\n"
    )
    environment = {**os.environ, **clock.environment()}
    output = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    first, second = map(float, output.split())
    assert START.timestamp() < first < second < clock().timestamp()
    assert clock() - START > timedelta(minutes=10)  # at least 10 ms have passed


def test_a_trend_is_a_line_by_week() -> None:
    line = trend([(0.0, 10.0), (1.0, 12.0), (2.0, 14.0)])
    assert line.mean == 12.0
    assert line.slope == pytest.approx(14.0)
    assert line.error == pytest.approx(0.0)
    assert trend([(1.0, 5.0)]).error == math.inf


@pytest.mark.parametrize(
    ("growth", "verdict"),
    [(0.0, "flat"), (-3.0, "flat"), (0.5, "flat"), (1.5, "GROWS")],
)
def test_growth_beyond_the_limit_is_named(growth: float, verdict: str) -> None:
    half = second_half(rows(memory=growth))
    assert judge(MEMORY, trend([(row["day"], row["memory"]) for row in half])) == verdict


def test_growth_that_noise_may_explain_is_unclear() -> None:
    noisy = [(float(day), 100.0 + (40 if day % 2 else -40) + day) for day in range(8)]
    assert judge(MEMORY, trend(noisy)) == "unclear"


def test_one_growing_curve_breaks_the_run() -> None:
    assert report(rows())[1]
    table, kept = report(rows(handles=1.0))
    assert not kept
    assert [line.split()[0] for line in table.splitlines() if "GROWS" in line] == ["handles"]


def test_rows_are_read_back_and_drawn(tmp_path: Path) -> None:
    written = [row | {"story_p50": math.nan} for row in rows(4)]
    with (tmp_path / "run.tsv").open("w", encoding="utf-8") as file:
        for row in written:
            write_row(file, row)
    back = read_rows(tmp_path / "run.tsv")
    assert [row["memory"] for row in back] == [row["memory"] for row in written]
    assert math.isnan(back[0]["story_p50"])
    texts = [element.text for element in ElementTree.fromstring(draw(back)).iter() if element.text]
    assert {panel.title for panel in PANELS} <= {*texts}
    assert {name for panel in PANELS for name in panel.curves} <= {curve.name for curve in CURVES}


def test_the_recorded_run_is_readable() -> None:
    assert len(read_rows(RECORDED)) >= 10


def test_axes_end_at_round_numbers() -> None:
    assert [round_up(value) for value in (0, 0.3, 1, 7, 21)] == [1, 0.5, 1, 10, 50]


def test_outlets_have_new_reports_every_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "EVENTS_A_DAY", 10)
    first, second = (
        list(islice(day_of_news(number, START + number * DAY, random.Random(number)), 60)) for number in (1, 2)
    )
    for news in (first, second):
        assert [one.at for one in news] == sorted(one.at for one in news)
        assert {one.kind for one in news} >= {"original", "bulletin"}
    assert START + DAY <= first[0].at < first[-1].at < START + 2 * DAY <= second[0].at
    assert not {one.key for one in first} & {one.key for one in second}
    assert not {(one.outlet, one.number) for one in first} & {(one.outlet, one.number) for one in second}


def test_the_run_has_a_hub_notifications_and_short_retention(tmp_path: Path) -> None:
    text = soak_config("http://127.0.0.1:1", "http://127.0.0.1:2", 3, tmp_path)
    config = parse_config(text.encode(), tmp_path / "config.toml", {"GEDI_SOAK_SECRET": "0123456789abcdef"})
    assert config.retention.items == timedelta(days=1)
    assert config.polling.interval == timedelta(minutes=15)
    assert config.publishing.hub == "self"
    assert [target.name for target in config.settings.notify] == ["hot", "society"]
    assert config.web.searches_per_minute == 0
