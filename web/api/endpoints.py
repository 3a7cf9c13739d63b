"""The table of API endpoints, which defines the routes and the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.datastructures import MultiDict

from web.api import changes, directory, item, lists
from web.api import parameters as p
from web.api.responses import ApiError, error_response, json_response
from web.site import Site
from web.views.text import clean_input


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. ``run_query`` handles a list query, ``look_up`` returns the object that the path identifies."""

    name: str
    path: str
    summary: str
    schema: str  # of the response, in components/schemas
    parameters: tuple[p.Parameter, ...] = ()
    run_query: Callable[[Site, p.ApiQuery], dict[str, Any] | ApiError] | None = None
    look_up: Callable[[Site, Any], dict[str, Any] | ApiError] | None = None
    path_key: str = ""  # name of the path parameter
    has_numeric_key: bool = False  # whether the path parameter is a number


_FILTERS = (p.CATEGORY, p.REGION, p.SOURCE)
_TIME_FILTERS = (p.SINCE, p.BEFORE)
_PAGE = (p.LIMIT, p.CURSOR)

ENDPOINTS = (
    Endpoint(
        "items", "/api/items", "新闻，最新发布的在前", "Items",
        (p.CATEGORY_OR_NONE, p.REGION, p.SOURCE, p.STORY, *_TIME_FILTERS, p.Q, p.REPORTS, *_PAGE),
        run_query=lists.items,
    ),
    Endpoint(
        "item", "/api/items/{id}", "一条新闻，连同同一事件的其他报道和相关新闻", "ItemDetail",
        look_up=item.item, path_key="id", has_numeric_key=True,
    ),
    Endpoint(
        "stories", "/api/stories", "事件：同一件事的报道归在一起，最新或最热的在前", "Stories",
        (p.CATEGORY, p.REGION, *_TIME_FILTERS, p.STORY_SORT, p.WINDOW, *_PAGE), run_query=lists.stories,
    ),
    Endpoint(
        "story", "/api/stories/{id}", "一个事件和它的报道，按发布时间排列，至多 100 条", "StoryDetail",
        look_up=lists.story, path_key="id", has_numeric_key=True,
    ),
    Endpoint(
        "series", "/api/series/{id}", "一个系列（如每日天气）和它最近的各期，至多 100 期", "SeriesDetail",
        look_up=lists.series, path_key="id", has_numeric_key=True,
    ),
    Endpoint(
        "changes", "/api/changes", "某个订阅源的变更（新增、更正、撤下），先发生的在前：供完整的镜像使用", "Changes",
        (*_FILTERS, *_PAGE), run_query=changes.changes,
    ),
    Endpoint(
        "search", "/api/search", "全文搜索", "Items",
        (p.Q_REQUIRED, *_FILTERS, *_TIME_FILTERS, p.SEARCH_SORT, *_PAGE), run_query=lists.search,
    ),
    Endpoint("categories", "/api/categories", "全部分类", "Categories", run_query=directory.categories),
    Endpoint(
        "regions", "/api/regions", "地区：各省，某地的下属，或按名称查找", "Regions",
        (p.PARENT, p.PLACE_NAME), run_query=directory.regions,
    ),
    Endpoint(
        "region", "/api/regions/{code}", "一个地区和它的下属", "RegionDetail", look_up=directory.region, path_key="code"
    ),
    Endpoint(
        "sources", "/api/sources", "来源媒体，按 slug 排列", "Sources",
        (p.REGION, p.STATE, *_PAGE), run_query=directory.sources,
    ),
    Endpoint("source", "/api/sources/{slug}", "一个来源", "Source", look_up=directory.source, path_key="slug"),
)  # fmt: skip


def handle(site: Site, endpoint: Endpoint, **path: str) -> Response:
    """Validate the parameters of a request, run its endpoint and return the JSON response."""
    result = run(site, endpoint, request.args, path.get(endpoint.path_key, ""))
    if isinstance(result, ApiError):
        return error_response(result)
    return json_response(result, next_url=result.get("next"))


def run(site: Site, endpoint: Endpoint, args: MultiDict[str, str], key: str = "") -> dict[str, Any] | ApiError:
    """Return what an endpoint answers to these parameters; ``key`` is the value of its path parameter."""
    query = p.parse_query(site, endpoint.parameters, args)
    if isinstance(query, ApiError):
        return query
    result = endpoint.run_query(site, query) if endpoint.run_query else _look_up(site, endpoint, key)
    if isinstance(result, dict) and result.get("cursor") and "next" in result:
        result["next"] = f"{site.url}{endpoint.path}?{urlencode(query.pairs_with(cursor=result['cursor']))}"
    return result


def _look_up(site: Site, endpoint: Endpoint, key: str) -> dict[str, Any] | ApiError:
    assert endpoint.look_up is not None
    if not endpoint.has_numeric_key:
        return endpoint.look_up(site, key)
    if not (key.isascii() and key.isdecimal() and len(key) <= 18):
        return ApiError(f"“{clean_input(key, 40)}”不是编号", "编号是一个整数，见列表里的 id。", 404)
    return endpoint.look_up(site, int(key))
