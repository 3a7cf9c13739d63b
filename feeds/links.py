"""Addresses: made absolute, in attributes, in text and inside HTML."""

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
_MAX_TAGS = 20_000  # of one text; no reader shows what lies so far behind
_HAS_ADDRESS = re.compile(_ADDRESS, re.I)
_RELATIONS = "http://www.iana.org/assignments/relation/"
_HAS_RELATIVE = re.compile(_ADDRESS + r"(?![\"']?\s*(?:https?:|mailto:|data:|#))", re.I)


def remove_blanks(url: str) -> str:
    """An address without the blanks and line breaks that crept in; inner blanks become %20."""
    url = url.strip()
    if not url or not (" " in url or "\n" in url or "\t" in url or "\r" in url):
        return url
    return re.sub(r"\s*[\r\n\t]\s*", "", url).replace(" ", "%20")


def resolve_url(base: str | None, url: str | None) -> str:
    """``url`` against ``base``; as it is where there is no base or the two do not make an address."""
    url = remove_blanks(url or "")
    if not url or not base or _SCHEME.match(url):
        return url
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def document_base(url: str | None, headers: Mapping[str, str]) -> str | None:
    """The address that relative ones in the document are against: Content-Location, else where it came from."""
    location = next((value for name, value in headers.items() if name.lower() == "content-location"), "")
    found = resolve_url(url, location) if location else (url or "")
    return found if is_web_url(found) else (url or None)


def is_web_url(url: str | None) -> bool:
    return bool(url) and str(url).lower().startswith(("http://", "https://"))


def normalize_rel(rel: str | None) -> str:
    """A link relation by its registered name, where it is written as an address too."""
    name = (rel or "alternate").strip()
    low = name.lower()
    return low.removeprefix(_RELATIONS) if low.startswith(_RELATIONS) else low if "/" not in name else name


def resolve_html_urls(markup: str, base: str | None) -> str:
    """HTML with the addresses in its tags made absolute; nothing else in it changes."""
    if not base or "<" not in markup or not _HAS_RELATIVE.search(markup):
        return markup
    return _TAG.sub(lambda tag: _resolve_tag_urls(tag[0], base), markup, count=_MAX_TAGS)


def _resolve_tag_urls(tag: str, base: str) -> str:
    if not _HAS_ADDRESS.search(tag):
        return tag

    def one(match: re.Match[str]) -> str:
        url = match["url"].strip()
        if not url or url.startswith("#") or _SCHEME.match(url):
            return match[0]
        joined = resolve_url(base, unescape(url)).replace("&", "&amp;")
        return f"{match['head']}{match['quote']}{joined}{match['quote']}"

    def several(match: re.Match[str]) -> str:
        parts = [part.split(None, 1) for part in match["set"].split(", ") if part.strip()]
        joined = ", ".join(" ".join([resolve_url(base, part[0]), *part[1:]]) for part in parts)
        return f"{match['head']}{match['quote']}{joined}{match['quote']}"

    return _SRCSET.sub(several, _ATTRIBUTE.sub(one, tag))
