"""A service that is killed again and again loses nothing, doubles nothing, and is ready within seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gedi.kill_check import check

pytestmark = [pytest.mark.timeout(300), pytest.mark.clock(every=0)]


def test_kills_under_load_lose_and_double_nothing(tmp_path: Path, database_url: str) -> None:
    outcome = check(database_url, 3, tmp_path, patience=150)
    log = (tmp_path / "gedi.log").read_text()
    assert (outcome.missing, outcome.doubled) == (0, 0), f"{outcome}\n{log[-3000:]}"
    assert outcome.complete_after is not None
    assert len(outcome.ready) == 4
