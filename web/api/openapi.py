"""The OpenAPI 3.1 document of the API, generated from the endpoint table."""

from __future__ import annotations

from typing import Any

from aggregator import VERSION
from web.api.endpoints import ENDPOINTS, Endpoint
from web.api.schemas import SCHEMAS
from web.site import Site

_DESCRIPTION = """各地新闻的只读接口。不需要密钥，允许任何网站跨域读取。

翻页：带着上一页的 `cursor` 再问，或直接取 `next`（也在 `Link: rel="next"` 里）。
列表按永不改变的发布时间排列，新收录的新闻不会让后面的页错位。

镜像：先向 /api/changes 取一个 cursor，再用 /api/items 走完现有的新闻，
以后带着 cursor 问 /api/changes：新增、更正、撤下都按发生的先后给出，一条不漏。

请使用条件请求：每个答复都有 `ETag`，带 `If-None-Match` 再问，没有变化就是 304。

版权归原媒体所有。转用时请署名来源并链接原文；`html` 只在来源许可全文时才有。"""


def openapi_document(site: Site) -> dict[str, Any]:
    """Return the OpenAPI document as a JSON-compatible value."""
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{site.title} API", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": site.url or "/"}],
        "paths": {endpoint.path: {"get": _operation(endpoint)} for endpoint in ENDPOINTS},
        "components": {"schemas": SCHEMAS, "headers": _HEADERS},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    responses = {"200": _response("答复", endpoint.schema, headers=True), "304": {"description": "没有变化"}}
    responses["400"] = _response("参数不对", "Error")
    if endpoint.path_key:
        responses["404"] = _response("没有", "Error")
    if endpoint.name in ("item", "changes"):
        responses["410"] = _response("已删除，或记录已不再保留", "Error")
    if endpoint.name in ("items", "search"):
        responses["429"] = _response("请求太频繁", "Error")
        responses["429"]["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [*_in_path(endpoint), *_in_query(endpoint)],
        "responses": responses,
    }


def _in_path(endpoint: Endpoint) -> list[dict[str, Any]]:
    if not endpoint.path_key:
        return []
    schema = {"type": "integer", "minimum": 0} if endpoint.has_numeric_key else {"type": "string"}
    return [{"name": endpoint.path_key, "in": "path", "required": True, "schema": schema}]


def _in_query(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "allowEmptyValue": not parameter.required,  # as if it were absent
            "description": parameter.description,
            "schema": dict(parameter.schema),
        }
        for parameter in endpoint.parameters
    ]


def _response(description: str, schema: str, *, headers: bool = False) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    response: dict[str, Any] = {"description": description, "content": content}
    if headers:
        header_names = ["ETag", "Cache-Control", *(["Link"] if "next" in SCHEMAS[schema]["properties"] else [])]
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in header_names}
    return response


_HEADERS = {
    "ETag": {"description": "带在 If-None-Match 里再问", "required": True, "schema": {"type": "string"}},
    "Cache-Control": {"description": "多久内不必再问", "required": True, "schema": {"type": "string"}},
    "Retry-After": {"description": "过多少秒再试", "required": True, "schema": {"type": "integer"}},
    "Link": {"description": 'rel="next"：下一页', "required": False, "schema": {"type": "string"}},
}
