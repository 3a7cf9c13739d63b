"""Normalize web addresses for requests: ASCII only, validated, unchanged if already valid."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from aggregator.fetching.rsshub import is_route
from aggregator.messages import Message, fetch_errors, render

MAX_URL_LENGTH = 2000
DEFAULT_PORTS = {"http": 80, "https": 443}

_SAFE = "/%:@!$&'()*+,;=~-._?"
# Addresses that normalizing leaves as they are: most.
_NORMAL = re.compile(
    r"https?://[a-z0-9][a-z0-9.-]*(?::(?!(?:80|443)/)[1-9]\d{0,3})?"
    r"/[\w/%:@!$&'()*+,;=~.-]*(?:\?[\w/%:@!$&'()*+,;=~.?-]+)?",
    re.ASCII,
)
_INVALID_HOST = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}%#/?]")


class BadAddressError(ValueError):
    """An address cannot be requested; the text is a sentence in English."""

    def __init__(self, reason: Message) -> None:
        super().__init__(render(reason))
        self.reason = reason


def normalize_request_url(text: str) -> str:
    """Return the address to request: spaces trimmed, host as A-labels (RFC 5891), the rest percent-encoded as UTF-8.

    The fragment is dropped. Raises BadAddressError unless it is http or https with a host, without user name and with
    at most 2,000 characters.
    """
    if len(text) <= MAX_URL_LENGTH and _NORMAL.fullmatch(text):
        return text
    text = re.sub(r"[\t\r\n]", "", text).strip()
    if len(text) > MAX_URL_LENGTH:
        raise BadAddressError(fetch_errors.ADDRESS_TOO_LONG(limit=MAX_URL_LENGTH))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadAddressError(fetch_errors.NO_ADDRESS(url=text[:200], detail=str(error))) from None
    _validate(parts, text)
    host = _ascii_host(parts, text)
    where = host if port is None or port == DEFAULT_PORTS[parts.scheme] else f"{host}:{port}"
    query = f"?{_percent_encode(parts.query)}" if parts.query else ""
    url = f"{parts.scheme}://{where}{_percent_encode(parts.path) or '/'}{query}"
    if len(url) > MAX_URL_LENGTH:
        raise BadAddressError(fetch_errors.ADDRESS_TOO_LONG(limit=MAX_URL_LENGTH))
    return url


def resolve_redirect(current: str, location: str) -> str:
    """Return the target of a redirect, relative to the responding address (RFC 9110 10.2.2). Raises BadAddressError."""
    if not location.strip():
        raise BadAddressError(fetch_errors.REDIRECT_NOWHERE())
    try:
        target = urljoin(current, re.sub(r"[\t\r\n]", "", location).strip())
    except ValueError:
        raise BadAddressError(fetch_errors.REDIRECT_NO_ADDRESS()) from None
    try:
        url = normalize_request_url(target)
    except BadAddressError as error:
        raise BadAddressError(fetch_errors.REDIRECT_UNUSABLE(reason=error.reason)) from None
    if current.startswith("https:") and not url.startswith("https:"):
        raise BadAddressError(fetch_errors.REDIRECT_UNPROTECTED())
    return url


def host_key(url: str) -> str:
    """Return the key for rate limits: host and port in lower case, "" for an invalid address.

    All routes of RSSHub have one key, because one instance serves them.
    """
    if is_route(url):
        return "rsshub"
    try:
        return urlsplit(url.strip()).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def endpoint_of(url: str) -> tuple[str, int]:
    """Return the host in lower case, without brackets, and the port of a URL; ("", 0) unless it is http or https.

    Raises ValueError if the host or the port is malformed.
    """
    parts = urlsplit(url)
    port = parts.port
    return (parts.hostname or "", port or DEFAULT_PORTS[parts.scheme]) if parts.scheme in DEFAULT_PORTS else ("", 0)


def origin_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL (RFC 6454 4). Raises ValueError if the host or the port is malformed."""
    normal = normalize_request_url(url)
    return (urlsplit(normal).scheme, *endpoint_of(normal))


def host_and_port(url: str) -> str:
    """Return host and port in the form of ``polling.allow``."""
    host, port = endpoint_of(url)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _validate(parts: SplitResult, text: str) -> None:
    if parts.scheme not in ("http", "https"):
        named = fetch_errors.OTHER_SCHEME(scheme=parts.scheme) if parts.scheme else fetch_errors.NO_SCHEME()
        raise BadAddressError(named)
    if "@" in parts.netloc:
        raise BadAddressError(fetch_errors.WITH_USER())
    if not parts.hostname or "\\" in text.partition("?")[0] or _INVALID_HOST.search(parts.hostname):
        raise BadAddressError(fetch_errors.NO_HOST(url=text[:200]))


def _ascii_host(parts: SplitResult, text: str) -> str:
    host = parts.hostname or ""
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        return host
    import idna  # its tables are large, and rarely needed

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise BadAddressError(fetch_errors.IMPOSSIBLE_HOST(url=text[:200])) from None


def _percent_encode(part: str) -> str:
    # Existing percent-encoding stays, also in another charset (%D6%D0), hence "%" is safe.
    return quote(part, safe=_SAFE, errors="surrogateescape")
