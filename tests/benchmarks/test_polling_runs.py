from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import polling_runs
from benchmarks.polling_picture import draw, growth_panel, ratio_panel
from benchmarks.polling_runs import Run, append_runs, read_runs


def run(client: str, cpu: float, *, commit: str = "c1", stored: int = 0) -> Run:
    return Run("2026-06-01", commit, 10, stored, "first poll", client, cpu, 2.0, 90.5, 12.25, 300 + stored)


def test_recorded_runs_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling_runs, "PATH", tmp_path / "runs.tsv")
    first, second = [run("script", 1.5)], [run("gedi", 4.5), run("gedi", 5.0, stored=1000)]
    append_runs(first)
    append_runs(second)
    assert read_runs() == first + second


def test_the_picture_shows_ratios_by_run_and_growth_by_stored_items() -> None:
    runs = [
        run("script", 2.0), run("reader", 3.0), run("gedi", 8.0), run("gedi", 9.0, stored=1000),
        run("script", 2.0, commit="c2"), run("gedi", 3.0, commit="c2"),
    ]  # fmt: skip
    ratios, growth = ratio_panel(runs), growth_panel(runs)
    assert ratios.labels == ["2026-06-01 c1", "2026-06-01 c2"]
    assert ratios.series == {"first poll": [(0, 4.0), (1, 1.5)]}
    assert growth.labels == ["0", "1,000"]
    assert growth.series == {"2026-06-01 c1": [(0, pytest.approx(26.7, 0.01)), (1, 30.0)], "2026-06-01 c2": [(0, 10.0)]}
    texts = [element.text for element in ElementTree.fromstring(draw([ratios, growth])).iter() if element.text]
    assert {ratios.title, growth.title, "first poll", "c2", "1,000"} <= {*texts}


def test_the_recorded_runs_are_readable() -> None:
    runs = read_runs()
    assert {run.client for run in runs} >= {"script", "gedi"}
    assert all(run.cpu_s > 0 and run.items >= run.stored for run in runs)
