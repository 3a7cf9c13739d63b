"""/api/admin: the queues and the log of actions for programs, by ``Authorization: Bearer`` with an admin's token.

The public API is in ``web.api``. These responses are not cached, and browsers of other sites cannot read them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from aggregator.messages import Message, render
from aggregator.model.moderation import QUEUES, Actor, AdminAction, QueueEntry, QueueName
from aggregator.moderation import queues as waiting
from aggregator.moderation.actions import CannotUndoError, Desk
from aggregator.moderation.queues import UnknownDecisionError
from web.admin import access
from web.admin.queue_openapi import queue_openapi
from web.http.throttle import Throttle
from web.site import Site

DEFAULT_LIMIT, MAX_LIMIT = 50, 200

Handler = Callable[[Desk], dict[str, Any]]


def routes(site: Site, throttle: Throttle) -> Blueprint:
    """Return the blueprint of the API for admins."""
    pages = Blueprint("admin_api", __name__, url_prefix="/api/admin")

    def add(rule: str, name: str, view: Callable[..., Any], method: str = "GET") -> None:
        guarded = partial(_guarded, site, throttle, view)
        pages.add_url_rule(rule, name, guarded, methods=[method], provide_automatic_options=False)

    add("/queues", "queues", list_queues)
    add("/queues/<name>", "queue", list_entries)
    add("/queues/<name>", "decide", decide, "POST")
    add("/actions", "actions", list_actions)
    add("/actions/<int(max=9223372036854775807):number>/undo", "undo", undo, "POST")
    pages.add_url_rule("/openapi.json", "openapi", partial(_document, site), provide_automatic_options=False)
    return pages


def list_queues(desk: Desk) -> dict[str, Any]:
    """Return the queues with the number of their entries."""
    lengths = waiting.queue_lengths(desk.store, desk.now)
    return {"queues": [{"name": name, "entries": lengths[name]} for name in QUEUES]}


def list_entries(desk: Desk, name: str) -> dict[str, Any]:
    """Return the entries of a queue, newest first; 404 for an unknown queue."""
    entries = waiting.queue_entries(desk.store, _queue(name), desk.now, _limit())
    return {"entries": [entry_json(entry) for entry in entries]}


def decide(desk: Desk, name: str) -> dict[str, Any]:
    """Apply the decision {"subject", "choice"}; 422 if one of them does not exist."""
    body = request.get_json(silent=True)
    body = body if isinstance(body, dict) else {}
    try:
        waiting.decide(desk, _queue(name), str(body.get("subject", "")), str(body.get("choice", "")))
    except UnknownDecisionError as error:
        return {"error": f"there is no such {error}", "status": 422}
    return {"action": action_json(desk.store.admin_actions(1)[0])}


def list_actions(desk: Desk) -> dict[str, Any]:
    """Return the last actions, latest first; ``before`` names the first one of the next page."""
    before = request.args.get("before", type=int)
    return {"actions": [action_json(action) for action in desk.store.admin_actions(_limit(), before=before)]}


def undo(desk: Desk, number: int) -> dict[str, Any]:
    """Undo an action; 409 if it cannot be undone."""
    try:
        desk.undo(number)
    except CannotUndoError as error:
        return {"error": f"not undone: {error}", "status": 404 if str(error) == "unknown" else 409}
    return {"action": action_json(desk.store.admin_actions(1)[0])}


def entry_json(entry: QueueEntry) -> dict[str, Any]:
    """Return an entry as JSON."""
    return {
        "queue": entry.queue,
        "subject": entry.subject,
        "at": entry.at.isoformat(),
        "title": entry.title,
        "url": entry.url or None,
        "path": entry.path or None,
        "source": entry.source,
        "about": render(entry.about) if isinstance(entry.about, Message) else entry.about,
        "merged_with": entry.other_title or None,
        "choices": [*entry.choices, *(["<category>"] if entry.queue == "uncategorized" else [])],
    }


def action_json(action: AdminAction) -> dict[str, Any]:
    """Return an action as JSON."""
    names = ("id", "who", "via", "action", "subject", "title", "before", "after", "can_undo", "undone_by")
    return {name: getattr(action, name) for name in names} | {"at": action.at.isoformat()}


def _guarded(site: Site, throttle: Throttle, view: Callable[..., dict[str, Any]], **path: Any) -> Response:
    if not access.admins(site):
        abort(404)
    admin = access.bearer_admin(site, throttle)
    if admin is None:
        refused = jsonify({"error": "send Authorization: Bearer with the token of an admin"})
        refused.status_code, refused.headers["WWW-Authenticate"] = 401, "Bearer"
        return refused
    body = view(Desk(site.store, site.config, Actor(admin.name, "api"), site.now()), **path)
    status = body.pop("status", 200)
    if request.method == "POST":
        site.cache.clear()
    response = jsonify(body)
    response.status_code = status
    return response


def _document(site: Site) -> Response:
    if not access.admins(site):
        abort(404)
    return jsonify(queue_openapi(site.title, site.url))


def _queue(name: str) -> QueueName:
    if name not in QUEUES:
        abort(404)
    return name


def _limit() -> int:
    return min(max(request.args.get("limit", DEFAULT_LIMIT, type=int), 1), MAX_LIMIT)
