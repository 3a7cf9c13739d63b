"""The benchmark of several workers, with few sources."""

from __future__ import annotations

import re

import pytest

from benchmarks import scale


def test_it_measures_each_number_of_workers(
    new_postgres: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GEDI_BENCH_POSTGRES", new_postgres)
    monkeypatch.delenv("GEDI_BENCH_FULL", raising=False)
    for name, value in (("SOURCES", 40), ("ITEMS", 800), ("SEGMENT_ITEMS", 400), ("WORKERS", (2,))):
        monkeypatch.setattr(scale, name, value)
    scale.main()
    found = re.search(r"2 workers: +(\d+) visits/s, +(\d+) items/s; ([\d.]+) sessions", capsys.readouterr().out)
    assert found is not None
    assert int(found[1]) > 0
    assert int(found[2]) > 0
