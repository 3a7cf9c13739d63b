"""Errors of Atom and RSS, named as the messages that the W3C's feed validator documents.

complaints(document, format)              of any document
complaints(document, format, now=...)     of a published one: dates and HTML too
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from tests.aggregator.publishing.messages import BAD, KNOWN, TOMBSTONES
from tests.aggregator.publishing.validity_atom import atom_errors
from tests.aggregator.publishing.validity_rss import rss_errors


def complaints(document: bytes, format: str, *, now: datetime | None = None) -> list[str]:
    root = etree.fromstring(document)
    found = [
        *_xml_errors(document, root),
        *(atom_errors(root, now) if format == "atom" else rss_errors(document, root, now)),
    ]
    return [each for each in found if each]


def _xml_errors(document: bytes, root: etree._Element) -> Iterator[str]:
    if not re.match(rb"<\?xml version='1.0' encoding='UTF-8'\?>\n", document):
        yield "MissingEncoding"
    if b"<!DOCTYPE" in document:
        yield "DOCTYPE"
    for element in root.iter(etree.Element):
        uri = etree.QName(element).namespace
        if uri and uri not in KNOWN and not (uri == TOMBSTONES and root.tag != "rss"):
            yield f"UnknownNamespace: {uri}"
        for text in (element.text or "", *map(str, element.attrib.values())):
            if BAD.search(text):
                yield f"BadCharacters: {element.tag!r} {text!r}"
        for value in map(str, element.attrib.values()):
            if not value.strip():
                yield f"NotBlank: {element.tag!r} {dict(element.attrib)}"
        empty = not len(element) and not element.attrib and not (element.text or "").strip()
        if empty and etree.QName(element).localname != "archive":
            yield f"NotBlank: {element.tag!r}"
    prefixes = {prefix for element in root.iter(etree.Element) for prefix in element.nsmap if prefix}
    if root.tag != "rss" and prefixes & {"atom", "xhtml"}:
        yield "AvoidNamespacePrefix"
