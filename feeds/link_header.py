"""Parse HTTP Link header fields (RFC 8288 3).

Example: <https://a.example/feed>; rel="alternate"; type="application/atom+xml".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from feeds.links import is_web_url, resolve_url
from feeds.model import Feed, Link

_LINK = re.compile(r"<([^<>]{1,2000})>\s*((?:;\s*[\w*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"]+))?\s*)*)")
_PARAMETER = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))")
_MAX_TEXT = 20_000


def header_links(headers: Mapping[str, str], url: str | None) -> Iterator[Link]:
    """Yield one Link per relation of every link in the Link fields; relative addresses are resolved against ``url``."""
    for name, value in headers.items():
        if name.lower() != "link":
            continue
        for match in _LINK.finditer(value[:_MAX_TEXT]):
            parameters = {m[1].lower(): m[2] if m[2] is not None else m[3] for m in _PARAMETER.finditer(match[2])}
            for relation in parameters.get("rel", "").lower().split():
                href = resolve_url(url, match[1])
                yield Link(href, relation, parameters.get("type"), title=parameters.get("title"))


def first_header_link(headers: Mapping[str, str], rel: str, url: str | None = None) -> str | None:
    """Return the address of the first link with this relation, or None."""
    return next((link.href for link in header_links(headers, url) if link.rel == rel), None)


def hub_and_topic(feed: Feed, headers: Mapping[str, str], url: str) -> tuple[str | None, str | None]:
    """Return a feed's WebSub hub and topic URL (W3C WebSub 4), or (None, None) if it names no hub.

    Link header fields take precedence over the document. The topic defaults to ``url``.
    """
    links = [*header_links(headers, url), *feed.links]
    hub = next((link.href for link in links if link.rel == "hub" and is_web_url(link.href)), None)
    topic = next((link.href for link in links if link.rel == "self" and is_web_url(link.href)), url)
    return (hub, topic) if hub else (None, None)
