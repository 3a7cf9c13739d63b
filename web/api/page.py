"""The API reference page /api and /api/openapi.json, both generated from the same document."""

from __future__ import annotations

from flask import Response

from web.api import openapi
from web.api.parameters import DEFAULT_LIMIT, MAX_LIMIT
from web.api.responses import json_response
from web.site import Site
from web.views.layout import Crumb, Head, render


def openapi_json(site: Site) -> Response:
    """Return the OpenAPI document as JSON."""
    return json_response(openapi.openapi_document(site), cache_control="public, max-age=3600")


def page(site: Site) -> str:
    """Return the API reference page."""
    document = openapi.openapi_document(site)
    operations = [(path, methods["get"]) for path, methods in document["paths"].items()]
    return render(
        site,
        "api.html",
        Head(
            title=f"API_{site.title}",
            description="各地新闻的JSON接口：新闻、事件、变更、搜索、分类、地区与来源。",
            canonical="/api",
        ),
        crumbs=[Crumb("订阅", "/feeds"), Crumb("API", "/api")],
        current="/feeds",
        operations=operations,
        schemas={
            name: [
                (field, _type_name(schema), schema.get("description", ""))
                for field, schema in definition["properties"].items()
            ]
            for name, definition in document["components"]["schemas"].items()
        },
        default_limit=DEFAULT_LIMIT,
        largest_limit=MAX_LIMIT,
    )


def _type_name(schema: dict[str, object]) -> str:
    """Return the short name of a schema: "string | null", "Item[]"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type_name(each) for each in schema["anyOf"])  # type: ignore[attr-defined]
    kind = schema.get("type")
    if kind == "array":
        return f"{_type_name(schema['items'])}[]"  # type: ignore[arg-type]
    return " | ".join(kind) if isinstance(kind, list) else str(kind)
