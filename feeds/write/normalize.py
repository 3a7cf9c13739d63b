"""A Feed made fit for writing: legal characters, addresses and ids, one entry for each id.

What cannot be written is left out and logged; nothing here ever asks what time it is.
"""

from __future__ import annotations

import logging
import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

from feeds.encoding.decode import remove_control_characters
from feeds.links import resolve_html_urls
from feeds.model import Category, Enclosure, Entry, Feed, Link, Origin, Person
from feeds.text import collapse
from feeds.write import validate

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # 1970 would look like a clock that was never set
_FRAGMENT_HREF = re.compile(r"(\shref\s*=\s*[\"']?)(?=#)", re.I)
_LOST_CHARACTERS = re.compile("[\ufffd\ufdd0-\ufdef]")
_log = logging.getLogger(__name__)


def normalize_for_writing(feed: Feed) -> Feed:
    """The feed with every text clean, every entry with an id that is an IRI, and no id twice (RFC 4287 4.1.1)."""
    links = tuple(link for one in feed.links if (link := _link(one)))
    home = validate.url(feed.link)
    own = next((link.href for link in links if link.rel == "self"), None)
    title = _one_line(feed.title)
    identity = validate.iri(feed.id) or own or home or _generated_id("feed", title)
    entries = _latest_by_id(_entries(feed, identity))
    return replace(
        feed,
        id=identity,
        title=title,
        link=home,
        description=_valid_markup(feed.description),
        language=validate.language(feed.language),
        updated=_utc_seconds(feed.updated),
        authors=_people(feed.authors),
        rights=_one_line(feed.rights) or None,
        icon=validate.url(feed.icon),
        generator=_one_line(feed.generator) or None,
        links=links,
        entries=tuple(entries),
        deleted=tuple(stone for stone in feed.deleted if validate.iri(stone.ref) == stone.ref),
    )


def feed_updated(feed: Feed) -> datetime:
    """When the feed last changed: as given, else its newest entry, else the epoch; never "now" (4.2.15)."""
    moments = [moment for entry in feed.entries if (moment := entry.updated or entry.published)]
    return feed.updated or max(moments, default=EPOCH)


def entry_updated(entry: Entry, feed: Feed) -> datetime:
    """When an entry last changed: as given, else its publication, else the feed's own time, else the epoch."""
    return entry.updated or entry.published or feed.updated or EPOCH


def _entries(feed: Feed, feed_id: str) -> list[Entry]:
    found: list[Entry] = []
    for entry in feed.entries:
        try:
            found.append(_entry(entry, feed_id))
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            _log.warning("left out of feed %r: entry %r: %s", feed_id[:200], str(entry.id)[:200], error)
    return found


def _entry(entry: Entry, feed_id: str) -> Entry:
    link, title = validate.url(entry.link), _one_line(entry.title)
    if not (title or link or entry.summary or entry.content):
        raise ValueError("it has neither title, link nor text")
    summary, content = (_valid_markup(_with_absolute_links(text, link)) for text in (entry.summary, entry.content))
    if not (title or link or summary or content):
        raise ValueError("nothing of it can be written")
    return replace(
        entry,
        id=validate.iri(entry.id) or _generated_id(feed_id, entry.id or link or f"{title} {entry.published}"),
        title=title,
        link=link,
        published=_utc_seconds(entry.published),
        updated=_utc_seconds(entry.updated),
        authors=_people(entry.authors),
        editor=_one_line(entry.editor) or None,
        summary=summary,
        content=content,
        categories=_categories(entry.categories),
        enclosures=tuple(file for one in entry.enclosures if (file := _enclosure(one))),
        links=tuple(found for one in entry.links if (found := _link(one))),
        language=validate.language(entry.language),
        rights=_one_line(entry.rights) or None,
        origin=_origin(entry.origin) if entry.origin else None,
        place=_one_line(entry.place) or None,
    )


def _latest_by_id(entries: list[Entry]) -> list[Entry]:
    """Of entries that share an id only the one updated last, in its own place."""
    newest: dict[str | None, int] = {}
    for index, entry in enumerate(entries):
        earlier = newest.get(entry.id)
        if earlier is None or _last_change(entry) > _last_change(entries[earlier]):
            newest[entry.id] = index
    kept = set(newest.values())
    return [entry for index, entry in enumerate(entries) if index in kept]


def _last_change(entry: Entry) -> datetime:
    return entry.updated or entry.published or EPOCH


def _generated_id(*parts: str) -> str:
    """An id for what has none that is an IRI: always the same for the same parts."""
    return uuid.uuid5(uuid.NAMESPACE_URL, remove_control_characters("\n".join(parts))).urn


def _valid_xml_text(text: str | None) -> str:
    """Without what XML forbids, and with a sign that can be read for a letter that was lost on its way here."""
    return _LOST_CHARACTERS.sub("□", remove_control_characters(text or ""))


def _one_line(text: str | None) -> str:
    return collapse(_valid_xml_text(text))


def _with_absolute_links(markup: str | None, page: str | None) -> str | None:
    """HTML whose addresses stand for themselves, those of places in the same page too: in a feed it has no page."""
    if not markup or not page or "<" not in markup:
        return markup
    own = escape(page.partition("#")[0])
    return _FRAGMENT_HREF.sub(lambda match: match[0] + own, resolve_html_urls(markup, page))


def _valid_markup(text: str | None) -> str | None:
    return _valid_xml_text(text).strip() or None


def _utc_seconds(moment: datetime | None) -> datetime | None:
    """In UTC and whole seconds; a naive time is a mistake of the caller's."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    moment = moment.astimezone(UTC).replace(microsecond=0)
    return moment if moment.year >= 1000 else None  # RSS has no way to write it


def _people(people: tuple[Person, ...]) -> tuple[Person, ...]:
    found = [Person(_one_line(one.name), validate.email(one.email), validate.url(one.uri)) for one in people]
    return tuple(dict.fromkeys(one for one in found if one.name))


def _link(link: Link) -> Link | None:
    href, rel = validate.url(link.href), validate.relation(link.rel)
    if not href or not rel:
        return None
    kind, language = validate.media_type(link.type), validate.language(link.hreflang)
    length = link.length if link.length is not None and link.length >= 0 else None
    return Link(href, rel, kind, language, _one_line(link.title) or None, length)


def _enclosure(file: Enclosure) -> Enclosure | None:
    url = validate.url(file.url)
    length = file.length if file.length is not None and file.length >= 0 else None
    kind = validate.media_type(file.type)
    return replace(file, url=url, type=kind, length=length, title=_one_line(file.title) or None) if url else None


def _categories(categories: tuple[Category, ...]) -> tuple[Category, ...]:
    found = [
        Category(
            _one_line(one.term), validate.iri(one.scheme) or validate.url(one.scheme), _one_line(one.label) or None
        )
        for one in categories
    ]
    return tuple(dict.fromkeys(one for one in found if one.term))


def _origin(origin: Origin) -> Origin:
    return Origin(
        id=validate.iri(origin.id) or validate.url(origin.id),
        title=_one_line(origin.title) or None,
        link=validate.url(origin.link),
        self_link=validate.url(origin.self_link),
        updated=_utc_seconds(origin.updated),
        authors=_people(origin.authors),
        rights=_one_line(origin.rights) or None,
    )
