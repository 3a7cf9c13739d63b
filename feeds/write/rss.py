"""Write a Feed as an RSS 2.0 document (RSS Best Practices Profile); equal values give equal bytes."""

from __future__ import annotations

import threading

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.model import Entry, Feed
from feeds.write.escaping import escape_lookalike_markup, plain_text, title_or_excerpt, with_numeric_references
from feeds.write.feedgen_extension import EntryExtension, RssFeedExtension
from feeds.write.normalize import feed_updated, normalize_for_writing
from feeds.write.stylesheet import with_stylesheet
from feeds.write.validate import is_permalink

_IMAGE_ENDINGS = (".png", ".gif", ".jpg", ".jpeg")  # the image formats of RSS 2.0
_UNKNOWN_TYPE = "application/octet-stream"  # RSS 2.0 requires a type and a length for each enclosure
_locale_lock = threading.Lock()  # feedgen changes the process-wide locale while it writes dates


def write_rss(feed: Feed, *, stylesheet: str | None = None) -> bytes:
    """Return a well-formed UTF-8 document with the entries in their order; invalid entries are logged and left out.

    ``stylesheet`` is the URL of a CSS file to name in an xml-stylesheet instruction.
    """
    feed = normalize_for_writing(feed)
    generator = FeedGenerator()
    title = escape_lookalike_markup(feed.title or feed.link or str(feed.id))
    generator.title(title)
    generator.link(href=feed.link or feed.first_link("self") or feed.id)
    generator.description(escape_lookalike_markup(plain_text(feed.description or "")) or title)
    generator.language(feed.language)
    generator.copyright(escape_lookalike_markup(feed.rights or "") or None)
    generator.generator(feed.generator or "Gedi")
    generator.lastBuildDate(feed_updated(feed))
    generator.ttl(feed.hints.ttl)
    generator.skipHours(list(feed.hints.skip_hours) or None)
    generator.skipDays(list(feed.hints.skip_days) or None)
    if feed.icon and feed.icon.lower().endswith(_IMAGE_ENDINGS):
        generator.image(feed.icon)
    generator.register_extension("gedi", RssFeedExtension, EntryExtension)
    generator.gedi.feed = feed
    for entry in feed.entries:
        _fill_entry(generator.add_entry(order="append"), entry, feed)
    with _locale_lock:
        document: bytes = generator.rss_str()
    return with_stylesheet(with_numeric_references(document), stylesheet)


def _fill_entry(node: FeedEntry, entry: Entry, feed: Feed) -> None:
    node.gedi.entry, node.gedi.feed = entry, feed
    node.guid(entry.id, permalink=entry.id == (entry.link or entry.id) and is_permalink(entry.id))
    node.title(escape_lookalike_markup(title_or_excerpt(entry)))
    if entry.link:
        node.link(href=entry.link)
    if entry.summary:
        node.description(entry.summary, isSummary=True)
    if entry.content:
        node.content(entry.content)  # becomes the description if there is no summary
    files = [file for file in entry.enclosures if is_permalink(file.url)]
    if files:
        node.enclosure(files[0].url, str(files[0].length or 0), files[0].type or _UNKNOWN_TYPE)
    address = entry.origin.self_link or entry.origin.link if entry.origin else None
    if entry.origin and address and is_permalink(address):
        node.source(url=address, title=escape_lookalike_markup(entry.origin.title or address))
    for category in entry.categories:
        scheme = {"scheme": category.scheme} if category.scheme else {}
        node.category({"term": escape_lookalike_markup(category.term), **scheme})
