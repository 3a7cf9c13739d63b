"""No source waits longer than its host takes to serve all its sources, whatever else is due."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from aggregator.store import Store
from aggregator.store.sql.dialect import open_engine
from benchmarks.host_queues import BEGIN, Host, simulate
from tests.aggregator.store.factories import copy_database

HOSTS = st.builds(
    Host,
    healthy=st.integers(0, 8),
    failing=st.integers(0, 4),
    interval=st.sampled_from([0.5, 2.0, 9.0]),
    answer=st.sampled_from([0.1, 0.6, 1.5]),
    timeout=st.sampled_from([1.0, 3.0]),
)
TICK = 0.5


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a database that all examples use, each with sources of its own."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("module_postgres"))
    template: Path = request.getfixturevalue("sqlite_template")
    return copy_database(template, tmp_path_factory.mktemp("waits"))


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("source_hours", "source_days", "polls", "troubles", "sources"):
            connection.execute(text(f"DELETE FROM {table}"))


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hosts=st.lists(HOSTS, min_size=1, max_size=4), per_host=st.integers(1, 3), workers=st.integers(1, 3))
def test_the_longest_wait_is_bounded_by_the_capacity_of_the_host(
    shared_url: str, hosts: list[Host], per_host: int, workers: int
) -> None:
    engine, store = open_engine(shared_url), Store.open(shared_url, migrate=False)
    empty(engine)
    seconds = 1.3 * max(host.longest_wait(per_host, TICK) for host in hosts)
    waits = simulate(store, hosts, seconds, per_host=per_host, workers=workers, tick=TICK)
    store.close()
    engine.dispose()
    for number, host in enumerate(hosts):
        assert waits.longest(number, BEGIN + timedelta(seconds=seconds)) <= host.longest_wait(per_host, TICK)
        assert waits.unvisited(host, number) == 0


def test_each_of_120_sources_of_one_host_is_polled_in_time(store: Store) -> None:
    host, seconds = Host(healthy=110, failing=10, answer=0.05, timeout=0.3), 35.0
    waits = simulate(store, [host], seconds, tick=0.2)
    assert waits.unvisited(host, 0) == 0
    assert waits.longest(0, BEGIN + timedelta(seconds=seconds)) <= min(host.longest_wait(2, 0.2), 30)


def test_workers_get_even_shares_of_a_full_host(store: Store) -> None:
    waits = simulate(store, [Host(60, interval=1.0, answer=0.1)], 20, workers=4, tick=0.25)
    assert min(waits.of_workers) > sum(waits.of_workers) / 8, waits.of_workers
