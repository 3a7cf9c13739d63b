"""The feeds an HTML page offers: link elements in its head, HTTP Link headers, and addresses that look like feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

from feeds.links import absolute, is_web
from feeds.model import Link
from feeds.text import collapse

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
_HEADER_LINK = re.compile(r"<([^<>]{1,2000})>\s*((?:;\s*[\w*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"]+))?\s*)*)")
_PARAMETER = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))")
_MOST_TEXT = 2_000_000
_MOST = 50


def autodiscover(page: str, url: str | None, headers: Mapping[str, str] | None = None) -> tuple[Link, ...]:
    """Feeds as ``Link(rel="alternate")`` with absolute addresses, the declared ones first, each once."""
    parser = _Page(url)
    parser.feed(page[:_MOST_TEXT])
    declared = [*_from_headers(headers or {}, url), *parser.declared]
    found = declared or parser.guessed
    by_address = {link.href: link for link in reversed(found) if is_web(link.href) or not url}
    return tuple(reversed(by_address.values()))[:_MOST]


def _from_headers(headers: Mapping[str, str], url: str | None) -> Iterator[Link]:
    """RFC 8288 3: <https://a.example/feed>; rel="alternate"; type="application/atom+xml"."""
    for name, value in headers.items():
        if name.lower() != "link":
            continue
        for match in _HEADER_LINK.finditer(value[:20_000]):
            parameters = {m[1].lower(): m[2] if m[2] is not None else m[3] for m in _PARAMETER.finditer(match[2])}
            if "alternate" in parameters.get("rel", "").lower().split() and _is_type(parameters.get("type")):
                href = absolute(url, match[1])
                yield Link(href, "alternate", parameters.get("type"), title=parameters.get("title"))


def _is_type(kind: str | None) -> bool:
    return (kind or "").partition(";")[0].strip().lower() in _TYPES


class _Page(HTMLParser):
    """Collects what a page declares in link elements, and the anchors that look like feeds."""

    def __init__(self, url: str | None) -> None:
        super().__init__(convert_charrefs=True)
        self.base = url
        self.declared: list[Link] = []
        self.guessed: list[Link] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        href = values.get("href", "").strip()
        if not href:
            return
        if tag == "base":
            self.base = absolute(self.base, href)
        elif tag == "link" and _announces_feed(values):
            title = collapse(values.get("title", "")) or None
            self.declared.append(Link(absolute(self.base, href), "alternate", values.get("type") or None, title=title))
        elif tag == "a" and len(self.guessed) < _MOST and _FEEDLIKE.search(href):
            self.guessed.append(Link(absolute(self.base, href), "alternate"))


def _announces_feed(values: Mapping[str, str]) -> bool:
    relations = values.get("rel", "").lower().split()
    kind = values.get("type", "").partition(";")[0].strip().lower()
    if "feed" in relations:
        return True
    if "alternate" not in relations or kind not in _TYPES:
        return False
    return kind not in ("text/xml", "application/xml", "application/json") or bool(_FEEDLIKE.search(values["href"]))
