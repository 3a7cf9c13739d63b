"""A slice of items -> a Feed -> bytes: every document that portals and feed readers fetch.

The same items give the same bytes, on every process: nothing here asks the clock what to write. ``now`` only
bounds the hot list, and is the Last-Modified of bytes that the store did not have yet.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

import brotli
import zstandard

from aggregator import trouble_feed
from aggregator.config import Config
from aggregator.feed_entries import EPOCH, entry_of, tag_uri
from aggregator.gazetteer import Gazetteer
from aggregator.listings import listings_of
from aggregator.model import Document, ItemCard, Listing
from aggregator.store import Store
from aggregator.subscription_lists import feed_menu, opml
from feeds.model import Entry, Feed, Link, Person
from feeds.write_atom import write_atom
from feeds.write_json import write_json
from feeds.write_rss import write_rss

__all__ = ["feed_menu", "listings_of", "opml", "packed", "render", "render_search"]

Format = Literal["atom", "rss", "json"]

TYPES: dict[Format, str] = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
_WRITERS = {"atom": write_atom, "rss": write_rss, "json": write_json}
_PATH = re.compile(r"/feeds/(?P<name>[a-z0-9/-]+)\.(?P<format>atom|rss|json)")
_REPORTS = 8  # how many of a story's other reports an entry links to


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed is about: its key, its name for people, its page, and the items it takes."""

    key: str  # "society", "all/370400", "source/qilu", "story/12", "hot"
    title: str
    description: str
    page: str  # path of the web page with the same items
    listing: Listing | None  # None: not a plain listing (hot)


def render(store: Store, config: Config, path: str, now: datetime) -> Document | None:
    """The document at a path such as "/feeds/society.atom", or None where there is no such feed."""
    match = _PATH.fullmatch(path)
    if match and match["name"] == trouble_feed.LISTING:
        return _troubles(path, config, match["format"], store, now)  # type: ignore[arg-type]
    channel = channel_of(store, config, match["name"]) if match else None
    if match is None or channel is None:
        return None
    return _document(path, channel, config, _cards(store, config, channel, now), match["format"], store, now)  # type: ignore[arg-type]


def _troubles(path: str, config: Config, format: Format, store: Store, now: datetime) -> Document:
    """Not about items: what an admin wants to be told of."""
    title, page = f"{trouble_feed.TITLE} - {config.site.title}", "/status"
    channel = Channel(trouble_feed.LISTING, title, trouble_feed.DESCRIPTION, page, None)
    return _written(path, channel, config, list(trouble_feed.trouble_entries(store, config)), format, now)


def render_search(store: Store, config: Config, query: str, format: Format, now: datetime) -> Document:
    """What a search finds, as a feed to subscribe to."""
    query = " ".join(query.split())[:100]
    path = f"/feeds/search.{format}?q={quote(query)}"
    name = f"搜索：{query}"
    channel = Channel(f"search/{query}", f"{name} - {config.site.title}", name, f"/search?q={quote(query)}", None)
    cards = store.search(query, config.publishing.entries)
    return _document(path, channel, config, cards, format, store, now)


def channel_of(store: Store, config: Config, name: str) -> Channel | None:
    """ "emotion/story", "all/370400", "source/qilu", "story/12", "hot" -> what the feed is about."""
    site = config.site.title
    head, _, rest = name.partition("/")
    if name == "hot":
        return Channel("hot", f"热门事件 - {site}", "多家媒体报道的事件，按热度排列", "/hot", None)
    if head == "source" and rest:
        source = next((source for source in store.health(EPOCH, slug=rest, limit=1)), None)
        if source is None:
            return None
        title = source.title or source.feed_title or source.slug
        return Channel(
            name, f"{title} - {site}", f"{title}的全部条目", f"/source/{rest}", Listing(source=rest, leads_only=False)
        )
    if head == "story" and rest.isdigit():
        story = store.story(int(rest))
        if story is None:
            return None
        return Channel(
            f"story/{story.id}", f"{story.lead.title} - {site}", "同一事件的全部报道", f"/story/{story.id}",
            Listing(story=story.id, leads_only=False),
        )  # fmt: skip
    return _category_channel(config, name)


def _category_channel(config: Config, name: str) -> Channel | None:
    site, gazetteer = config.site.title, Gazetteer.load()
    path, _, tail = name.rpartition("/")
    region = gazetteer.get(tail) if re.fullmatch(r"\d{6}", tail) else None
    path = path if region else name
    if re.fullmatch(r"\d{6}", tail) and region is None:
        return None
    category = config.tree.get(path)
    if category is None and path != "all":
        return None
    names = [division.name for division in gazetteer.chain(region.code)] if region else []
    names += [category.name] if category else []
    label = "".join(names[-2:]) or "全部"
    page = f"/category/{path}" if category else "/latest"
    if region:
        page = f"{page}?region={region.code}" if category else f"/region/{region.code}"
    listing = Listing(category=path if category else None, region=region.code if region else None)
    return Channel(
        name,
        f"{label}新闻 - {site}",
        f"{site}：{'、'.join(names) or '所有分类、所有地区'}，同一事件只收一条",
        page,
        listing,
    )


def _cards(store: Store, config: Config, channel: Channel, now: datetime) -> list[ItemCard]:
    entries, share = config.publishing.entries, config.publishing.per_source
    if channel.listing is not None:
        whole = channel.listing.source is not None or channel.listing.story is not None
        return store.fair_items(channel.listing, entries, 0 if whole else share)
    hot = store.hot("7d", now, entries, share=share)
    return [story.lead for story in hot if story.outlets > 1]


def _document(
    path: str, channel: Channel, config: Config, cards: list[ItemCard], format: Format, store: Store, now: datetime
) -> Document:
    details = store.details([card.id for card in cards])
    stories = store.story_items([card.story_id for card in cards if card.story_items > 1], _REPORTS + 1)
    entries: list[Entry] = []
    ids = set()
    for card in cards:
        if card.id not in details:
            continue
        entry = entry_of(details[card.id], stories.get(card.story_id, []), config)
        if entry.id not in ids:  # one entry per id in a document (RFC 4287 4.1.1); the newest comes first
            ids.add(entry.id)
            entries.append(entry)
    return _written(path, channel, config, entries, format, now)


def _written(
    path: str, channel: Channel, config: Config, entries: list[Entry], format: Format, now: datetime
) -> Document:
    base = config.site.url or ""
    links = [Link(base + path, "self", TYPES[format].partition(";")[0])]
    if config.hub_url and not path.startswith("/feeds/search."):  # nobody is told of what a search would find
        links.append(Link(config.hub_url, "hub"))
    updated = max((entry.updated for entry in entries if entry.updated), default=EPOCH)
    feed = Feed(
        id=tag_uri(base, f"feed/{channel.key}"),
        title=channel.title,
        link=base + channel.page,
        description=channel.description,
        language=config.site.language,
        updated=updated,
        authors=(Person(config.site.title, uri=base),),
        icon=f"{base}/static/icon.svg",
        generator="Gedi",
        links=tuple(links),
        entries=tuple(entries),
    )
    body = _WRITERS[format](feed)
    return packed(path, channel.key, TYPES[format], body, now)


def packed(path: str, listing: str, type: str, body: bytes, modified: datetime) -> Document:
    """A document with its ETag and its compressed forms, made once."""
    return Document(
        path=path,
        listing=listing,
        type=type,
        body=body,
        etag=hashlib.blake2b(body, digest_size=12).hexdigest(),
        modified=modified.astimezone(UTC).replace(microsecond=0),
        gzip=gzip.compress(body, 6, mtime=0),  # no time of day in the bytes
        br=brotli.compress(body, quality=5),
        zstd=zstandard.ZstdCompressor(level=6).compress(body),
    )
