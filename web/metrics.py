"""Prometheus metrics of the service (/metrics). The only module that imports prometheus_client.

The values come from the store, so that every process of the site returns the same ones; the process metrics are those
of the responding process. Names and meanings are documented in docs/outputs.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from aggregator import VERSION
from aggregator.model.health import Metrics
from aggregator.runtime.stage_times import BOUNDS, HTTP_KINDS, WORK_STAGES, StageTotals
from web.site import Site

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
TTL = 5.0  # seconds


def render_metrics(site: Site) -> bytes:
    """Return the metrics in the Prometheus text format."""
    figures = site.cache.get("figures", TTL, lambda: site.store.metrics(site.now()))
    registry = CollectorRegistry()
    registry.register(_StoreCollector(figures, site.config_state().ok))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _StoreCollector(Collector):
    def __init__(self, figures: Metrics, config_ok: bool) -> None:
        self._figures, self._config_ok = figures, config_ok

    def collect(self) -> Iterator[Metric]:
        yield from _source_metrics(self._figures)
        yield from _poll_metrics(self._figures)
        yield from _work_metrics(self._figures)
        yield from _queue_metrics(self._figures)
        yield from _stage_metrics(self._figures)
        yield GaugeMetricFamily(
            "gedi_config_ok", "1 if the active config is the current config.toml.", int(self._config_ok)
        )
        info = GaugeMetricFamily("gedi_info", "The running version.", labels=["version"])
        info.add_metric([VERSION], 1)
        yield info


def _source_metrics(figures: Metrics) -> Iterator[Metric]:
    states = GaugeMetricFamily("gedi_sources", "Listed sources by state.", labels=["state"])
    for state, count in sorted(figures.states.items()):
        states.add_metric([state], count)
    yield states
    yield GaugeMetricFamily(
        "gedi_sources_overdue", "Sources whose poll is overdue by more than five minutes.", figures.overdue
    )
    troubles = GaugeMetricFamily("gedi_troubles", "Open incidents by subject.", labels=["subject"])
    for subject in ("source", "config", "disk", "database"):
        troubles.add_metric([subject], figures.open_incidents.get(subject, 0))
    yield troubles
    standings = GaugeMetricFamily("gedi_subscriptions", "WebSub subscriptions by state.", labels=["standing"])
    for standing, count in sorted(figures.subscriptions.items()):
        standings.add_metric([standing], count)
    yield standings


def _poll_metrics(figures: Metrics) -> Iterator[Metric]:
    counters = figures.counters
    visits = CounterMetricFamily("gedi_visits", "Polls by outcome.", labels=["outcome"])
    for outcome in ("changed", "unchanged", "failed", "gone"):
        visits.add_metric([outcome], counters[f"visits.{outcome}"])
    yield visits
    yield CounterMetricFamily(
        "gedi_visit_seconds", "Time spent waiting for responses of sources.", counters["visits.ms"] / 1000
    )
    yield CounterMetricFamily("gedi_new_items", "Items stored for the first time.", counters["items.new"])


def _work_metrics(figures: Metrics) -> Iterator[Metric]:
    yield GaugeMetricFamily("gedi_items", "Items stored.", figures.items)
    yield GaugeMetricFamily("gedi_items_last_day", "Items first seen within the last 24 hours.", figures.items_last_day)
    yield GaugeMetricFamily("gedi_subscribers", "Subscribers of the built-in hub.", figures.subscribers)
    yield GaugeMetricFamily("gedi_database_bytes", "Size of the database.", figures.bytes)
    if figures.last_heartbeat is not None:
        yield GaugeMetricFamily(
            "gedi_poller_last_tick_timestamp_seconds",
            "Time of the last poller heartbeat; absent if no poller has run.",
            figures.last_heartbeat.timestamp(),
        )


def _queue_metrics(figures: Metrics) -> Iterator[Metric]:
    yield GaugeMetricFamily("gedi_feeds_stale", "Feeds waiting to be rendered again.", figures.stale_feeds)
    yield GaugeMetricFamily("gedi_articles_waiting", "Items waiting for their article.", figures.articles_waiting)
    yield GaugeMetricFamily("gedi_pictures_waiting", "Items waiting for their picture.", figures.pictures_waiting)
    yield GaugeMetricFamily("gedi_pushes_waiting", "Hub deliveries waiting to be read.", figures.pushes_waiting)
    yield GaugeMetricFamily(
        "gedi_poll_lag_seconds", "Time since the earliest due time of a source that nobody polls.", figures.poll_lag
    )
    leases = GaugeMetricFamily("gedi_leases", "What workers hold: sources to poll, feeds to render.", labels=["kind"])
    leases.add_metric(["source"], figures.leased_sources)
    leases.add_metric(["feed"], figures.leased_feeds)
    yield leases
    yield GaugeMetricFamily("gedi_workers", "Workers that give signs of life.", figures.workers)


def _stage_metrics(figures: Metrics) -> Iterator[Metric]:
    """Rate, errors and duration of each stage of the work and of each kind of request."""
    for name, label, values, prefix in (
        ("gedi_stage", "stage", WORK_STAGES, ""),
        ("gedi_http", "kind", HTTP_KINDS, "http-"),
    ):
        what = "Stages of the work" if label == "stage" else "Requests to the site"
        durations = HistogramMetricFamily(f"{name}_seconds", f"{what}: how long they took.", labels=[label])
        failures = CounterMetricFamily(f"{name}_failures", f"{what}: how many failed.", labels=[label])
        for value in values:
            totals = StageTotals(figures.counters, f"{prefix}{value}")
            up_to = list(accumulate(totals.counts))
            bounds = [*map(str, BOUNDS), "+Inf"]
            durations.add_metric([value], list(zip(bounds, up_to, strict=True)), totals.seconds)
            failures.add_metric([value], totals.failures)
        yield durations
        yield failures
