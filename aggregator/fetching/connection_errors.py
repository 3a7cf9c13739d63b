"""Which fetch error a failed connection is."""

from __future__ import annotations

import errno
import ssl
from enum import StrEnum
from urllib.parse import urlsplit

from aggregator.fetching.urls import place_of
from aggregator.messages import Message, fetch_errors


class Trouble(StrEnum):
    """What can go wrong on the way; the values are those of ``Failed.kind``."""

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


def explain(trouble: Trouble, error: BaseException, url: str, seconds: float) -> tuple[Trouble, Message]:
    """Return the trouble and its message. ``seconds`` is the time limit of a whole fetch."""
    host = urlsplit(url).hostname or ""
    match trouble:
        case Trouble.FORBIDDEN:
            reason = fetch_errors.FORBIDDEN(host=host, place=place_of(url))
        case Trouble.BAD_ADDRESS:
            reason = fetch_errors.UNUSABLE(url=url[:200])
        case Trouble.TIMEOUT:
            reason = fetch_errors.TIMEOUT(seconds=seconds)
        case Trouble.DNS:
            reason = fetch_errors.DNS(host=host)
        case Trouble.TLS:
            reason = _tls_reason(error, host)
        case Trouble.CONNECT:
            reason = _connect_reason(error, host)
        case Trouble.CLOSED:
            reason = fetch_errors.CLOSED(host=host)
        case Trouble.TRUNCATED:
            reason = fetch_errors.TRUNCATED()
        case Trouble.PROTOCOL:
            reason = fetch_errors.PROTOCOL()
        case Trouble.INTERNAL:
            reason = fetch_errors.INTERNAL()
    return trouble, reason


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
