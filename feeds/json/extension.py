"""The member ``_gedi`` of our JSON Feeds: what a Feed holds that JSON Feed 1.1 has no member for, written and read.

Extensions begin with an underscore (jsonfeed.org/version/1.1, Extensions); readers that do not know one leave it be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from feeds.dates.parse import parse_date
from feeds.model import Category, Entry, Feed, Hints, Link, Origin, Person, Tombstone
from feeds.text import html_from_text, html_to_text

EXTENSION_KEY = "_gedi"
_MAX_VALUES = 1_000  # values of a list

JsonObject = Mapping[str, Any]


def entry_extension(entry: Entry) -> dict[str, Any]:
    """What an item cannot say by itself; empty where that is nothing."""
    bare = all(one.scheme is None and one.label is None for one in entry.categories)
    told = entry.summary is None or html_from_text(html_to_text(entry.summary)) == entry.summary
    return _drop_empty(
        {
            "editor": entry.editor,
            "rights": entry.rights,
            "place": entry.place,
            "point": list(entry.point) if entry.point else None,
            "summary_html": None if told else entry.summary,
            "summary_only": entry.content is None or None,
            "authors": [_to_object(one) for one in entry.authors] if any(one.email for one in entry.authors) else None,
            "categories": None if bare else [_to_object(one) for one in entry.categories],
            "links": [_to_object(one) for one in entry.links],
            "origin": _to_object(entry.origin) if entry.origin else None,
        }
    )


def feed_extension(feed: Feed) -> dict[str, Any]:
    """What the top of a JSON Feed cannot say."""
    return _drop_empty(
        {
            "id": feed.id,
            "updated": _iso_time(feed.updated),
            "rights": feed.rights,
            "generator": feed.generator,
            "authors": [_to_object(one) for one in feed.authors] if any(one.email for one in feed.authors) else None,
            "links": [_to_object(one) for one in feed.links],
            "deleted": [_to_object(one) for one in feed.deleted],
            "archive": feed.archive or None,
            "hints": _to_object(feed.hints) if feed.hints != Hints() else None,
        }
    )


def extend_entry(entry: Entry, extension: Any) -> Entry:
    """The entry with what its extension adds; what is of the wrong type counts as absent."""
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
    )


def extend_feed(feed: Feed, extension: Any) -> Feed:
    """The feed with what its extension adds."""
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
    """A value of the model as a JSON object, without what it leaves open."""
    found: dict[str, Any] = {}
    for part in fields(value):
        member = getattr(value, part.name)
        if isinstance(member, datetime):
            member = _iso_time(member)
        elif part.name == "authors":
            member = [_to_object(one) for one in member]
        found[part.name] = list(member) if isinstance(member, tuple) else member
    return _drop_empty(found)


def _text(members: JsonObject, name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) and value else None


def _list(members: JsonObject, name: str, kind: Any) -> tuple[Any, ...]:
    values = members.get(name)
    made = [_build(kind, value) for value in values[:_MAX_VALUES]] if isinstance(values, list) else []
    return tuple(one for one in made if one is not None)


def _build(kind: Any, members: Any) -> Any:
    """A person, category, link or tombstone of an object's strings; None where what it needs is missing."""
    if not isinstance(members, dict):
        return None
    given: dict[str, Any] = {part.name: _text(members, part.name) for part in fields(kind)}
    if kind is Tombstone:
        when = parse_date(given["when"])
        return Tombstone(given["ref"], when) if given["ref"] and when else None
    if kind is Link:
        length = members.get("length")
        given |= {"rel": given["rel"] or "alternate", "length": length if type(length) is int else None}
    needed = {Person: "name", Category: "term", Link: "href"}[kind]
    return kind(**given) if given[needed] else None


def _origin(members: Any) -> Origin | None:
    if not isinstance(members, dict):
        return None
    given: dict[str, Any] = {part.name: _text(members, part.name) for part in fields(Origin)}
    given |= {"updated": parse_date(given["updated"]), "authors": _list(members, "authors", Person)}
    return Origin(**given) if any(given.values()) else None


def _point(value: Any) -> tuple[float, float] | None:
    if not (isinstance(value, list) and len(value) == 2 and all(type(one) in (int, float) for one in value)):
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
    hours, days = [one for one in hours if type(one) is int], [one for one in days if isinstance(one, str)]
    return Hints(**numbers, skip_hours=tuple(hours), skip_days=tuple(days), finished=members.get("finished") is True)
