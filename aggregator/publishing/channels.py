"""Resolve the name in a feed's address to its title, page and items."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.config.load import Config
from aggregator.model import ItemCard, Listing, SourceFilter
from aggregator.model.listing_keys import represented_keys, split_listing_key
from aggregator.publishing import incident_feed
from aggregator.publishing.daily_digest import digest_name, digest_page
from aggregator.publishing.daily_feed import PREFIX
from aggregator.publishing.daily_selection import split_listing
from aggregator.publishing.entries import EPOCH
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from aggregator.store.journal import source_listing_key


@dataclass(frozen=True, slots=True)
class Channel:
    """One output feed: its key, title, page and the items it contains."""

    listing_key: str  # "society", "all/370400", "daily/all", "source/qilu", "story/12", "hot"
    title: str
    description: str
    page: str  # path of the web page with the same items
    listing: Listing | None  # None: not a plain listing (hot, search)
    history_key: str | None = None  # journal from which its archives are made

    def contains(self, card: ItemCard) -> bool:
        """Return whether an item belongs to the feed now."""
        if self.listing is None:
            return card.is_lead and card.story_outlets > 1
        if self.listing.source is not None:
            return card.source == self.listing.source
        if self.listing.story is not None:
            return card.story_id == self.listing.story
        if self.listing.series is not None:
            return card.series == self.listing.series
        return self.listing_key in represented_keys(card.represents, card.category, card.place)


@dataclass(frozen=True, slots=True)
class MovedFeed:
    """A feed that has another address now."""

    name: str


@dataclass(frozen=True, slots=True)
class GoneFeed:
    """A feed that existed and is gone, with the reason."""

    why: str


def resolve_channel(store: Store, config: Config, name: str) -> Channel | MovedFeed | GoneFeed | None:
    """Resolve a key such as "emotion/story", "all/370400", "daily/society", "source/qilu", "story/12", "series/3" or
    "hot"."""
    head, _, rest = name.partition("/")
    if name == "hot":
        title = f"热门事件 - {config.site.title}"
        return Channel("hot", title, "多家媒体报道的事件，按热度排列", "/hot", None, "hot")
    if name == incident_feed.LISTING_KEY:
        title = f"{incident_feed.TITLE} - {config.site.title}"
        return Channel(name, title, incident_feed.DESCRIPTION, "/status", None)
    if head == "daily" and rest:
        return _daily_channel(config, rest)
    if head == "source" and rest:
        return _source_channel(store, config, rest)
    if head == "story" and rest.isdigit():
        return _story_channel(store, config, int(rest))
    if head == "series" and rest.isdigit():
        return _series_channel(store, config, int(rest))
    return _category_channel(config, name) or _former_category(store, name)


def _daily_channel(config: Config, listing: str) -> Channel | None:
    if split_listing(config, listing) is None:
        return None
    title = f"{digest_name(listing, config)} - {config.site.title}"
    hour = config.publishing.daily_hour
    description = f"每天{hour}点一条：前一天的事件，按报道的媒体数排列"
    return Channel(f"{PREFIX}{listing}", title, description, digest_page(listing, config), None)


def _source_channel(store: Store, config: Config, slug: str) -> Channel | GoneFeed | None:
    source = next((source for source in store.source_health(EPOCH, filters=SourceFilter(slug=slug), limit=1)), None)
    if source is None:
        return None
    if not source.listed:
        return GoneFeed("This outlet is no longer collected here.")
    title = source.name
    listing = Listing(source=slug, one_per_story=False)
    return Channel(
        f"source/{slug}", f"{title} - {config.site.title}", f"{title}的全部条目", f"/source/{slug}", listing,
        source_listing_key(source.id),
    )  # fmt: skip


def _story_channel(store: Store, config: Config, number: int) -> Channel | MovedFeed | GoneFeed | None:
    story = store.story(number) if 0 < number < 2**63 else None
    if story is None:
        return GoneFeed("This story is no longer kept.") if 0 < number <= store.max_item_id() else None
    if story.id != number:
        return MovedFeed(f"story/{story.id}")
    key, listing = f"story/{story.id}", Listing(story=story.id, one_per_story=False)
    return Channel(key, f"{story.lead.title} - {config.site.title}", "同一事件的全部报道", f"/{key}", listing)


def _series_channel(store: Store, config: Config, number: int) -> Channel | GoneFeed | None:
    series = store.series(number) if 0 < number < 2**63 else None
    if series is None:
        return GoneFeed("This series is no longer kept.") if number > 0 and store.had_series(number) else None
    key, listing = f"series/{number}", Listing(series=number, one_per_story=False)
    title = f"{series.name} - {series.source_title} - {config.site.title}"
    return Channel(key, title, f"{series.source_title}的系列，每期一条", f"/{key}", listing)


def _former_category(store: Store, name: str) -> GoneFeed | None:
    """Return a category that the config no longer has."""
    return (
        GoneFeed("This category is no longer published here.") if store.current_history_page(name) is not None else None
    )


def _category_channel(config: Config, name: str) -> Channel | None:
    site, gazetteer = config.site.title, Gazetteer.load()
    path, code = split_listing_key(name)
    region = gazetteer.get(code) if code else None
    if code and region is None:
        return None
    category = config.category_tree.get(path)
    if category is None and path != "all":
        return None
    names = [division.name for division in gazetteer.chain(region.code)] if region else []
    names += [category.name] if category else []
    label = "".join(names[-2:]) or "全部"
    page = f"/category/{path}" if category else "/latest"
    if region:
        page = f"{page}?region={region.code}" if category else f"/region/{region.code}"
    description = f"{site}：{'、'.join(names) or '所有分类、所有地区'}，同一事件只收一条"
    listing = Listing(category=path if category else None, region=region.code if region else None)
    return Channel(name, f"{label}新闻 - {site}", description, page, listing, name)
