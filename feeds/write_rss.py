"""A Feed to an RSS 2.0 document with the elements of the Best Practices Profile: the same bytes for the same Feed."""

from __future__ import annotations

import threading

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.complete import complete, feed_moment
from feeds.extension import EntryPart, RssFeedPart
from feeds.links import is_web
from feeds.model import Entry, Feed
from feeds.stylesheet import with_stylesheet

_MANY_BYTES = "application/octet-stream"  # RSS wants a type and a length for each enclosure
_locale = threading.Lock()  # feedgen sets the locale of the whole process while it writes the channel's date


def write_rss(feed: Feed, *, stylesheet: str | None = None) -> bytes:
    """A well-formed UTF-8 document; entries keep their order, what cannot be written is left out and logged."""
    feed = complete(feed)
    generator = FeedGenerator()
    generator.title(feed.title or feed.link or feed.id)
    generator.link(href=feed.link or feed.id)
    generator.description(feed.description or feed.title or feed.link or feed.id)
    generator.language(feed.language)
    generator.copyright(feed.rights)
    generator.generator(feed.generator or "Gedi")
    generator.lastBuildDate(feed_moment(feed))
    generator.ttl(feed.hints.ttl)
    generator.skipHours(list(feed.hints.skip_hours) or None)
    generator.skipDays(list(feed.hints.skip_days) or None)
    if feed.icon:
        generator.image(feed.icon)
    generator.register_extension("gedi", RssFeedPart, EntryPart)
    generator.gedi.feed = feed
    for entry in feed.entries:
        _fill(generator.add_entry(order="append"), entry, feed)
    with _locale:
        document: bytes = generator.rss_str()
    return with_stylesheet(document, stylesheet)


def _fill(node: FeedEntry, entry: Entry, feed: Feed) -> None:
    node.gedi.entry, node.gedi.feed = entry, feed
    node.guid(entry.id, permalink=is_web(entry.id))
    if entry.title:
        node.title(entry.title)
    if entry.link:
        node.link(href=entry.link)
    if entry.summary:
        node.description(entry.summary, isSummary=True)
    if entry.content:
        node.content(entry.content)
    if not (entry.title or entry.summary or entry.content):
        node.title(entry.link)
    if entry.enclosures:
        first = entry.enclosures[0]
        node.enclosure(first.url, str(first.length or 0), first.type or _MANY_BYTES)
    if entry.origin and (address := entry.origin.self_link or entry.origin.link):
        node.source(url=address, title=entry.origin.title or address)
    for category in entry.categories:
        node.category({"term": category.term, **({"scheme": category.scheme} if category.scheme else {})})
