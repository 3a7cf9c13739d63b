"""/status.json, /healthz and /metrics: machine-readable status of the sources and the service."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, request

from aggregator.jobs.heartbeat import poller_state
from aggregator.messages import Message, render
from aggregator.store import DatabaseUnavailableError
from web import metrics
from web.admin.access import may_see_details
from web.pages import status
from web.site import Site
from web.views import shared_lists
from web.views.list_rows import list_states
from web.views.status_rows import index_states

HISTORY_TTL = 60.0  # seconds


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the machine-readable status."""
    pages = Blueprint("status_data", __name__)
    pages.add_url_rule("/status.json", "status_json", partial(status_json, site))
    pages.add_url_rule("/healthz", "healthz", partial(healthz, site))
    pages.add_url_rule("/metrics", "metrics", partial(prometheus, site))
    return pages


def status_json(site: Site) -> Response:
    """Return totals and a page of sources as JSON; accepts ?page= and the filters of /status."""
    filters = status.parse_filters(site)
    sources = status.find_sources(site, filters, status.PAGE_SIZE + 1)
    more = len(sources) > status.PAGE_SIZE
    body = {
        "at": site.now().isoformat(timespec="seconds"),
        "config": site.config_state().as_json(details=may_see_details(site)),
        "lists": _lists(site),
        "index": [_as_json(state) for state in index_states(site)],
        "service": _service(site),
        "totals": dict(shared_lists.totals(site)),
        "page": filters.page,
        "next": status.page_url(filters, filters.page + 1, "/status.json") if more else None,
        **(_history(site) if not filters.query and filters.page == 1 else {}),
        "sources": [_as_json(health) for health in sources[: status.PAGE_SIZE]],
    }
    return jsonify(body)


def healthz(site: Site) -> tuple[Response, int]:
    """Return 200 if the database responds and the poller is alive or was stopped regularly, otherwise 503.

    ?part=live asks whether this process responds, ?part=site ignores the poller, and ?part=ready also fails without
    one that gives signs of life.
    """
    part = request.args.get("part")
    if part == "live":
        return jsonify({"status": "ok"}), 200
    try:
        service = _service(site)
    except DatabaseUnavailableError as error:
        return jsonify({"status": "unavailable", "database": error.kind}), 503  # the log has details and the remedy
    except Exception as error:  # any other has the same response
        return jsonify({"status": "unavailable", "database": type(error).__name__}), 503
    poller, config = service["poller"], "ok" if site.config_state().ok else "refused"
    unavailable = part != "site" and (poller == "stalled" or (part == "ready" and poller != "ok"))
    healthy = not service["troubles"] and config == "ok"
    body = {"status": "unavailable" if unavailable else "ok" if healthy else "ailing", "database": "ok", **service}
    return jsonify({**body, "config": config}), 503 if unavailable else 200


def prometheus(site: Site) -> Response:
    """Return the Prometheus metrics."""
    return Response(metrics.render_metrics(site), content_type=metrics.CONTENT_TYPE)


def _lists(site: Site) -> list[dict[str, Any]]:
    """Return the followed lists of sources; addresses and reasons for admins only."""
    found = [_as_json(state) for state in list_states(site)]
    hidden = {} if may_see_details(site) else {"url": None, "error": None}
    return [{**each, "url": site.config.redact(each["url"]), **hidden} for each in found]


def _service(site: Site) -> dict[str, Any]:
    last = site.store.last_heartbeat()
    return {
        "poller": poller_state(last, site.now()),
        "last_tick": last.isoformat(timespec="seconds") if last else None,
        "troubles": [incident.subject for incident in site.store.open_service_incidents()],
        **_replica(site),
    }


def _replica(site: Site) -> dict[str, Any]:
    """Return the state of the replica, if there is one: "ok", "lagging" or "unreachable", and its lag in seconds."""
    state = site.store.replica_state()
    return {} if state is None else {"replica": state.kind, "replica_lag": state.lag and round(state.lag, 1)}


def _history(site: Site) -> dict[str, Any]:
    """Return the last 30 days of all sources together and of our feeds, as plotted on /status."""
    now = site.now()
    history = site.cache.get("history", HISTORY_TTL, lambda: site.store.service_history(now))
    clients, days = site.cache.get(
        "feed history", HISTORY_TTL, lambda: (site.store.feed_clients(now), site.store.feed_days(now))
    )
    with_size = [_as_json(day) | {"bytes": history.sizes.get(day.day)} for day in history.days]
    return {"days": with_size, "feeds": {"clients": _as_json(clients), "days": _as_json(days)}}


def _as_json(value: Any) -> Any:
    """Return a model value as JSON: messages in English, times in ISO 8601."""
    if isinstance(value, Message):
        return render(value)
    if is_dataclass(value):
        return {field.name: _as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
