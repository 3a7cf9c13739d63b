"""What there is to ask for: categories, regions, sources."""

from __future__ import annotations

from typing import Any

from web.api import cursors, serializers
from web.api.lists import STALE_CURSOR, Answer
from web.api.parameters import Asked
from web.api.responses import Refusal
from web.site import Site
from web.views import shared_lists

MOST_PLACES = 100


def categories(site: Site, asked: Asked) -> Answer:
    """In the order of the site, each top category followed by what lies in it."""
    return {"categories": [serializers.category(site, each) for each in site.tree]}


def regions(site: Site, asked: Asked) -> Answer:
    if asked.q and asked.parent:
        return Refusal("parent 和 q 不能一起用", "用 q 查名称，或用 parent 列出下属地区。")
    if asked.q:
        found = [each for each in site.gazetteer.search(asked.q, MOST_PLACES) if not each.placeholder]
    else:
        found = list(site.gazetteer.children(asked.parent) if asked.parent else site.gazetteer.provinces())
    return {"regions": [serializers.region(site, each) for each in found]}


def region(site: Site, code: str) -> Answer:
    found = site.gazetteer.get(code)
    if found is None or found.placeholder:
        return Refusal("没有这个地区", "请写六位行政区划代码；/api/regions?q=枣庄 可以查到代码。", 404)
    return serializers.region(site, found) | {
        "regions": [serializers.region(site, each) for each in site.gazetteer.children(found.code)]
    }


def sources(site: Site, asked: Asked) -> Answer:
    """By slug."""
    mark = cursors.fingerprint(asked.question)
    after = ""
    if asked.cursor:
        found = cursors.word(mark, asked.cursor)
        if found is None:
            return STALE_CURSOR
        after = found
    rows = site.store.health(
        site.now(), region=asked.region, state=asked.state, sort="slug", after=after or None, limit=asked.limit + 1
    )
    shown: list[dict[str, Any]] = [
        serializers.source(site, shared_lists.discreet(site, row)) for row in rows[: asked.limit]
    ]
    more = len(rows) > asked.limit
    return {"sources": shown, "cursor": cursors.of_word(mark, shown[-1]["slug"]) if more else None, "next": None}


def source(site: Site, slug: str) -> Answer:
    known = site.store.health(site.now(), slug=slug, limit=1)
    if not known:
        current = site.store.current_slug(slug)
        known = site.store.health(site.now(), slug=current, limit=1) if current else []
    if not known:
        return Refusal("没有这个来源", "/api/sources 列出了全部来源。", 404)
    return serializers.source(site, shared_lists.discreet(site, known[0]))
