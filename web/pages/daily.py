"""/daily and /daily/<date>: the digest of a day, its stories by breadth of coverage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from aggregator.model import Listing
from aggregator.model.daily_digests import DigestReport, DigestStory
from aggregator.model.listing_keys import listing_key
from aggregator.publishing.daily_selection import DAY, find_digests, latest_day, oldest_day
from web.i18n.display_names import display_name
from web.i18n.language import t
from web.i18n.times import Clock, TimeLabel, short_date
from web.site import Site
from web.views import shared_lists
from web.views.filters import build_url, daily_feed_link, feed_link, parse_day, region_choices
from web.views.layout import Crumb, Head, render

SIDEBAR_HOT = 6


@dataclass(frozen=True, slots=True)
class DigestRow:
    """A story of a digest as the page shows it."""

    story: DigestStory
    first: DigestReport | None
    first_at: TimeLabel | None
    others: tuple[DigestReport, ...]  # of other outlets
    unnamed: int  # outlets that are not named


@dataclass(frozen=True, slots=True)
class Subject:
    """What a digest is about: a category, a region, both or neither."""

    category: str | None
    region: str | None

    @property
    def listing(self) -> str:
        return listing_key(self.category, self.region)

    @property
    def query(self) -> list[tuple[str, str]]:
        return [(key, value) for key, value in (("category", self.category), ("region", self.region)) if value]


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the digests."""
    pages = Blueprint("daily", __name__)
    pages.add_url_rule("/daily", "latest", partial(latest, site))
    pages.add_url_rule("/daily/<day>", "daily", partial(daily, site))
    return pages


def latest(site: Site) -> Response:
    """Redirect to the latest digest, or to that of ?date=."""
    day = parse_day(request.args.get("date")) or latest_day(site.config, site.now())
    language = request.args.get("lang", "")
    return redirect(
        build_url(f"/daily/{day.isoformat()}", _subject(site).query + [("lang", language)] * bool(language))
    )


def daily(site: Site, day: str) -> str:
    """Return the digest of a day; aborts with 404 if it is not published yet, or not kept any more."""
    clock, chosen = site.clock(), parse_day(day)
    last = latest_day(site.config, clock.now)
    if chosen is None or chosen.isoformat() != day or not oldest_day(site.config, clock.now) <= chosen <= last:
        abort(404)
    subject = _subject(site)
    digests = site.cache.get(
        ("daily", subject.listing, chosen), 10, lambda: find_digests(site.store, site.config, subject.listing, [chosen])
    )
    digest = digests[0] if digests else None
    path = f"/daily/{day}"
    names = [node for node in (site.gazetteer.get(subject.region or ""), site.category(subject.category)) if node]
    title = " · ".join([*map(display_name, names), t("每日要闻")])
    feed = daily_feed_link(feed_link(site, subject.category, subject.region), title)
    is_main = digest is not None and not subject.query
    return render(
        site,
        "daily.html",
        Head(
            title=t("%(name)s %(date)s_%(site)s", name=title, date=short_date(chosen), site=site.title),
            description="；".join(story.title for story in digest.stories[:3]) if digest else "",
            canonical=path if is_main else None,
            robots=None if is_main else "noindex, follow",
            feeds=(feed,),
        ),
        clock=clock,
        crumbs=[Crumb(t("每日要闻"), "/daily"), Crumb(short_date(chosen))],
        current="/daily",
        title=title,
        day=chosen,
        date=clock.full_date(chosen),
        digest=digest,
        rows=[_row(clock, story, chosen) for story in digest.stories] if digest else [],
        path=path,
        subject=subject,
        categories=[("", t("全部分类")), *((node.path, display_name(node)) for node in site.tree.top_level())],
        regions=region_choices(site, subject.region or ""),
        reason=shared_lists.empty_reason(site),
        feed=feed,
        hot=shared_lists.hot_stories(site, limit=SIDEBAR_HOT),
        **_neighbors(site, clock, subject, chosen, last),
    )


def _subject(site: Site) -> Subject:
    category = site.category(request.args.get("category"))
    place = site.gazetteer.get(request.args.get("region", ""))
    return Subject(category.path if category else None, place.code if place else None)


def _row(clock: Clock, story: DigestStory, day: date) -> DigestRow:
    first = story.first if story.outlets > 1 else None
    others = tuple(report for report in story.reports if first is None or report.source != first.source)
    at = _time_of(clock, first.published, day) if first else None
    return DigestRow(story, first, at, others, story.outlets - len(story.reports))


def _time_of(clock: Clock, at: datetime, day: date) -> TimeLabel:
    return clock.time_of_day(at) if clock.day_of(at) == day else clock.full_date_time(at)


def _neighbors(site: Site, clock: Clock, subject: Subject, day: date, last: date) -> dict[str, Any]:
    """Return (name, path) of the day before, if something was reported until then, and of the day after."""
    start = clock.day_start(day)
    earlier = Listing(category=subject.category, region=subject.region, one_per_story=False, until=start)
    has_earlier = day - DAY >= oldest_day(site.config, clock.now) and site.cache.get(
        ("before", subject.listing, day), 60, lambda: bool(site.store.item_page(earlier, 1).cards)
    )
    link = partial(_link, subject)
    return {"older": link(day - DAY) if has_earlier else None, "newer": link(day + DAY) if day < last else None}


def _link(subject: Subject, day: date) -> tuple[str, str]:
    return short_date(day), build_url(f"/daily/{day.isoformat()}", subject.query)
