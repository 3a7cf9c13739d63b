"""Sources are synchronized with the config and claimed by one worker at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregator.messages import fetch_errors
from aggregator.model import Listing, PollSelection, Source, SourceFilter, SourceState, Validators
from aggregator.store import Store
from aggregator.store.api.poll_store import PollStore
from tests.aggregator.store.factories import HOUR, NOW, outlets, poll_result, publish, run_workers, source
from tests.aggregator.store.factories import draft as a_draft

LEASE = timedelta(minutes=5)


def claimed(store: Store, owner: str = "me", **selected: Any) -> list[str]:
    return [poll.source.slug for poll in store.claim_polls(NOW, 100, LEASE, owner, PollSelection(**selected))]


def finish(store: Store, **fields: object) -> None:
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(poll, **fields))


def test_config_values_are_stored_completely(store: Store) -> None:
    configured = Source(
        0,
        "qilu",
        "http://q.example/",
        "齐鲁",
        category="emotion/story",
        region="370000",
        language="zh-TW",
        timezone="Asia/Taipei",
        encoding="gbk",
        interval=timedelta(seconds=90.5),
        content="full",
        include=("教育", "学校"),
        exclude=("广告",),
    )
    ids = store.sync_sources([configured], NOW, HOUR)
    stored = store.sources()
    assert [stored[0].id] == list(ids.values())
    assert Source(0, *(getattr(stored[0], name) for name in Source.__slots__[1:])) == configured


def test_first_polls_are_spread_evenly(store: Store) -> None:
    outlets_of_config = [source(f"s{number}") for number in range(4)]
    store.sync_sources(outlets_of_config, NOW, timedelta(minutes=40))
    due = [health.next_poll for health in store.source_health(NOW, sort="slug")]
    assert due == [NOW + timedelta(minutes=10) * number for number in range(4)]
    assert claimed(store) == ["s0"]


def test_there_is_work_while_a_source_is_due_and_not_leased(store: Store, database_url: str) -> None:
    claims = PollStore.open(database_url)
    assert not claims.has_work(NOW)
    outlets(store, "a")
    assert claims.has_work(NOW)
    assert claimed(store) == ["a"]
    assert not claims.has_work(NOW)
    assert claims.has_work(NOW + LEASE)
    claims.close()


def test_there_is_work_while_an_article_is_due(store: Store) -> None:
    outlets(store, "a")
    (item_id,) = publish(store, "a", a_draft("1"))
    finish(store, next_poll=NOW + 9 * HOUR)
    assert not store.has_work(NOW)
    with store.write_transaction() as writer:
        writer.enqueue_articles([item_id], NOW)
    assert store.has_work(NOW)


def test_a_second_sync_keeps_known_sources(store: Store) -> None:
    first = outlets(store, "a", "b")
    finish(store, validators=Validators("tag"))
    second = store.sync_sources([source("a", title="Renamed"), source("b"), source("c")], NOW + HOUR, HOUR)
    assert second.items() >= first.items()
    poll = next(poll for poll in store.claim_polls(NOW + HOUR, 9, LEASE, "me") if poll.source.slug == "a")
    assert poll.validators == Validators("tag")
    assert poll.source.title == "Renamed"


def test_a_new_url_clears_the_validators(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", a_draft("x"))
    finish(store, validators=Validators("tag", "date", "hash"))
    store.sync_sources([source("a", url="http://elsewhere.example/")], NOW, HOUR)
    (poll,) = store.claim_polls(NOW, 9, LEASE, "me")
    assert (poll.url, poll.validators) == ("http://elsewhere.example/", Validators())
    assert store.source_health(NOW)[0].items == 1


def test_an_unlisted_source_is_kept_but_not_polled(store: Store) -> None:
    outlets(store, "a", "b")
    outlets(store, "b")
    assert [source.slug for source in store.sources()] == ["b"]
    assert claimed(store) == ["b"]
    assert {health.slug: health.state for health in store.source_health(NOW)} == {
        "a": SourceState.OFF,
        "b": SourceState.NEW,
    }
    outlets(store, "a", "b")
    assert claimed(store) == ["a"]


def test_claims_take_the_most_overdue_first_and_each_once(store: Store) -> None:
    store.sync_sources([source("late"), source("later")], NOW - HOUR, HOUR)
    first = store.claim_polls(NOW, 1, LEASE, "one")
    second = store.claim_polls(NOW, 9, LEASE, "two")
    assert [poll.source.slug for poll in [*first, *second]] == ["late", "later"]
    assert claimed(store) == []


def test_a_lease_expires_or_is_released(store: Store) -> None:
    outlets(store, "a", "b")
    assert claimed(store, "one") == ["a", "b"]
    assert store.next_due() == NOW + LEASE
    assert len(store.claim_polls(NOW + LEASE, 1, LEASE, "two")) == 1
    store.release_leases("one")
    assert claimed(store, "three") == ["b"]


def test_named_or_all_sources_are_claimed_early(store: Store) -> None:
    store.sync_sources([source("a"), source("b"), source("c", enabled=False)], NOW + HOUR, timedelta())
    assert claimed(store) == []
    assert claimed(store, slugs=["b"]) == ["b"]
    assert claimed(store, all_sources=True) == ["a"]
    assert claimed(store, slugs=["c", "none"]) == ["c"]


def test_a_disabled_source_is_not_claimed(store: Store) -> None:
    store.sync_sources([source("a", enabled=False)], NOW, timedelta())
    assert claimed(store) == []
    assert store.next_due() is None
    assert store.source_health(NOW)[0].state == SourceState.OFF


def test_two_workers_never_claim_the_same_source(store: Store, database_url: str) -> None:
    wanted = [f"s{number:03}" for number in range(120)]
    outlets(store, *wanted)
    taken: list[str] = []

    def work(own: Store, name: str) -> None:
        while polls := own.claim_polls(NOW, 7, LEASE, name):
            taken.extend(poll.source.slug for poll in polls)

    run_workers(database_url, 4, work)
    assert sorted(taken) == wanted


def test_a_poll_result_is_stored(store: Store) -> None:
    outlets(store, "a")
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")
    result = poll_result(
        poll, validators=Validators("tag", "date", "hash"), feed_title="T", feed_link="http://l", feed_id="i"
    )
    with store.write_transaction() as writer:
        writer.record_poll_result(result)
    assert claimed(store) == []
    (next_poll,) = store.claim_polls(NOW + HOUR, 1, LEASE, "me")
    assert (next_poll.validators, next_poll.interval) == (Validators("tag", "date", "hash"), HOUR)
    assert (next_poll.last_success, next_poll.failures) == (NOW, 0)
    (health,) = store.source_health(NOW)
    assert (health.state, health.feed_title, health.feed_link, health.elapsed) == (SourceState.OK, "T", "http://l", 0.2)


def test_a_failure_keeps_the_validators_and_stores_its_error(store: Store) -> None:
    outlets(store, "a")
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(poll, validators=Validators("tag")))
        failed = poll_result(
            poll,
            outcome="failed",
            state=SourceState.FAILING,
            failures=3,
            error_kind="dns",
            error=fetch_errors.DNS(host="没有这个域名"),
        )
        writer.record_poll_result(failed)
    (next_poll,) = store.claim_polls(NOW + HOUR, 1, LEASE, "me")
    assert (next_poll.validators, next_poll.failures, next_poll.last_success) == (Validators("tag"), 3, NOW)
    (health,) = store.source_health(NOW, filters=SourceFilter(state="failing"))
    assert (health.error_kind, health.error) == ("dns", fetch_errors.DNS(host="没有这个域名"))


def test_a_gone_source_is_never_due_again(store: Store) -> None:
    outlets(store, "a")
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(poll, outcome="gone", state=SourceState.GONE, next_poll=None))
    outlets(store, "a")
    assert store.next_due() is None
    assert claimed(store, all_sources=True) == ["a"]  # only when asked for


@pytest.mark.parametrize(("count", "url"), [(2, "http://a.example/feed"), (3, "http://new.example/")])
def test_a_permanent_redirect_is_followed_after_three_polls(store: Store, count: int, url: str) -> None:
    outlets(store, "a")
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(poll, moved_to="http://new.example/", moved_count=count))
    (next_poll,) = store.claim_polls(NOW + HOUR, 1, LEASE, "me")
    assert next_poll.url == url


def test_poll_now_makes_a_source_due(store: Store) -> None:
    store.sync_sources([source("a")], NOW + HOUR, timedelta())
    assert store.poll_now("a", NOW)
    assert not store.poll_now("none", NOW)
    assert claimed(store) == ["a"]


def test_an_outlet_is_named_by_its_config_its_feed_or_its_slug(store: Store) -> None:
    store.sync_sources([source("a", title="")], NOW, HOUR)

    def name() -> str:
        (card,) = store.items(Listing(), 10)
        return card.source_title

    publish(store, "a", a_draft("1"))
    assert name() == "a"
    finish(store, feed_title="鲁南新闻")
    assert name() == "鲁南新闻"
    store.sync_sources([source("a", title="鲁南")], NOW, HOUR)
    assert name() == "鲁南"
