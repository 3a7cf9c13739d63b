"""Parse and build HTTP header fields. Names are in lower case. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aggregator.model import Validators

MAX_WAIT = timedelta(hours=24)

_LIST_FIELDS = frozenset({"cache-control", "link", "vary", "content-encoding", "www-authenticate"})


def conditional_headers(validators: Validators) -> dict[str, str]:
    """Return the fields of a conditional request, with the values as received (RFC 9110 13.1)."""
    pairs = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in pairs.items() if value and value.isprintable()}


def decode_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Decode header fields as UTF-8, byte for byte, with lower-case names.

    A field that is not UTF-8 could not be sent back unchanged and is dropped, unless it is the target of a redirect.
    """
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name = name_bytes.decode("latin-1").lower()
        try:
            value = value_bytes.decode("utf-8", "surrogateescape" if name == "location" else "strict")
        except UnicodeDecodeError:
            continue
        if name in headers:
            if name in _LIST_FIELDS:
                headers[name] += f", {value}"
            continue
        headers[name] = value
    return headers


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return Retry-After in either form (RFC 9110 10.2.3), from zero to a day; None if unusable."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), MAX_WAIT)
    until = http_date(text)
    if until is None:
        return None
    # Relative to the server's own clock if it sends the time: its clock or ours may be wrong.
    start = http_date(headers.get("date", "")) or now
    return min(max(until - start, timedelta(0)), MAX_WAIT)


def freshness_lifetime(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the freshness lifetime (RFC 9111 4.2.1: max-age less Age, else Expires less Date), at most a day."""
    directives = _directives(headers.get("cache-control", ""))
    if directives.keys() & {"no-cache", "no-store"}:
        return None
    age = headers.get("age", "").strip()
    past = timedelta(seconds=int(age[:9])) if age.isascii() and age.isdigit() else timedelta(0)
    seconds = directives.get("max-age") or directives.get("s-maxage", "")
    if seconds.isascii() and seconds.isdigit():
        lifetime = timedelta(seconds=int(seconds[:9])) - past
    else:
        until = http_date(headers.get("expires", ""))
        if until is None:
            return None
        lifetime = until - (http_date(headers.get("date", "")) or now)
    return min(lifetime, MAX_WAIT) if lifetime > timedelta(0) else None


def http_date(text: str) -> datetime | None:
    """Parse an HTTP date (RFC 9110 5.6.7) as aware UTC; None if invalid."""
    try:
        parsed = parsedate_to_datetime(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _directives(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}
