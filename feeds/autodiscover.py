"""The feeds an HTML page offers: link elements in its head, HTTP Link headers, and addresses that look like feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from feeds.link_header import header_links
from feeds.links import absolute, is_web
from feeds.model import Link
from feeds.text import collapse, unescape, without_hidden

_TYPES = {
    "application/atom+xml",
    "application/rss+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
    "application/x.atom+xml",
    "application/x-atom+xml",
    "text/xml",
    "application/xml",
}
_FEEDLIKE = re.compile(r"(?:^|[/._=-])(?:rss|atom|feeds?|rdf)(?:[/._?=-]|$)|\.(?:rss|atom|rdf|xml)(?:$|\?)", re.I)
_TAG = re.compile(r"<(link|a|base)\s([^<>]{1,3000})>", re.I)
_ATTRIBUTE = re.compile(r"([\w:-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_MOST_TEXT = 1_000_000
_MOST = 50


def autodiscover(page: str, url: str | None, headers: Mapping[str, str] | None = None) -> tuple[Link, ...]:
    """Feeds as ``Link(rel="alternate")`` with absolute addresses, the declared ones first, each once."""
    declared, guessed = _page_links(without_hidden(page[:_MOST_TEXT]), url)
    found = [*_from_headers(headers or {}, url), *declared] or guessed
    by_address: dict[str, Link] = {}
    for link in found:
        if is_web(link.href) or not url:
            by_address.setdefault(link.href, link)
    return tuple(by_address.values())[:_MOST]


def _from_headers(headers: Mapping[str, str], url: str | None) -> Iterator[Link]:
    return (link for link in header_links(headers, url) if link.rel == "alternate" and _is_type(link.type))


def _is_type(kind: str | None) -> bool:
    return (kind or "").partition(";")[0].strip().lower() in _TYPES


def _page_links(page: str, url: str | None) -> tuple[list[Link], list[Link]]:
    """What the page declares in link elements, and the anchors that look like feeds."""
    base, declared, guessed = url, list[Link](), list[Link]()
    for match in _TAG.finditer(page):
        values = {m[1].lower(): unescape(m[2] or m[3] or m[4] or "").strip() for m in _ATTRIBUTE.finditer(match[2])}
        tag, href = match[1].lower(), values.get("href")
        if not href:
            continue
        if tag == "base":
            base = absolute(base, href)
        elif tag == "link" and _announces_feed(values):
            title = collapse(values.get("title", "")) or None
            declared.append(Link(absolute(base, href), "alternate", values.get("type") or None, title=title))
        elif tag == "a" and len(guessed) < _MOST and _FEEDLIKE.search(href):
            guessed.append(Link(absolute(base, href), "alternate"))
    return declared, guessed


def _announces_feed(values: Mapping[str, str]) -> bool:
    relations = values.get("rel", "").lower().split()
    kind = values.get("type", "").partition(";")[0].strip().lower()
    if "feed" in relations:
        return True
    if "alternate" not in relations or kind not in _TYPES:
        return False
    return kind not in ("text/xml", "application/xml", "application/json") or bool(_FEEDLIKE.search(values["href"]))
