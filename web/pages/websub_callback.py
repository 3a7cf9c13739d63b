"""/push/<token>: the callback URL for publishers' WebSub hubs (WebSub 5.2, 5.3 and 7)."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from functools import partial

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from aggregator.websub import callbacks
from web.site import Site

log = logging.getLogger(__name__)

MAX_CHALLENGE = 1000
MAX_REASON = 300
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}", re.ASCII)
INBOX_FULL = "Earlier deliveries are still being processed; try again in a minute.\n"


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the WebSub callback."""
    pages = Blueprint("push", __name__)
    pages.add_url_rule("/push/<token>", "verify", partial(verify, site), methods=["GET"])
    pages.add_url_rule("/push/<token>", "deliver", partial(deliver, site), methods=["POST"])
    return pages


def verify(site: Site, token: str) -> Response:
    """Handle a hub's verification of intent (WebSub 5.3) or its denial (5.2)."""
    mode, topic = request.args.get("hub.mode", ""), request.args.get("hub.topic", "")
    if request.method != "GET" or not TOKEN.fullmatch(token) or len(topic) > 2000:
        return _text(404)
    if mode == "denied":
        reason = " ".join(request.args.get("hub.reason", "").split())[:MAX_REASON]
        return _text(200 if callbacks.handle_denial(site.store, token, topic, reason, site.now()) else 404)
    challenge = request.args.get("hub.challenge", "")
    if not 0 < len(challenge) <= MAX_CHALLENGE or mode not in ("subscribe", "unsubscribe"):
        return _text(404)
    seconds = request.args.get("hub.lease_seconds", type=int)
    lease = timedelta(seconds=min(max(seconds, 0), 10**9)) if seconds is not None else None
    if not callbacks.verify_intent(site.store, token, mode, topic, lease, site.now()):
        return _text(404)
    return _text(200, challenge)


def deliver(site: Site, token: str) -> Response:
    """Accept a content delivery (WebSub 7), which a worker reads later.

    A delivery with an invalid signature gets the same response as a valid one (WebSub 7.1).
    """
    if not TOKEN.fullmatch(token):
        return _text(404)
    subscription = site.store.subscription_by_token(token)
    if subscription is None:
        return _text(410)
    if request.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        return _text(415)
    max_bytes = site.config.polling.max_bytes
    request.max_content_length = max_bytes
    try:
        body = request.get_data(cache=False)
    except HTTPException as error:
        return _text(error.code or 400)
    headers = {name.lower(): value for name, value in request.headers.items()}
    result = callbacks.accept_delivery(site.store, subscription, headers, body, max_bytes, site.now())
    if result == "full":
        response = _text(503, INBOX_FULL)
        response.headers["Retry-After"] = "60"
        return response
    return _text(410 if result == "gone" else 202)


def _text(status: int, text: str = "") -> Response:
    """Return a plain-text response, so that no challenge can be rendered as a page of this site."""
    response = Response(text, status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
