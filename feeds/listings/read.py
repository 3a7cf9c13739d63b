"""What lists articles but is no feed -> a Feed: the table of its kinds and their readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

from feeds.context import ReadContext, ReadOptions
from feeds.encoding.charsets import charset_parameter
from feeds.encoding.decode import decode
from feeds.listings.html_list import read_html_list
from feeds.listings.json_list import read_json_list
from feeds.listings.selectors import Selectors
from feeds.model import Feed, NotAFeed

_READERS: dict[str, Callable[[str, Selectors, ReadContext], Feed | NotAFeed]] = {
    "html": read_html_list,
    "json": read_json_list,
}


def read_listing(content: bytes, *, kind: str, select: Selectors, **options: Unpack[ReadOptions]) -> Feed | NotAFeed:
    """Read a page ("html") or a JSON list ("json") as ``select`` says; ``facts`` as in ``feeds.read.read``."""
    decoded = decode(content, options.get("charset"), charset_parameter(options.get("media_type")))
    found = _READERS[kind](decoded.text, select, ReadContext.from_options(options))
    return replace(found, encoding=decoded.encoding) if isinstance(found, Feed) else found
