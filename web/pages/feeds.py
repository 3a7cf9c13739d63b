"""The feed directory and feed builder /feeds, and /opensearch.xml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from aggregator.model import Listing
from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division
from web.i18n.display_names import display_name, list_separator, place_path
from web.i18n.language import nt, t
from web.pages.oembed import HEIGHT, WIDTH, iframe
from web.pages.widget import DEFAULT_ITEMS
from web.site import Site
from web.views import preferences, shared_lists
from web.views.filters import daily_feed_link, feed_link
from web.views.layout import FORMATS, Crumb, FeedLink, Head, render
from web.views.local_regions import divisions_of, main_province
from web.views.text import clean_input


@dataclass(frozen=True, slots=True)
class BuiltFeed:
    """The feed that the builder made, or the problem that prevented it."""

    feed: FeedLink | None
    path: str = ""
    preview: str = ""
    today: int | None = None  # items since midnight; None for a search and for digests, which are not counted
    problem: str = ""


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the feed directory and the OpenSearch document."""
    pages = Blueprint("subscribe", __name__)
    pages.add_url_rule("/feeds", "feeds", partial(feeds, site))
    pages.add_url_rule("/opensearch.xml", "opensearch", partial(opensearch, site))
    return pages


def feeds(site: Site) -> str:
    """Return the feed directory with the feed builder."""
    form = {name: clean_input(request.args.get(name), 100) for name in ("category", "region", "q", "format", "daily")}
    counts = shared_lists.today_counts_by(site, "top")
    listed: list[tuple[FeedLink, str, str, int | None]] = [
        (
            FeedLink(t("全部新闻"), "/feeds/all"),
            "/latest",
            t("所有分类、所有地区，同一事件只收一条"),
            shared_lists.today_counts(site)[0],
        ),
        (FeedLink(t("热门事件"), "/feeds/hot"), "/hot", t("多家媒体报道的事件"), None),
        (FeedLink(t("每日要闻"), "/feeds/daily/all"), "/daily", _digest_times(site), None),
    ]
    for category in site.tree.top_level():
        names = list_separator().join(display_name(child) for child in site.tree.children(category.path))
        feed = FeedLink(display_name(category), f"/feeds/{category.path}")
        listed.append((feed, f"/category/{category.path}", names or category.description, counts.get(category.path, 0)))
    place_counts = shared_lists.today_counts_by(site, "province")
    province = main_province(site, preferences.decode(request.cookies.get(preferences.COOKIE)).region)
    return render(
        site,
        "feeds.html",
        Head(
            title=t("订阅_%(site)s", site=site.title),
            description=t("用任意阅读器订阅地方新闻：按分类、按省市县、按关键词，提供Atom、RSS、JSON与OPML。"),
            canonical="/feeds",
            feeds=tuple(feed for feed, *_ in listed),
        ),
        crumbs=[Crumb(t("订阅"), "/feeds")],
        current="/feeds",
        form=form,
        built=build_feed(site, form) if any(form.values()) else None,
        categories=[("", t("全部分类")), *_category_choices(site)],
        formats=FORMATS,
        listed=listed,
        province=province,
        cities=divisions_of(site, province) if province else [],
        provinces=[(each, place_counts.get(each.code, 0)) for each in site.gazetteer.provinces()],
        example=_embed_code(site, *_chosen_category_and_region(site, form)),
    )


def _digest_times(site: Site) -> str:
    return t("每天%(hour)s点一条：前一天报道最多的事件", hour=site.config.publishing.daily_hour)


def _chosen_category_and_region(site: Site, form: dict[str, str]) -> tuple[Category | None, str | None]:
    place = _find_place(site, form["region"]) if form["region"] else None
    return site.category(form["category"]), place.code if isinstance(place, Division) else None


def build_feed(site: Site, form: dict[str, str]) -> BuiltFeed:
    """Return the feed that the builder fields describe: a category, a region or both, a search within them, or their
    daily digests."""
    ending = form["format"] if form["format"] in dict(FORMATS) else "atom"
    category = site.category(form["category"])
    place = None
    if form["region"]:
        match = _find_place(site, form["region"])
        if isinstance(match, str):
            return BuiltFeed(None, problem=match)
        place = match.code
    feed = feed_link(site, category.path if category else None, place)
    if form["q"]:
        fields = (("q", form["q"]), ("category", category.path if category else None), ("region", place))
        query = urlencode([(key, value) for key, value in fields if value])
        label = t("搜索：%(query)s", query=form["q"])
        title = f"{label} · {feed.title}" if category or place else label
        return BuiltFeed(
            FeedLink(title, "/feeds/search", f"?{query}"), f"/feeds/search.{ending}?{query}", f"/search?{query}"
        )
    if form["daily"]:
        chosen = (("category", category.path if category else None), ("region", place))
        query = urlencode([(key, value) for key, value in chosen if value])
        digests = daily_feed_link(feed, f"{feed.title} · {t('每日要闻')}" if query else t("每日要闻"))
        return BuiltFeed(digests, digests.path(ending), f"/daily?{query}" if query else "/daily")
    preview = f"/category/{category.path}" if category else f"/region/{place}" if place else "/latest"
    today, _ = shared_lists.today_counts(site, Listing(category=category.path if category else None, region=place))
    return BuiltFeed(feed, feed.path(ending), f"{preview}?region={place}" if category and place else preview, today)


def _find_place(site: Site, text: str) -> Division | str:
    matches = site.gazetteer.search(text)
    if not matches:
        return t("没有叫“%(text)s”的地区；请写省、市、县的名称，如“枣庄”，或行政区划代码。", text=text)
    exact_matches = [division for division in matches if text in (division.name, division.short, division.code)]
    if len(exact_matches) > 1:
        choices = list_separator().join(
            place_path(site.gazetteer.chain(division.code)) for division in exact_matches[:6]
        )
        return nt(
            "叫“%(text)s”的地区有%(n)s个：%(choices)s。请写全一些。", len(exact_matches), text=text, choices=choices
        )
    return (exact_matches or matches)[0]


def _category_choices(site: Site) -> list[tuple[str, str]]:
    choices = []
    for top in site.tree.top_level():
        choices.append((top.path, display_name(top)))
        choices += [(child.path, f"　{display_name(child)}") for child in site.tree.children(top.path)]
    return choices


def _embed_code(site: Site, category: Category | None, region: str | None) -> str:
    """Return the embed code of the chosen category and region, by default of the first category."""
    if category is None and region is None:
        category = site.tree.top_level()[0]
    place = site.gazetteer.get(region) if region else None
    title = t("%(name)s新闻", name=" · ".join(display_name(each) for each in (place, category) if each))
    pairs = [("category", category.path if category else ""), ("region", region or ""), ("n", str(DEFAULT_ITEMS))]
    return iframe(site, title, [pair for pair in pairs if pair[1]], WIDTH, HEIGHT)


def opensearch(site: Site) -> Response:
    """Return the OpenSearch description document."""
    body = render_template("opensearch.xml", site_title=site.title, site_url=site.url)
    return Response(body, content_type="application/opensearchdescription+xml; charset=utf-8")
