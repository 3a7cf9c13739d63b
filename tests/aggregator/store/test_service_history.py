"""History of the service and of one source: delays, new items by hour, size of the database."""

from __future__ import annotations

from datetime import timedelta

from aggregator.model import PollResult, SourceState
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, publish


def test_delays_are_counted_after_the_first_document(store: Store) -> None:
    a, b = outlets(store, "a", "b").values()
    publish(store, "a", draft("backlog", minutes=3000))
    history = store.source_history(a, NOW)
    assert history.days[-1].items == 1
    assert history.days[-1].delays == (0, 0, 0, 0, 0)
    with store.write_transaction() as writer:
        writer.record_poll_result(PollResult(a, NOW, "changed", SourceState.OK, NOW + HOUR, HOUR, 0, 0.2))
    publish(store, "a", *(draft(f"item {minutes}", minutes=minutes) for minutes in (0, 5, 6, 60, 61, 360, 361)))
    publish(store, "b", draft("other", minutes=1))
    assert store.source_history(a, NOW).days[-1].delays == (2, 1, 1, 2, 1)
    assert store.service_history(NOW).days[-1].delays == (2, 1, 1, 2, 1)
    assert store.source_history(b, NOW).days[-1].delays == (0, 0, 0, 0, 0)


def test_items_are_counted_by_hour_for_all_sources_and_for_one(store: Store) -> None:
    a, _ = outlets(store, "a", "b").values()
    publish(store, "a", draft("one"), draft("two"))
    publish(store, "b", draft("three"))
    hour = int(NOW.timestamp()) // 3600
    assert store.service_history(NOW).hours == {hour: 3}
    assert store.source_history(a, NOW).hours == {hour: 2}
    assert store.service_history(NOW + timedelta(days=30)).hours == {}


def test_the_last_size_of_a_day_counts(store: Store) -> None:
    store.record_size(NOW)
    store.record_size(NOW)
    store.record_size(NOW + timedelta(days=1))
    sizes = store.service_history(NOW + timedelta(days=1)).sizes
    assert len(sizes) == 2
    assert all(size > 10_000 for size in sizes.values())
