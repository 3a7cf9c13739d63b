"""The page that a person sees who opens a feed in a browser: the feed application passes such requests on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from aggregator.model import RenderedDocument
from aggregator.publishing.daily_feed import PREFIX
from feeds.write.browser_page import MEDIA_TYPE, FeedOutline, embed_page, parse_document, read_outline
from web.http.static_files import static_url
from web.i18n.display_names import display_name, place_path
from web.i18n.language import current_language, is_negotiated, t
from web.site import Site
from web.views.layout import FORMATS, Crumb, FeedLink, Head, render
from web.views.subscribe_links import qr_code, reader_links

OPENED_FEED = "gedi.opened_feed"  # keys of the WSGI environment: the feed
MISSING_FEED = "gedi.missing_feed"  # or the name of the most similar feed, "" without any
MOST_SHOWN = 20  # entries
_ARCHIVE = re.compile(r"/feeds/.+/archive/\d+")


@dataclass(frozen=True, slots=True)
class OpenedFeed:
    """A feed that a person opens, with the value of its Link field."""

    document: RenderedDocument
    links: str


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the page. Without an opened feed it has no page."""
    pages = Blueprint("feed_page", __name__)
    pages.add_url_rule("/feeds/<path:name>.<any(atom, rss):format>", "feed_page", partial(feed_page, site))
    return pages


def feed_page(site: Site, name: str, format: str) -> Response:
    """Return the feed with its page in it.

    It is the reader's own (language, theme), so shared caches must not store it. If it reaches a feed reader all the
    same, that finds the feed in it.
    """
    opened: OpenedFeed | None = request.environ.get(OPENED_FEED)
    if opened is None:
        return _missing_page(site, request.environ.get(MISSING_FEED, ""), format)
    document = parse_document(opened.document.body)
    page = _page(site, opened, read_outline(document, MOST_SHOWN), name, format)
    body = embed_page(document, page, static_url("style.css"), MOST_SHOWN)
    response = Response(body, content_type=MEDIA_TYPE)
    response.headers["Link"] = opened.links
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Sec-Fetch-Dest", "Cookie", *(("Accept-Language",) if is_negotiated() else ())))
    response.content_language.add(current_language())
    response.last_modified = opened.document.modified
    return response


def _missing_page(site: Site, near: str, format: str) -> Response:
    """Return the error page of a feed that does not exist, with a link to the one that may be meant."""
    title = t("没有这个订阅源")
    page = render(
        site,
        "error.html",
        Head(title=f"{title}_{site.title}", robots="noindex"),
        crumbs=[Crumb(t("订阅"), "/feeds"), Crumb(title)],
        current="/feeds",
        code=404,
        title=title,
        text=t("地址可能输错了，或者这个订阅源已经改名。"),
        near=FeedLink(near, f"/feeds/{near}").path(format) if near else "",
        feeds_link=True,
    )
    response = Response(page, 404)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Sec-Fetch-Dest", "Cookie", *(("Accept-Language",) if is_negotiated() else ())))
    return response


def _page(site: Site, opened: OpenedFeed, outline: FeedOutline, name: str, format: str) -> str:
    path = opened.document.path
    stem, _, query = path.partition("?")
    feed = FeedLink(outline.title, stem.removesuffix(f".{format}"), f"?{query}" if query else "")
    clock = site.clock()
    return render(
        site,
        "feed.html",
        Head(title=outline.title, description=outline.description, robots="noindex", feeds=(feed,)),
        crumbs=[Crumb(t("订阅"), "/feeds"), Crumb(outline.title)],
        current="/feeds",
        feed=feed,
        format=dict(FORMATS)[format],
        path=path,
        outline=outline,
        page=outline.page.removeprefix(site.url),
        updated=clock.full_date_time(outline.updated) if outline.updated else None,
        entries=[(entry, clock.moment(entry.published) if entry.published else None) for entry in outline.entries],
        archives=_archives(site, outline),
        is_archive=bool(_ARCHIVE.match(stem)),
        readers=reader_links(site.url + path),
        qr_code=qr_code(site.url + path),
        **_scope(site, name),
    )


def _scope(site: Site, name: str) -> dict[str, Any]:
    """Return the category and the region that the name of a feed contains."""
    parts = name.removeprefix(PREFIX).split("/archive/")[0].split("/")
    place = site.gazetteer.get(parts[-1]) if len(parts) > 1 and re.fullmatch(r"\d{6}", parts[-1], re.ASCII) else None
    path = "/".join(parts[:-1] if place else parts)
    category = site.tree.get(path)
    return {
        "scope_category": display_name(category) if category else t("全部分类") if path == "all" else "",
        "scope_region": place_path(site.gazetteer.chain(place.code)) if place else "",
    }


def _archives(site: Site, outline: FeedOutline) -> list[tuple[str, str]]:
    """Return (text, path) of the documents that continue the feed."""
    names = {
        "prev-archive": t("较早的归档"),
        "next-archive": t("较新的归档"),
        "next": t("更多条目"),
        "current": t("当前的订阅源"),
    }
    return [(text, outline.links[rel].removeprefix(site.url)) for rel, text in names.items() if rel in outline.links]
