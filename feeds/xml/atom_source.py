"""The feed an entry was first published in: atom:source and the source of RSS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lxml import etree

from feeds.links import is_web_url, normalize_rel, resolve_url
from feeds.model import Origin
from feeds.text import html_to_text
from feeds.xml.elements import first_child, named_children, text_of
from feeds.xml.people import authors_of
from feeds.xml.titles import TITLES, title_of

ReadDate = Callable[[str, str | None], datetime | None]  # text, language -> aware UTC
_ORIGIN_CHILDREN = frozenset({*TITLES, "id", "link", "updated", "modified", "author", "rights", "copyright"})


def origin_of(source: etree._Element, base: str | None, read_date: ReadDate) -> Origin | None:
    """atom:source with all it says, RSS source with its title and url."""
    found = [(name, child) for name, child in named_children(source) if name in _ORIGIN_CHILDREN]
    if not found:
        url, title = source.get("url") or source.get("href"), html_to_text(text_of(source))
        if is_web_url(title):
            url, title = url or title, ""
        link = resolve_url(base, url) or None
        return Origin(title=title or None, link=link) if title or link else None
    links = {
        normalize_rel(child.get("rel")): resolve_url(base, child.get("href"))
        for name, child in reversed(found)
        if name == "link"
    }
    plain_link = text_of(first_child(found, "link"))
    return Origin(
        id=text_of(first_child(found, "id")) or None,
        title=title_of(first_child(found, *TITLES), atom=True) or None,
        link=links.get("alternate") or (resolve_url(base, plain_link) or None),
        self_link=links.get("self"),
        updated=read_date(text_of(first_child(found, "updated", "modified")), None),
        authors=authors_of(found),
        rights=title_of(first_child(found, "rights", "copyright"), atom=True) or None,
    )
