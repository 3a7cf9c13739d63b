"""Claims are fair between hosts, limited for all workers together, and found by an index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.fetching.urls import host_key
from aggregator.model import HostQuota, Poll, PollSelection, Source
from aggregator.store import Store
from aggregator.store.sql.dialect import open_engine
from tests.aggregator.store.factories import HOUR, NOW, poll_result, run_workers
from tests.aggregator.store.statements import plans

LEASE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
STRICT = HostQuota(2, 1)
ROOMY = HostQuota(100, 50)


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


def test_one_host_does_not_fill_a_claim(store: Store) -> None:
    listed(store, ["crowd.example"] * 500 + [f"h{n}.example" for n in range(10)])
    found = hosts_of(store.claim_polls(NOW, 24, LEASE, "me", PollSelection(quota=ROOMY)))
    assert found["crowd.example"] == 14
    assert len(found) == 11


def test_what_room_is_left_is_for_whoever_is_due(store: Store) -> None:
    listed(store, ["crowd.example"] * 300)
    assert len(store.claim_polls(NOW, 24, LEASE, "me", PollSelection(quota=ROOMY))) == 24


def test_a_host_gets_no_more_than_its_share_whoever_claims(store: Store) -> None:
    listed(store, ["crowd.example"] * 50 + ["other.example"] * 2)
    proven(store)
    assert hosts_of(store.claim_polls(NOW, 9, LEASE, "one", PollSelection(quota=STRICT))) == {
        "crowd.example": 2,
        "other.example": 2,
    }
    assert store.claim_polls(NOW, 9, LEASE, "two", PollSelection(quota=STRICT)) == []
    store.release_leases("one")
    assert hosts_of(store.claim_polls(NOW + HOUR, 9, LEASE, "two", PollSelection(quota=STRICT)))["crowd.example"] == 2


def test_the_unproven_leave_a_place_to_the_others(store: Store) -> None:
    listed(store, ["a.example"] * 3)
    proven(store)
    ill = store_all(store)[:2]
    with store.write_transaction() as writer:
        for poll in ill:
            writer.record_poll_result(poll_result(poll, outcome="failed", failures=1, next_poll=NOW - HOUR))
    claimed = store.claim_polls(NOW, 9, LEASE, "me", PollSelection(quota=STRICT))
    assert sorted(poll.failures for poll in claimed) == [0, 1]


def test_what_is_beyond_the_share_is_put_off_bit_by_bit(store: Store) -> None:
    listed(store, ["crowd.example"] * 10)
    proven(store)
    store.claim_polls(NOW, 9, LEASE, "me", PollSelection(quota=STRICT))
    waits = [one.next_poll - NOW for one in store.source_health(NOW, sort="next_poll") if one.next_poll is not None]
    assert waits == [-SECOND, -SECOND, *(number * SECOND for number in range(1, 9))]


def test_a_crowd_of_thousands_is_soon_out_of_the_way(store: Store) -> None:
    listed(store, ["crowd.example"] * 1500 + ["late.example"])
    claims = [hosts_of(store.claim_polls(NOW, 9, LEASE, "me", PollSelection(quota=STRICT))) for _ in range(3)]
    assert sum(claims, Counter()) == {"crowd.example": 1, "late.example": 1}


def test_a_moved_source_counts_at_its_new_host(store: Store) -> None:
    listed(store, ["a.example", "b.example"])
    proven(store, moved_to="http://new.example/", moved_count=3)
    assert hosts_of(store.claim_polls(NOW, 9, LEASE, "me", PollSelection(quota=HostQuota(1, 1)))) == {"new.example": 1}


def test_workers_together_keep_to_the_share(store: Store, database_url: str) -> None:
    listed(store, [f"h{n % 3}.example" for n in range(90)])
    taken: list[Poll] = []

    def work(own: Store, name: str) -> None:
        for _ in range(5):
            taken.extend(
                own.claim_polls(NOW, 3, LEASE, name, PollSelection(quota=replace(STRICT, max_leased_unproven=2)))
            )

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
    listed(store, [f"h{n % 700}.example" for n in range(3000)])
    engine = open_engine(url)
    with engine.begin() as connection:
        later = {"later": NOW + HOUR}
        connection.execute(text("UPDATE sources SET next_poll = :later WHERE id > 40"), later)
        if kind == "new_postgres":
            connection.execute(text("ANALYZE"))
    engine.dispose()
    found = plans(lambda: store.claim_polls(NOW, 24, LEASE, "me", PollSelection(quota=STRICT)))
    found += plans(store.next_due)
    store.close()
    about = [(statement, plan) for statement, plan in found if "FROM sources" in statement]
    assert len(about) >= 4
    for statement, plan in about:
        assert not re.search(r"SCAN sources\b(?! USING)|Seq Scan on sources", plan), f"{statement}\n{plan}"
    assert any("sources_due" in plan for _, plan in about)
