"""The feed an entry was first published in: atom:source and the source of RSS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lxml import etree

from feeds.links import absolute, is_web, relation
from feeds.model import Origin
from feeds.text import plain
from feeds.xml.elements import children, first, text_of
from feeds.xml.people import people
from feeds.xml.titles import TITLES, title_of

ReadDate = Callable[[str, str | None], datetime | None]  # text, language -> aware UTC
_TOLD = frozenset({*TITLES, "id", "link", "updated", "modified", "author", "rights", "copyright"})


def origin_of(source: etree._Element, base: str | None, read_date: ReadDate) -> Origin | None:
    """atom:source with all it says, RSS source with its title and url."""
    found = [(name, child) for name, child in children(source) if name in _TOLD]
    if not found:
        url, title = source.get("url") or source.get("href"), plain(text_of(source))
        if is_web(title):
            url, title = url or title, ""
        link = absolute(base, url) or None
        return Origin(title=title or None, link=link) if title or link else None
    links = {
        relation(child.get("rel")): absolute(base, child.get("href"))
        for name, child in reversed(found)
        if name == "link"
    }
    plain_link = text_of(first(found, "link"))
    return Origin(
        id=text_of(first(found, "id")) or None,
        title=title_of(first(found, *TITLES), atom=True) or None,
        link=links.get("alternate") or (absolute(base, plain_link) or None),
        self_link=links.get("self"),
        updated=read_date(text_of(first(found, "updated", "modified")), None),
        authors=people(found),
        rights=title_of(first(found, "rights", "copyright"), atom=True) or None,
    )
