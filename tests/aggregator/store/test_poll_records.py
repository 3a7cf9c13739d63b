"""Polls recorded together leave what polls recorded one by one leave."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

from aggregator.messages import fetch_errors
from aggregator.model import Poll
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
        writer.record_unchanged([unchanged["c"], unchanged["d"]])
    assert not store.lease_owners("")
    health = {row.slug: row for row in store.source_health(NOW)}
    names = [field.name for field in fields(health["a"]) if field.name not in _OF_THE_SOURCE]
    for name in names:
        assert getattr(health["c"], name) == getattr(health["a"], name), name
    assert [getattr(health["d"], name) for name in names] == [getattr(health["c"], name) for name in names]


def test_the_result_of_a_source_that_was_changed_meanwhile_only_ends_its_lease(store: Store) -> None:
    outlets(store, "a", "b")
    polls = claim(store)
    results = [
        poll_result(poll, outcome="unchanged", status=304, next_poll=NOW + LEASE, document_key=key)
        for poll, key in ((polls["a"], polls["a"].source.document_key), (polls["b"], "another"))
    ]
    with store.write_transaction() as writer:
        writer.record_unchanged(results)
    assert not store.lease_owners("")
    assert list(claim(store)) == ["b"]
