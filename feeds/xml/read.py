"""Read Atom, RSS 0.90 to 2.0, RDF and CDF; the only importer of feedparser.

A document is prepared as text, parsed to a tree (repaired first if it is damaged), each entry is rewritten for
feedparser, read by feedparser, and completed with the values that were extracted beforehand.
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
from feeds.phrase import Phrase
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
from feeds.xml.namespaces import normalize_root, repair_namespaces, short_name
from feeds.xml.normalize_entry import DocumentContext, EntryOverrides, normalize_entry
from feeds.xml.people import authors_of
from feeds.xml.placeholders import PLACEHOLDER, PlaceholderTexts, clear_element, entry_elements
from feeds.xml.prolog import prepare_xml
from feeds.xml.repair import repair_xml

feedparser.api.PREFERRED_XML_PARSERS = []  # otherwise every call looks for a parser that is not installed
_ANY_BASE = etree.XPath("boolean(//@xml:base)")


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What is known about a document besides its text. ``key`` represents all of it, for the hashes of entries."""

    base: str | None
    header_language: str | None
    read_date: ReadDate
    key: str


def read_xml(
    text: str, context: ReadContext, known_hashes: Collection[str] | None = None, salt: str = ""
) -> Feed | NotAFeed:
    """Return the Feed in a decoded XML document (no byte order mark, no control characters), or a NotAFeed.

    ``known_hashes`` and ``salt`` as in ``feeds.read.read_feed``.
    """
    base, header_language = context.base, _header(context.headers, "content-language")
    key = repr((salt, base, header_language, str(context.zone), context.language))
    inputs = _Inputs(base, header_language, context.read_date, key)
    feed = _read_new_entries(text, inputs, known_hashes) if known_hashes is not None else None
    return feed or _read_document(text, inputs)


def _read_document(text: str, inputs: _Inputs) -> Feed | NotAFeed:
    prepared = prepare_xml(text)
    if prepared.refusal:
        return NotAFeed(prepared.refusal)
    root, cut_off = _parse_or_repair(limit_document(prepared.body.replace(PLACEHOLDER, "")))
    if root is None:
        return NotAFeed(Phrase("XML damaged beyond repair"))
    return _read_tree(root, cut_off, inputs)


def _read_new_entries(text: str, inputs: _Inputs, known_hashes: Collection[str]) -> Feed | None:
    """Return the Feed without the entries whose hashes are known; None if the document cannot be split safely."""
    split = split_entries(text)
    skeleton = _parse_strictly(split.skeleton) if split else None
    if split is None or skeleton is None:
        return None
    elements = list(entry_elements(skeleton))
    parent = elements[0].getparent() if elements else None
    if (
        parent is None
        or len(elements) != len(split.entries)
        or any(element.getparent() is not parent for element in elements)
    ):
        return None
    hashes = hash_entries(split.entries, f"{inputs.key}{_entry_context_key(skeleton, parent, inputs)}")
    known = {position for position, entry_hash in enumerate(hashes) if entry_hash in known_hashes}
    rest = _parse_strictly(split.without_entries(known))
    if rest is None or sum(1 for _ in entry_elements(rest)) != len(elements) - len(known):
        return None
    new_hashes = [entry_hash for position, entry_hash in enumerate(hashes) if position not in known]
    feed = _read_tree(rest, 0, inputs, new_hashes)
    return replace(feed, known_hashes=tuple(hashes[position] for position in sorted(known)))


def _parse_strictly(text: str) -> etree._Element | None:
    prepared = prepare_xml(text)
    return None if prepared.refusal else _parse(limit_document(prepared.body.replace(PLACEHOLDER, "")))


def _entry_context_key(root: etree._Element, parent: etree._Element, inputs: _Inputs) -> str:
    """Return a representation of everything that reading an entry takes from the rest of its document."""
    document = replace(_document_context(root, channel_of(root), inputs), has_bases=False)
    values = [getattr(document, part.name) for part in fields(document) if part.name != "read_date"]
    ancestors = [(node.tag, sorted(node.attrib.items())) for node in (parent, *parent.iterancestors())]
    return repr((values, ancestors, sorted(parent.nsmap.items(), key=str)))


def _header(headers: Mapping[str, str], field: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == field), None)


def _parse_or_repair(body: str) -> tuple[etree._Element | None, int]:
    """Return the root element, if any, and the number of entries that a damaged document lost."""
    root = _parse(body)
    if root is not None:
        return root, 0
    repaired, cut_off = repair_xml(body)
    root = _parse(repaired)
    return (root if root is not None else _parse(repaired, recover=True)), cut_off


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
        return etree.fromstring(repair_namespaces(body).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _document_context(root: etree._Element, channel: etree._Element, inputs: _Inputs) -> DocumentContext:
    children = named_children(channel)
    language = feed_language(root, channel, inputs.header_language)
    base = inputs.base or _feed_link(children)
    return DocumentContext(
        base, _has_bases(root), short_name(root) == "feed", authors_of(children), language, inputs.read_date
    )


def _read_tree(root: etree._Element, cut_off: int, inputs: _Inputs, raw_hashes: Sequence[str] = ()) -> Feed:
    """Return the Feed of a parsed document.

    ``raw_hashes`` has one hash per entry element, or is empty.
    """
    normalize_root(root)
    limit_attributes(root)
    channel = channel_of(root)
    elements = list(islice(entry_elements(root), MAX_ENTRIES_SCANNED))
    names = [] if elements else [short_name(node).rpartition(":")[2] for node in root.iter()]
    hidden = sum(name in ("item", "entry") for name in names)  # entries in places that are not searched
    limit_channel(root, channel)
    document = _document_context(root, channel, inputs)
    placeholders = PlaceholderTexts()
    normalized, overrides = _normalize_entries(elements, document, placeholders)
    hash_of = dict(zip(elements, raw_hashes, strict=False))
    channel_overrides, kept = normalize_channel(channel, set(elements), document, placeholders)
    _reassemble(root, channel, kept, normalized)
    parsed_feed, parsed_entries, version = _run_feedparser(root)
    entries: list[Entry] = []
    for parsed, entry_overrides, element in zip(parsed_entries, overrides, normalized, strict=False):
        try:
            entry = build_entry(parsed, entry_overrides, placeholders, hash_of.get(element))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        entries.append(entry)
    skipped = (len(elements) or hidden) - len(entries) + cut_off
    feed = build_feed(parsed_feed, channel_overrides, placeholders)
    return replace(feed, entries=tuple(entries), skipped=skipped, format=version or _format_name(root))


def _normalize_entries(
    elements: list[etree._Element], document: DocumentContext, placeholders: PlaceholderTexts
) -> tuple[list[etree._Element], list[EntryOverrides]]:
    """Normalize the entry elements; those that cannot be normalized are left out."""
    normalized: list[etree._Element] = []
    overrides: list[EntryOverrides] = []
    for element in elements:
        if len(normalized) >= MAX_ENTRIES:
            break
        limit_entry(element)
        try:
            overrides.append(normalize_entry(element, document, placeholders))
            normalized.append(element)
        except (ValueError, KeyError, TypeError, AttributeError, etree.LxmlError):
            continue
    return normalized, overrides


def _reassemble(
    root: etree._Element, channel: etree._Element, kept: list[etree._Element], entries: list[etree._Element]
) -> None:
    """Keep only normalized elements in the document, so that feedparser finds these entries and no others."""
    detached = etree.Element("aside")
    for element in (*kept, *entries):
        element.tail = None
        detached.append(element)
    for parent in (channel, root):
        for child in list(parent):
            if child is not channel:
                clear_element(child)
                parent.remove(child)
        parent.text = None
    channel.extend(kept)
    (root if short_name(root).startswith("rdf") else channel).extend(entries)


def _feed_link(children: list[tuple[str, etree._Element]]) -> str | None:
    """Return the feed's own link, the base of other URLs if the document's address is unknown."""
    for name, child in children:
        address = text_of(child) or child.get("href")
        if name == "link" and child.get("rel", "alternate") == "alternate" and is_web_url(address):
            return address
    return None


def _has_bases(root: etree._Element) -> bool:
    return bool(_ANY_BASE(root))


def _run_feedparser(root: etree._Element) -> tuple[dict[str, Any], list[dict[str, Any]], str | None]:
    """Return the feed, the entries and the format name that feedparser reads in the normalized document."""
    document = b'<?xml version="1.0" encoding="utf-8"?>' + etree.tostring(root, encoding="utf-8")
    parsed = feedparser.parse(
        BytesIO(document),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return (
        _plain_dict(parsed["feed"]),
        [_plain_dict(entry) for entry in parsed["entries"]],
        parsed.get("version") or None,
    )


def _plain_dict(parsed: Any) -> dict[str, Any]:
    """Return a plain dictionary: feedparser's own dictionaries resolve aliases of every key."""
    return dict(parsed.items())


def _format_name(root: etree._Element) -> str | None:
    return {"feed": "atom", "rss": "rss", "rdf:rdf": "rss10", "channel": "cdf"}.get(short_name(root))
