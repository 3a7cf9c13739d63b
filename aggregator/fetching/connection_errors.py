"""Map connection exceptions to fetch errors."""

from __future__ import annotations

import errno
import ssl
from enum import StrEnum
from urllib.parse import urlsplit

from aggregator.fetching.urls import host_and_port
from aggregator.messages import Message, fetch_errors


class FetchErrorKind(StrEnum):
    """Kinds of connection errors; the values are those of ``Failed.kind``."""

    FORBIDDEN = "forbidden-address"
    BAD_ADDRESS = "bad-address"
    TIMEOUT = "timeout"
    DNS = "dns"
    TLS = "tls"
    CONNECT = "connect"
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
