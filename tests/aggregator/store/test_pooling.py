"""The store behind a pool that gives each transaction another session, and limits of the time of statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, event, text

from aggregator.model import ClaimRoom, HostQuota
from aggregator.store import StatementTimeoutError, Store
from tests.aggregator.store.factories import NOW
from tests.postgres_servers import has_pgbouncer, pgbouncer
from tests.web import fixture_site
from web import create_app


def use_store(store: Store, world: fixture_site.World) -> None:
    """Let workers and a site use the store, with reads and writes of each kind."""
    client = create_app(store, world.config, clock=lambda: NOW).test_client()
    for path in ("/", "/latest", "/search?q=运河", "/api/items", "/status", f"/item/{world.ids['event0']}"):
        assert client.get(path).status_code == 200, path
    store.join("worker", NOW, lambda _: False)
    claim = store.claim_due(NOW, ClaimRoom(4, 4, 4), HostQuota(2, 2), timedelta(minutes=1), "worker")
    store.beat("worker", NOW)
    store.release_claims("worker", [poll.source.id for poll in claim.polls])
    store.prune(NOW + timedelta(days=400), timedelta(days=30))
    store.leave("worker", NOW)


def test_no_state_of_a_session_is_relied_on(new_postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transaction has a session of its own, with settings that others might have left there."""
    opened: list[int] = []

    def create_unpooled(*words: Any, **options: Any) -> Any:
        for name in ("pool_size", "max_overflow", "pool_pre_ping"):
            options.pop(name)
        engine = original(*words, **options, poolclass=NullPool)

        def spoil(connection: Any, _record: object) -> None:
            connection.execute("SET timezone = 'Asia/Shanghai'; SET default_transaction_read_only = on")
            connection.execute("SET default_transaction_isolation = 'serializable'; SET statement_timeout = '1s'")
            opened.append(connection.info.backend_pid)

        event.listen(engine, "connect", spoil)
        return engine

    original = create_engine
    world = _fill(new_postgres)
    monkeypatch.setattr("aggregator.store.sql.dialect.create_engine", create_unpooled)
    store = Store.open(new_postgres, migrate=False, timeout=timedelta(seconds=20))
    use_store(store, world)
    store.close()
    assert len(set(opened)) > 20, "each transaction had a session of its own"


@pytest.mark.skipif(not has_pgbouncer(), reason="PgBouncer is not installed")
def test_pgbouncer_in_transaction_mode(new_postgres: str) -> None:
    world = _fill(new_postgres)
    with pgbouncer(new_postgres) as url:
        store = Store.open(url, timeout=timedelta(seconds=20))
        use_store(store, world)
        store.close()


def test_statements_end_at_their_limit(emptied_postgres: str) -> None:
    store = Store.open(emptied_postgres, migrate=False, timeout=timedelta(milliseconds=50))
    for transaction in (store._read_transaction, store._write_transaction):
        with pytest.raises(StatementTimeoutError, match="statement timeout"), transaction() as connection:
            connection.execute(text("SELECT pg_sleep(5)"))
    other = Store.open(emptied_postgres, migrate=False)
    with other.write_transaction(), pytest.raises(StatementTimeoutError), store.write_transaction():
        pass
    assert store.last_heartbeat() is None, "the connection is usable again"
    for opened in (store, other):
        opened.close()


def _fill(url: str) -> fixture_site.World:
    store = Store.open(url, migrate=False)
    world = fixture_site.build(store)
    store.close()
    return world
