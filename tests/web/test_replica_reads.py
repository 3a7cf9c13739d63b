"""Pages, API and feeds read from a replica: never older than their reader has seen, and from the primary otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from werkzeug.test import Client

from aggregator.store import Reading, Store, use_reading
from tests.gedi.processes import eventually
from tests.postgres_servers import stop_server, streaming_replica
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World, draft, insert
from web import create_wsgi
from web.feeds.document_cache import CHECK_EVERY
from web.replica_reads import COOKIE

FEED = "/feeds/tech.atom"
TITLE = "副本还没有的消息"
PATIENT, STRICT = timedelta(minutes=1), timedelta(seconds=1)

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def replica_url(new_postgres: str) -> Iterator[str]:
    with streaming_replica(new_postgres) as url:
        yield url


def test_reads_are_routed_by_what_their_reader_has_seen(new_postgres: str, replica_url: str) -> None:
    with _world(new_postgres, replica_url, PATIENT) as world, psycopg.connect(replica_url, autocommit=True) as replica:
        application = create_wsgi(world.store, world.config, clock=lambda: NOW)
        store, author, other = world.store, Client(application), Client(application)
        assert _await_state(store, "ok")
        _commits_are_seen_at_once(store)
        assert eventually(lambda: _is_read_from_replica(store), 10)
        former = other.get(FEED).headers["ETag"]
        is_there = "SELECT count(*) > 0 FROM documents WHERE path = %s AND etag = %s"
        assert eventually(lambda: replica.execute(is_there, (FEED, former.strip('"'))).fetchone() == (True,), 10)
        replica.execute("SELECT pg_wal_replay_pause()")
        source = next(source for source, slug in store.slug_by_id().items() if slug == "jiangpan")
        number = insert(store, source, [draft("jiangpan", TITLE, category="tech")])
        form = {"about": f"/item/{world.ids['event0']}", "text": "写错了", "contact": "a@b.example", "kind": "error"}
        answer = author.post("/corrections", data=form)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        assert TITLE in _text(author, "/latest"), "the replica lacks what this reader has written"
        assert TITLE not in _text(other, "/api/items"), "others still read the replica"
        other.set_cookie(COOKIE, f"{2**60}.{int(NOW.timestamp()) + 99}.{'0' * 24}")
        assert TITLE not in _text(other, "/api/items"), "a cookie that this site did not sign changes nothing"
        assert TITLE in _text(other, f"/item/{next(iter(number.values()))}"), "what the replica lacks is in the primary"
        time.sleep(CHECK_EVERY)
        store.delete_documents([FEED])
        latest = author.get(FEED).headers["ETag"]
        assert latest != former
        time.sleep(CHECK_EVERY)
        assert other.get(FEED).headers["ETag"] == latest, "feeds do not go back to what the replica has"
        with _world(new_postgres, replica_url, STRICT, world) as strict:
            assert _await_state(strict.store, "lagging")
            strict_application = create_wsgi(strict.store, strict.config, clock=lambda: NOW)
            assert TITLE in _text(Client(strict_application), "/latest")
        replica.execute("SELECT pg_wal_replay_resume()")
        assert eventually(lambda: TITLE in _text(other, "/api/items"), 10)
        stop_server(replica_url)
        assert TITLE in _text(other, "/category/tech")
        assert _await_state(store, "unreachable")
        assert other.get("/status.json").get_json()["service"]["replica"] == "unreachable"


def _commits_are_seen_at_once(store: Store) -> None:
    """A read that needs a transaction sees it, however shortly before the read it was committed."""
    for number in range(20):
        at = NOW + timedelta(seconds=number)
        with use_reading(Reading(may_use_replica=False)) as writing:
            store.record_heartbeat(at)
        assert writing is not None
        assert writing.written > 0
        with use_reading(Reading(needed=writing.written)):
            assert store.last_heartbeat() == at


@contextmanager
def _world(url: str, replica: str, max_lag: timedelta, filled: World | None = None) -> Iterator[World]:
    store = Store.open(url, migrate=False, read_url=replica, max_lag=max_lag)
    lag = f'[database]\nurl = "{url}"\nread_url = "{replica}"\nmax_lag = "{max_lag.seconds}s"\n'
    config = fixture_site.config(lag)
    yield fixture_site.build(store, config) if filled is None else replace(filled, store=store, config=config)
    store.close()


def _text(client: Client, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def _await_state(store: Store, kind: str) -> bool:
    def is_so() -> bool:
        with use_reading(Reading()):
            store.last_heartbeat()  # starts the thread that watches
        state = store.replica_state()
        return state is not None and state.kind == kind

    return eventually(is_so, 20)


def _is_read_from_replica(store: Store) -> bool:
    with use_reading(Reading()) as reading:
        store.last_heartbeat()
    return reading is not None and reading.used_replica
