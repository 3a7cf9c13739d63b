"""Read a document of any supported format into a Feed: the tables of formats and their readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
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
from feeds.phrase import Phrase
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
    known_hashes: Collection[str] | None = None,
    salt: str = "",
    **options: Unpack[ReadOptions],
) -> Feed | NotAFeed:
    """Return the Feed in a document's bytes, or a NotAFeed with the reason; never raises on any input.

    ``options`` describe where the document comes from; the media type never decides the format.

    With ``known_hashes`` each entry gets a hash of its markup, and entries with a known hash are skipped:
    ``Feed.known_hashes`` lists them. If that cannot be done safely the whole document is read and no entry has a hash.
    ``salt`` is part of every hash: changing it makes all entries unknown again.
    """
    if not content.strip(b"\x00 \t\r\n"):
        return NotAFeed(Phrase("an empty document"))
    decoded = decode(content, options.get("charset"), charset_parameter(options.get("media_type")))
    context = ReadContext.from_options(options)
    for matches, reader in _READERS:
        if matches(decoded.text):
            hashing = {"known_hashes": known_hashes, "salt": salt} if reader is read_xml else {}
            feed = reader(decoded.text, context, **hashing)
            break
    else:
        return NotAFeed(Phrase("neither XML nor JSON"))
    if isinstance(feed, NotAFeed):
        feed = _with_discovered_feeds(feed, decoded.text, context)
    if isinstance(feed, NotAFeed) and not feed.feed_links:
        feed = read_hfeed(decoded.text, context) or feed
    if isinstance(feed, NotAFeed):
        return feed
    return replace(feed, encoding=decoded.encoding, links=_links_with_header(feed, context))


def read_listing(content: bytes, *, kind: str, select: Selectors, **options: Unpack[ReadOptions]) -> Feed | NotAFeed:
    """Return the articles of an HTML page ("html") or JSON list ("json") as a Feed, or a NotAFeed.

    ``options`` as in ``read_feed``.
    """
    decoded = decode(content, options.get("charset"), charset_parameter(options.get("media_type")))
    feed = _LIST_READERS[kind](decoded.text, select, ReadContext.from_options(options))
    return replace(feed, encoding=decoded.encoding) if isinstance(feed, Feed) else feed


def _links_with_header(feed: Feed, context: ReadContext) -> tuple[Link, ...]:
    """Return the feed's links and those that only its HTTP header has: self, hub, next, prev-archive."""
    relations = {link.rel for link in feed.links}
    header = header_links(context.headers, context.url)
    added = [link for link in header if link.rel in _HEADER_RELS and link.rel not in relations]
    return feed.links + tuple(dict.fromkeys(added))


def _with_discovered_feeds(not_a_feed: NotAFeed, text: str, context: ReadContext) -> NotAFeed:
    """Return the refusal with the feeds that the HTML page links to."""
    links = autodiscover(text, context.url, context.headers)
    return replace(not_a_feed, feed_links=links) if links else not_a_feed
