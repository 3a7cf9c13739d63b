"""/widget: a list, an item or a story for embedding in other sites by iframe; no script, no cookie.

The only page that may be framed, so it shows its own errors instead of the error page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from flask import Blueprint, Response, render_template, request

from aggregator.model import ItemCard, Listing
from web.i18n import display_names
from web.i18n.language import current_language, nt, t
from web.site import Site
from web.views import shared_lists
from web.views.cards import card_views
from web.views.headlines import fold_headlines

MAX_ITEMS = 20
DEFAULT_ITEMS = 6
MAX_REPORTS = 40  # of a story, before those with one headline are folded
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class WidgetContent:
    """The content of a widget: ``cards`` as a list, or the first one in full if there is an ``excerpt``."""

    name: str
    page: str
    cards: tuple[ItemCard, ...] = ()
    excerpt: str = ""
    reason: str = ""  # why there are no cards
    status: int = 200


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the widget."""
    pages = Blueprint("widget", __name__)
    pages.add_url_rule("/widget", "widget", partial(widget, site))
    return pages


def widget(site: Site) -> Response:
    """Return the widget page."""
    count = min(max(request.args.get("n", DEFAULT_ITEMS, type=int), 1), MAX_ITEMS)
    theme = request.args.get("theme", "auto")
    content = widget_content(site, count)
    body = render_template(
        "widget.html",
        shown=content,
        views=card_views(site, site.clock(), content.cards),
        theme=theme if theme in THEMES else "auto",
        site_title=site.title,
        language=current_language(),
    )
    response = Response(body, content.status)
    response.headers["Cache-Control"] = "public, max-age=60, stale-if-error=86400"
    response.add_etag()
    return response


def widget_content(site: Site, count: int) -> WidgetContent:
    """Return an item, a story, or the newest items of a category, a region or both."""
    for name, show in (("item", _item), ("story", _story)):
        if name in request.args:
            number = request.args.get(name, -1, type=int)
            return show(site, number, count) if 0 <= number < 2**63 else _missing_content(site)
    category = site.category(request.args.get("category"))
    place = site.gazetteer.get(request.args.get("region", ""))
    if (request.args.get("category") and category is None) or (request.args.get("region") and place is None):
        return _missing_content(site)
    path, code = category.path if category else None, place.code if place else None
    listing = Listing(category=path, region=code, one_per_series=True)
    cards = site.cache.get(("widget", listing, count), 30, lambda: site.store.item_page(listing, count).cards)
    subject = " · ".join(display_names.display_name(each) for each in (place, category) if each)
    name = t("%(name)s新闻", name=subject) if subject else site.title
    return WidgetContent(
        name, page_path(path, code), tuple(cards), reason="" if cards else shared_lists.empty_reason(site)
    )


def page_path(category: str | None, region: str | None) -> str:
    """Return the path of the page with the same items."""
    if category:
        return f"/category/{category}" + (f"?region={region}" if region else "")
    return f"/region/{region}" if region else "/latest"


def _item(site: Site, item_id: int, count: int) -> WidgetContent:
    detail = site.store.item(item_id)
    if detail is None or detail.removed:
        return _missing_content(site, 410 if detail else 404)
    return WidgetContent(detail.card.title, f"/item/{item_id}", (detail.card,), excerpt=detail.card.excerpt or "　")


def _story(site: Site, story_id: int, count: int) -> WidgetContent:
    story = site.store.story(story_id)
    if story is None:
        return _missing_content(site)
    reports = site.store.story_items([story.id], MAX_REPORTS).get(story.id, [])
    rows = [replace(row.card, source_title=row.outlets) for row in fold_headlines(reports)[:count]]
    title = f"{story.lead.title} · {nt('%(n)s家媒体', story.outlets)}" if story.outlets > 1 else story.lead.title
    return WidgetContent(title, f"/story/{story.id}", tuple(rows))


def _missing_content(site: Site, status: int = 404) -> WidgetContent:
    return WidgetContent(
        site.title, "/", reason=t("这条新闻已删除") if status == 410 else t("没有这个页面"), status=status
    )
