"""Claims are fair between hosts, limited for all workers together, and found by an index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from aggregator.fetching.urls import host_key
from aggregator.model import Claim, ClaimRoom, HostQuota, Poll, PollSelection, Source
from aggregator.store import Store
from aggregator.store.sql.dialect import open_engine
from tests.aggregator.store.factories import HOUR, NOW, poll_result, run_workers
from tests.aggregator.store.statements import plans, recorded

LEASE = timedelta(minutes=5)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
STRICT = HostQuota(2, 1)
ROOM = ClaimRoom(24, 24, 24)


def listed(store: Store, hosts: Sequence[str], *, since: timedelta = HOUR) -> None:
    """Return one source for each host name, all due, in this order."""
    given = [Source(0, f"s{n:05}", f"http://{host}/{n}", f"S{n}") for n, host in enumerate(hosts)]
    store.sync_sources(given, NOW - since, since / 2)


def proven(store: Store, **more: object) -> None:
    """Record a successful poll of every source, so that each is due again."""
    polls = store_all(store)
    with store.write_transaction() as writer:
        for poll in polls:
            writer.record_poll_result(poll_result(poll, next_poll=NOW - SECOND, **more))


def store_all(store: Store) -> list[Poll]:
    polls = store.claim_polls(NOW, 100_000, LEASE, "setup", PollSelection(all_sources=True))
    store.release_leases("setup")
    return polls


def hosts_of(polls: Sequence[Poll]) -> Counter[str]:
    return Counter(host_key(poll.url) for poll in polls)


def claim(store: Store, owner: str = "me", now: datetime = NOW, **more: Any) -> Claim:
    wanted: dict[str, Any] = {"room": ROOM, "quota": STRICT} | more
    return store.claim_due(now, wanted["room"], wanted["quota"], LEASE, owner)


def test_one_host_does_not_fill_a_claim(store: Store) -> None:
    listed(store, ["crowd.example"] * 500 + [f"h{n}.example" for n in range(10)])
    found = hosts_of(claim(store, quota=HostQuota(14, 14)).polls)
    assert found["crowd.example"] == 14
    assert len(found) == 11


def test_a_host_gets_no_more_than_its_share_whoever_claims(store: Store) -> None:
    listed(store, ["crowd.example"] * 50 + ["other.example"] * 2)
    proven(store)
    first = claim(store, "one")
    assert hosts_of(first.polls) == {"crowd.example": 2, "other.example": 2}
    assert first.others_wait
    second = claim(store, "two")
    assert (second.polls, second.others_wait) == ((), True)
    store.release_leases("one")
    assert hosts_of(claim(store, "two", NOW + HOUR).polls)["crowd.example"] == 2


def test_the_unproven_leave_a_place_to_the_others(store: Store) -> None:
    listed(store, ["a.example"] * 3)
    proven(store)
    ill = store_all(store)[:2]
    with store.write_transaction() as writer:
        for poll in ill:
            writer.record_poll_result(poll_result(poll, outcome="failed", failures=1, next_poll=NOW - HOUR))
    assert sorted(poll.failures for poll in claim(store).polls) == [0, 1]


def test_a_worker_claims_no_more_than_it_can_start(store: Store) -> None:
    listed(store, [f"h{n}.example" for n in range(30)])
    proven(store)
    failing = store_all(store)[:10]
    with store.write_transaction() as writer:
        for poll in failing:
            writer.record_poll_result(poll_result(poll, outcome="failed", failures=1, next_poll=NOW - SECOND))
    found = claim(store, room=ClaimRoom(regular=5, new=3, failing=2))
    assert sorted(poll.failures for poll in found.polls) == [0] * 5 + [1] * 2
    assert not found.others_wait, "they wait for a worker, not for their host"
    assert claim(store, room=ClaimRoom(0, 0, 0)).polls == ()
    assert len(claim(store, "two").polls) == 23


def test_what_is_put_off_keeps_its_due_time_and_its_place(store: Store) -> None:
    listed(store, ["crowd.example"] * 10)
    polls = store_all(store)
    with store.write_transaction() as writer:
        for poll in polls:  # the last source has been due for longest
            writer.record_poll_result(poll_result(poll, next_poll=NOW - poll.source.id * SECOND))
    order = []
    for minute in range(5):
        at = NOW + minute * MINUTE
        found = claim(store, now=at).polls
        order += [poll.source.id for poll in found]
        with store.write_transaction() as writer:
            for poll in found:
                writer.record_poll_result(poll_result(poll, next_poll=at + SECOND))
    assert order == [poll.source.id for poll in reversed(polls)]


def test_equal_due_times_are_decided_by_the_last_poll(store: Store) -> None:
    listed(store, ["a.example"] * 4)
    polls = store_all(store)
    with store.write_transaction() as writer:
        for poll in polls:
            ago = poll.source.id * MINUTE
            writer.record_poll_result(poll_result(poll, at=NOW - ago, next_poll=NOW - SECOND))
    assert {poll.source.id for poll in claim(store).polls} == {poll.source.id for poll in polls[2:]}


def test_a_crowd_of_thousands_is_soon_out_of_the_way(store: Store) -> None:
    listed(store, ["crowd.example"] * 900 + ["late.example"])
    assert hosts_of(claim(store).polls) == {"crowd.example": 2, "late.example": 1}
    with recorded() as statements:
        assert claim(store).polls == ()
    assert not any(statement.text.startswith("UPDATE") for statement in statements), "those that wait stay untouched"


def test_a_moved_source_counts_at_its_new_host(store: Store) -> None:
    listed(store, ["a.example", "b.example"])
    proven(store, moved_to="http://new.example/", moved_count=3)
    assert hosts_of(claim(store, quota=HostQuota(1, 1)).polls) == {"new.example": 1}


def test_a_source_that_waits_can_be_polled_and_moved_like_any_other(store: Store) -> None:
    listed(store, ["a.example"] * 4)
    proven(store)
    claim(store)
    assert store.spread_overdue(NOW, MINUTE, HOUR) == 0, "its place depends on its due time"
    assert len(store.claim_polls(NOW, 9, LEASE, "all", PollSelection(all_sources=True))) == 2
    store.release_leases("all")
    moved = [replace(source, url=f"http://b{source.id}.example/") for source in store.sources()]
    store.sync_sources(moved, NOW, timedelta(0))
    assert len(hosts_of(claim(store).polls)) == 2


def test_workers_together_keep_to_the_share(store: Store, database_url: str) -> None:
    listed(store, [f"h{n % 3}.example" for n in range(90)])
    taken: list[Poll] = []

    def work(own: Store, name: str) -> None:
        for _ in range(5):
            taken.extend(claim(own, name, room=ClaimRoom(3, 3, 3), quota=HostQuota(2, 2)).polls)

    run_workers(database_url, 3, work)
    assert hosts_of(taken) == {f"h{n}.example": 2 for n in range(3)}


def test_what_is_overdue_is_spread(store: Store) -> None:
    listed(store, [f"h{n}.example" for n in range(8)])
    assert store.spread_overdue(NOW, SECOND, HOUR) == 8
    due = [one.next_poll for one in store.source_health(NOW, sort="next_poll")]
    assert due == [NOW + number * SECOND for number in range(8)]
    assert store.spread_overdue(NOW + 7 * SECOND, HOUR, 4 * SECOND) == 8
    assert max(one.next_poll for one in store.source_health(NOW) if one.next_poll) == NOW + 10.5 * SECOND


def test_what_is_lent_or_not_yet_due_is_not_spread(store: Store) -> None:
    listed(store, ["a.example", "b.example"])
    (poll,) = store.claim_polls(NOW, 1, LEASE, "me")
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(poll))
    store.claim_polls(NOW, 1, LEASE, "me")
    assert store.spread_overdue(NOW, SECOND, HOUR) == 0


@pytest.mark.parametrize("kind", ["new_sqlite", "new_postgres"])
def test_a_claim_among_many_sources_reads_an_index(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(kind)
    store = Store.open(url, migrate=False)
    listed(store, [*(f"h{n % 700}.example" for n in range(2990)), *["crowd.example"] * 10])
    engine = open_engine(url)
    with engine.begin() as connection:
        later = {"later": NOW + HOUR}
        connection.execute(text("UPDATE sources SET next_poll = :later WHERE id > 40 AND id <= 2990"), later)
        if kind == "new_postgres":
            connection.execute(text("ANALYZE"))
    engine.dispose()
    claim(store, "another")
    store.release_leases("another")
    found = plans(lambda: claim(store))
    store.close()
    about = [(statement, plan) for statement, plan in found if "FROM sources" in statement]
    assert len(about) >= 4
    for statement, plan in about:
        assert not re.search(r"SCAN sources\b(?! USING)|Seq Scan on sources", plan), f"{statement}\n{plan}"
    assert {name for name in ("sources_lanes", "sources_queued") for _, plan in about if name in plan} == {
        "sources_lanes", "sources_queued",
    }  # fmt: skip
