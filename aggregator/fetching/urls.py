"""Web addresses as they go over the wire: ASCII only, checked, unchanged where they were right already."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna

LONGEST = 2000

_SAFE = "/%:@!$&'()*+,;=~-._?"
_ODD_HOST = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}%#/?]")


class BadAddressError(ValueError):
    """Why an address cannot be requested, in a sentence for a person."""


def request_url(text: str) -> str:
    """The address to request: blanks trimmed, host as A-labels (RFC 5891), the rest percent-encoded as UTF-8.

    The fragment is dropped. Raises BadAddressError unless it is http or https with a host, no user name and
    at most 2,000 characters.
    """
    text = re.sub(r"[\t\r\n]", "", text).strip()
    if len(text) > LONGEST:
        raise BadAddressError(f"The address is longer than {LONGEST} characters. Use a shorter one.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadAddressError(f'"{text[:200]}" is not a web address ({error}). Check its spelling.') from None
    _check(parts, text)
    host = _host(parts, text)
    where = host if port is None or port == {"http": 80, "https": 443}[parts.scheme] else f"{host}:{port}"
    query = f"?{_encode(parts.query)}" if parts.query else ""
    url = f"{parts.scheme}://{where}{_encode(parts.path) or '/'}{query}"
    if len(url) > LONGEST:
        raise BadAddressError(f"The address is longer than {LONGEST} characters. Use a shorter one.")
    return url


def redirect_url(current: str, location: str) -> str:
    """Where a redirect leads, relative to the address that answered (RFC 9110 10.2.2). Raises BadAddressError."""
    if not location.strip():
        raise BadAddressError("The server redirects but does not say where to. Tell the publisher.")
    try:
        target = urljoin(current, re.sub(r"[\t\r\n]", "", location).strip())
    except ValueError:
        raise BadAddressError("The server redirects to something that is no web address.") from None
    url = request_url(target)
    if current.startswith("https:") and not url.startswith("https:"):
        raise BadAddressError("The server redirects from https to unprotected http, which is not followed.")
    return url


def host_key(url: str) -> str:
    """What politeness is counted by: host and port in lower case, "" for no address."""
    try:
        return urlsplit(url.strip()).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def place_of(url: str) -> str:
    """Host and port, as ``polling.allow`` names them."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _check(parts: SplitResult, text: str) -> None:
    if parts.scheme not in ("http", "https"):
        named = f'"{parts.scheme}:" addresses are' if parts.scheme else "An address without http:// or https:// is"
        raise BadAddressError(f"{named} not fetched. Give one that begins with http:// or https://.")
    if "@" in parts.netloc:
        raise BadAddressError(
            "Addresses with a user name or password in them are not fetched. Remove the part before @."
        )
    if not parts.hostname or "\\" in text.partition("?")[0] or _ODD_HOST.search(parts.hostname):
        raise BadAddressError(f'"{text[:200]}" has no usable host name. Check its spelling.')


def _host(parts: SplitResult, text: str) -> str:
    host = parts.hostname or ""
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise BadAddressError(f'"{text[:200]}" has a host name that cannot exist. Check its spelling.') from None


def _encode(part: str) -> str:
    # What is percent-encoded already stays as it is, even in another charset (%D6%D0), hence "%" is safe.
    return quote(part, safe=_SAFE, errors="surrogateescape")
