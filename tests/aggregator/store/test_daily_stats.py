"""Poll statistics by day, metrics and the heartbeat."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from aggregator.messages import fetch_errors
from aggregator.model import PollSelection, SourceState
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, poll_result, publish

DAY = timedelta(days=1)


def poll_source(store: Store, *results: dict[str, object]) -> None:
    """Poll the source "a" once for each result."""
    for fields in results:
        (poll,) = store.claim_polls(NOW, 1, HOUR, "me", PollSelection(slugs=["a"]))
        with store.write_transaction() as writer:
            writer.record_poll_result(poll_result(poll, **fields))


def test_polls_of_a_day_are_summed(store: Store) -> None:
    ids = outlets(store, "a", "b")
    poll_source(
        store,
        {"elapsed": 0.5},
        {"elapsed": 0.1, "status": 304, "outcome": "unchanged"},
        {
            "elapsed": 3.0,
            "outcome": "failed",
            "state": SourceState.FAILING,
            "failures": 1,
            "error": fetch_errors.TRUNCATED(),
        },
        {"at": NOW - 2 * DAY, "elapsed": 1.0},
        {"at": NOW - 40 * DAY},
    )
    publish(store, "a", draft("1"), draft("2"))
    days = store.daily_poll_stats([ids["a"], ids["b"]], NOW, 3)
    older, yesterday, today = days[ids["a"]]
    assert (today.visits, today.not_modified, today.failures, today.items) == (3, 1, 1, 2)
    assert today.seconds == pytest.approx(1.2)
    assert (yesterday.visits, yesterday.seconds) == (0, None)
    assert (older.visits, older.items, older.day) == (1, 0, date(2026, 5, 30))
    assert [day.visits for day in days[ids["b"]]] == [0, 0, 0]
    (health, _) = store.source_health(NOW, sort="slug")
    assert len(health.days) == 7
    assert health.days[-1] == today


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 6, 1, 15, 59, 59, tzinfo=UTC), date(2026, 6, 1)),
        (datetime(2026, 6, 1, 16, 0, tzinfo=UTC), date(2026, 6, 2)),
    ],
)
def test_a_day_begins_at_midnight_in_china(store: Store, at: datetime, day: date) -> None:
    ids = outlets(store, "a")
    poll_source(store, {"at": at})
    assert [stats.day for stats in store.daily_poll_stats([ids["a"]], at, 1)[ids["a"]] if stats.visits] == [day]


def test_days_are_pruned_after_a_month(store: Store) -> None:
    ids = outlets(store, "a")
    poll_source(store, {}, {"at": NOW - 29 * DAY}, {"at": NOW - 30 * DAY})
    store.prune(NOW, timedelta(days=365))
    assert [day.visits for day in store.daily_poll_stats([ids["a"]], NOW, 60)[ids["a"]]][-31:] == [0, 1, *[0] * 28, 1]


def test_a_rolled_back_poll_is_not_counted(store: Store) -> None:
    ids = outlets(store, "a")
    (poll,) = store.claim_polls(NOW, 1, HOUR, "me")

    def cut() -> None:
        with store.write_transaction() as writer:
            writer.record_poll_result(poll_result(poll))
            raise KeyError

    with pytest.raises(KeyError):
        cut()
    assert store.daily_poll_stats([ids["a"]], NOW, 1)[ids["a"]][0].visits == 0
    assert store.metrics(NOW).counters["visits.changed"] == 0


def test_metrics(store: Store) -> None:
    outlets(store, "a", "b", "c")
    poll_source(
        store,
        {"elapsed": 0.5, "next_poll": NOW + HOUR},
        {"outcome": "unchanged", "elapsed": 0.25},
        {
            "outcome": "failed",
            "state": SourceState.FAILING,
            "failures": 3,
            "error": fetch_errors.TRUNCATED(),
            "elapsed": 1.0,
        },
    )
    publish(store, "a", draft("1"), draft("2"))
    figures = store.metrics(NOW + timedelta(minutes=10))
    assert figures.states == {"new": 2, "ok": 0, "slow": 0, "failing": 1, "gone": 0, "off": 0}
    outcomes = {"visits.changed": 1, "visits.unchanged": 1, "visits.failed": 1, "visits.gone": 0}
    assert figures.counters == outcomes | {"visits.ms": 1750, "items.new": 2}
    assert (figures.items, figures.items_last_day, figures.overdue) == (2, 2, 2)
    assert figures.open_incidents == {"source": 1}
    assert figures.bytes > 0
    assert figures.last_heartbeat is None


def test_heartbeat_is_recorded_and_cleared(store: Store) -> None:
    assert store.last_heartbeat() is None
    store.record_heartbeat(NOW)
    store.record_heartbeat(NOW + timedelta(seconds=10))
    assert store.last_heartbeat() == NOW + timedelta(seconds=10)
    store.clear_heartbeat()
    assert store.last_heartbeat() is None
