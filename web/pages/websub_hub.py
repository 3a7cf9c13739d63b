"""/hub: a WebSub hub for the feeds of this site (WebSub 5.1), if ``publishing.hub = "self"``."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, request

from aggregator.model import HubRequest
from aggregator.publishing.render import render
from aggregator.websub.hub_requests import parse_hub_request
from web.site import Site

BUSY = "Too many requests are waiting for verification; try again in a few minutes."
NO_FEED = "hub.topic is not a feed of this site; see /feeds."


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the WebSub hub."""
    pages = Blueprint("hub", __name__)
    pages.add_url_rule("/hub", "ask", partial(handle_request, site), methods=["POST"])
    return pages


def handle_request(site: Site) -> Response:
    """Accept a subscription request; 202 means that the hub will verify the intent of the callback."""
    if site.config.publishing.hub != "self":
        return _text(404, "This site does not run a hub.")
    hub_request = parse_hub_request(request.form.to_dict(), site.config)
    if isinstance(hub_request, str):
        return _text(400, hub_request)
    if hub_request.mode == "subscribe" and not _topic_exists(site, hub_request):
        return _text(404, NO_FEED)
    if not site.store.add_hub_request(hub_request, site.now()):
        response = _text(503, BUSY)
        response.headers["Retry-After"] = "300"
        return response
    return _text(202, "The request will be verified with the callback.")


def _topic_exists(site: Site, hub_request: HubRequest) -> bool:
    """Return whether the feed exists, and store its document: the hub detects changes of stored documents only."""
    if site.store.document_etag(hub_request.path) is not None:
        return True
    generation = site.store.generation()
    document = render(site.store, site.config, hub_request.path, site.now())
    if document is None:
        return False
    site.store.put_documents([document], site.now(), generation_seen=generation)
    return True


def _text(status: int, text: str) -> Response:
    response = Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
