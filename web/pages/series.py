"""/series/<id>: the issues of a series, by month. /item/<id>/issues redirects to it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import groupby

from flask import Blueprint, abort, redirect
from werkzeug.wrappers import Response

from aggregator.model import ItemCard, Listing
from aggregator.model.series import Rhythm, Series
from web.i18n.language import N_, message_text, nt, t
from web.i18n.times import Clock, long_date
from web.pages.item import require_item
from web.site import Site
from web.views import shared_lists
from web.views.cards import DayGroup, card_views
from web.views.filters import load_page
from web.views.layout import Crumb, FeedLink, Head, category_crumbs, render
from web.views.text import clip

SIDEBAR_ITEMS = 6
RHYTHMS: dict[Rhythm, str] = {
    "hourly": N_("一天多期"),
    "daily": N_("大约每天一期"),
    "weekly": N_("大约每周一期"),
    "monthly": N_("大约每月一期"),
    "rare": N_("不定期"),
}


def routes(site: Site) -> Blueprint:
    """Return the blueprint of series."""
    pages = Blueprint("series", __name__)
    pages.add_url_rule("/series/<int:series_id>", "series", partial(series, site))
    pages.add_url_rule("/item/<int:item_id>/issues", "issues", partial(issues, site))
    return pages


def issues(site: Site, item_id: int) -> Response:
    """Redirect to the series of an item; aborts with 404 if it is of no series."""
    card = require_item(site, item_id).card
    return redirect(f"/series/{card.series}", 301) if card.series is not None else abort(404)


def series(site: Site, series_id: int) -> str | Response:
    """Return the page of a series, latest issue first; aborts with 404 if there is none."""
    found = site.store.series(series_id) if 0 < series_id < 2**63 else None
    if found is None:
        abort(404)
    path = f"/series/{series_id}"
    page = load_page(site, Listing(series=series_id, one_per_story=False))
    if page is None:
        return redirect(path)
    if not page.cards:
        abort(404)
    clock, latest = site.clock(), page.cards[0]
    is_first = page.newer is None
    is_indexed = is_first and found.issues > 1
    older = f"{path}?before={page.older}" if page.older else None
    feed = FeedLink(found.name, f"/feeds{path}")
    return render(
        site,
        "series.html",
        Head(
            title=t("%(name)s：往期_%(source)s_%(site)s", name=found.name, source=found.source_title, site=site.title),
            description=clip(latest.excerpt, 120) or latest.title,
            canonical=path,
            robots=None if is_indexed else "noindex, follow",
            feeds=(feed,),
            next=older,
        ),
        clock=clock,
        crumbs=[*category_crumbs(site, latest.category), Crumb(t("系列"), path)],
        category=latest.category,
        series=found,
        summary=_summary(clock, found),
        why=message_text(found.why),
        latest=latest if is_first else None,
        months=group_by_month(site, clock, page.cards),
        older=older,
        newer=f"{path}?after={page.newer}" if page.newer else None,
        feed=feed,
        hot=shared_lists.hot_stories(site, limit=SIDEBAR_ITEMS),
    )


def _summary(clock: Clock, series: Series) -> str:
    """Return a summary such as 共120期，大约每天一期，2026年7月1日以来."""
    since = t("%(day)s以来", day=long_date(clock.day_of(series.first_published)))
    rhythm = RHYTHMS.get(series.rhythm)
    parts = [nt("共%(n)s期", series.issues), *([t(rhythm)] if rhythm else []), since]
    return t("，").join(parts)


def group_by_month(site: Site, clock: Clock, cards: Iterable[ItemCard]) -> list[DayGroup]:
    """Group cards, in their order, by month in the time zone of the site."""
    months = groupby(cards, key=lambda card: clock.day_of(card.published).replace(day=1))
    return [
        DayGroup(f"{month:%Y-%m}", clock.month_heading(month), tuple(card_views(site, clock, group)))
        for month, group in months
    ]
