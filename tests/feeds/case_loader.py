"""Loader of the case tables: small documents with a description and the expected result, in text files.

A case begins with "=== description", then options (wrap, url, type, header, bytes: the encoding, mark: a hexadecimal
prefix such as a byte order mark), "---", the document (\\\\xFF is a single byte), "---", and the expected result as
JSON in the form of ``gedi read``, with further members (``rest_of_feed``, ``rest_of_entry``). Only the members given
there are compared.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feeds.model import Entry, Feed, Link

CASES = Path(__file__).parent / "cases"

_MODULES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:georss="http://www.georss.org/georss"'
)
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_WRAPS = {
    None: "{}",
    "rss": f'<rss version="2.0" {_MODULES}><channel>{{}}</channel></rss>',
    "atom": '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>',
    "atom modules": f'<feed xmlns="http://www.w3.org/2005/Atom" {_MODULES}>{{}}</feed>',
    "atom 0.3": '<feed version="0.3" xmlns="http://purl.org/atom/ns#">{}</feed>',
    "rdf": f'<rdf:RDF xmlns:rdf="{_RDF}" xmlns="http://purl.org/rss/1.0/" {_MODULES}>{{}}</rdf:RDF>',
    "json": '{"version": "https://jsonfeed.org/version/1.1", "title": "J", {}}',
}


@dataclass(frozen=True)
class Case:
    """One case: a document with its HTTP context, and the expected members of the result."""

    story: str
    document: str
    expected: dict[str, Any]
    url: str | None = None
    type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    codec: str = "utf-8"
    mark: str = ""

    @property
    def content(self) -> bytes:
        """Return the bytes of the document."""
        encoded = self.document.encode(self.codec)
        if self.codec.startswith(("utf-16", "utf-32")):
            return bytes.fromhex(self.mark) + encoded
        return bytes.fromhex(self.mark) + re.sub(rb"\\x([0-9A-F]{2})", lambda m: bytes.fromhex(m[1].decode()), encoded)


def load(path: Path) -> list[Case]:
    """Return every case of a file."""
    return [_case(part) for part in path.read_text("utf-8").split("=== ")[1:]]


def _case(text: str) -> Case:
    head, document, expected = text.split("\n---\n", 2)
    story, *lines = head.split("\n")
    options = dict(line.split(": ", 1) for line in lines)
    name, _, value = options.get("header", "").partition(": ")
    return Case(
        story,
        _WRAPS[options.get("wrap")].replace("{}", document),
        json.loads(expected),
        options.get("url"),
        options.get("type"),
        {name: value} if name else {},
        options.get("bytes", "utf-8"),
        options.get("mark", ""),
    )


def rest_of_feed(feed: Feed) -> dict[str, Any]:
    """Return the members of a feed that ``gedi read`` does not print."""
    return {
        "format": feed.format,
        "rights": feed.rights,
        "icon": feed.icon,
        "generator": feed.generator,
        "links": _links(feed.links),
        "finished": feed.hints.finished,
    }


def rest_of_entry(entry: Entry) -> dict[str, Any]:
    """Return the members of an entry that ``gedi read`` does not print."""
    return {
        "editor": entry.editor,
        "rights": entry.rights,
        "language": entry.language,
        "place": entry.place,
        "point": list(entry.point) if entry.point else None,
        "links": _links(entry.links),
        "people": [[person.name, person.email, person.uri] for person in entry.authors],
        "tags": [[category.term, category.scheme, category.label] for category in entry.categories],
        "files": [[file.url, file.type, file.length] for file in entry.enclosures],
        "photo": [entry.picture.url, entry.picture.width, entry.picture.height, entry.picture.alt]
        if entry.picture
        else None,
        "origin": [entry.origin.title, entry.origin.link] if entry.origin else None,
    }


def _links(links: tuple[Link, ...]) -> list[list[str]]:
    return [[link.rel, link.href] for link in links]
