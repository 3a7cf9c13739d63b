"""Map HTTP statuses other than success to fetch errors. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from aggregator.fetching.headers import retry_after
from aggregator.messages import Code, fetch_errors
from aggregator.model import Failed


def failure_for_status(status: int, headers: Mapping[str, str], now: datetime) -> Failed:
    """Return the failure for a response without a document. ``headers`` have lower-case names."""
    code = fetch_errors.STATUSES.get(status) or _generic_message(status)
    kind = {410: "gone", 429: "busy", 503: "busy"}.get(status, "http")
    reason = code(status=status, line=_line(status))
    return Failed(kind, reason, status, dict(headers), retry_after=retry_after(headers, now))


def _generic_message(status: int) -> Code:
    if status == 304:
        return fetch_errors.NOT_CHANGED
    if 200 <= status < 300:
        return fetch_errors.NO_FEED
    if 300 <= status < 400:
        return fetch_errors.ELSEWHERE
    return fetch_errors.SERVER_ERROR if status >= 500 else fetch_errors.CLIENT_ERROR


def _line(status: int) -> str:
    """Return "404 Not Found"; the number alone if it has no phrase."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
