"""Prepare a Feed for writing: valid characters, URLs and ids, one entry per id.

Entries that cannot be written are logged (``entry_not_written``) and omitted. Nothing here depends on the current time.
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
from feeds.model import Category, Enclosure, Entry, Feed, Link, Origin, Person, Picture
from feeds.text import collapse
from feeds.write import validate

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # 1970 would look like an unset clock
_FRAGMENT_HREF = re.compile(r"(\shref\s*=\s*[\"']?)(?=#)", re.I)
_LOST_CHARACTERS = re.compile("[\ufffd\ufdd0-\ufdef]")
_log = logging.getLogger(__name__)


def normalize_for_writing(feed: Feed) -> Feed:
    """Return the feed with valid texts, an IRI as the id of every entry, and no id twice (RFC 4287 4.1.1)."""
    links = tuple(valid for link in feed.links if (valid := _link(link)))
    home = validate.url(feed.link)
    self_url = next((link.href for link in links if link.rel == "self"), None)
    title = _one_line(feed.title)
    feed_id = validate.iri(feed.id) or self_url or home or _generated_id("feed", title)
    entries = _latest_by_id(_entries(feed, feed_id))
    return replace(
        feed,
        id=feed_id,
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
        deleted=tuple(tombstone for tombstone in feed.deleted if validate.iri(tombstone.ref) == tombstone.ref),
    )


def feed_updated(feed: Feed) -> datetime:
    """Return the feed's updated time, else that of its newest entry, else the epoch; never "now" (RFC 4287 4.2.15)."""
    moments = [moment for entry in feed.entries if (moment := entry.updated or entry.published)]
    return feed.updated or max(moments, default=EPOCH)


def entry_updated(entry: Entry, feed: Feed) -> datetime:
    """Return an entry's updated time, else its published time, else the feed's updated time, else the epoch."""
    return entry.updated or entry.published or feed.updated or EPOCH


def _entries(feed: Feed, feed_id: str) -> list[Entry]:
    entries: list[Entry] = []
    for entry in feed.entries:
        try:
            entries.append(_entry(entry, feed_id))
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            _log.warning("entry_not_written feed=%r entry=%r reason=%r", feed_id[:200], str(entry.id)[:200], str(error))
    return entries


def _entry(entry: Entry, feed_id: str) -> Entry:
    link, title = validate.url(entry.link), _one_line(entry.title)
    if not (title or link or entry.summary or entry.content):
        raise ValueError("no title, link or text")
    summary, content = (_valid_markup(_with_absolute_links(text, link)) for text in (entry.summary, entry.content))
    if not (title or link or summary or content):
        raise ValueError("no valid title, link or text")
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
        enclosures=tuple(valid for file in entry.enclosures if (valid := _enclosure(file))),
        picture=_picture(entry.picture) if entry.picture else None,
        links=tuple(valid_link for link in entry.links if (valid_link := _link(link))),
        language=validate.language(entry.language),
        rights=_one_line(entry.rights) or None,
        origin=_origin(entry.origin) if entry.origin else None,
        place=_one_line(entry.place) or None,
    )


def _latest_by_id(entries: list[Entry]) -> list[Entry]:
    """Return only the most recently updated of the entries that share an id, in its own position."""
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
    """Return a UUID URN (RFC 9562 5.5) that depends only on the parts, for a feed or entry whose id is no IRI."""
    return uuid.uuid5(uuid.NAMESPACE_URL, remove_control_characters("\n".join(parts))).urn


def _valid_xml_text(text: str | None) -> str:
    """Return text without the characters that XML forbids; a lost character becomes "□"."""
    return _LOST_CHARACTERS.sub("□", remove_control_characters(text or ""))


def _one_line(text: str | None) -> str:
    return collapse(_valid_xml_text(text))


def _with_absolute_links(markup: str | None, page: str | None) -> str | None:
    """Return HTML with absolute URLs, also for fragments: in a feed they would have no page."""
    if not markup or not page or "<" not in markup:
        return markup
    page_url = escape(page.partition("#")[0])
    return _FRAGMENT_HREF.sub(lambda match: match[0] + page_url, resolve_html_urls(markup, page))


def _valid_markup(text: str | None) -> str | None:
    return _valid_xml_text(text).strip() or None


def _utc_seconds(moment: datetime | None) -> datetime | None:
    """Return a time in UTC and whole seconds, or None before the year 1000, which RSS cannot express.

    Raises ValueError for a naive time.
    """
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    moment = moment.astimezone(UTC).replace(microsecond=0)
    return moment if moment.year >= 1000 else None


def _people(people: tuple[Person, ...]) -> tuple[Person, ...]:
    valid = [
        Person(_one_line(person.name), validate.email(person.email), validate.url(person.uri)) for person in people
    ]
    return tuple(dict.fromkeys(person for person in valid if person.name))


def _link(link: Link) -> Link | None:
    href, rel = validate.url(link.href), validate.relation(link.rel)
    if not href or not rel:
        return None
    media_type, language = validate.media_type(link.type), validate.language(link.hreflang)
    length = link.length if link.length is not None and link.length >= 0 else None
    return Link(href, rel, media_type, language, _one_line(link.title) or None, length)


def _enclosure(file: Enclosure) -> Enclosure | None:
    url = validate.url(file.url)
    length = file.length if file.length is not None and file.length >= 0 else None
    media_type = validate.media_type(file.type)
    return replace(file, url=url, type=media_type, length=length, title=_one_line(file.title) or None) if url else None


def _picture(picture: Picture) -> Picture | None:
    url = validate.url(picture.url)
    has_size = (picture.width or 0) > 0 and (picture.height or 0) > 0
    width, height = (picture.width, picture.height) if has_size else (None, None)
    return Picture(url, width, height, _one_line(picture.alt) or None) if url else None


def _categories(categories: tuple[Category, ...]) -> tuple[Category, ...]:
    valid = [
        Category(
            _one_line(category.term),
            validate.iri(category.scheme) or validate.url(category.scheme),
            _one_line(category.label) or None,
        )
        for category in categories
    ]
    return tuple(dict.fromkeys(category for category in valid if category.term))


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
