"""Find the feeds that an HTML page links to: link elements, HTTP Link headers, and URLs that look like feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from feeds.link_header import header_links
from feeds.links import is_web_url, resolve_url
from feeds.model import Link
from feeds.text import collapse, strip_hidden, unescape

GUESSED_REL = "guess"  # relation of a link whose URL only looks like a feed's

_TYPES = frozenset(
    "application/atom+xml application/rss+xml application/rdf+xml application/feed+json application/x.atom+xml "
    "application/x-atom+xml application/x-rss+xml application/atom application/rss text/rss+xml text/atom+xml text/rss "
    "text/rdf+xml application/x.rss+xml text/feed+json".split()
)
_VAGUE_TYPES = frozenset("text/xml application/xml application/json application/rdf text/json".split())
_FEEDLIKE = re.compile(r"(?:^|[/._=-])(?:rss2?|atom|feeds?|rdf)(?:[/._?=&]|$)|\.(?:rss|atom|rdf|xml)(?:$|[?#])", re.I)
_NOT_A_FEED = re.compile(
    r"sitemap|opml|wp-json|oembed|(?:feedly|inoreader|netvibes|newsblur|yahoo|bloglines)\.com|/feedback", re.I
)
_TAG = re.compile(r"<(link|a|base)[\s/]((?:[^<>\"']|\"[^\"]{0,3000}\"|'[^']{0,3000}'){1,3000})>", re.I)
_ATTRIBUTE = re.compile(r"([\w:-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_FEED_SCHEME = re.compile(r"^feed:(?://)?(?=https?:)|^feed:(?=//)", re.I)
_MAX_TEXT = 1_000_000
_MAX_LINKS = 50

Tag = tuple[str, dict[str, str]]  # name and attributes


def autodiscover(page: str, url: str | None, headers: Mapping[str, str] | None = None) -> tuple[Link, ...]:
    """Return the feeds of a page as links with absolute URLs and rel "alternate", each once.

    If a page declares none, anchors whose URL looks like a feed's are returned with rel ``GUESSED_REL``.
    """
    tags = list(_tags(strip_hidden(page[:_MAX_TEXT])))
    base = next((resolve_url(url, values["href"]) for name, values in tags if name == "base"), url)
    links = [*_from_headers(headers or {}, url), *_declared_links(tags, base)] or list(_guessed_links(tags, base))
    by_address: dict[str, Link] = {}
    for link in links:
        if is_web_url(link.href) or not url:
            by_address.setdefault(link.href, link)
    return tuple(by_address.values())[:_MAX_LINKS]


def _from_headers(headers: Mapping[str, str], url: str | None) -> Iterator[Link]:
    """Yield the feeds of HTTP Link headers (RFC 8288 3); the relation "feed" needs no type."""
    for link in header_links(headers, url):
        if link.rel == "feed" or (link.rel == "alternate" and _is_feed_type(link.type, link.href)):
            yield replace(link, rel="alternate")


def _tags(page: str) -> Iterator[Tag]:
    """Yield every link, a and base element that has an href."""
    for match in _TAG.finditer(page):
        attributes: dict[str, str] = {}
        for attribute in _ATTRIBUTE.finditer(match[2]):
            value = attribute[2] or attribute[3] or attribute[4] or ""
            attributes.setdefault(attribute[1].lower(), unescape(value).strip())
        if attributes.get("href"):
            yield match[1].lower(), attributes


def _declared_links(tags: list[Tag], base: str | None) -> Iterator[Link]:
    for name, values in tags:
        if name != "base" and _declares_feed(name, values):
            title = collapse(values.get("title", "")) or None
            media_type, language = values.get("type") or None, values.get("hreflang") or None
            yield Link(_feed_url(base, values["href"]), "alternate", media_type, language, title)


def _guessed_links(tags: list[Tag], base: str | None) -> Iterator[Link]:
    for name, values in tags:
        href = values["href"]
        is_feedlike = _FEEDLIKE.search(href) or href[:5].lower() == "feed:"
        if name == "a" and is_feedlike and not _NOT_A_FEED.search(href):
            yield Link(_feed_url(base, href), GUESSED_REL)


def _feed_url(base: str | None, href: str) -> str:
    """Return an absolute URL; "feed:https://..." and "feed://..." become http(s) URLs."""
    scheme = "http:" if re.match(r"feed://(?!https?:)", href, re.I) else ""
    return resolve_url(base, _FEED_SCHEME.sub(scheme, href, count=1))


def _declares_feed(name: str, values: Mapping[str, str]) -> bool:
    relations = values.get("rel", "").lower().split()
    if "feed" in relations and "stylesheet" not in relations:
        return name == "link" or _is_feed_type(values.get("type"), values["href"])
    return "alternate" in relations and _is_feed_type(values.get("type"), values["href"])


def _is_feed_type(media_type: str | None, href: str) -> bool:
    """Return whether a media type is a feed's, or generic XML or JSON with a URL that looks like a feed's."""
    essence = (media_type or "").partition(";")[0].strip().lower()
    return essence in _TYPES or (
        essence in _VAGUE_TYPES and bool(_FEEDLIKE.search(href)) and not _NOT_A_FEED.search(href)
    )
