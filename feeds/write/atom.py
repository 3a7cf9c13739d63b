"""Write a Feed as an Atom document (RFC 4287); equal values give equal bytes."""

from __future__ import annotations

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.model import Entry, Feed, Person
from feeds.write.escaping import escape_lookalike_markup
from feeds.write.feedgen_extension import EntryExtension, FeedExtension
from feeds.write.normalize import entry_updated, feed_updated, normalize_for_writing
from feeds.write.stylesheet import with_stylesheet

_TITLE_PLACEHOLDER = "-"  # feedgen rejects an empty title; the extension replaces it


def write_atom(feed: Feed, *, stylesheet: str | None = None) -> bytes:
    """Return a well-formed UTF-8 document with the entries in their order; invalid entries are logged and left out.

    ``stylesheet`` is the URL of a CSS file to name in an xml-stylesheet instruction.
    """
    feed = normalize_for_writing(feed)
    generator = FeedGenerator()
    generator.id(feed.id)
    generator.title(feed.title or feed.link or _TITLE_PLACEHOLDER)
    generator.updated(feed_updated(feed))
    generator.author(_authors(feed.authors or _fallback_author(feed)))
    generator.subtitle(feed.description)
    generator.rights(feed.rights)
    generator.icon(feed.icon)
    generator.generator(feed.generator or "Gedi")
    generator.register_extension("gedi", FeedExtension, EntryExtension)
    generator.gedi.feed, generator.gedi.moment = feed, feed_updated(feed)
    for entry in feed.entries:
        _fill_entry(generator.add_entry(order="append"), entry, feed)
    document: bytes = generator.atom_str()
    return with_stylesheet(document, stylesheet)


def _authors(people: tuple[Person, ...]) -> list[dict[str, str]]:
    return [
        {
            key: value
            for key, value in (
                ("name", escape_lookalike_markup(person.name)),
                ("email", person.email),
                ("uri", person.uri),
            )
            if value
        }
        for person in people
    ]


def _fallback_author(feed: Feed) -> tuple[Person, ...]:
    """Return the feed itself as author if an entry has none (RFC 4287 4.1.1)."""
    if all(entry.authors or (entry.origin and entry.origin.authors) for entry in feed.entries) and feed.entries:
        return ()
    return (Person(feed.title or feed.link or str(feed.id)),)


def _fill_entry(node: FeedEntry, entry: Entry, feed: Feed) -> None:
    node.gedi.entry, node.gedi.feed = entry, feed
    node.id(entry.id)
    node.title(entry.title or _TITLE_PLACEHOLDER)
    node.updated(entry_updated(entry, feed))
    node.published(entry.published)
    node.author(_authors(entry.authors))
    if entry.link:
        node.link(href=entry.link)
    content = entry.content if entry.link else entry.content or entry.summary or entry.title
    if content:
        node.content(content, type="html")
    if entry.summary:
        node.summary(entry.summary, type="html")
    node.rights(entry.rights)
    for category in entry.categories:
        attributes = (("term", category.term), ("scheme", category.scheme), ("label", category.label))
        node.category({key: value for key, value in attributes if value})
