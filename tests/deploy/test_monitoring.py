"""Dashboard and alert rules name only metrics that /metrics has; requests are counted by kind."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from aggregator.store import Store
from tests.deploy.dockerfile import DEPLOY
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_app
from web.request_times import RequestTimes, kind_of

MONITORING = DEPLOY / "monitoring"


def families(store: Store) -> list[Metric]:
    text = create_app(store, fixture_site.config(), clock=lambda: NOW).test_client().get("/metrics").text
    return list(text_string_to_metric_families(text))


def samples(metrics: Iterable[Metric]) -> dict[tuple[str, ...], float]:
    return {(sample.name, *sample.labels.values()): sample.value for family in metrics for sample in family.samples}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterable[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in json.loads((MONITORING / "dashboard.json").read_text("utf-8"))["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def test_every_metric_of_dashboard_and_alerts_exists(new_sqlite: str) -> None:
    store = Store.open(new_sqlite)
    store.record_heartbeat(NOW)
    metrics = families(store)
    values = samples(metrics)
    store.close()
    exposed = {sample[0] for sample in values} | {family.name for family in metrics if family.type == "gauge"}
    used = {name for text in expressions() for name in re.findall(r"\b(?:gedi|process)_\w+", text)}
    assert used - exposed == set()
    labels = {value for sample in values for value in sample[1:]}
    for text in expressions():
        for value in re.findall(r'(?:stage|kind|subject)=~?"([^"]*)"', text):
            assert set(value.split("|")) <= labels, value
    own = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in exposed if name.startswith("gedi_")}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}
    assert own - shown == set(), "not on the dashboard"


def test_rules_are_complete() -> None:
    for rule in rules():
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("critical", "warning")
    ids = [panel["id"] for panel in json.loads((MONITORING / "dashboard.json").read_text("utf-8"))["panels"]]
    assert len(ids) == len(set(ids)) > 20


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_the_rules() -> None:
    checked = ["promtool", "check", "config", str(MONITORING / "prometheus.yaml")]
    assert subprocess.run(checked, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "page"),
        ("/feeds", "page"),
        ("/feeds/all.atom", "feed"),
        ("/opml/sources", "feed"),
        ("/pictures/x/1/2", "picture"),
        ("/static/style.css", "static"),
        ("/api/items", "api"),
        ("/api/admin/queues", "admin"),
        ("/admin/login", "admin"),
        ("/push/token", "hub"),
        ("/healthz", "status"),
        ("/story/1", "page"),
    ],
)
def test_kind_of_a_request(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_requests_are_counted_with_failures_and_durations(new_sqlite: str) -> None:
    store = Store.open(new_sqlite)
    times = RequestTimes()

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/latest":
            raise ZeroDivisionError
        start_response("503 Service Unavailable" if environ["PATH_INFO"] == "/hot" else "200 OK", [])
        return [b""]

    counted = times.wrap(application)
    for path in ("/", "/hot", "/latest", "/feeds/all.atom"):
        environ: dict[str, Any] = {"PATH_INFO": path}
        setup_testing_defaults(environ)
        try:
            counted(environ, lambda status, headers, exc_info=None: lambda body: None)
        except ZeroDivisionError:
            assert path == "/latest"
    times.flush(store, NOW)
    times.flush(store, NOW)  # nothing is counted twice
    values = samples(families(store))
    store.close()
    assert values["gedi_http_seconds_count", "page"] == 3
    assert values["gedi_http_failures_total", "page"] == 2
    assert values["gedi_http_seconds_bucket", "feed", "+Inf"] == values["gedi_http_seconds_count", "feed"] == 1
    assert 0 < values["gedi_http_seconds_sum", "page"] < 5
    assert values["gedi_http_failures_total", "feed"] == 0
