"""Errors of the connection, told in words for a person."""

from __future__ import annotations

import errno
import ssl
from enum import StrEnum
from urllib.parse import urlsplit

from aggregator.fetching.urls import place_of


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


def explain(trouble: Trouble, error: BaseException, url: str, seconds: float) -> tuple[Trouble, str]:
    """The trouble and a sentence with the remedy. ``seconds`` is the limit of a whole visit."""
    host = urlsplit(url).hostname or ""
    match trouble:
        case Trouble.FORBIDDEN:
            reason = (
                f"{host} is a private address, which is not polled. If it is yours and meant, "
                f'add "{place_of(url)}" to polling.allow in the configuration.'
            )
        case Trouble.BAD_ADDRESS:
            reason = f'"{url[:200]}" is no usable address. Check its spelling.'
        case Trouble.TIMEOUT:
            reason = (
                f"The server did not answer in time (whole limit {seconds:g} s). It is tried again; "
                "if the server is always slow, raise polling.timeout."
            )
        case Trouble.DNS:
            reason = f"The name {host} cannot be looked up. Check its spelling, or this machine's network."
        case Trouble.TLS:
            reason = _tls_reason(error, host)
        case Trouble.CONNECT:
            reason = _connect_reason(error, host)
        case Trouble.CLOSED:
            reason = f"{host} closed the connection without an answer. It is tried again."
        case Trouble.TRUNCATED:
            reason = "The answer broke off in the middle, so nothing of it was used. It is tried again."
        case Trouble.PROTOCOL:
            reason = "The server's answer is no proper HTTP. If this lasts, tell the publisher."
        case Trouble.INTERNAL:
            reason = "Something went wrong in Gedi while fetching. It is in the log; please report it."
    return trouble, reason


def _tls_reason(error: BaseException, host: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = (error.verify_message or "not trusted").rstrip(".")
        return f"The certificate of {host} is not valid ({detail}). Tell the publisher, or use another address."
    return f"No secure connection to {host} is possible. Try the address with http:// or tell the publisher."


def _connect_reason(error: BaseException, host: str) -> str:
    code = getattr(error, "errno", None)
    if code == errno.ECONNREFUSED:
        return f"{host} refuses the connection: no server runs there at present. It is tried again."
    if code in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN):
        return f"{host} cannot be reached. Check this machine's network."
    if code in (errno.EMFILE, errno.ENFILE):
        return "This machine has too many files open. Raise the limit (ulimit -n) or lower polling.concurrency."
    if code in (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED):
        return f"{host} broke the connection off. It is tried again."
    return f"No connection to {host} is possible. It is tried again."
