"""What an answer other than the feed means, in words for a person. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from aggregator.fetching.headers import retry_after
from aggregator.model import Failed

_MEANINGS = {
    401: "The server wants a password. Gedi fetches public feeds only: look for a public address.",
    403: "The server refuses us. Ask the publisher to let us in, or look for another address.",
    404: "There is nothing at this address any more. Look on the publisher's site for the feed's new address.",
    406: "The server has no feed to offer at this address. Check the address.",
    408: "The server was too slow to take our request. It is tried again.",
    410: "The publisher says that this feed is gone for good, so it is not asked for any more. Remove the source.",
    429: "The server says that we come too often. We wait as long as it asks; a longer interval helps.",
    451: "The feed may not be published for legal reasons. Remove the source.",
    500: "The publisher's server has an error. If this lasts, tell the publisher.",
    502: "The publisher's server cannot reach the system behind it. If this lasts, tell the publisher.",
    503: "The publisher's server is overloaded or being repaired. We wait and try again.",
    504: "The publisher's server waited in vain for the system behind it. If this lasts, tell the publisher.",
}


def http_failure(status: int, headers: Mapping[str, str], now: datetime) -> Failed:
    """An answer with a status that brings no feed. ``headers`` have lower-case names."""
    meaning = _MEANINGS.get(status) or _general(status)
    kind = {410: "gone", 429: "busy", 503: "busy"}.get(status, "http")
    wait = retry_after(headers, now)
    return Failed(kind, f"{meaning} (HTTP {status}{_phrase(status)})", status, dict(headers), retry_after=wait)


def _general(status: int) -> str:
    if status == 304:
        return "The server says that nothing has changed, though we have nothing yet. It is asked again."
    if 200 <= status < 300:
        return "The server answers without a feed. Check the address."
    if 300 <= status < 400:
        return "The server points elsewhere without saying where. Check the address."
    if status >= 500:
        return "The publisher's server has a fault. If this lasts, tell the publisher."
    return "The server does not accept our request. Check the address."


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
