"""Leases of silent workers are taken over, and results with a lease that was lost are not written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.intake.document_storage import store_documents
from aggregator.messages import fetch_errors
from aggregator.model import Document, HubRequest, Poll, PollSelection
from aggregator.runtime.process_identity import new_identity, state_of
from aggregator.store import LeaseLostError, Store
from aggregator.store.api.workers import DEAD_AFTER
from aggregator.store.sql.dialect import open_engine, write_transaction
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, poll_result, publish

LEASE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


@pytest.fixture
def pass_time(database_url: str) -> Callable[..., None]:
    """Return a function that makes the last signs of life of some workers older."""

    def make_older(seconds: float, *owners: str) -> None:
        engine = open_engine(database_url)
        with write_transaction(engine) as connection:
            for owner in owners:
                older = {"by": round(seconds * 1000), "owner": owner}
                connection.execute(text("UPDATE workers SET seen = seen - :by WHERE owner = :owner"), older)
        engine.dispose()

    return make_older


def join(store: Store, *owners: str) -> None:
    for owner in owners:
        store.join(owner, NOW, lambda name: False)


def claimed(store: Store, owner: str, at: timedelta = timedelta(0)) -> list[Poll]:
    return store.claim_polls(NOW + at, 9, LEASE, owner, PollSelection(all_sources=True))


def test_what_a_silent_worker_held_is_free_at_once(store: Store, pass_time: Callable[..., None]) -> None:
    outlets(store, "a", "b")
    join(store, "dead", "alive")
    assert len(claimed(store, "dead")) == 2
    pass_time(DEAD_AFTER.total_seconds() - 1, "dead")
    assert store.beat("alive", NOW) == []
    assert claimed(store, "alive") == []
    pass_time(1.5, "dead")
    assert store.beat("alive", NOW) == ["dead"]
    assert len(claimed(store, "alive")) == 2
    assert store.beat("alive", NOW) == []


def test_a_worker_that_was_silent_itself_takes_nothing_over(store: Store, pass_time: Callable[..., None]) -> None:
    outlets(store, "a")
    join(store, "one", "two")
    claimed(store, "one")
    pass_time(60, "one", "two")  # the database was not available
    assert store.beat("two", NOW) == []
    assert store.beat("one", NOW) == []
    assert store.beat("two", NOW) == []
    assert claimed(store, "two") == []
    assert store.beat("new", NOW) == []


def test_a_worker_that_is_known_to_be_gone_holds_up_nothing(store: Store) -> None:
    outlets(store, "a")
    join(store, "gone", "other")
    assert claimed(store, "gone")
    store.join("next", NOW, lambda name: name == "gone")
    assert claimed(store, "next")
    store.leave("next", NOW)
    assert claimed(store, "other")


def test_every_kind_of_work_is_released(store: Store) -> None:
    outlets(store, "a")
    store.sync_sources([source_with_articles(store)], NOW, timedelta())
    (item,) = publish(store, "a", draft("1", text="摘要"))
    with store.write_transaction() as writer:
        writer.enqueue_articles([item], NOW)
    store.add_hub_request(HubRequest("http://cb.example/", "t", "/feeds/all.atom", "subscribe", None, HOUR), NOW)

    def claim_all(owner: str) -> tuple[int, int]:
        articles = store.claim_articles(NOW, 9, 9, LEASE, owner)
        return len(articles), len(store.claim_hub_requests(NOW, 9, LEASE, owner))

    join(store, "dead")
    assert claim_all("dead") == (1, 1)
    assert claim_all("me") == (0, 0)
    store.release_gone(NOW, lambda name: name == "dead")
    assert claim_all("me") == (1, 1)


def source_with_articles(store: Store):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(store.sources()[0], articles=True)


def test_a_result_with_a_lost_lease_is_not_written(store: Store) -> None:
    outlets(store, "a")
    (lost,) = claimed(store, "cut off")
    store.leave("cut off", NOW)
    (held,) = claimed(store, "me", SECOND)
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(lost, lease=lost.lease, next_poll=NOW + 9 * HOUR))
        writer.record_poll_results([poll_result(lost, lease=lost.lease, next_poll=NOW + 9 * HOUR)])
    assert claimed(store, "other", SECOND) == [], "still leased"
    with store.write_transaction() as writer:
        writer.record_poll_results([poll_result(held, lease=held.lease)])
    (health,) = store.source_health(NOW)
    assert health.next_poll == NOW + HOUR


@pytest.mark.parametrize("taken", [False, True])
def test_items_of_a_lost_lease_are_not_stored(store: Store, taken: bool) -> None:
    outlets(store, "a")
    (lost,) = claimed(store, "cut off")
    store.leave("cut off", NOW)
    if taken:
        claimed(store, "cut off", SECOND)  # the same worker again
    documents = [Document(lost.source, (draft("1"),))]
    with pytest.raises(LeaseLostError):
        store_documents(store, documents, NOW, lambda writer, plan: None, claimed=[lost])
    assert list(store.export_items()) == []


def test_a_lease_that_expired_but_that_nobody_took_is_still_held(store: Store) -> None:
    outlets(store, "a")
    (poll,) = claimed(store, "slow")
    with store.write_transaction() as writer:
        writer.require_leases([poll])
    claimed(store, "next", 2 * LEASE)
    with store.write_transaction() as writer, pytest.raises(LeaseLostError):
        writer.require_leases([poll])


def test_failures_of_lost_articles_are_not_recorded(store: Store) -> None:
    outlets(store, "a")
    store.sync_sources([source_with_articles(store)], NOW, timedelta())
    (item,) = publish(store, "a", draft("1", text="摘要"))
    with store.write_transaction() as writer:
        writer.enqueue_articles([item], NOW)
    (lost,) = store.claim_articles(NOW, 9, 9, LEASE, "dead")
    with store.write_transaction() as writer:
        writer.pause_articles(lost.source.id, NOW + HOUR)
        writer.require_leases([lost])
    store.leave("dead", NOW)
    (held,) = store.claim_articles(NOW, 9, 9, LEASE, "me")
    with store.write_transaction() as writer:
        with pytest.raises(LeaseLostError):
            writer.require_leases([lost])
        writer.require_leases([held])
        writer.record_article_failure(item, None, fetch_errors.INTERNAL_READING())
    with store.write_transaction() as writer, pytest.raises(LeaseLostError):
        writer.require_leases([held])


def test_a_process_is_told_from_later_ones_with_its_number() -> None:
    name = new_identity()
    assert state_of(name) == "running"
    host, machine, process, started, token = name.rsplit(":", 4)
    assert state_of(f"{host}:{machine}:{process}:{int(started) - 1}:{token}") == "gone"
    assert state_of(f"{host}:{machine}:{2**22 + 1}:{started}:{token}") == "gone"
    assert state_of(f"{host}:elsewhere:{process}:{started}:{token}") == "unknown"
    assert state_of("once:host:12") == state_of("local") == "unknown"
