"""/opml, /opml/sources and the feed menu: machine-readable lists of the feeds."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from flask import Blueprint, Response, abort, jsonify, request

from aggregator.publishing.opml_lists import category_region_keys, feed_menu, render_opml
from web.site import Site

_CACHING = "public, max-age=300, stale-if-error=86400"


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the feed lists."""
    pages = Blueprint("lists", __name__)
    pages.add_url_rule("/opml", "opml", partial(categories, site))
    pages.add_url_rule("/opml/sources", "sources", partial(sources, site))
    pages.add_url_rule("/.well-known/feed-menu.json", "menu", partial(menu, site))
    return pages


def categories(site: Site) -> Response:
    """Return the OPML of the category feeds, of a region if ?region= is present."""
    kind = request.args.get("kind", "categories")
    region = request.args.get("region")
    if kind not in ("categories", "sources") or (region and site.gazetteer.get(region) is None):
        abort(404)
    if kind == "sources":
        return sources(site)
    return _opml(site, render_opml(site.config, "categories", region, _nonempty_feeds(site)), region or "categories")


def sources(site: Site) -> Response:
    """Return the OPML of the source feeds."""
    return _opml(site, render_opml(site.config, "sources"), "sources")


def menu(site: Site) -> Response:
    """Return the feed menu as JSON."""
    return _make_public(jsonify(feed_menu(site.config, _nonempty_feeds(site))))


def _nonempty_feeds(site: Site) -> Collection[str]:
    """Return the keys of the category-and-region feeds that have items."""
    return site.cache.get("filled", 300, lambda: site.store.non_empty_listings(category_region_keys(site.config)))


def _opml(site: Site, body: bytes, name: str) -> Response:
    response = Response(body, content_type="text/x-opml; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{site.tag_host}-{name}.opml"'
    return _make_public(response)


def _make_public(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = _CACHING
    response.add_etag()
    return response
