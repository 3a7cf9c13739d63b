"""/item/<id>/issues: the issues of the series that an item belongs to."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, abort, redirect
from werkzeug.wrappers import Response

from aggregator.model import Listing
from web.i18n.language import t
from web.pages.item import require_item
from web.site import Site
from web.views import shared_lists
from web.views.cards import group_by_day
from web.views.filters import load_page
from web.views.layout import Crumb, FeedLink, Head, category_crumbs, render

SIDEBAR_ITEMS = 6


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the issues."""
    pages = Blueprint("issues", __name__)
    pages.add_url_rule("/item/<int:item_id>/issues", "issues", partial(issues, site))
    return pages


def issues(site: Site, item_id: int) -> str | Response:
    """Return the page of the issues of an item's series, newest first; aborts with 404 if it is of no series."""
    card = require_item(site, item_id).card
    if card.series is None:
        abort(404)
    path = f"/item/{item_id}/issues"
    page = load_page(site, Listing(series=card.series))
    if page is None:
        return redirect(path)
    clock = site.clock()
    older = f"{path}?before={page.older}" if page.older else None
    return render(
        site,
        "issues.html",
        Head(
            title=t("往期：%(title)s", title=card.title) + f"_{site.title}",
            robots="noindex, follow",  # every issue has such a page, with the same list
            next=older,
        ),
        clock=clock,
        crumbs=[*category_crumbs(site, card.category), Crumb(t("往期"), path)],
        category=card.category,
        card=card,
        days=group_by_day(site, clock, page.cards),
        older=older,
        newer=f"{path}?after={page.newer}" if page.newer else None,
        feed=FeedLink(card.source_title, f"/feeds/source/{card.source}"),
        hot=shared_lists.hot_stories(site, limit=SIDEBAR_ITEMS),
    )
