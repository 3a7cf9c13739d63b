"""The layout of every page: head, navigation, footer. Pages are rendered only through ``render``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from flask import render_template, request

from web.i18n import language
from web.i18n.display_names import display_name
from web.i18n.language import t
from web.site import Site
from web.views import preferences, shared_lists, text
from web.views.navigation import navigation
from web.views.site_marks import site_marks

FORMATS = (("atom", "Atom"), ("rss", "RSS"), ("json", "JSON"))


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed of this site: its title and its path without the extension."""

    title: str
    stem: str
    query: str = ""  # including the question mark

    def path(self, ending: str = "atom") -> str:
        """Return the path of the feed in a format."""
        return f"{self.stem}.{ending}{self.query}"

    @property
    def formats(self) -> list[tuple[str, str]]:
        """Return (path, name) of every format."""
        return [(self.path(ending), name) for ending, name in FORMATS]


@dataclass(frozen=True, slots=True)
class Crumb:
    """One breadcrumb; without a path it is no link."""

    name: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The content of ``<head>``. ``canonical``, ``next`` and ``json`` are paths of this site."""

    title: str
    description: str = ""  # default: the description of the site
    canonical: str | None = None
    robots: str | None = None
    feeds: tuple[FeedLink, ...] = ()
    next: str | None = None
    json: str | None = None
    og_type: str = "website"
    meta: tuple[tuple[str, str], ...] = ()  # extra (property, content) pairs
    linked_data: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def embed(self) -> bool:
        """Return whether /oembed supports this page."""
        return bool(self.canonical and self.canonical.startswith(("/item/", "/story/", "/category/", "/region/")))


def render(
    site: Site,
    template: str,
    head: Head,
    *,
    crumbs: Sequence[Crumb] = (),
    current: str = "",
    category: str | None = None,
    **values: Any,
) -> str:
    """Return a complete page as HTML.

    ``current`` is the path of the active navigation entry, ``category`` the path of the category shown; ``values`` are
    the variables of the template (``clock``, if given, instead of the one of the site).
    """
    structured = [*head.linked_data, breadcrumb_json_ld(site, crumbs)] if crumbs else list(head.linked_data)
    return render_template(
        template,
        head=_with_default_feed(head),
        linked_data=structured,
        crumbs=(Crumb(t("首页"), "/"), *crumbs) if crumbs else (),
        current=current or (f"/category/{category.partition('/')[0]}" if category else ""),
        source_count=shared_lists.totals(site).get("sources", 0),
        **{"clock": site.clock(), **base_context(site), **values},
    )


def render_bare(site: Site, template: str, head: Head, **values: Any) -> str:
    """Return a page rendered without reading the store, for errors that the store may have caused."""
    head = _with_default_feed(head)
    return render_template(
        template,
        head=head,
        linked_data=(),
        crumbs=(),
        current="",
        source_count=0,
        bare=True,
        **base_context(site),
        **values,
    )


def _with_default_feed(head: Head) -> Head:
    """Add the feed of all news to a page without feeds, because readers discover feeds in the head."""
    return head if head.feeds else replace(head, feeds=(FeedLink(t("全部新闻"), "/feeds/all"),))


def base_context(site: Site) -> dict[str, Any]:
    """Return the variables that every template may use."""
    prefs = preferences.decode(request.cookies.get(preferences.COOKIE))
    return {
        "site_title": site.title,
        "site_url": site.url,
        "language": language.current_language(),
        "languages": language.LANGUAGE_NAMES,
        "in_language": f"?lang={language.current_language()}"
        if language.match_language(request.args.get("lang"))
        else "",
        "home_place": site.gazetteer.get(prefs.region) if prefs.region else None,
        "site_description": t("地方媒体新闻聚合：去重、分类、按省市县浏览，可用任意阅读器订阅。"),
        "nav": navigation(site),
        "brand": text.split_brand(site.title),
        "marks": site_marks(site.config.site),
        "prefs": prefs,
        "back": current_path(),
    }


def current_path() -> str:
    """Return the current path and query, percent-encoded, as the return address of a form."""
    query = quote(request.query_string, safe="!$&'()*+,/:;=?@%")  # some clients send unencoded characters
    return quote(request.path, safe="/") + (f"?{query}" if query else "")


def breadcrumb_json_ld(site: Site, crumbs: Sequence[Crumb]) -> dict[str, Any]:
    """Return a schema.org BreadcrumbList."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": crumb.name}
            | ({"item": site.url + crumb.path} if crumb.path else {})
            for place, crumb in enumerate((Crumb(t("首页"), "/"), *crumbs), 1)
        ],
    }


def category_crumbs(site: Site, path: str | None) -> list[Crumb]:
    """Return the breadcrumbs of a category: 情感 › 故事."""
    category = site.category(path)
    if category is None:
        return []
    parent = site.category(category.parent)
    chain = [parent, category] if parent else [category]
    return [Crumb(display_name(node), f"/category/{node.path}") for node in chain]


def region_crumbs(site: Site, code: str) -> list[Crumb]:
    """Return the breadcrumbs of a region: 地区 › 山东 › 枣庄."""
    return [Crumb(t("地区"), "/region")] + [
        Crumb(display_name(division), f"/region/{division.code}") for division in site.gazetteer.chain(code)
    ]
