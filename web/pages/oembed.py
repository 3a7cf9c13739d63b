"""/oembed: the embed code of a page of this site (oembed.com, type "rich")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, Response, request
from lxml import etree

from web.api.responses import CORS_HEADERS, ApiError, error_response, json_response
from web.pages.widget import DEFAULT_ITEMS, MAX_ITEMS, THEMES
from web.site import Site

WIDTH, HEIGHT = 400, 420
_FRAME_HEIGHT, _LINE_HEIGHT = 110, 52  # pixels around a list, and per line
_CACHE_AGE = 3600
_INVALID_XML = re.compile(r"[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class EmbedTarget:
    """The content of an embeddable URL and the parameters of its widget."""

    title: str
    query: tuple[tuple[str, str], ...]
    is_list: bool = True
    author: str | None = None
    author_url: str | None = None


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the oEmbed endpoint."""
    pages = Blueprint("oembed", __name__)
    pages.add_url_rule("/oembed", "oembed", partial(oembed, site))
    return pages


def oembed(site: Site) -> Response:
    """Return the oEmbed response of ?url= as JSON or XML, or an error."""
    format = request.args.get("format", "json")
    if format not in ("json", "xml"):
        return error_response(ApiError("没有这种格式", "format 可以写 json 或 xml。", 501))
    address = request.args.get("url", "")
    if not address:
        return error_response(ApiError("缺少参数 url", f"请写本站的地址，如 {site.url}/category/society。"))
    width, height = (request.args.get(name, type=int) for name in ("maxwidth", "maxheight"))
    if (width is not None and width < 1) or (height is not None and height < 1):
        return error_response(ApiError("maxwidth 和 maxheight 要大于零", "它们是像素数。"))
    target = find_target(site, address)
    if target is None:
        return error_response(ApiError("这个地址不能嵌入", "可以嵌入的是本站的新闻、事件、分类、地区和最新页。", 404))
    oembed_fields = oembed_response(site, target, min(width or WIDTH, 2000), min(height or HEIGHT, 2000))
    if format == "json":
        return json_response(oembed_fields, cache_control="public, max-age=300")
    body = Response(_xml(oembed_fields), content_type="text/xml; charset=utf-8")
    body.headers.extend(CORS_HEADERS)
    body.headers["Cache-Control"] = "public, max-age=300"
    body.add_etag()
    return body


def find_target(site: Site, address: str) -> EmbedTarget | None:
    """Return the content at a URL of this site, or None for a foreign, invalid or missing one."""
    try:
        parts = urlsplit(address.strip())
        query = parse_qs(parts.query)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", "") or parts.netloc not in (urlsplit(site.url).netloc, request.host):
        return None
    head, _, name = parts.path.strip("/").partition("/")
    theme = query.get("theme", [""])[0]
    theme_query = (("theme", theme),) if theme in THEMES else ()
    if head in ("item", "story"):
        return _single_target(site, head, name, theme_query)
    category = site.tree.find(name) if head == "category" else None
    region = name if head == "region" else query.get("region", [""])[0]
    place = site.gazetteer.get(region) if region else None
    if (head == "category" and category is None) or (head == "region" and place is None):
        return None
    if head not in ("category", "region", "latest", ""):
        return None
    pairs = (("category", category.path if category else ""), ("region", place.code if place else ""))
    title = f"{place.short if place else ''}{category.name if category else ''}新闻"
    return EmbedTarget(title if category or place else site.title, (*(pair for pair in pairs if pair[1]), *theme_query))


def _single_target(site: Site, kind: str, name: str, extra_query: tuple[tuple[str, str], ...]) -> EmbedTarget | None:
    if not re.fullmatch(r"\d{1,18}", name, re.ASCII):
        return None
    if kind == "story":
        story = site.store.story(int(name))
        return EmbedTarget(story.lead.title, (("story", str(story.id)), *extra_query)) if story else None
    detail = site.store.item(int(name))
    if detail is None or detail.removed:
        return None
    card = detail.card
    return EmbedTarget(
        card.title, (("item", name), *extra_query), False, card.source_title, card.source_url or card.url
    )


def oembed_response(site: Site, target: EmbedTarget, width: int, height: int) -> dict[str, Any]:
    """Return the oEmbed response; a list has as many lines as fit into ``height``."""
    query = list(target.query)
    if target.is_list:
        lines = min(max((height - _FRAME_HEIGHT) // _LINE_HEIGHT, 1), MAX_ITEMS)
        query.append(("n", str(lines if height != HEIGHT else DEFAULT_ITEMS)))
    return {
        "version": "1.0",
        "type": "rich",
        "title": target.title,
        **({"author_name": target.author, "author_url": target.author_url} if target.author else {}),
        "provider_name": site.title,
        "provider_url": f"{site.url}/",
        "cache_age": _CACHE_AGE,
        "width": width,
        "height": height,
        "html": iframe(site, target.title, query, width, height),
    }


def iframe(site: Site, title: str, query: list[tuple[str, str]], width: int, height: int) -> str:
    """Return the embed code as an HTML iframe."""
    address = f"{site.url}/widget?{urlencode(query, safe='/')}"
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" width="{width}" height="{height}" '
        'style="border:0" loading="lazy"></iframe>'
    )


def _xml(response_fields: dict[str, Any]) -> bytes:
    root = etree.Element("oembed")
    for name, value in response_fields.items():
        etree.SubElement(root, name).text = _INVALID_XML.sub("", str(value))
    document: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, standalone=True)
    return document
