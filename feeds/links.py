"""Resolve URLs: in attributes, in text and inside HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urljoin

from feeds.text import unescape

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_TAG = re.compile(r"<[A-Za-z][^<>]{3,20000}>")
_ATTRIBUTE = re.compile(
    r"(?P<head>\s(?:href|src|poster|cite|data|background|longdesc|action)\s*=\s*)(?P<quote>[\"']?)(?P<url>[^\"'<>]*?)(?P=quote)(?=[\s>/])",
    re.I,
)
_SRCSET = re.compile(r"(?P<head>\ssrcset\s*=\s*)(?P<quote>[\"'])(?P<set>[^\"'<>]*)(?P=quote)", re.I)
_ADDRESS = r"\s(?:href|src|poster|cite|data|background|longdesc|action|srcset)\s*=\s*"
_MAX_TAGS = 20_000  # tags rewritten in one text
_HAS_ADDRESS = re.compile(_ADDRESS, re.I)
_RELATIONS = "http://www.iana.org/assignments/relation/"
_HAS_RELATIVE = re.compile(_ADDRESS + r"(?![\"']?\s*(?:https?:|mailto:|data:|#))", re.I)


def remove_blanks(url: str) -> str:
    """Return a URL without surrounding white space and line breaks; inner spaces become %20."""
    url = url.strip()
    if not url or not (" " in url or "\n" in url or "\t" in url or "\r" in url):
        return url
    return re.sub(r"\s*[\r\n\t]\s*", "", url).replace(" ", "%20")


def resolve_url(base: str | None, url: str | None) -> str:
    """Return ``url`` resolved against ``base`` (RFC 3986 5); unchanged without a base or if they cannot be joined."""
    url = remove_blanks(url or "")
    if not url or not base or _SCHEME.match(url):
        return url
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def document_base(url: str | None, headers: Mapping[str, str]) -> str | None:
    """Return the base URL of a document: its Content-Location, else ``url`` (RFC 3986 5.1, RFC 9110 8.7)."""
    location = next((value for name, value in headers.items() if name.lower() == "content-location"), "")
    base = resolve_url(url, location) if location else (url or "")
    return base if is_web_url(base) else (url or None)


def is_web_url(url: str | None) -> bool:
    """Return whether a text is an http or https URL."""
    return bool(url) and str(url).lower().startswith(("http://", "https://"))


def normalize_rel(rel: str | None) -> str:
    """Return a link relation's registered name, also if it is written as a URL (RFC 4287 4.2.7.2)."""
    name = (rel or "alternate").strip()
    low = name.lower()
    return low.removeprefix(_RELATIONS) if low.startswith(_RELATIONS) else low if "/" not in name else name


def resolve_html_urls(markup: str, base: str | None) -> str:
    """Return HTML with absolute URLs in the attributes of its tags; everything else stays unchanged."""
    if not base or "<" not in markup or "=" not in markup or not _HAS_RELATIVE.search(markup):
        return markup
    return _TAG.sub(lambda tag: _resolve_tag_urls(tag[0], base), markup, count=_MAX_TAGS)


def _resolve_tag_urls(tag: str, base: str) -> str:
    """Return a start tag with absolute URLs in its attributes and its srcset."""
    if not _HAS_ADDRESS.search(tag):
        return tag

    def resolve_attribute(match: re.Match[str]) -> str:
        url = match["url"].strip()
        if not url or url.startswith("#") or _SCHEME.match(url):
            return match[0]
        joined = resolve_url(base, unescape(url)).replace("&", "&amp;")
        return f"{match['head']}{match['quote']}{joined}{match['quote']}"

    def resolve_srcset(match: re.Match[str]) -> str:
        parts = [part.split(None, 1) for part in match["set"].split(", ") if part.strip()]
        joined = ", ".join(" ".join([resolve_url(base, part[0]), *part[1:]]) for part in parts)
        return f"{match['head']}{match['quote']}{joined}{match['quote']}"

    return _SRCSET.sub(resolve_srcset, _ATTRIBUTE.sub(resolve_attribute, tag))
