"""The JSON Feed extension ``_gedi``: members of a Feed that JSON Feed 1.1 cannot express, written and read.

Names of extensions begin with an underscore, and readers ignore those they do not know (jsonfeed.org/version/1.1,
Extensions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from feeds.dates.parse import parse_date
from feeds.model import Category, Entry, Feed, Hints, Link, Origin, Person, Picture, Tombstone
from feeds.pictures import MAX_SIDE, read_alt
from feeds.text import html_from_text, html_to_text

EXTENSION_KEY = "_gedi"
_MAX_VALUES = 1_000  # values read from one list

JsonObject = Mapping[str, Any]


def entry_extension(entry: Entry) -> dict[str, Any]:
    """Return the members of an entry that a JSON Feed item cannot express; empty if there are none."""
    only_terms = all(category.scheme is None and category.label is None for category in entry.categories)
    is_plain = entry.summary is None or html_from_text(html_to_text(entry.summary)) == entry.summary
    return _drop_empty(
        {
            "editor": entry.editor,
            "rights": entry.rights,
            "place": entry.place,
            "point": list(entry.point) if entry.point else None,
            "summary_html": None if is_plain else entry.summary,
            "summary_only": entry.content is None or None,
            "authors": _people_with_email(entry.authors),
            "categories": None if only_terms else _to_objects(entry.categories),
            "links": _to_objects(entry.links),
            "picture": _drop_empty({**_to_object(entry.picture), "url": None}) if entry.picture else None,
            "origin": _to_object(entry.origin) if entry.origin else None,
        }
    )


def feed_extension(feed: Feed) -> dict[str, Any]:
    """Return the members of a feed that the top level of a JSON Feed cannot express."""
    return _drop_empty(
        {
            "id": feed.id,
            "updated": _iso_time(feed.updated),
            "rights": feed.rights,
            "generator": feed.generator,
            "authors": _people_with_email(feed.authors),
            "links": _to_objects(feed.links),
            "deleted": _to_objects(feed.deleted),
            "archive": feed.archive or None,
            "hints": _to_object(feed.hints) if feed.hints != Hints() else None,
        }
    )


def extend_entry(entry: Entry, extension: Any) -> Entry:
    """Return the entry completed from its extension; members of the wrong type are ignored."""
    if not isinstance(extension, dict):
        return entry
    people, tags, links = (_list(extension, name, kind) for name, kind in _LISTS)
    origin = _origin(extension.get("origin"))
    return replace(
        entry,
        editor=_text(extension, "editor") or entry.editor,
        rights=_text(extension, "rights") or entry.rights,
        place=_text(extension, "place") or entry.place,
        point=_point(extension.get("point")) or entry.point,
        summary=_text(extension, "summary_html") or entry.summary,
        content=None if extension.get("summary_only") is True else entry.content,
        authors=people or entry.authors,
        categories=tags or entry.categories,
        links=links or entry.links,
        origin=origin or entry.origin,
        picture=_picture(entry.picture, extension.get("picture")),
    )


def extend_feed(feed: Feed, extension: Any) -> Feed:
    """Return the feed completed from its extension; members of the wrong type are ignored."""
    if not isinstance(extension, dict):
        return feed
    people, _, links = (_list(extension, name, kind) for name, kind in _LISTS)
    return replace(
        feed,
        id=_text(extension, "id") or feed.id,
        updated=parse_date(_text(extension, "updated")) or feed.updated,
        rights=_text(extension, "rights") or feed.rights,
        generator=_text(extension, "generator") or feed.generator,
        authors=people or feed.authors,
        links=links or feed.links,
        deleted=_list(extension, "deleted", Tombstone) or feed.deleted,
        archive=extension.get("archive") is True or feed.archive,
        hints=_hints(extension.get("hints")) or feed.hints,
    )


_LISTS: tuple[tuple[str, Any], ...] = (("authors", Person), ("categories", Category), ("links", Link))


def _iso_time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _drop_empty(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], {}, ())}


def _to_object(value: Any) -> dict[str, Any]:
    """Return a value of the model as a JSON object without its empty members."""
    members: dict[str, Any] = {}
    for part in fields(value):
        member = getattr(value, part.name)
        if isinstance(member, datetime):
            member = _iso_time(member)
        elif part.name == "authors":
            member = _to_objects(member)
        members[part.name] = list(member) if isinstance(member, tuple) else member
    return _drop_empty(members)


def _to_objects(values: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [_to_object(value) for value in values]


def _people_with_email(people: tuple[Person, ...]) -> list[dict[str, Any]] | None:
    """Return the people as objects if any of them has an email address, which JSON Feed cannot express."""
    return _to_objects(people) if any(person.email for person in people) else None


def _text(members: JsonObject, name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) and value else None


def _list(members: JsonObject, name: str, kind: Any) -> tuple[Any, ...]:
    values = members.get(name)
    items = [_build(kind, value) for value in values[:_MAX_VALUES]] if isinstance(values, list) else []
    return tuple(item for item in items if item is not None)


def _build(kind: Any, members: Any) -> Any:
    """Return a person, category, link or tombstone from an object's strings; None if a required member is missing."""
    if not isinstance(members, dict):
        return None
    attributes: dict[str, Any] = {part.name: _text(members, part.name) for part in fields(kind)}
    if kind is Tombstone:
        when = parse_date(attributes["when"])
        return Tombstone(attributes["ref"], when) if attributes["ref"] and when else None
    if kind is Link:
        length = members.get("length")
        attributes |= {"rel": attributes["rel"] or "alternate", "length": length if type(length) is int else None}
    required = {Person: "name", Category: "term", Link: "href"}[kind]
    return kind(**attributes) if attributes[required] else None


def _picture(picture: Picture | None, members: Any) -> Picture | None:
    """Return the picture with the size and description that the member "image" of an item cannot express."""
    if picture is None or not isinstance(members, dict):
        return picture
    size = [members.get(name) for name in ("width", "height")]
    width, height = (value if type(value) is int and 0 < value <= MAX_SIDE else None for value in size)
    return Picture(picture.url, width, height, read_alt(html_from_text(_text(members, "alt") or "")))


def _origin(members: Any) -> Origin | None:
    if not isinstance(members, dict):
        return None
    attributes: dict[str, Any] = {part.name: _text(members, part.name) for part in fields(Origin)}
    attributes |= {"updated": parse_date(attributes["updated"]), "authors": _list(members, "authors", Person)}
    return Origin(**attributes) if any(attributes.values()) else None


def _point(value: Any) -> tuple[float, float] | None:
    if not (isinstance(value, list) and len(value) == 2 and all(type(number) in (int, float) for number in value)):
        return None
    latitude, longitude = value
    return (float(latitude), float(longitude)) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _hints(members: Any) -> Hints | None:
    if not isinstance(members, dict):
        return None
    numbers = {name: value for name in ("ttl", "update_seconds") if type(value := members.get(name)) is int}
    hours, days = (
        value if isinstance(value := members.get(name), list) else [] for name in ("skip_hours", "skip_days")
    )
    hours = [hour for hour in hours if type(hour) is int]
    days = [day for day in days if isinstance(day, str)]
    return Hints(**numbers, skip_hours=tuple(hours), skip_days=tuple(days), finished=members.get("finished") is True)
