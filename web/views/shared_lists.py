"""Lists that many pages share, each read by one or two store calls and cached for some seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from aggregator.model import ItemCard, Listing, SourceHealth, Story
from aggregator.store import HotWindow
from web.i18n.language import nt, t
from web.site import Site

PREVIEW_ITEMS = 4
LATEST_ITEMS = 40
HOT_STORIES = 12

GroupBy = Literal["top", "province", "city", "county", "source"]


def category_previews(site: Site) -> dict[str, list[ItemCard]]:
    """Return the newest items of each top-level category in tree order, without empty categories."""
    paths = [category.path for category in site.tree.top_level()]
    listings = {path: Listing(category=path, one_per_series=True) for path in paths}
    previews = site.cache.get(
        "fronts", 5, lambda: site.store.newest_by_listing(listings, PREVIEW_ITEMS, source_share(site))
    )
    return {path: previews[path] for path in paths if previews.get(path)}


def hot_stories(
    site: Site,
    window: HotWindow = "24h",
    limit: int = HOT_STORIES,
    *,
    category: str | None = None,
    region: str | None = None,
) -> list[Story]:
    """Return the hottest stories of the site, a category or a region, none of a series."""

    def make() -> list[Story]:
        count, share = max(limit, HOT_STORIES), source_share(site)
        return site.store.hot_stories(window, site.now(), count, category=category, region=region, share=share)

    return site.cache.get(("hot", window, max(limit, HOT_STORIES), category, region), 10, make)[:limit]


def source_share(site: Site) -> float:
    """Return the largest share of a list that one source may fill; 0 means no limit."""
    return site.config.publishing.per_source


def latest_items(site: Site) -> list[ItemCard]:
    """Return the newest items of the whole site."""
    return site.cache.get("latest", 3, lambda: site.store.item_page(Listing(one_per_series=True), LATEST_ITEMS).cards)


def totals(site: Site) -> Mapping[str, int]:
    """Return the numbers of sources by state, of items, and of items and stories since midnight."""
    midnight = site.clock().midnight
    return site.cache.get(("totals", midnight), 10, lambda: site.store.health_totals(midnight))


def today_counts(site: Site, listing: Listing | None = None) -> tuple[int, int]:
    """Return (items, stories) since midnight, counting every report; of all items, those of ``totals``."""
    if listing is None or listing == Listing():
        every = totals(site)
        return every["items_today"], every["stories_today"]
    today = replace(listing, since=site.clock().midnight, one_per_story=False)
    return site.cache.get(("count", today), 10, lambda: site.store.count_items_and_stories(today))


def today_counts_by(site: Site, by: GroupBy, listing: Listing | None = None) -> Mapping[str, int]:
    """Return the number of items since midnight by category, region or source."""
    today = replace(listing or Listing(), since=site.clock().midnight, one_per_story=False)
    return site.cache.get(("by", by, today), 20, lambda: site.store.count_items_by(by, today))


def redact(site: Site, health: SourceHealth) -> SourceHealth:
    """Return the health of a source without the secrets that its URL may contain."""
    if not site.config.secrets:
        return health
    redact_text = site.config.redact
    return replace(
        health,
        url=redact_text(health.url),
        error=health.error.map_text(redact_text) if health.error else None,
        moved_to=redact_text(health.moved_to) if health.moved_to else None,
    )


def empty_reason(site: Site) -> str:
    """Return a sentence that explains why a list is empty."""
    counts = totals(site)
    sources = counts.get("sources", 0)
    responding = counts.get("ok", 0) + counts.get("slow", 0)
    if not sources:
        return t("config.toml里还没有列出任何来源，所以还没有新闻可看。")
    if counts.get("new", 0) >= sources:
        return nt("%(n)s个来源都还没有抓取过；服务启动后，第一轮抓取通常要几分钟。", sources)
    if not responding:
        return nt(
            "%(n)s个来源还没有一个成功应答（%(failing)s个失败），可能是网络不通。",
            sources,
            failing=counts.get("failing", 0),
        )
    return nt("%(n)s个来源中有%(well)s个能正常抓取，只是还没有符合这里条件的条目。", sources, well=responding)
