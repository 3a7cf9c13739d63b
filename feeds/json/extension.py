"""The member ``_gedi`` of our JSON Feeds: what a Feed holds that JSON Feed 1.1 has no member for, written and read.

Extensions begin with an underscore (jsonfeed.org/version/1.1, Extensions); readers that do not know one leave it be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from feeds.dates.parse import parse_date
from feeds.model import Category, Deleted, Entry, Feed, Hints, Link, Origin, Person
from feeds.text import html_from_text, plain

NAME = "_gedi"
_MOST = 1_000  # values of a list

Object = Mapping[str, Any]


def entry_extension(entry: Entry) -> dict[str, Any]:
    """What an item cannot say by itself; empty where that is nothing."""
    bare = all(one.scheme is None and one.label is None for one in entry.categories)
    told = entry.summary is None or html_from_text(plain(entry.summary)) == entry.summary
    return _without_gaps(
        {
            "editor": entry.editor,
            "rights": entry.rights,
            "place": entry.place,
            "point": list(entry.point) if entry.point else None,
            "summary_html": None if told else entry.summary,
            "summary_only": entry.content is None or None,
            "authors": [_members(one) for one in entry.authors] if any(one.email for one in entry.authors) else None,
            "categories": None if bare else [_members(one) for one in entry.categories],
            "links": [_members(one) for one in entry.links],
            "origin": _members(entry.origin) if entry.origin else None,
        }
    )


def feed_extension(feed: Feed) -> dict[str, Any]:
    """What the top of a JSON Feed cannot say."""
    return _without_gaps(
        {
            "id": feed.id,
            "updated": _time(feed.updated),
            "rights": feed.rights,
            "generator": feed.generator,
            "authors": [_members(one) for one in feed.authors] if any(one.email for one in feed.authors) else None,
            "links": [_members(one) for one in feed.links],
            "deleted": [_members(one) for one in feed.deleted],
            "archive": feed.archive or None,
            "hints": _members(feed.hints) if feed.hints != Hints() else None,
        }
    )


def extend_entry(entry: Entry, found: Any) -> Entry:
    """The entry with what its extension adds; what is of the wrong type counts as absent."""
    if not isinstance(found, dict):
        return entry
    people, tags, links = (_list(found, name, kind) for name, kind in _LISTS)
    origin = _origin(found.get("origin"))
    return replace(
        entry,
        editor=_text(found, "editor") or entry.editor,
        rights=_text(found, "rights") or entry.rights,
        place=_text(found, "place") or entry.place,
        point=_point(found.get("point")) or entry.point,
        summary=_text(found, "summary_html") or entry.summary,
        content=None if found.get("summary_only") is True else entry.content,
        authors=people or entry.authors,
        categories=tags or entry.categories,
        links=links or entry.links,
        origin=origin or entry.origin,
    )


def extend_feed(feed: Feed, found: Any) -> Feed:
    """The feed with what its extension adds."""
    if not isinstance(found, dict):
        return feed
    people, _, links = (_list(found, name, kind) for name, kind in _LISTS)
    return replace(
        feed,
        id=_text(found, "id") or feed.id,
        updated=parse_date(_text(found, "updated")) or feed.updated,
        rights=_text(found, "rights") or feed.rights,
        generator=_text(found, "generator") or feed.generator,
        authors=people or feed.authors,
        links=links or feed.links,
        deleted=_list(found, "deleted", Deleted) or feed.deleted,
        archive=found.get("archive") is True or feed.archive,
        hints=_hints(found.get("hints")) or feed.hints,
    )


_LISTS: tuple[tuple[str, Any], ...] = (("authors", Person), ("categories", Category), ("links", Link))


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _without_gaps(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value not in (None, "", [], {}, ())}


def _members(value: Any) -> dict[str, Any]:
    """A value of the model as a JSON object, without what it leaves open."""
    found: dict[str, Any] = {}
    for part in fields(value):
        member = getattr(value, part.name)
        if isinstance(member, datetime):
            member = _time(member)
        elif part.name == "authors":
            member = [_members(one) for one in member]
        found[part.name] = list(member) if isinstance(member, tuple) else member
    return _without_gaps(found)


def _text(found: Object, name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) and value else None


def _list(found: Object, name: str, kind: Any) -> tuple[Any, ...]:
    values = found.get(name)
    made = [_made(kind, value) for value in values[:_MOST]] if isinstance(values, list) else []
    return tuple(one for one in made if one is not None)


def _made(kind: Any, found: Any) -> Any:
    """A person, category, link or tombstone of an object's strings; None where what it needs is missing."""
    if not isinstance(found, dict):
        return None
    given: dict[str, Any] = {part.name: _text(found, part.name) for part in fields(kind)}
    if kind is Deleted:
        when = parse_date(given["when"])
        return Deleted(given["ref"], when) if given["ref"] and when else None
    if kind is Link:
        length = found.get("length")
        given |= {"rel": given["rel"] or "alternate", "length": length if type(length) is int else None}
    needed = {Person: "name", Category: "term", Link: "href"}[kind]
    return kind(**given) if given[needed] else None


def _origin(found: Any) -> Origin | None:
    if not isinstance(found, dict):
        return None
    given: dict[str, Any] = {part.name: _text(found, part.name) for part in fields(Origin)}
    given |= {"updated": parse_date(given["updated"]), "authors": _list(found, "authors", Person)}
    return Origin(**given) if any(given.values()) else None


def _point(found: Any) -> tuple[float, float] | None:
    if not (isinstance(found, list) and len(found) == 2 and all(type(one) in (int, float) for one in found)):
        return None
    latitude, longitude = found
    return (float(latitude), float(longitude)) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _hints(found: Any) -> Hints | None:
    if not isinstance(found, dict):
        return None
    numbers = {name: value for name in ("ttl", "update_seconds") if type(value := found.get(name)) is int}
    hours, days = (value if isinstance(value := found.get(name), list) else [] for name in ("skip_hours", "skip_days"))
    hours, days = [one for one in hours if type(one) is int], [one for one in days if isinstance(one, str)]
    return Hints(**numbers, skip_hours=tuple(hours), skip_days=tuple(days), finished=found.get("finished") is True)
