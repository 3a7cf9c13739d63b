"""/feeds (the page), /opml, the feed menu, /widget and /opensearch.xml: ways to take the news elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, render_template, request

from aggregator import publish
from aggregator.gazetteer import Division
from aggregator.model import Listing
from web import shared
from web.filters import feed_of
from web.layout import FORMATS, Crumb, FeedLink, Head, render
from web.site import Site
from web.views import card_views
from web.words import typed

WIDGET_ITEMS = 20


@dataclass(frozen=True, slots=True)
class Built:
    """The address that the builder made, or why it could not."""

    feed: FeedLink | None
    path: str = ""
    preview: str = ""
    problem: str = ""


def routes(site: Site) -> Blueprint:
    pages = Blueprint("subscribe", __name__)
    pages.add_url_rule("/feeds", "feeds", partial(feeds, site))
    pages.add_url_rule("/opml", "opml", partial(opml, site))
    pages.add_url_rule("/.well-known/feed-menu.json", "menu", partial(menu, site))
    pages.add_url_rule("/widget", "widget", partial(widget, site))
    pages.add_url_rule("/opensearch.xml", "opensearch", partial(opensearch, site))
    return pages


def feeds(site: Site) -> str:
    form = {name: typed(request.args.get(name), 100) for name in ("category", "region", "q", "format")}
    counts = shared.today_by(site, "top")
    listed: list[tuple[FeedLink, str, str, int | None]] = [
        (FeedLink("全部新闻", "/feeds/all"), "/latest", "所有分类、所有地区，同一事件只收一条", shared.today(site)[0]),
        (FeedLink("热门事件", "/feeds/hot"), "/hot", "多家媒体报道的事件", None),
    ]
    for category in site.tree.top():
        names = "、".join(child.name for child in site.tree.children(category.path))
        feed = FeedLink(category.name, f"/feeds/{category.path}")
        listed.append((feed, f"/category/{category.path}", names or category.description, counts.get(category.path, 0)))
    place_counts = shared.today_by(site, "province")
    return render(
        site,
        "feeds.html",
        Head(
            title=f"订阅_{site.title}",
            description="用任意阅读器订阅地方新闻：按分类、按省市县、按关键词，提供Atom、RSS、JSON与OPML。",
            canonical="/feeds",
            feeds=tuple(feed for feed, *_ in listed),
        ),
        crumbs=[Crumb("订阅", "/feeds")],
        current="/feeds",
        form=form,
        built=build(site, form) if any(form.values()) else None,
        categories=[("", "全部分类"), *_category_choices(site)],
        formats=FORMATS,
        listed=listed,
        provinces=[(province, place_counts.get(province.code, 0)) for province in site.gazetteer.provinces()],
        example=_example(site),
    )


def build(site: Site, form: dict[str, str]) -> Built:
    """From the builder's fields. A search takes every category and region."""
    ending = form["format"] if form["format"] in dict(FORMATS) else "atom"
    if form["q"]:
        if form["category"] or form["region"]:
            return Built(None, problem="关键词订阅不分分类和地区：请清空关键词，或清空分类和地区。")
        query = urlencode([("q", form["q"])])
        feed = FeedLink(f"搜索：{form['q']}", "/feeds/search", f"?{query}")
        return Built(feed, feed.path(ending), f"/search?{query}")
    category = site.category(form["category"])
    place = None
    if form["region"]:
        found = _find_place(site, form["region"])
        if isinstance(found, str):
            return Built(None, problem=found)
        place = found.code
    feed = feed_of(site, category.path if category else None, place)
    preview = f"/category/{category.path}" if category else f"/region/{place}" if place else "/latest"
    return Built(feed, feed.path(ending), f"{preview}?region={place}" if category and place else preview)


def _find_place(site: Site, text: str) -> Division | str:
    found = site.gazetteer.search(text)
    if not found:
        return f"没有叫“{text}”的地区；请写省、市、县的名称，如“枣庄”，或行政区划代码。"
    named = [each for each in found if text in (each.name, each.short, each.code)]
    if len(named) > 1:
        choices = "、".join(site.gazetteer.path(each.code) for each in named[:6])
        return f"叫“{text}”的地区有{len(named)}个：{choices}。请写全一些。"
    return (named or found)[0]


def _category_choices(site: Site) -> list[tuple[str, str]]:
    choices = []
    for top in site.tree.top():
        choices.append((top.path, top.name))
        choices += [(child.path, f"　{child.name}") for child in site.tree.children(top.path)]
    return choices


def _example(site: Site) -> str:
    """The code to embed, for a category that exists."""
    category = site.tree.top()[0]
    return (
        f'<iframe src="{site.url}/widget?category={category.path}&amp;n=6"\n'
        f'  title="{category.name}新闻" width="320" height="420" loading="lazy"></iframe>'
    )


def opml(site: Site) -> Response:
    kind = request.args.get("kind", "categories")
    region = request.args.get("region")
    if kind not in ("categories", "sources") or (region and site.gazetteer.get(region) is None):
        abort(404)
    body = publish.opml(site.config, "sources" if kind == "sources" else "categories", region)
    answer = Response(body, content_type="text/x-opml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'inline; filename="{site.tag_host}-{kind}.opml"'
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def menu(site: Site) -> Response:
    answer = jsonify(publish.feed_menu(site.config))
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def widget(site: Site) -> Response:
    """A list for somebody else's page, in an iframe: no script, no cookie."""
    category = site.category(request.args.get("category"))
    place = site.gazetteer.get(request.args.get("region", ""))
    count = min(max(request.args.get("n", 6, type=int), 1), WIDGET_ITEMS)
    theme = request.args.get("theme", "auto")
    path, code = category.path if category else None, place.code if place else None
    listing = Listing(category=path, region=code)
    cards = site.cache.get(("widget", listing, count), 30, lambda: site.store.items(listing, count))
    name = f"{place.short if place else ''}{category.name if category else ''}新闻"
    page = (
        f"/category/{path}" + (f"?region={code}" if code else "") if path else f"/region/{code}" if code else "/latest"
    )
    clock = site.clock()
    body = render_template(
        "widget.html",
        name=name if path or code else site.title,
        page=page,
        views=card_views(site, clock, cards),
        theme=theme if theme in ("light", "dark") else "auto",
        site_title=site.title,
        site_language=site.config.site.language,
        reason=shared.reason_for_emptiness(site),
    )
    answer = Response(body)
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer


def opensearch(site: Site) -> Response:
    body = render_template("opensearch.xml", site_title=site.title, site_url=site.url)
    return Response(body, content_type="application/opensearchdescription+xml; charset=utf-8")
