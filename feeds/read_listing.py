"""What lists articles but is no feed -> a Feed: the table of its kinds and their readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from feeds.model import Feed, NotAFeed
from feeds.read_list import read_list
from feeds.read_page import read_page
from feeds.selection import Selection

_READERS: dict[str, Callable[..., Feed | NotAFeed]] = {"html": read_page, "json": read_list}


def read_listing(
    content: bytes,
    *,
    kind: str,
    select: Selection,
    url: str | None = None,
    media_type: str | None = None,
    charset: str | None = None,
    zone: tzinfo | None = None,
    language: str | None = None,
    now: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Feed | NotAFeed:
    """Read a page ("html") or a JSON list ("json") as ``select`` says. The other arguments are those of
    ``feeds.read.read``."""
    return _READERS[kind](
        content,
        select=select,
        url=url,
        media_type=media_type,
        charset=charset,
        zone=zone,
        language=language,
        now=now,
        headers=headers,
    )
