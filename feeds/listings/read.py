"""What lists articles but is no feed -> a Feed: the table of its kinds and their readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

from feeds.context import Context, Facts
from feeds.encoding.charsets import charset_of
from feeds.encoding.decode import decode
from feeds.listings.html_list import read_page
from feeds.listings.json_list import read_list
from feeds.listings.selectors import Selection
from feeds.model import Feed, NotAFeed

_READERS: dict[str, Callable[[str, Selection, Context], Feed | NotAFeed]] = {"html": read_page, "json": read_list}


def read_listing(content: bytes, *, kind: str, select: Selection, **facts: Unpack[Facts]) -> Feed | NotAFeed:
    """Read a page ("html") or a JSON list ("json") as ``select`` says; ``facts`` as in ``feeds.read.read``."""
    decoded = decode(content, facts.get("charset"), charset_of(facts.get("media_type")))
    found = _READERS[kind](decoded.text, select, Context.of(facts))
    return replace(found, encoding=decoded.encoding) if isinstance(found, Feed) else found
