"""The table of endpoints: from it come the routes and the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from web.api import changes, directory, item, lists
from web.api import parameters as p
from web.api.responses import Refusal, answer, refuse
from web.site import Site
from web.views.text import typed


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``ask`` answers a question, ``look_up`` gives the one thing that the path names."""

    name: str
    path: str
    summary: str
    schema: str  # of the answer, in components/schemas
    parameters: tuple[p.Parameter, ...] = ()
    ask: Callable[[Site, p.Asked], dict[str, Any] | Refusal] | None = None
    look_up: Callable[[Site, Any], dict[str, Any] | Refusal] | None = None
    key: str = ""  # the name in the path
    number: bool = False  # is the key a number?


_ABOUT = (p.CATEGORY, p.REGION, p.SOURCE)
_TIMES = (p.SINCE, p.BEFORE)
_PAGE = (p.LIMIT, p.CURSOR)

ENDPOINTS = (
    Endpoint(
        "items", "/api/items", "新闻，最新发布的在前", "Items",
        (*_ABOUT, p.STORY, *_TIMES, p.Q, p.REPORTS, *_PAGE), ask=lists.items,
    ),
    Endpoint(
        "item", "/api/items/{id}", "一条新闻，连同同一事件的其他报道和相关新闻", "ItemDetail",
        look_up=item.item, key="id", number=True,
    ),
    Endpoint(
        "stories", "/api/stories", "事件：同一件事的报道归在一起，最新或最热的在前", "Stories",
        (p.CATEGORY, p.REGION, *_TIMES, p.STORY_SORT, p.WINDOW, *_PAGE), ask=lists.stories,
    ),
    Endpoint(
        "story", "/api/stories/{id}", "一个事件和它的报道，按发布时间排列，至多 100 条", "StoryDetail",
        look_up=lists.story, key="id", number=True,
    ),
    Endpoint(
        "changes", "/api/changes", "某个订阅源的变更（新增、更正、撤下），先发生的在前：供完整的镜像使用", "Changes",
        (*_ABOUT, *_PAGE), ask=changes.changes,
    ),
    Endpoint(
        "search", "/api/search", "全文搜索", "Items",
        (p.Q_NEEDED, *_ABOUT, *_TIMES, p.SEARCH_SORT, *_PAGE), ask=lists.search,
    ),
    Endpoint("categories", "/api/categories", "全部分类", "Categories", ask=directory.categories),
    Endpoint(
        "regions", "/api/regions", "地区：各省，某地的下属，或按名称查找", "Regions",
        (p.PARENT, p.PLACE_NAME), ask=directory.regions,
    ),
    Endpoint(
        "region", "/api/regions/{code}", "一个地区和它的下属", "RegionDetail", look_up=directory.region, key="code"
    ),
    Endpoint(
        "sources", "/api/sources", "来源媒体，按 slug 排列", "Sources",
        (p.REGION, p.STATE, *_PAGE), ask=directory.sources,
    ),
    Endpoint("source", "/api/sources/{slug}", "一个来源", "Source", look_up=directory.source, key="slug"),
)  # fmt: skip


def serve(site: Site, endpoint: Endpoint, **path: str) -> Response:
    asked = p.read_all(site, endpoint.parameters, request.args)
    if isinstance(asked, Refusal):
        return refuse(asked)
    found = endpoint.ask(site, asked) if endpoint.ask else _looked_up(site, endpoint, path[endpoint.key])
    if isinstance(found, Refusal):
        return refuse(found)
    if "next" not in found:
        return answer(found)
    if found["cursor"]:
        found["next"] = f"{site.url}{endpoint.path}?{urlencode(asked.address(cursor=found['cursor']))}"
    return answer(found, next=found["next"])


def _looked_up(site: Site, endpoint: Endpoint, key: str) -> dict[str, Any] | Refusal:
    assert endpoint.look_up is not None
    if not endpoint.number:
        return endpoint.look_up(site, key)
    if not (key.isascii() and key.isdecimal() and len(key) <= 18):
        return Refusal(f"“{typed(key, 40)}”不是编号", "编号是一个整数，见列表里的 id。", 404)
    return endpoint.look_up(site, int(key))
