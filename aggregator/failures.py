"""What an answer other than the feed means, in words for a person, and how long its headers ask us to wait. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from aggregator.model import Failed

LONGEST_WAIT = timedelta(hours=24)

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


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Retry-After in either form (RFC 9110 10.2.3), between nothing and a day; None where it says nothing usable."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    until = http_date(text)
    if until is None:
        return None
    # Counted from the server's own clock where it tells the time: ours or its may be wrong.
    start = http_date(headers.get("date", "")) or now
    return min(max(until - start, timedelta(0)), LONGEST_WAIT)


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the answer stays fresh (RFC 9111 4.2.1: max-age less Age, else Expires less Date), up to a day."""
    directives = _directives(headers.get("cache-control", ""))
    if directives.keys() & {"no-cache", "no-store"}:
        return None
    age = headers.get("age", "").strip()
    past = timedelta(seconds=int(age[:9])) if age.isascii() and age.isdigit() else timedelta(0)
    seconds = directives.get("max-age", "")
    if seconds.isascii() and seconds.isdigit():
        lifetime = timedelta(seconds=int(seconds[:9])) - past
    else:
        until = http_date(headers.get("expires", ""))
        if until is None:
            return None
        lifetime = until - (http_date(headers.get("date", "")) or now)
    return min(lifetime, LONGEST_WAIT) if lifetime > timedelta(0) else None


def http_date(text: str) -> datetime | None:
    """An HTTP date (RFC 9110 5.6.7) as aware UTC, or None."""
    try:
        parsed = parsedate_to_datetime(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _directives(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


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
