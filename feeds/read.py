"""A document to a Feed, whatever its format: the table of formats and their readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Unpack

from feeds.context import ReadContext, ReadOptions
from feeds.encoding.charsets import charset_parameter
from feeds.encoding.decode import decode
from feeds.html.autodiscovery import autodiscover
from feeds.html.hfeed import read_hfeed
from feeds.json.read import read_json
from feeds.link_header import header_links
from feeds.listings.html_list import read_html_list
from feeds.listings.json_list import read_json_list
from feeds.model import Feed, Link, NotAFeed
from feeds.read_sitemap import is_sitemap, read_sitemap
from feeds.selectors import Selectors
from feeds.xml.read import read_xml

Reader = Callable[..., Feed | NotAFeed]

_HEADER_RELS = frozenset({"self", "hub", "next", "prev-archive"})
_JSON = re.compile(r"\s*[\[{]")
_READERS: tuple[tuple[Callable[[str], bool], Reader], ...] = (
    (lambda text: _JSON.match(text) is not None, read_json),
    (is_sitemap, read_sitemap),
    (lambda text: "<" in text or "lt;" in text, read_xml),
)
_LIST_READERS: dict[str, Callable[[str, Selectors, ReadContext], Feed | NotAFeed]] = {
    "html": read_html_list,
    "json": read_json_list,
}


def read_feed(
    content: bytes,
    *,
    url: str | None = None,
    media_type: str | None = None,
    charset: str | None = None,
    zone: tzinfo | None = None,
    language: str | None = None,
    now: datetime | None = None,
    headers: Mapping[str, str] | None = None,
    known_hashes: Collection[str] | None = None,
    salt: str = "",
) -> Feed | NotAFeed:
    """Read a feed document; any bytes end in a Feed or a NotAFeed that says why.

    ``url`` is the final address. ``charset`` and ``media_type`` come from Content-Type (``media_type`` may be its whole
    value); the type never decides.
    ``zone`` and ``language`` are the source's, for dates that lack them; ``now`` (aware) for dates like "3小时前".

    With ``known`` each entry gets a mark, and entries whose marks are among the known ones are left out: ``Feed.seen``
    names these. Where that cannot be done safely the document is read whole and nothing in it has a mark.
    ``salt`` is part of every mark: whatever else shall make the entries come again when it changes.
    """
    if not content.strip(b"\x00 \t\r\n"):
        return NotAFeed("an empty document")
    decoded = decode(content, charset, charset_parameter(media_type))
    context = ReadContext(url, headers or {}, zone, language, now)
    for fits, reader in _READERS:
        if fits(decoded.text):
            more = {"known_hashes": known_hashes, "salt": salt} if reader is read_xml else {}
            found = reader(decoded.text, context, **more)
            break
    else:
        return NotAFeed("neither XML nor JSON")
    if isinstance(found, NotAFeed):
        found = _with_discovered_feeds(found, decoded.text, context)
    if isinstance(found, NotAFeed) and not found.feed_links:
        found = read_hfeed(decoded.text, context) or found
    if isinstance(found, NotAFeed):
        return found
    return replace(found, encoding=decoded.encoding, links=_links_with_header(found, context))


def read_listing(content: bytes, *, kind: str, select: Selectors, **options: Unpack[ReadOptions]) -> Feed | NotAFeed:
    """Read a page ("html") or a JSON list ("json") as ``select`` says; ``facts`` as in ``feeds.read.read``."""
    decoded = decode(content, options.get("charset"), charset_parameter(options.get("media_type")))
    found = _LIST_READERS[kind](decoded.text, select, ReadContext.from_options(options))
    return replace(found, encoding=decoded.encoding) if isinstance(found, Feed) else found


def _links_with_header(feed: Feed, context: ReadContext) -> tuple[Link, ...]:
    """The feed's links and those that only its HTTP header names: its own address, its hubs, its pages."""
    known = {link.rel for link in feed.links}
    named = header_links(context.headers, context.url)
    more = [link for link in named if link.rel in _HEADER_RELS and link.rel not in known]
    return feed.links + tuple(dict.fromkeys(more))


def _with_discovered_feeds(refused: NotAFeed, text: str, context: ReadContext) -> NotAFeed:
    """What a page offers in place of the feed that it is not."""
    links = autodiscover(text, context.url, context.headers)
    return replace(refused, feed_links=links) if links else refused
