"""List parameters of a URL (filters, position, day) and URLs that keep them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from flask import request

from aggregator.model import Listing
from web.i18n.display_names import display_name
from web.i18n.language import nt, t
from web.i18n.times import format_number
from web.site import Site
from web.views import paging
from web.views.layout import FeedLink

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class ListFilters:
    """The validated filters of a list."""

    region: str = ""
    sort: str = "time"
    multi: bool = False
    regions: tuple[tuple[str, str], ...] = ()
    sorts: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> list[tuple[str, str]]:
        """Return the filters as query pairs, without defaults."""
        pairs = [("region", self.region), ("sort", self.sort if self.sort != "time" else "")]
        return [(name, value) for name, value in [*pairs, ("multi", "1" if self.multi else "")] if value]


def read_filters(site: Site) -> ListFilters:
    """Return the filters in the URL of the current request."""
    place = site.gazetteer.get(request.args.get("region", ""))
    region = place.code if place else ""
    sort = "hot" if request.args.get("sort") == "hot" else "time"
    sorts = (("time", t("最新在前")), ("hot", t("热度在前")))
    return ListFilters(region, sort, request.args.get("multi") == "1", region_choices(site, region), sorts)


def load_page(site: Site, listing: Listing, size: int = PAGE_SIZE) -> paging.Page | None:
    """Return the page that ?before= or ?after= selects, or None if ?after= leads to the first page."""
    after = paging.resolve_cursor(site.store, request.args.get("after"))
    if after:
        return paging.page_after(site.store.item_page(listing, size, after=after))
    before = paging.resolve_cursor(site.store, request.args.get("before"))
    return paging.page_before(site.store.item_page(listing, size, before=before), before)


def parse_day(text: str | None) -> date | None:
    """Return the date in ISO format, or None if it is invalid."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1970 < day.year < 9999 else None


def region_choices(site: Site, chosen: str) -> tuple[tuple[str, str], ...]:
    """Return the region options (code, label): the provinces, and the ancestors and children of the chosen region."""
    chain = [division.code for division in site.gazetteer.chain(chosen)] if chosen else []
    choices = [("", t("全国"))]
    for province in site.gazetteer.provinces():
        choices.append((province.code, display_name(province, full=True)))
        if chain and province.code == chain[0]:
            for city in site.gazetteer.children(province.code):
                choices.append((city.code, f"　{display_name(city, full=True)}"))
                if len(chain) > 1 and city.code == chain[1]:
                    choices += [
                        (county.code, f"　　{display_name(county, full=True)}")
                        for county in site.gazetteer.children(city.code)
                    ]
    return tuple(choices)


def feed_link(site: Site, path: str | None, region: str | None) -> FeedLink:
    """Return the feed of a category, a region or both."""
    category = site.category(path)
    parent = site.category(category.parent) if category else None
    title = " · ".join(display_name(node) for node in (parent, category) if node)
    place = site.gazetteer.get(region) if region else None
    title = " × ".join(node for node in (title, display_name(place) if place else "") if node) or t("全部新闻")
    return FeedLink(title, f"/feeds/{category.path if category else 'all'}" + (f"/{place.code}" if place else ""))


def daily_feed_link(feed: FeedLink, title: str) -> FeedLink:
    """Return the feed of the daily digests of what a feed is about."""
    return FeedLink(title, feed.stem.replace("/feeds/", "/feeds/daily/", 1))


def count_summary(counts: tuple[int, int]) -> str:
    """Return a summary such as 今日96条，归并为41个事件."""
    items, stories = counts
    return nt("今日%(n)s条，归并为%(stories)s个事件", items, stories=format_number(stories)) if items else t("今日0条")


def build_url(base: str, query: list[tuple[str, str]]) -> str:
    """Return a URL with its query, if there is one."""
    return f"{base}?{urlencode(query)}" if query else base
