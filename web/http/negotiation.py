"""Content codings and validators (RFC 9110), as pure functions of header values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

IDENTITY = "identity"


@lru_cache(maxsize=512)
def choose_coding(header: str, offered: tuple[str, ...]) -> str:
    """Return the coding to send (RFC 9110 12.5.3): the one with the highest q, ties in the order of ``offered``.

    Returns "identity" also if the client refuses it but accepts nothing else, which 12.5.3 permits.
    """
    qualities = _qualities(header)
    default_q = qualities.get("*", 0.0)
    best, best_q = IDENTITY, 0.0
    for coding in offered:
        q = qualities.get(coding, default_q)
        if q > best_q:
            best, best_q = coding, q
    return best if best_q >= qualities.get(IDENTITY, 0.0) and best_q > 0 else IDENTITY


def _qualities(header: str) -> dict[str, float]:
    qualities: dict[str, float] = {}
    for part in header[:1000].lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name:
            qualities.setdefault({"x-gzip": "gzip"}.get(name, name), _q(parameters))
    return qualities


def _q(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def etag_matches(header: str, etag: str) -> bool:
    """Return whether If-None-Match contains ``etag`` (RFC 9110 13.1.2).

    ``etag`` includes its quotes; the comparison is weak.
    """
    header = header.strip()
    if header == etag or header == "*":
        return True
    return any(tag.strip().removeprefix("W/") == etag for tag in header[:4000].split(","))


@lru_cache(maxsize=512)
def is_unmodified_since(header: str, modified: datetime) -> bool:
    """Return whether the document is unmodified since If-Modified-Since (RFC 9110 13.1.3).

    Returns False for an invalid date.
    """
    try:
        since = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    return modified.replace(microsecond=0) <= (since if since.tzinfo else since.replace(tzinfo=UTC))


def parse_etags(header: str) -> list[str]:
    """Return the ETags of an If-None-Match header, without quotes and the weak prefix."""
    etags = (tag.strip().removeprefix("W/").strip('"') for tag in header[:4000].split(","))
    return [tag for tag in etags if tag and tag != "*"]


def is_navigation(environ: Mapping[str, str]) -> bool:
    """Return whether a person opens the URL in a browser.

    Browsers send Sec-Fetch-Dest; older ones accept HTML first.
    """
    destination = environ.get("HTTP_SEC_FETCH_DEST")
    if destination is not None:
        return destination in ("document", "iframe", "frame")
    return environ.get("HTTP_ACCEPT", "").startswith(("text/html", "application/xhtml+xml"))
