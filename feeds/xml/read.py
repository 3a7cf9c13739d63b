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

from feeds.context import ReadContext, ReadDate
from feeds.links import is_web_url
from feeds.model import Entry, Feed, NotAFeed
from feeds.xml.channel import build_feed, channel_of, feed_language, normalize_channel
from feeds.xml.elements import named_children, text_of
from feeds.xml.entry import build_entry
from feeds.xml.known_entries import hash_entries, split_entries
from feeds.xml.limits import (
    MAX_ENTRIES,
    MAX_ENTRIES_SCANNED,
    limit_attributes,
    limit_channel,
    limit_document,
    limit_entry,
)
from feeds.xml.namespaces import normalize_root, short_name
from feeds.xml.normalize_entry import DocumentContext, EntryOverrides, normalize_entry
from feeds.xml.people import authors_of
from feeds.xml.placeholders import PLACEHOLDER, PlaceholderTexts, clear_element, entry_elements
from feeds.xml.prolog import prepare_xml
from feeds.xml.repair import repair_xml

feedparser.api.PREFERRED_XML_PARSERS = []  # it looks for one that is nowhere installed, on every call
_ANY_BASE = etree.XPath("boolean(//@xml:base)")


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What is known of a document beside its text. ``stated``: all of it that is no function, in words."""

    base: str | None
    header_language: str | None
    read_date: ReadDate
    key: str


def read_xml(
    text: str, context: ReadContext, known_hashes: Collection[str] | None = None, salt: str = ""
) -> Feed | NotAFeed:
    """Read a decoded XML document (no byte order mark, no control characters). ``known`` and ``salt`` as ``read``."""
    base, header_language = context.base, _header(context.headers, "content-language")
    stated = repr((salt, base, header_language, str(context.zone), context.language))
    given = _Inputs(base, header_language, context.read_date, stated)
    found = _read_new_entries(text, given, known_hashes) if known_hashes is not None else None
    return found or _read_document(text, given)


def _read_document(text: str, inputs: _Inputs) -> Feed | NotAFeed:
    prepared = prepare_xml(text)
    if prepared.refusal:
        return NotAFeed(prepared.refusal)
    root, cut_off = _parse_or_repair(limit_document(prepared.body.replace(PLACEHOLDER, "")))
    if root is None:
        return NotAFeed("damaged beyond repair: no parser finds a document in it")
    return _read_tree(root, cut_off, inputs)


def _read_new_entries(text: str, inputs: _Inputs, known_hashes: Collection[str]) -> Feed | None:
    """The document without the entries whose marks are known; None where it cannot be cut, and must be read whole."""
    pieces = split_entries(text)
    skeleton = _parse_strictly(pieces.skeleton) if pieces else None
    if pieces is None or skeleton is None:
        return None
    places = list(entry_elements(skeleton))
    parent = places[0].getparent() if places else None
    if parent is None or len(places) != len(pieces.entries) or any(one.getparent() is not parent for one in places):
        return None
    marks = hash_entries(pieces.entries, f"{inputs.key}{_entry_context_key(skeleton, parent, inputs)}")
    seen = {place for place, mark in enumerate(marks) if mark in known_hashes}
    rest = _parse_strictly(pieces.without_entries(seen))
    if rest is None or sum(1 for _ in entry_elements(rest)) != len(places) - len(seen):
        return None
    feed = _read_tree(rest, 0, inputs, [mark for place, mark in enumerate(marks) if place not in seen])
    return replace(feed, known_hashes=tuple(marks[place] for place in sorted(seen)))


def _parse_strictly(text: str) -> etree._Element | None:
    prepared = prepare_xml(text)
    return None if prepared.refusal else _parse(limit_document(prepared.body.replace(PLACEHOLDER, "")))


def _entry_context_key(root: etree._Element, parent: etree._Element, inputs: _Inputs) -> str:
    """What the reading of an entry takes from the rest of its document."""
    setting = replace(_document_context(root, channel_of(root), inputs), has_bases=False)
    stated = [getattr(setting, part.name) for part in fields(setting) if part.name != "read_date"]
    around = [(node.tag, sorted(node.attrib.items())) for node in (parent, *parent.iterancestors())]
    return repr((stated, around, sorted(parent.nsmap.items(), key=str)))


def _header(headers: Mapping[str, str], field: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == field), None)


def _parse_or_repair(body: str) -> tuple[etree._Element | None, int]:
    """The root element, and how many entries a damaged document lost."""
    root = _parse(body)
    if root is not None:
        return root, 0
    mended, cut_off = repair_xml(body)
    root = _parse(mended)
    return (root if root is not None else _parse(mended, recover=True)), cut_off


def _parse(body: str, *, recover: bool = False) -> etree._Element | None:
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


def _document_context(root: etree._Element, channel: etree._Element, inputs: _Inputs) -> DocumentContext:
    found = named_children(channel)
    language = feed_language(root, channel, inputs.header_language)
    base = inputs.base or _feed_link(found)
    return DocumentContext(
        base, _has_bases(root), short_name(root) == "feed", authors_of(found), language, inputs.read_date
    )


def _read_tree(root: etree._Element, cut_off: int, inputs: _Inputs, raw_hashes: Sequence[str] = ()) -> Feed:
    """``marks``: one for each entry element, where the entries have any."""
    normalize_root(root)
    limit_attributes(root)
    channel = channel_of(root)
    elements = list(islice(entry_elements(root), MAX_ENTRIES_SCANNED))
    hidden = 0 if elements else sum(1 for one in root.iter() if short_name(one).rpartition(":")[2] in ("item", "entry"))
    limit_channel(channel, set(entry_elements(root)))
    setting = _document_context(root, channel, inputs)
    lifted = PlaceholderTexts()
    mended, asides = _normalize_entries(elements, setting, lifted)
    mark_of = dict(zip(elements, raw_hashes, strict=False))
    aside, kept = normalize_channel(channel, set(elements), setting, lifted)
    _reassemble(root, channel, kept, mended)
    read, read_entries, version = _run_feedparser(root)
    entries: list[Entry] = []
    for one, beside, element in zip(read_entries, asides, mended, strict=False):
        try:
            entry = build_entry(one, beside, lifted)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        entries.append(replace(entry, raw_hash=mark_of[element]) if raw_hashes else entry)
    skipped = (len(elements) or hidden) - len(entries) + cut_off
    feed = build_feed(read, aside, lifted)
    return replace(feed, entries=tuple(entries), skipped=skipped, format=version or _format_name(root))


def _normalize_entries(
    elements: list[etree._Element], document: DocumentContext, placeholders: PlaceholderTexts
) -> tuple[list[etree._Element], list[EntryOverrides]]:
    """Mend each entry; one that cannot be mended is left out."""
    mended: list[etree._Element] = []
    asides: list[EntryOverrides] = []
    for element in elements:
        if len(mended) >= MAX_ENTRIES:
            break
        limit_entry(element)
        try:
            asides.append(normalize_entry(element, document, placeholders))
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
                clear_element(child)
                parent.remove(child)
        parent.text = None
    channel.extend(kept)
    (root if short_name(root).startswith("rdf") else channel).extend(entries)


def _feed_link(children: list[tuple[str, etree._Element]]) -> str | None:
    """Where the document does not say where it came from, the feed's own link is the base of the others."""
    for name, child in children:
        address = text_of(child) or child.get("href")
        if name == "link" and child.get("rel", "alternate") == "alternate" and is_web_url(address):
            return address
    return None


def _has_bases(root: etree._Element) -> bool:
    return bool(_ANY_BASE(root))


def _run_feedparser(root: etree._Element) -> tuple[dict[str, Any], list[dict[str, Any]], str | None]:
    """What feedparser makes of the mended document: the feed, its entries and the format's name."""
    document = b'<?xml version="1.0" encoding="utf-8"?>' + etree.tostring(root, encoding="utf-8")
    read = feedparser.parse(
        BytesIO(document),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return _plain_dict(read["feed"]), [_plain_dict(entry) for entry in read["entries"]], read.get("version") or None


def _plain_dict(parsed: Any) -> dict[str, Any]:
    """feedparser's dictionaries look every key up under several names; ours are read under the one they have."""
    return dict(parsed.items())


def _format_name(root: etree._Element) -> str | None:
    return {"feed": "atom", "rss": "rss", "rdf:rdf": "rss10", "channel": "cdf"}.get(short_name(root))
