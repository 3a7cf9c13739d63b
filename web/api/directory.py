"""Directory endpoints: categories, regions, sources."""

from __future__ import annotations

from typing import Any

from aggregator.model import SourceFilter
from aggregator.reference.place_search import PlaceSearch
from web.api import cursors, serializers
from web.api.lists import INVALID_CURSOR, ApiResult
from web.api.parameters import ApiQuery
from web.api.responses import ApiError
from web.site import Site
from web.views import shared_lists

MAX_REGIONS = 100


def categories(site: Site, query: ApiQuery) -> ApiResult:
    """Return the categories in tree order, each top-level category followed by its children."""
    return {"categories": [serializers.category(site, each) for each in site.tree]}


def regions(site: Site, query: ApiQuery) -> ApiResult:
    """Return the regions that match a name or its pinyin, the children of a region, or the provinces."""
    if query.q and query.parent:
        return ApiError("parent 和 q 不能一起用", "用 q 查名称，或用 parent 列出下属地区。")
    if query.q:
        divisions = [each for each in site.gazetteer.search(query.q, MAX_REGIONS) if not each.is_placeholder]
        divisions = divisions or PlaceSearch.load(site.gazetteer).find_spelled(query.q)
    else:
        divisions = list(site.gazetteer.children(query.parent) if query.parent else site.gazetteer.provinces())
    return {"regions": [serializers.region(site, each) for each in divisions]}


def region(site: Site, code: str) -> ApiResult:
    """Return a region with its children."""
    division = site.gazetteer.get(code)
    if division is None or division.is_placeholder:
        return ApiError("没有这个地区", "请写六位行政区划代码；/api/regions?q=枣庄 可以查到代码。", 404)
    return serializers.region(site, division) | {
        "regions": [serializers.region(site, each) for each in site.gazetteer.children(division.code)]
    }


def sources(site: Site, query: ApiQuery) -> ApiResult:
    """Return a page of sources, sorted by slug."""
    query_hash = cursors.hash_query(query.pairs)
    after = ""
    if query.cursor:
        last_name = cursors.decode_name(query_hash, query.cursor)
        if last_name is None:
            return INVALID_CURSOR
        after = last_name
    rows = site.store.source_health(
        site.now(),
        filters=SourceFilter(region=query.region, state=query.state, after=after or None),
        sort="slug",
        limit=query.limit + 1,
    )
    shown: list[dict[str, Any]] = [
        serializers.source(site, shared_lists.redact(site, row)) for row in rows[: query.limit]
    ]
    more = len(rows) > query.limit
    return {
        "sources": shown,
        "cursor": cursors.encode_name(query_hash, shown[-1]["slug"]) if more else None,
        "next": None,
    }


def source(site: Site, slug: str) -> ApiResult:
    """Return a source by its current or a former slug."""
    rows = site.store.source_health(site.now(), filters=SourceFilter(slug=slug), limit=1)
    if not rows:
        current = site.store.current_slug(slug)
        rows = site.store.source_health(site.now(), filters=SourceFilter(slug=current), limit=1) if current else []
    if not rows:
        return ApiError("没有这个来源", "/api/sources 列出了全部来源。", 404)
    return serializers.source(site, shared_lists.redact(site, rows[0]))
