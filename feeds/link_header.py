"""HTTP Link header fields (RFC 8288 3): <https://a.example/feed>; rel="alternate"; type="application/atom+xml"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from feeds.links import is_web_url, resolve_url
from feeds.model import Feed, Link

_LINK = re.compile(r"<([^<>]{1,2000})>\s*((?:;\s*[\w*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"]+))?\s*)*)")
_PARAMETER = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))")
_MAX_TEXT = 20_000


def header_links(headers: Mapping[str, str], url: str | None) -> Iterator[Link]:
    """Every link of every Link field, one for each of its relations; ``url`` makes relative addresses absolute."""
    for name, value in headers.items():
        if name.lower() != "link":
            continue
        for match in _LINK.finditer(value[:_MAX_TEXT]):
            parameters = {m[1].lower(): m[2] if m[2] is not None else m[3] for m in _PARAMETER.finditer(match[2])}
            for relation in parameters.get("rel", "").lower().split():
                href = resolve_url(url, match[1])
                yield Link(href, relation, parameters.get("type"), title=parameters.get("title"))


def first_header_link(headers: Mapping[str, str], rel: str, url: str | None = None) -> str | None:
    """The address of the first link with this relation, or None."""
    return next((link.href for link in header_links(headers, url) if link.rel == rel), None)


def hub_and_topic(feed: Feed, headers: Mapping[str, str], url: str) -> tuple[str | None, str | None]:
    """A feed's WebSub hub and topic (W3C REC 2018, 4): from the Link fields, else from the document; the topic is
    where it was found when it does not name itself. (None, None) where there is no hub."""
    own = [*header_links(headers, url), *feed.links]
    hub = next((link.href for link in own if link.rel == "hub" and is_web_url(link.href)), None)
    topic = next((link.href for link in own if link.rel == "self" and is_web_url(link.href)), url)
    return (hub, topic) if hub else (None, None)
