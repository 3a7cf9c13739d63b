"""Map connection exceptions and HTTP statuses to fetch errors."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import urlsplit

from aggregator.fetching.headers import retry_after
from aggregator.fetching.urls import host_and_port
from aggregator.messages import Code, Message, fetch_errors
from aggregator.model import Failed


class FetchErrorKind(StrEnum):
    """Kinds of connection errors; the values are those of ``Failed.kind``."""

    FORBIDDEN = "forbidden-address"
    BAD_ADDRESS = "bad-address"
    TIMEOUT = "timeout"
    DNS = "dns"
    TLS = "tls"
    CONNECT = "connect"
    PROXY = "proxy"
    CLOSED = "closed"
    TRUNCATED = "truncated"
    PROTOCOL = "protocol"
    INTERNAL = "internal"


def explain_connection_error(
    kind: FetchErrorKind, error: BaseException, url: str, timeout_seconds: float
) -> tuple[FetchErrorKind, Message]:
    """Return the kind of error and its message. ``seconds`` is the time limit of the whole request."""
    host = urlsplit(url).hostname or ""
    match kind:
        case FetchErrorKind.FORBIDDEN:
            reason = fetch_errors.FORBIDDEN(host=host, place=host_and_port(url))
        case FetchErrorKind.BAD_ADDRESS:
            reason = fetch_errors.UNUSABLE(url=url[:200])
        case FetchErrorKind.TIMEOUT:
            reason = fetch_errors.TIMEOUT(seconds=timeout_seconds)
        case FetchErrorKind.DNS:
            reason = fetch_errors.DNS(host=host)
        case FetchErrorKind.TLS:
            reason = _tls_reason(error, host)
        case FetchErrorKind.CONNECT:
            reason = _connect_reason(error, host)
        case FetchErrorKind.PROXY:
            reason = fetch_errors.PROXY(host=host)
        case FetchErrorKind.CLOSED:
            reason = fetch_errors.CLOSED(host=host)
        case FetchErrorKind.TRUNCATED:
            reason = fetch_errors.TRUNCATED()
        case FetchErrorKind.PROTOCOL:
            reason = fetch_errors.PROTOCOL()
        case FetchErrorKind.INTERNAL:
            reason = fetch_errors.INTERNAL()
    return kind, reason


def _tls_reason(error: BaseException, host: str) -> Message:
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = (error.verify_message or "not trusted").rstrip(".")
        return fetch_errors.CERTIFICATE(host=host, detail=detail)
    return fetch_errors.TLS(host=host)


def _connect_reason(error: BaseException, host: str) -> Message:
    code = getattr(error, "errno", None)
    if code == errno.ECONNREFUSED:
        return fetch_errors.REFUSED(host=host)
    if code in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN):
        return fetch_errors.UNREACHABLE(host=host)
    if code in (errno.EMFILE, errno.ENFILE):
        return fetch_errors.TOO_MANY_FILES()
    if code in (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED):
        return fetch_errors.BROKEN_OFF(host=host)
    return fetch_errors.NO_CONNECTION(host=host)


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
