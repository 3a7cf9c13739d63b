"""Rules for every published document, by format: the RFC's schema for Atom, rules of our own for the others."""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from lxml import etree

from tests.aggregator.publishing.validity import complaints

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
_SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
_RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")


def check(document: bytes, format: str, now: datetime | None = None) -> Any:
    """Assert all rules; return the parsed document. ``now``: the time at which it is published."""
    assert format == "json" or complaints(document, format, now=now) == []
    return {"atom": check_atom, "rss": check_rss, "json": check_json}[format](document)


def check_atom(document: bytes) -> etree._Element:
    root = etree.fromstring(document)
    assert _SCHEMA.validate(root), _SCHEMA.error_log
    assert len([link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]) == 1
    ids = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    assert all(_IRI.fullmatch(one or "") for one in [*ids, root.findtext(f"{ATOM}id")])
    for node in (root, *root.findall(f"{ATOM}entry")):
        links = node.findall(f"{ATOM}link")
        keys = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"]
        assert len(set(keys)) == len(keys)
        assert all(_IRI.fullmatch(link.get("href") or "") for link in links)
        assert keys or node.find(f"{ATOM}content") is not None
        assert node is root or node.find(f"{ATOM}author") is not None or root.find(f"{ATOM}author") is not None
    for html in root.iterfind(".//*[@type='html']"):
        assert "<script" not in (html.text or "").lower()
    return root


def check_rss(document: bytes) -> etree._Element:
    root = etree.fromstring(document)
    assert (root.tag, root.get("version"), len(root)) == ("rss", "2.0", 1)
    channel = root[0]
    assert not list(root.iter("{http://purl.org/atompub/tombstones/1.0}*"))  # a module that RSS readers ignore
    for name in ("title", "link", "description"):
        assert len(channel.findall(name)) == 1, name
        assert channel.findtext(name)
    assert [link.get("rel") for link in channel.findall(f"{ATOM}link")].count("self") == 1
    guids = []
    for item in channel.findall("item"):
        assert item.findtext("title") or item.findtext("description")
        for name in ("title", "link", "description", "guid", "pubDate", "author", "source", "enclosure", "comments"):
            assert len(item.findall(name)) <= 1, name
        guid = item.find("guid")
        assert guid is not None
        guids.append(guid.text)
        assert item.find("author") is None  # it requires an e-mail address; names are in dc:creator
        assert all(name.text for name in item.findall(f"{DC}creator"))
        for file in item.findall("enclosure"):
            assert file.get("url")
            assert file.get("type")
            assert (file.get("length") or "").isdigit()
        source = item.find("source")
        assert source is None or source.get("url")
    assert len(set(guids)) == len(guids)
    for date in (*channel.iterfind("lastBuildDate"), *channel.iterfind(".//pubDate")):
        assert _RFC822.fullmatch(date.text or ""), date.text
        assert parsedate_to_datetime(date.text or "").tzinfo
    return root


def check_json(document: bytes) -> dict[str, Any]:
    feed: dict[str, Any] = json.loads(document)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert _text(feed, "title")
    assert isinstance(feed["items"], list)
    for name in ("home_page_url", "feed_url", "next_url", "icon", "favicon"):
        assert name not in feed or _IRI.fullmatch(feed[name]), name
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids)
    for item in feed["items"]:
        assert _text(item, "id")
        assert _text(item, "content_html") or _text(item, "content_text")
        for name in ("date_published", "date_modified"):
            assert name not in item or _RFC3339.fullmatch(item[name]), item[name]
        assert all(isinstance(tag, str) for tag in item.get("tags", []))
        assert all(person.keys() & {"name", "url", "avatar"} for person in item.get("authors", []))
        for file in item.get("attachments", []):
            assert _text(file, "url")
            assert "/" in file["mime_type"]
            assert isinstance(file.get("size_in_bytes", 0), int)
    return feed


def _text(found: dict[str, Any], name: str) -> bool:
    return isinstance(found.get(name), str) and bool(found[name])
