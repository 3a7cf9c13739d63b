"""Workers and a site on one PostgreSQL go on while one is killed, one stopped, and the database restarted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gedi.cluster_check import PER_HOST, Cluster, check
from tests.postgres_servers import independent_server

pytestmark = [pytest.mark.timeout(300), pytest.mark.clock(every=0)]


def test_failures_of_a_cluster_lose_and_double_nothing(new_postgres: str, tmp_path: Path) -> None:
    with independent_server(new_postgres) as url:
        outcome = check(url, tmp_path, Cluster(workers=3, sites=1, feeds=12, pause=1.0), patience=150)
    log = (tmp_path / "gedi.log").read_text()
    assert (outcome.missing, outcome.doubled) == (0, 0), f"{outcome}\n{log[-3000:]}"
    assert outcome.complete_after is not None
    assert outcome.most_at_once <= PER_HOST
    assert len(outcome.etags) == 1
    assert outcome.renderings > 0
    assert outcome.needless_renderings == 0
