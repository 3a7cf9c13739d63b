"""Atom, RSS 0.90 to 2.0, RDF and CDF: the only file that imports feedparser.

The way of a document: mended as text (prepare), parsed to a tree (and repaired where it is damaged), each entry
rewritten so that feedparser cannot misread it, read by feedparser, and put together with what was kept beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from io import BytesIO
from itertools import islice
from typing import Any

import feedparser
from lxml import etree

from feeds.channel import channel_of, feed_language, feed_of, mend_channel
from feeds.dates import parse_date
from feeds.elements import children, text_of
from feeds.entries import entry_of
from feeds.links import document_base, is_web
from feeds.mend_entry import Aside, ReadDate, Setting, mend_entry
from feeds.model import Entry, Feed, NotAFeed
from feeds.names import name_of
from feeds.people import people
from feeds.prepare import prepare
from feeds.repair import repair
from feeds.skeleton import MARK, Lifted, entry_elements

MOST_LOOKED_AT = 5_000
MOST_TAKEN = 1_000


def read_xml(
    text: str,
    *,
    url: str | None,
    headers: Mapping[str, str],
    zone: tzinfo | None,
    language: str | None,
    now: datetime | None,
) -> Feed | NotAFeed:
    """Read a decoded XML document (no byte order mark, no control characters)."""
    prepared = prepare(text)
    if prepared.refused:
        return NotAFeed(prepared.refused)
    body = prepared.body.replace(MARK, "")
    root, cut = _tree(body)
    if root is None:
        return NotAFeed("damaged beyond repair: no parser finds a document in it")

    def read_date(date: str, tongue: str | None) -> datetime | None:
        return parse_date(date, zone=zone, language=tongue or language, now=now)

    return _read_tree(root, cut, document_base(url, headers), _header(headers, "content-language"), read_date)


def _header(headers: Mapping[str, str], wanted: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == wanted), None)


def _tree(body: str) -> tuple[etree._Element | None, int]:
    """The root element, and how many entries a damaged document lost."""
    root = _parsed(body)
    if root is not None:
        return root, 0
    mended, cut = repair(body)
    return _parsed(mended), cut


def _parsed(body: str) -> etree._Element | None:
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _read_tree(
    root: etree._Element, cut: int, base: str | None, header_language: str | None, read_date: ReadDate
) -> Feed | NotAFeed:
    channel = channel_of(root)
    language = feed_language(root, channel, header_language)
    atom = name_of(root) == "feed"
    found = children(channel)
    base = base or _feed_link(found)
    setting = Setting(base, _has_bases(root), atom, people(found), language, read_date)
    lifted = Lifted()
    elements = list(islice(entry_elements(root), MOST_LOOKED_AT))
    mended, asides = _mend_entries(elements, setting, lifted)
    skipped = len(elements) - len(mended)
    aside, kept = mend_channel(channel, set(elements), base, atom, language, read_date, lifted)
    _reassemble(root, channel, kept, mended)
    read, read_entries, version = _feedparser(root)
    entries: list[Entry] = []
    for one, beside in zip(read_entries, asides, strict=False):
        try:
            entries.append(entry_of(one, beside, lifted))
        except (ValueError, KeyError, TypeError, AttributeError):
            skipped += 1
    feed = feed_of(read, aside, lifted)
    return replace(feed, entries=tuple(entries), skipped=skipped + cut, format=version or _format(root))


def _mend_entries(
    elements: list[etree._Element], setting: Setting, lifted: Lifted
) -> tuple[list[etree._Element], list[Aside]]:
    """Mend each entry; one that cannot be mended is left out."""
    mended: list[etree._Element] = []
    asides: list[Aside] = []
    for element in elements:
        if len(mended) >= MOST_TAKEN:
            break
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
    for parent in (channel, root):
        for child in list(parent):
            parent.remove(child)
        parent.text = None
    channel.extend(kept)
    if channel is not root:
        root.append(channel)
    (root if name_of(root).startswith("rdf") else channel).extend(entries)


def _feed_link(found: list[tuple[str, etree._Element]]) -> str | None:
    """Where the document does not say where it came from, the feed's own link is the base of the others."""
    for name, child in found:
        address = text_of(child) or child.get("href")
        if name == "link" and child.get("rel", "alternate") == "alternate" and is_web(address):
            return address
    return None


def _has_bases(root: etree._Element) -> bool:
    return next(root.iter(), None) is not None and bool(etree.XPath("boolean(//@xml:base)")(root))


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
