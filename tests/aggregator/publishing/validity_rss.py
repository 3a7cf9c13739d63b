"""Errors of RSS 2.0 documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from lxml import etree

from tests.aggregator.publishing.messages import (
    ATOM,
    CONTENT,
    DC,
    LANGUAGE,
    MIME,
    RFC822,
    SEEMS_HTML,
    a,
    date_of,
    html_of,
    links_of,
    uri,
)

CHANNEL = set(
    "title link description language copyright docs generator image lastBuildDate ttl skipHours skipDays item "
    "atom:link dc:creator fh:archive".split()
)
ITEM = set(
    "title link description content:encoded guid pubDate category enclosure source atom:link dc:creator dc:contributor "
    "dc:language dc:rights dcterms:modified georss:point media:content".split()
)
ONCE_IN_ITEM = ITEM - {"category", "atom:link", "dc:creator", "dc:contributor", "media:content"}


_SHORT = {
    ATOM: "atom:", DC: "dc:", CONTENT: "content:", "http://purl.org/dc/terms/": "dcterms:",
    "http://www.georss.org/georss": "georss:", "http://search.yahoo.com/mrss/": "media:",
    "http://purl.org/syndication/history/1.0": "fh:",
}  # fmt: skip


def _name(element: etree._Element) -> str:
    name = etree.QName(element)
    return _SHORT.get(name.namespace or "", "") + name.localname


def rss_errors(document: bytes, rss: etree._Element, now: datetime | None) -> Iterator[str]:
    channel = rss[0]
    names = [_name(child) for child in channel]
    yield from (f"UndefinedElement: channel {name}" for name in set(names) - CHANNEL)
    if "item" in names and set(names[names.index("item") :]) != {"item"}:
        yield "MisplacedItem"
    for name in ("title", "link", "description"):
        yield "" if names.count(name) == 1 else f"MissingElement or DuplicateElement: {name}"
    yield from (f"DuplicateElement: {name}" for name in ("language", "copyright", "image") if names.count(name) > 1)
    for name in ("title", "description", "copyright", "generator"):
        if SEEMS_HTML.search(channel.findtext(name) or ""):
            yield f"ContainsHTML: {name}"
    yield from uri("channel/link", channel.findtext("link"))
    links = channel.findall(a("link"))
    if "self" not in {link.get("rel") for link in links}:
        yield "MissingAtomSelfLink"
    yield from links_of(channel, links)
    if (language := channel.findtext("language")) is not None and not LANGUAGE.fullmatch(language):
        yield f"InvalidLanguage: {language}"
    if (image := channel.find("image")) is not None:
        yield "" if image.findtext("title") == channel.findtext("title") else "ImageTitleDoesntMatch"
        yield "" if image.findtext("link") == channel.findtext("link") else "ImageLinkDoesntMatch"
        yield "" if re.search(r"\.(gif|jpe?g|png)$", image.findtext("url") or "") else "ImageUrlFormat"
    if re.search(rb"<(title|copyright|category|dc:creator|dc:rights)[^<>]*>[^<>]*&(amp|lt|gt);", document):
        yield "CharacterData"
    for element in rss.iter():
        if not str(element.tag).startswith("{") and any(str(name).startswith("{") for name in element.attrib):
            yield f"UseOfExtensionAttr: {element.tag!r}"
    yield from _date_errors(channel, now)
    guids = Counter(item.findtext("guid") for item in channel.findall("item"))
    yield from (f"DuplicateValue: guid {guid}" for guid, number in guids.items() if number > 1)
    for item in channel.findall("item"):
        yield from _item_errors(item, now)


def _item_errors(item: etree._Element, now: datetime | None) -> Iterator[str]:
    names = [_name(child) for child in item]
    yield from (f"UndefinedElement: item {name}" for name in set(names) - ITEM)
    yield from (f"DuplicateElement: {name}" for name in ONCE_IN_ITEM if names.count(name) > 1)
    if not (item.findtext("title") or "").strip():
        yield "MissingItemTitle"
    if "content:encoded" in names and "description" not in names[: names.index("content:encoded")]:
        yield "NeedDescriptionBeforeContent"
    guid = item.find("guid")
    if guid is None:
        yield "MissingGuid"
    elif guid.get("isPermaLink") != "false":
        yield "" if (guid.text or "").startswith(("http://", "https://")) else "InvalidHttpGUID"
        yield from uri("guid", guid.text)
    if (link := item.findtext("link")) is not None:
        yield from uri("item/link", link)
    plain = [item.findtext("title"), *(each.text for each in item.findall("category")), item.findtext("source")]
    plain += [each.text for each in item if _name(each) in ("dc:creator", "dc:contributor", "dc:rights")]
    yield from (f"ContainsHTML: {text!r}" for text in plain if text and SEEMS_HTML.search(text))
    for name in ("description", f"{{{CONTENT}}}encoded"):
        yield from html_of(name, item.findtext(name) or "", now is not None)
    for file in item.findall("enclosure"):
        yield from uri("enclosure", file.get("url"))
        yield "" if MIME.fullmatch(file.get("type") or "") else f"InvalidMIMEAttribute: {file.get('type')}"
        yield "" if (file.get("length") or "").isdigit() else "UseZeroForUnknown"
    if (source := item.find("source")) is not None:
        yield from uri("source", source.get("url"))
    yield from links_of(item, item.findall(a("link")))
    yield from _date_errors(item, now)


def _date_errors(node: etree._Element, now: datetime | None) -> Iterator[str]:
    for name in ("pubDate", "lastBuildDate"):
        for date in node.findall(name):
            text = date.text or ""
            if not RFC822.fullmatch(text):
                yield f"InvalidRFC2822Date: {text}"
                continue
            moment = parsedate_to_datetime(text)
            yield "" if f"{moment:%a}" == text[:3] else f"IncorrectDOW: {text}"
            yield from date_of(text, moment, now)
