"""Atom, RSS 0.90 to 2.0, RDF and CDF: the only file that imports feedparser.

The way of a document: mended as text (prepare), parsed to a tree (and repaired where it is damaged), each entry
rewritten so that feedparser cannot misread it, read by feedparser, and put together with what was kept beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from io import BytesIO
from itertools import islice
from typing import Any

import feedparser
from lxml import etree

from feeds.context import Context
from feeds.links import is_web
from feeds.model import Entry, Feed, NotAFeed
from feeds.xml.channel import channel_of, feed_language, feed_of, mend_channel
from feeds.xml.elements import children, text_of
from feeds.xml.entry import entry_of
from feeds.xml.known_entries import cut, marks_of
from feeds.xml.limits import MOST_LOOKED_AT, MOST_TAKEN, bounded, trim, trim_channel, trim_entry
from feeds.xml.namespaces import name_of, settle_root
from feeds.xml.normalize_entry import Aside, ReadDate, Setting, mend_entry
from feeds.xml.people import people
from feeds.xml.placeholders import MARK, Lifted, empty, entry_elements
from feeds.xml.prolog import prepare
from feeds.xml.repair import repair

feedparser.api.PREFERRED_XML_PARSERS = []  # it looks for one that is nowhere installed, on every call
_ANY_BASE = etree.XPath("boolean(//@xml:base)")


@dataclass(frozen=True, slots=True)
class _Given:
    """What is known of a document beside its text. ``stated``: all of it that is no function, in words."""

    base: str | None
    header_language: str | None
    read_date: ReadDate
    stated: str


def read_xml(text: str, context: Context, known: Collection[str] | None = None, salt: str = "") -> Feed | NotAFeed:
    """Read a decoded XML document (no byte order mark, no control characters). ``known`` and ``salt`` as ``read``."""
    base, header_language = context.base, _header(context.headers, "content-language")
    stated = repr((salt, base, header_language, str(context.zone), context.language))
    given = _Given(base, header_language, context.read_date, stated)
    found = _read_unknown(text, given, known) if known is not None else None
    return found or _read_whole(text, given)


def _read_whole(text: str, given: _Given) -> Feed | NotAFeed:
    prepared = prepare(text)
    if prepared.refused:
        return NotAFeed(prepared.refused)
    root, cut_off = _tree(bounded(prepared.body.replace(MARK, "")))
    if root is None:
        return NotAFeed("damaged beyond repair: no parser finds a document in it")
    return _read_tree(root, cut_off, given)


def _read_unknown(text: str, given: _Given, known: Collection[str]) -> Feed | None:
    """The document without the entries whose marks are known; None where it cannot be cut, and must be read whole."""
    pieces = cut(text)
    skeleton = _well_formed(pieces.skeleton) if pieces else None
    if pieces is None or skeleton is None:
        return None
    places = list(entry_elements(skeleton))
    parent = places[0].getparent() if places else None
    if parent is None or len(places) != len(pieces.entries) or any(one.getparent() is not parent for one in places):
        return None
    marks = marks_of(pieces.entries, f"{given.stated}{_context(skeleton, parent, given)}")
    seen = {place for place, mark in enumerate(marks) if mark in known}
    rest = _well_formed(pieces.without(seen))
    if rest is None or sum(1 for _ in entry_elements(rest)) != len(places) - len(seen):
        return None
    feed = _read_tree(rest, 0, given, [mark for place, mark in enumerate(marks) if place not in seen])
    return replace(feed, seen=tuple(marks[place] for place in sorted(seen)))


def _well_formed(text: str) -> etree._Element | None:
    prepared = prepare(text)
    return None if prepared.refused else _parsed(bounded(prepared.body.replace(MARK, "")))


def _context(root: etree._Element, parent: etree._Element, given: _Given) -> str:
    """What the reading of an entry takes from the rest of its document."""
    setting = replace(_setting(root, channel_of(root), given), has_bases=False)
    stated = [getattr(setting, part.name) for part in fields(setting) if part.name != "read_date"]
    around = [(node.tag, sorted(node.attrib.items())) for node in (parent, *parent.iterancestors())]
    return repr((stated, around, sorted(parent.nsmap.items(), key=str)))


def _header(headers: Mapping[str, str], wanted: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == wanted), None)


def _tree(body: str) -> tuple[etree._Element | None, int]:
    """The root element, and how many entries a damaged document lost."""
    root = _parsed(body)
    if root is not None:
        return root, 0
    mended, cut_off = repair(body)
    root = _parsed(mended)
    return (root if root is not None else _parsed(mended, recover=True)), cut_off


def _parsed(body: str, *, recover: bool = False) -> etree._Element | None:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    try:
        return etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _setting(root: etree._Element, channel: etree._Element, given: _Given) -> Setting:
    found = children(channel)
    language = feed_language(root, channel, given.header_language)
    base = given.base or _feed_link(found)
    return Setting(base, _has_bases(root), name_of(root) == "feed", people(found), language, given.read_date)


def _read_tree(root: etree._Element, cut_off: int, given: _Given, marks: Sequence[str] = ()) -> Feed:
    """``marks``: one for each entry element, where the entries have any."""
    settle_root(root)
    trim(root)
    channel = channel_of(root)
    elements = list(islice(entry_elements(root), MOST_LOOKED_AT))
    hidden = 0 if elements else sum(1 for one in root.iter() if name_of(one).rpartition(":")[2] in ("item", "entry"))
    trim_channel(channel, set(entry_elements(root)))
    setting = _setting(root, channel, given)
    lifted = Lifted()
    mended, asides = _mend_entries(elements, setting, lifted)
    mark_of = dict(zip(elements, marks, strict=False))
    aside, kept = mend_channel(
        channel, set(elements), setting.base, setting.atom, setting.language, given.read_date, lifted
    )
    _reassemble(root, channel, kept, mended)
    read, read_entries, version = _feedparser(root)
    entries: list[Entry] = []
    for one, beside, element in zip(read_entries, asides, mended, strict=False):
        try:
            entry = entry_of(one, beside, lifted)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        entries.append(replace(entry, mark=mark_of[element]) if marks else entry)
    skipped = (len(elements) or hidden) - len(entries) + cut_off
    feed = feed_of(read, aside, lifted)
    return replace(feed, entries=tuple(entries), skipped=skipped, format=version or _format(root))


def _mend_entries(
    elements: list[etree._Element], setting: Setting, lifted: Lifted
) -> tuple[list[etree._Element], list[Aside]]:
    """Mend each entry; one that cannot be mended is left out."""
    mended: list[etree._Element] = []
    asides: list[Aside] = []
    for element in elements:
        if len(mended) >= MOST_TAKEN:
            break
        trim_entry(element)
        try:
            asides.append(mend_entry(element, setting, lifted))
            mended.append(element)
        except (ValueError, KeyError, TypeError, AttributeError, etree.LxmlError):
            continue
    return mended, asides


def _reassemble(
    root: etree._Element, channel: etree._Element, kept: list[etree._Element], entries: list[etree._Element]
) -> None:
    """Nothing stays in the document but what was mended, so that feedparser finds these entries and no others."""
    aside = etree.Element("aside")
    for one in (*kept, *entries):
        one.tail = None
        aside.append(one)
    for parent in (channel, root):
        for child in list(parent):
            if child is not channel:
                empty(child)
                parent.remove(child)
        parent.text = None
    channel.extend(kept)
    (root if name_of(root).startswith("rdf") else channel).extend(entries)


def _feed_link(found: list[tuple[str, etree._Element]]) -> str | None:
    """Where the document does not say where it came from, the feed's own link is the base of the others."""
    for name, child in found:
        address = text_of(child) or child.get("href")
        if name == "link" and child.get("rel", "alternate") == "alternate" and is_web(address):
            return address
    return None


def _has_bases(root: etree._Element) -> bool:
    return bool(_ANY_BASE(root))


def _feedparser(root: etree._Element) -> tuple[dict[str, Any], list[dict[str, Any]], str | None]:
    """What feedparser makes of the mended document: the feed, its entries and the format's name."""
    document = b'<?xml version="1.0" encoding="utf-8"?>' + etree.tostring(root, encoding="utf-8")
    read = feedparser.parse(
        BytesIO(document),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return _plain(read["feed"]), [_plain(entry) for entry in read["entries"]], read.get("version") or None


def _plain(found: Any) -> dict[str, Any]:
    """feedparser's dictionaries look every key up under several names; ours are read under the one they have."""
    return dict(found.items())


def _format(root: etree._Element) -> str | None:
    return {"feed": "atom", "rss": "rss", "rdf:rdf": "rss10", "channel": "cdf"}.get(name_of(root))
