"""Errors of Atom documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from tests.aggregator.publishing.messages import (
    EMAIL,
    LANGUAGE,
    RFC3339,
    SEEMS_HTML,
    a,
    date_of,
    html_of,
    identity,
    links_of,
    uri,
)


def atom_errors(feed: etree._Element, now: datetime | None) -> Iterator[str]:
    entries = feed.findall(a("entry"))
    ids = [entry.findtext(a("id")) for entry in entries]
    yield from ("DuplicateEntries" for number in Counter(ids).values() if number > 1)
    tags = [child.tag for child in feed.iterchildren(etree.Element)]
    if entries and any(tag != a("entry") for tag in tags[tags.index(a("entry")) :]):
        yield "MisplacedMetadata"
    links = {link.get("rel") for link in feed.findall(a("link"))}
    if "self" not in links:
        yield "MissingSelf"
    if feed.find("{http://purl.org/syndication/history/1.0}archive") is not None:
        yield "" if "current" in links else "MissingCurrentInArchive"
        yield "" if links & {"prev-archive", "next-archive"} else "ArchiveIncomplete"
    for node in (feed, *entries):
        yield from _common_errors(node, now)
        if node is not feed and node.find(a("author")) is None and feed.find(a("author")) is None:
            yield "MissingElement: author"
    for entry in entries:
        rels = [link.get("rel") or "alternate" for link in entry.findall(a("link"))]
        if "alternate" not in rels and entry.find(a("content")) is None:
            yield "MissingContentOrAlternate"
        yield from (f"FeedHistoryRelInEntry: {rel}" for rel in rels if rel.endswith("-archive") or rel == "current")
        for source in entry.findall(a("source")):
            yield from _common_errors(source, now)


def _common_errors(node: etree._Element, now: datetime | None) -> Iterator[str]:
    """Yield the errors in the elements that feed, entry and source have in common."""
    names = Counter(str(child.tag) for child in node)
    published = node.tag != a("source") or now is not None
    for name in ("id", "title", "updated"):
        if names[a(name)] != 1 and published:
            yield f"MissingElement or DuplicateElement: {node.tag!r} {name}"
    for name in ("published", "rights", "summary", "content", "subtitle", "icon", "generator", "source"):
        if names[a(name)] > 1:
            yield f"DuplicateElement: {name}"
    for own in node.findall(a("id")):
        yield from identity("id", own.text)
    for name in ("updated", "published"):
        for date in node.findall(a(name)):
            if not RFC3339.fullmatch(date.text or ""):
                yield f"InvalidRFC3339Date: {date.text}"
            else:
                yield from date_of(date.text or "", datetime.fromisoformat(date.text or ""), now)
    for name in ("title", "subtitle", "summary", "content", "rights"):
        for text in node.findall(a(name)):
            if text.get("type", "text") == "text" and SEEMS_HTML.search(text.text or ""):
                yield f"ContainsUndeclaredHTML: {text.text!r}"
            if text.get("type") == "html":
                yield from html_of(name, text.text or "", now is not None)
    for person in (*node.findall(a("author")), *node.findall(a("contributor"))):
        if not (person.findtext(a("name")) or "").strip() or SEEMS_HTML.search(person.findtext(a("name")) or ""):
            yield f"ContainsHTML: name {person.findtext(a('name'))!r}"
        if (mail := person.findtext(a("email"))) is not None and not EMAIL.fullmatch(mail):
            yield f"InvalidContact: {mail}"
        if (address := person.findtext(a("uri"))) is not None:
            yield from uri("uri", address)
    for category in node.findall(a("category")):
        if (scheme := category.get("scheme")) is not None:
            yield from identity("scheme", scheme)
    if (language := node.get("{http://www.w3.org/XML/1998/namespace}lang")) and not LANGUAGE.fullmatch(language):
        yield f"InvalidLanguage: {language}"
    yield from links_of(node, node.findall(a("link")))
