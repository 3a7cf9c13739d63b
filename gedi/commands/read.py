"""``gedi read``: a feed document to JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

import click

from feeds.model import Entry, Feed, NotAFeed, Person
from feeds.read import read as read_feed


@click.command("read")
@click.argument("file", default="-", type=click.Path(allow_dash=True, dir_okay=False))
@click.option("--url", help="The address the document came from: relative addresses are against it.")
@click.option("--content-type", help="The Content-Type it came with; its charset counts.")
@click.option("--serve", is_flag=True, help="Answer requests, one JSON object a line, until stdin ends.")
def read(file: str, url: str | None, content_type: str | None, serve: bool) -> None:
    """Read a feed document from FILE (or stdin) and print it as JSON lines: the feed, then one line for each entry.

    What is no feed is answered with {"error": why}. With --serve each line on stdin is a request
    {"path", "url", "content_type", "headers"}, and each is answered with {"entries", "feed", "error"}.
    """
    if serve:
        _serve()
        return
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise click.ClickException(f"cannot read {file}: {error.strerror}") from error
    found = _read(content, url, content_type, {})
    if isinstance(found, NotAFeed):
        _print({"error": found.reason})
        return
    _print({"feed": _feed_fields(found)})
    for entry in found.entries:
        _print(_entry_fields(entry))


def _serve() -> None:
    for line in sys.stdin.buffer:
        if line.strip():
            _print(_answer(line))


def _answer(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        content = Path(request["path"]).read_bytes()
        headers = {str(name): str(value) for name, value in (request.get("headers") or {}).items()}
        found = _read(content, request.get("url"), request.get("content_type"), headers)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        return {"entries": [], "feed": {}, "error": f"bad request: {error}"}
    if isinstance(found, NotAFeed):
        return {"entries": [], "feed": {}, "error": found.reason}
    return {"entries": [_entry_fields(entry) for entry in found.entries], "feed": _feed_fields(found), "error": None}


def _read(content: bytes, url: str | None, content_type: str | None, headers: Mapping[str, str]) -> Feed | NotAFeed:
    stated = content_type or next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    message = Message()
    message["content-type"] = stated.replace("\r", " ").replace("\n", " ")
    return read_feed(
        content,
        url=url,
        media_type=message.get_content_type() if stated else None,
        charset=message.get_content_charset(),
        now=datetime.now(UTC),
        headers=headers,
    )


def _feed_fields(feed: Feed) -> dict[str, Any]:
    return {
        "title": feed.title or None,
        "link": feed.link,
        "id": feed.id,
        "description": feed.description,
        "language": feed.language,
        "updated": _time(feed.updated),
        "author": _names(feed.authors),
        "encoding": feed.encoding,
    }


def _entry_fields(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title or None,
        "link": entry.link,
        "published": _time(entry.published),
        "updated": _time(entry.updated),
        "author": _names(entry.authors),
        "summary": entry.summary,
        "content": entry.content,
        "categories": [category.term for category in entry.categories],
        "enclosures": [enclosure.url for enclosure in entry.enclosures],
    }


def _names(people: tuple[Person, ...]) -> str | None:
    return ", ".join(person.name for person in people) or None


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _print(found: Mapping[str, Any]) -> None:
    text = json.dumps(found, ensure_ascii=False)
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
