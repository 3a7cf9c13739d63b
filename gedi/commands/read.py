"""``gedi read``: a feed document as JSON lines."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

import click

from aggregator.texts import reason_of, t
from feeds.encoding.charsets import charset_parameter
from feeds.model import Entry, Feed, NotAFeed, Person
from feeds.read import read_feed as read_feed
from gedi.commands import now

_log = logging.getLogger(__name__)

_MAX_BYTES = 50_000_000
_TOO_LARGE = "too large: more than 50 MB"


@click.command("read")
@click.argument("file", default="-", type=click.Path(allow_dash=True, dir_okay=False))
@click.option("--url", help="The address the document came from: relative addresses are against it.")
@click.option("--content-type", help="The Content-Type it came with; its charset counts.")
@click.option("--serve", is_flag=True, help="Answer requests, one JSON object a line, until stdin ends.")
def read(file: str, url: str | None, content_type: str | None, serve: bool) -> None:
    """Read a feed document from FILE (or stdin) and print it as JSON lines: the feed, then one line for each entry.

    Atom, RSS, RDF, CDF and JSON Feed are read, in any encoding, whole or damaged. What is no feed is answered with
    {"error": why}, which names the feeds that a page offers in its place; the exit status is 0.

    \b
      gedi read feed.xml --url https://a.example/feed.xml
      curl -s https://a.example/feed | gedi read - --content-type "text/xml; charset=gb2312"
      gedi read feed.xml | jq -r 'select(.title).title'

    With --serve each line on stdin is a request and each is answered by one line, in the same order; url,
    content_type and headers may be left out:

    \b
      {"path": "feed.xml", "url": "https://a.example/", "content_type": "text/xml", "headers": {"Link": "..."}}
      {"entries": [...], "feed": {...}, "error": null}
    """
    if serve:
        _serve()
        return
    try:
        content = _read_limited(sys.stdin.buffer) if file == "-" else _read_file(file)
    except OSError as error:
        raise click.ClickException(t("{file} cannot be read: {reason}", file=file, reason=reason_of(error))) from error
    if len(content) > _MAX_BYTES:
        _print_json({"error": _TOO_LARGE})
        return
    found = _read(content, url, content_type, {})
    if isinstance(found, NotAFeed):
        _print_json({"error": _error_text(found)})
        return
    _print_json({"feed": feed_fields(found)})
    for entry in found.entries:
        _print_json(entry_fields(entry))


def _serve() -> None:
    for line in sys.stdin.buffer:
        if line.strip():
            _print_json(_answer_request(line))


def _answer_request(line: bytes) -> dict[str, Any]:
    try:
        request = _parse_request(line)
        content = _read_file(request["path"])
    except (ValueError, RecursionError) as error:
        return {"entries": [], "feed": {}, "error": f"bad request: {error}"}
    except OSError as error:
        return {"entries": [], "feed": {}, "error": f"cannot read {request['path']}: {error.strerror}"}
    if len(content) > _MAX_BYTES:
        return {"entries": [], "feed": {}, "error": _TOO_LARGE}
    try:
        found = _read(content, request.get("url"), request.get("content_type"), request["headers"])
    except Exception as error:  # an internal error in one document must not stop the next ones
        _log.exception("read_failed path=%s", request["path"])
        return {"entries": [], "feed": {}, "error": f"internal error: {type(error).__name__}"}
    if isinstance(found, NotAFeed):
        return {"entries": [], "feed": {}, "error": _error_text(found)}
    return {"entries": [entry_fields(entry) for entry in found.entries], "feed": feed_fields(found), "error": None}


def _parse_request(line: bytes) -> dict[str, Any]:
    """Return a request with path and headers. Raises ValueError if it is invalid."""
    request = json.loads(line)
    if not isinstance(request, dict) or not isinstance(request.get("path"), str):
        raise ValueError("it must be a JSON object with a path")
    for name in ("url", "content_type"):
        if not isinstance(request.get(name), str | None):
            raise ValueError(f"its {name} must be a string")
    headers = request.get("headers") or {}
    if not isinstance(headers, dict):
        raise ValueError("its headers must be an object")
    return {**request, "headers": {name: str(value) for name, value in headers.items() if value is not None}}


def _read_file(path: str) -> bytes:
    with open(path, "rb") as file:
        return _read_limited(file)


def _read_limited(file: BinaryIO) -> bytes:
    """Read up to the limit and one byte more: a device or a pipe may be endless."""
    return file.read(_MAX_BYTES + 1)


def _error_text(refused: NotAFeed) -> str:
    """Return why it is not a feed, with the feeds that a page links to."""
    found = " ".join(link.href for link in refused.feed_links)
    return f"{refused.reason}; it offers: {found}" if found else refused.reason


def _read(content: bytes, url: str | None, content_type: str | None, headers: Mapping[str, str]) -> Feed | NotAFeed:
    stated = content_type or next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return read_feed(
        content,
        url=url,
        media_type=stated or None,
        charset=charset_parameter(stated),
        now=now(),
        headers=headers,
    )


def feed_fields(feed: Feed) -> dict[str, Any]:
    """Return the members of the JSON object of a feed."""
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


def entry_fields(entry: Entry) -> dict[str, Any]:
    """Return the members of the JSON object of an entry."""
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
        "picture": entry.picture.url if entry.picture else None,
    }


def _names(people: tuple[Person, ...]) -> str | None:
    return ", ".join(person.name for person in people) or None


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _print_json(document: Mapping[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False)
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
