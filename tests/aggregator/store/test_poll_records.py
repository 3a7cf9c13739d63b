"""Polls recorded together leave what polls recorded one by one leave."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

from aggregator.messages import fetch_errors
from aggregator.model import Poll, Validators
from aggregator.store import Store
from tests.aggregator.store.factories import NOW, outlets, poll_result

LEASE = timedelta(minutes=5)
_OF_THE_SOURCE = ("id", "slug", "url", "title")


def claim(store: Store) -> dict[str, Poll]:
    return {poll.source.slug: poll for poll in store.claim_polls(NOW, 10, LEASE, "me")}


def test_together_or_one_by_one(store: Store) -> None:
    outlets(store, "a", "b", "c", "d")
    for poll in claim(store).values():  # each has an open incident, and is due again
        failed = poll_result(poll, outcome="failed", failures=3, error=fetch_errors.ROBOTS(), next_poll=NOW)
        with store.write_transaction() as writer:
            writer.record_poll_result(failed)
    polls = claim(store)
    unchanged = {
        slug: poll_result(poll, outcome="unchanged", status=304, elapsed=0.25, next_poll=NOW + LEASE)
        for slug, poll in polls.items()
    }
    with store.write_transaction() as writer:
        writer.record_poll_result(unchanged["a"])
        writer.record_poll_result(unchanged["b"])
        writer.record_poll_results([unchanged["c"], unchanged["d"]])
    assert not store.lease_owners("")
    health = {row.slug: row for row in store.source_health(NOW)}
    names = [field.name for field in fields(health["a"]) if field.name not in _OF_THE_SOURCE]
    for name in names:
        assert getattr(health["c"], name) == getattr(health["a"], name), name
    assert [getattr(health["d"], name) for name in names] == [getattr(health["c"], name) for name in names]


def test_documents_that_were_read_together_or_one_by_one(store: Store) -> None:
    ids = outlets(store, "a", "b", "c", "d")
    for at in (NOW, NOW + LEASE):
        polls = {poll.source.slug: poll for poll in store.claim_polls(at, 10, LEASE, "me")}
        read = {
            "outcome": "changed", "status": 200, "entries": 30, "next_poll": at + LEASE, "profile": b"profile",
            "validators": Validators('"1"', "yesterday", "hash"), "seen_entries": b"seen", "feed_title": "Feed",
        }  # fmt: skip
        plain = {
            "outcome": "unchanged",
            "status": 200,
            "validators": Validators(body_hash="hash"),
            "next_poll": at + LEASE,
        }
        results = {slug: poll_result(poll, **(read if slug in "ac" else plain)) for slug, poll in polls.items()}
        failed = poll_result(polls["b"], outcome="failed", failures=1, next_poll=at + LEASE)
        with store.write_transaction() as writer:
            writer.record_poll_result(results["a"])
            writer.record_poll_results([results["c"], failed, results["d"]])
    with store.write_transaction() as writer:
        writer.record_poll_result(results["b"])
    health = {row.slug: row for row in store.source_health(NOW + LEASE)}
    names = [field.name for field in fields(health["a"]) if field.name not in _OF_THE_SOURCE]
    assert [getattr(health["c"], name) for name in names] == [getattr(health["a"], name) for name in names]
    assert (health["b"].failures, health["d"].failures) == (0, 0)
    after = {poll.source.slug: poll for poll in store.claim_polls(NOW + 9 * LEASE, 10, LEASE, "me")}
    assert after["c"].validators == after["a"].validators == Validators('"1"', "yesterday", "hash")
    assert after["d"].validators == Validators(body_hash="hash")
    assert after["c"].profile == after["a"].profile == b"profile"
    assert [store.known_items(ids[slug]).seen_entries for slug in "acd"] == [b"seen", b"seen", b""]


def test_the_result_of_a_source_that_was_changed_meanwhile_only_ends_its_lease(store: Store) -> None:
    outlets(store, "a", "b")
    polls = claim(store)
    results = [
        poll_result(poll, outcome="unchanged", status=304, next_poll=NOW + LEASE, document_key=key)
        for poll, key in ((polls["a"], polls["a"].source.document_key), (polls["b"], "another"))
    ]
    with store.write_transaction() as writer:
        writer.record_poll_results(results)
    assert not store.lease_owners("")
    assert list(claim(store)) == ["b"]
