"""When an admin is told of a trouble, and when it is over."""

from __future__ import annotations

from datetime import timedelta

from aggregator.messages import fetch_errors, incidents
from aggregator.model import SourceState
from aggregator.model.health import Incident
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, outlets, visit

FAILED = {
    "outcome": "failed",
    "state": SourceState.FAILING,
    "error_kind": "dns",
    "error": fetch_errors.DNS(host="a.example"),
}


def visited(store: Store, hours: int, **more: object) -> None:
    (poll,) = store.claim_polls(NOW, 1, HOUR, "me", slugs=["a"])
    with store.write_transaction() as writer:
        writer.record_poll_result(visit(poll, at=NOW + hours * HOUR, **more))


def told(store: Store) -> list[Incident]:
    return sorted(store.recent_incidents(50), key=lambda trouble: trouble.id)


def test_a_hiccup_is_no_trouble(store: Store) -> None:
    outlets(store, "a")
    visited(store, 1, **FAILED, failures=1)
    visited(store, 2, **FAILED, failures=2)
    visited(store, 3)
    assert told(store) == []


def test_what_lasts_is_told_once_and_so_is_its_end(store: Store) -> None:
    outlets(store, "a")
    for hours in range(1, 6):
        visited(store, hours, **FAILED, failures=hours)
    (trouble,) = told(store)
    assert (trouble.slug, trouble.kind, trouble.failures) == ("a", "dns", 3)
    assert (trouble.began, trouble.ended) == (NOW + 3 * HOUR, None)
    assert store.metrics(NOW).open_incidents == {"source": 1}
    visited(store, 7)
    visited(store, 8)
    (over,) = told(store)
    assert (over.id, over.ended) == (trouble.id, NOW + 7 * HOUR)
    for hours in range(1, 4):
        visited(store, 10 + hours, **FAILED, failures=hours)
    assert [one.id for one in told(store)] == [trouble.id, trouble.id + 1]


def test_a_feed_that_is_gone_is_told_at_once(store: Store) -> None:
    outlets(store, "a")
    gone = {
        "outcome": "gone",
        "state": SourceState.GONE,
        "next_poll": None,
        "failures": 1,
        "error_kind": "gone",
        "error": fetch_errors.STATUSES[410](status=410, line="410 Gone"),
    }
    visited(store, 1, **gone)
    assert [one.kind for one in told(store)] == ["gone"]


def test_a_source_that_was_switched_off_is_not_counted(store: Store) -> None:
    outlets(store, "a")
    visited(store, 1, **FAILED, failures=3)
    outlets(store)
    assert store.metrics(NOW).open_incidents == {}


def test_troubles_of_the_service_itself(store: Store) -> None:
    store.open_incident("disk", incidents.DISK(), NOW)
    store.open_incident("disk", incidents.DISK(), NOW + HOUR)
    assert [(one.subject, one.began) for one in store.open_service_incidents()] == [("disk", NOW)]
    store.open_incident("config", incidents.CONFIG(problems="line 3"), NOW)
    store.open_incident("config", incidents.CONFIG(problems="line 4"), NOW + HOUR)
    store.close_incident("disk", NOW + 2 * HOUR)
    store.close_incident("disk", NOW + 3 * HOUR)
    assert [(one.subject, one.detail, one.ended) for one in told(store)] == [
        ("disk", incidents.DISK(), NOW + 2 * HOUR),
        ("config", incidents.CONFIG(problems="line 3"), NOW + HOUR),
        ("config", incidents.CONFIG(problems="line 4"), None),
    ]
    assert store.open_service_incidents() == []


def test_what_is_long_over_is_forgotten(store: Store) -> None:
    store.open_incident("disk", incidents.DISK(), NOW - timedelta(days=200))
    store.close_incident("disk", NOW - timedelta(days=91))
    store.open_incident("disk", incidents.DISK(), NOW - timedelta(days=90))
    store.prune(NOW, timedelta(days=365))
    assert [one.began for one in told(store)] == [NOW - timedelta(days=90)]
