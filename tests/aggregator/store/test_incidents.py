"""Opening and closing of incidents."""

from __future__ import annotations

from datetime import timedelta

from aggregator.messages import fetch_errors, incidents
from aggregator.model import PollSelection, SourceState
from aggregator.model.health import Incident
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, outlets, poll_result

FAILED = {
    "outcome": "failed",
    "state": SourceState.FAILING,
    "error_kind": "dns",
    "error": fetch_errors.DNS(host="a.example"),
}


def poll_source(store: Store, hours: int, **fields: object) -> None:
    (poll,) = store.claim_polls(NOW, 1, HOUR, "me", PollSelection(slugs=["a"]))
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(poll, at=NOW + hours * HOUR, **fields))


def all_incidents(store: Store) -> list[Incident]:
    return sorted(store.recent_incidents(50), key=lambda incident: incident.id)


def test_few_failures_open_no_incident(store: Store) -> None:
    outlets(store, "a")
    poll_source(store, 1, **FAILED, failures=1)
    poll_source(store, 2, **FAILED, failures=2)
    poll_source(store, 3)
    assert all_incidents(store) == []


def test_a_lasting_failure_opens_and_closes_one_incident(store: Store) -> None:
    outlets(store, "a")
    for hours in range(1, 6):
        poll_source(store, hours, **FAILED, failures=hours)
    (incident,) = all_incidents(store)
    assert (incident.slug, incident.kind, incident.failures) == ("a", "dns", 3)
    assert (incident.began, incident.ended) == (NOW + 3 * HOUR, None)
    assert store.metrics(NOW).open_incidents == {"source": 1}
    poll_source(store, 7)
    poll_source(store, 8)
    (closed,) = all_incidents(store)
    assert (closed.id, closed.ended) == (incident.id, NOW + 7 * HOUR)
    for hours in range(1, 4):
        poll_source(store, 10 + hours, **FAILED, failures=hours)
    assert [incident.id for incident in all_incidents(store)] == [incident.id, incident.id + 1]


def test_a_gone_feed_opens_an_incident_at_once(store: Store) -> None:
    outlets(store, "a")
    gone = {
        "outcome": "gone",
        "state": SourceState.GONE,
        "next_poll": None,
        "failures": 1,
        "error_kind": "gone",
        "error": fetch_errors.STATUSES[410](status=410, line="410 Gone"),
    }
    poll_source(store, 1, **gone)
    assert [incident.kind for incident in all_incidents(store)] == ["gone"]


def test_a_disabled_source_is_not_counted(store: Store) -> None:
    outlets(store, "a")
    poll_source(store, 1, **FAILED, failures=3)
    outlets(store)
    assert store.metrics(NOW).open_incidents == {}


def test_incidents_of_the_service(store: Store) -> None:
    store.open_incident("disk", incidents.DISK(), NOW)
    store.open_incident("disk", incidents.DISK(), NOW + HOUR)
    assert [(incident.subject, incident.began) for incident in store.open_service_incidents()] == [("disk", NOW)]
    store.open_incident("config", incidents.CONFIG(problems="line 3"), NOW)
    store.open_incident("config", incidents.CONFIG(problems="line 4"), NOW + HOUR)
    store.close_incident("disk", NOW + 2 * HOUR)
    store.close_incident("disk", NOW + 3 * HOUR)
    assert [(incident.subject, incident.detail, incident.ended) for incident in all_incidents(store)] == [
        ("disk", incidents.DISK(), NOW + 2 * HOUR),
        ("config", incidents.CONFIG(problems="line 3"), NOW + HOUR),
        ("config", incidents.CONFIG(problems="line 4"), None),
    ]
    assert store.open_service_incidents() == []


def test_closed_incidents_are_pruned(store: Store) -> None:
    store.open_incident("disk", incidents.DISK(), NOW - timedelta(days=200))
    store.close_incident("disk", NOW - timedelta(days=91))
    store.open_incident("disk", incidents.DISK(), NOW - timedelta(days=90))
    store.prune(NOW, timedelta(days=365))
    assert [incident.began for incident in all_incidents(store)] == [NOW - timedelta(days=90)]
