"""Render every feed document that portals and feed readers request.

    render           the feed at an address, or one of its archives
    render_search    the results of a search
    render_window    the items of a feed since a time, or before one
    render_delta     what is new in a feed since an ETag

The same items give the same bytes in every process: the clock does not influence them. ``now`` only limits the hot
list and the days of digests, and is the Last-Modified of bytes that the store did not have yet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from urllib.parse import urlencode

from aggregator.config.load import Config
from aggregator.model import Cursor, HistoryPage, ItemCard, RenderedDocument, SearchFilter
from aggregator.model.listing_keys import listing_keys_of
from aggregator.publishing import daily_feed, incident_feed
from aggregator.publishing.channels import Channel, GoneFeed, MovedFeed, resolve_channel
from aggregator.publishing.documents import (
    MEDIA_TYPES,
    DocumentAddress,
    DocumentContent,
    FeedFormat,
    build_document,
    compressed_document,
)
from aggregator.publishing.entries import EPOCH
from aggregator.publishing.feed_items import (
    archive_link,
    build_entries,
    cards_of_events,
    latest_archive_link,
    newest_cards,
    recent_tombstones,
    tombstones,
)
from aggregator.publishing.opml_lists import feed_menu, render_opml
from aggregator.store import Store
from aggregator.store.journal import PAGE_SIZE
from feeds.model import Entry, Link

__all__ = [
    "FeedFormat",
    "FeedWindow",
    "GoneFeed",
    "MovedFeed",
    "SearchFeedQuery",
    "compressed_document",
    "feed_menu",
    "listing_keys_of",
    "render",
    "render_delta",
    "render_opml",
    "render_search",
    "render_window",
    "resolve_missing",
]  # fmt: skip

_PATH = re.compile(
    r"/feeds/(?P<name>[a-z0-9/-]+?)(?:/archive/(?P<number>[1-9]\d{0,8}))?\.(?P<format>atom|rss|json)", re.ASCII
)
MAX_EVENTS = 500  # events in one delta


@dataclass(frozen=True, slots=True)
class SearchFeedQuery:
    """A search as a feed; filters as on the page."""

    words: str
    category: str | None = None
    region: str | None = None
    source: str | None = None
    before: Cursor | None = None


@dataclass(frozen=True, slots=True)
class FeedWindow:
    """A part of a feed. ``raw_query``: the query string as requested, which the document uses as its own address."""

    since: datetime | None = None
    before: Cursor | None = None
    raw_query: str = ""


def render(store: Store, config: Config, path: str, now: datetime) -> RenderedDocument | None:
    """Return the document at a path such as "/feeds/society.atom"; None if there is no such feed."""
    match = _PATH.fullmatch(path)
    channel = resolve_channel(store, config, match["name"]) if match else None
    if match is None or not isinstance(channel, Channel):
        return None
    format = cast(FeedFormat, match["format"])
    address = DocumentAddress(channel, format, path)
    if match["number"]:
        return _render_archive(store, config, address, int(match["number"]), now)
    own_entries = _entries_of_no_listing(store, config, channel, now)
    if own_entries is not None:
        return build_document(config, address, DocumentContent(own_entries), now)
    head = _current_page(
        store, channel
    )  # read before the items: what arrives meanwhile appears twice rather than never
    cards = newest_cards(store, config, channel, head, now)
    links = latest_archive_link(config, channel, head, format) or _next_page_link(config, channel, cards, path)
    content = DocumentContent(
        build_entries(store, config, [card.id for card in cards]),
        links,
        recent_tombstones(store, config, channel, head),
        _history_position(head),
    )
    return build_document(config, address, content, now)


def _entries_of_no_listing(store: Store, config: Config, channel: Channel, now: datetime) -> Sequence[Entry] | None:
    """Return the entries of a feed that has something else than items, latest first; None for a feed of items."""
    if channel.listing_key == incident_feed.LISTING_KEY:
        return incident_feed.incident_entries(store, config)
    if channel.listing_key.startswith(daily_feed.PREFIX):
        return daily_feed.daily_entries(store, config, channel.listing_key.removeprefix(daily_feed.PREFIX), now)
    return None


def _render_archive(
    store: Store, config: Config, address: DocumentAddress, number: int, now: datetime
) -> RenderedDocument | None:
    """Render a full page of a feed's journal (RFC 5005 4); it changes only when an item of it is withdrawn.

    The page after it may not be full yet; until then its address redirects to the feed itself.
    """
    channel, format = address.channel, address.format
    page = store.history_page(channel.history_key, number) if channel.history_key else None
    if page is None:
        return None
    base, type = config.site.url or "", MEDIA_TYPES[format].partition(";")[0]
    links = [Link(f"{base}/feeds/{channel.listing_key}.{format}", "current", type)]
    links += [archive_link(config, channel, number - 1, format)] if page.has_previous else []
    links.append(archive_link(config, channel, number + 1, format, "next-archive"))
    ids = list(dict.fromkeys(event.item_id for event in reversed(page.events)))
    entries = build_entries(store, config, ids, archived_at=page.events[-1].at)
    content = DocumentContent(entries, links, tombstones(store, config, ids))
    return build_document(config, address, content, now, archive=True)


def resolve_missing(store: Store, config: Config, path: str) -> MovedFeed | GoneFeed | None:
    """Return where a feed without a document is now, or that it is gone; None if it never existed.

    The archive that is not full yet redirects to the feed.
    """
    match = _PATH.fullmatch(path)
    channel = resolve_channel(store, config, match["name"]) if match else None
    if match is None or channel is None:
        return None
    if not isinstance(channel, Channel):
        return channel
    head = _current_page(store, channel)
    number = int(match["number"] or 0)
    if head is None or not 0 < number <= head.number:
        return None
    if number == head.number:
        return MovedFeed(channel.listing_key)
    return GoneFeed("This archive is older than what is kept.")


def render_search(
    store: Store, config: Config, search: SearchFeedQuery, format: FeedFormat, now: datetime, raw_query: str = ""
) -> RenderedDocument:
    """Render search results as a feed. ``raw_query``: the query string as requested."""
    given = (("category", search.category), ("region", search.region), ("source", search.source))
    filters = {name: value for name, value in given if value}
    query = urlencode({"q": search.words, **filters})
    path = f"/feeds/search.{format}?{query}"
    name = f"搜索：{search.words}"
    key = "/".join(["search", search.words, *(f"{each}={value}" for each, value in filters.items())])
    channel = Channel(key, f"{name} - {config.site.title}", name, f"/search?{query}", None)
    cards = store.search_items(
        search.words,
        config.publishing.entries,
        before=search.before,
        filters=SearchFilter(search.category, search.region, search.source),
    )
    links = _next_page_link(config, channel, cards, path)
    own = f"{path}&before={_format_cursor(search.before)}" if search.before else path
    own = f"/feeds/search.{format}?{raw_query}" if raw_query else own
    entries = build_entries(store, config, [card.id for card in cards])
    address = DocumentAddress(channel, format, own)
    return build_document(config, address, DocumentContent(entries, links), now, hub=False)


def render_window(
    store: Store, config: Config, path: str, window: FeedWindow, now: datetime
) -> RenderedDocument | None:
    """Render the items of a feed that arrived or were edited since a time, or were published before one, newest first.

    The latter links to the next page (RFC 5005 3). With both, the items published between. Returns None if there is
    no such feed.
    """
    since, before = window.since, window.before
    match = _PATH.fullmatch(path)
    channel = resolve_channel(store, config, match["name"]) if match else None
    if match is None or not isinstance(channel, Channel) or match["number"]:
        return None
    format, head = cast(FeedFormat, match["format"]), _current_page(store, channel)
    bounds = {
        "since": f"{since:%Y-%m-%dT%H:%M:%SZ}" if since else None,
        "before": _format_cursor(before) if before else None,
    }
    own = f"{path}?{window.raw_query or urlencode({name: value for name, value in bounds.items() if value}, safe=':')}"
    own_entries = _entries_of_no_listing(store, config, channel, now)
    if own_entries is not None:
        shown = [entry for entry in own_entries if _is_between(entry, since, before)]
        return build_document(config, DocumentAddress(channel, format, own), DocumentContent(shown), now, hub=False)
    links, deleted = latest_archive_link(config, channel, head, format), []
    if before is not None:
        listing = channel.listing and replace(channel.listing, since=since)
        cards = store.items(listing, config.publishing.entries, before=before) if listing else []
        links = _next_page_link(config, channel, cards, path, bounds["since"])
    else:
        events = store.events_since(channel.history_key, at=since, limit=MAX_EVENTS) if channel.history_key else None
        if events is not None:
            cards = cards_of_events(store, channel, events)
            deleted = tombstones(store, config, {event.item_id for event in events if event.withdrawn})
        else:
            cards = [
                card for card in newest_cards(store, config, channel, head, now) if not since or card.changed >= since
            ]
    entries = build_entries(store, config, [card.id for card in cards])
    address = DocumentAddress(channel, format, own)
    return build_document(config, address, DocumentContent(entries, links, deleted), now, hub=False)


def render_delta(store: Store, config: Config, path: str, etag: str, now: datetime) -> RenderedDocument | None:
    """Render what is new, edited or withdrawn in a feed since an ETag (RFC 3229, manipulation "feed").

    Returns None if the ETag is unknown, so that the whole feed is the response.
    """
    match = _PATH.fullmatch(path)
    channel = resolve_channel(store, config, match["name"]) if match else None
    position = store.document_position(path, etag)
    if match is None or not isinstance(channel, Channel) or channel.history_key is None or position is None:
        return None
    events = store.events_since(channel.history_key, position=position, limit=MAX_EVENTS)
    if events is None:
        return None
    format = cast(FeedFormat, match["format"])
    entries = build_entries(store, config, [card.id for card in cards_of_events(store, channel, events)])
    gone = tombstones(store, config, {event.item_id for event in events if event.withdrawn})
    links = latest_archive_link(config, channel, _current_page(store, channel), format)
    return build_document(config, DocumentAddress(channel, format, path), DocumentContent(entries, links, gone), now)


def _is_between(entry: Entry, since: datetime | None, before: Cursor | None) -> bool:
    changed, published = entry.updated or EPOCH, entry.published or EPOCH
    return (since is None or changed >= since) and (before is None or published < before.published)


def _current_page(store: Store, channel: Channel) -> HistoryPage | None:
    return store.current_history_page(channel.history_key) if channel.history_key else None


def _history_position(current_page: HistoryPage | None) -> int | None:
    return (current_page.number - 1) * PAGE_SIZE + len(current_page.events) if current_page else None


def _next_page_link(
    config: Config, channel: Channel, cards: list[ItemCard], path: str, since: str | None = None
) -> list[Link]:
    """Return the link to the entries after a full list without archives (RFC 5005 3)."""
    if len(cards) < config.publishing.entries or channel.listing_key == "hot":
        return []
    bounds = {"since": since} if since else {}
    more = urlencode({**bounds, "before": _format_cursor(cards[-1].cursor)}, safe=":")
    return [Link(f"{config.site.url or ''}{path}{'&' if '?' in path else '?'}{more}", "next")]


def _format_cursor(cursor: Cursor) -> str:
    return f"{cursor.published:%Y-%m-%dT%H:%M:%SZ}" + (f"_{cursor.id}" if cursor.id else "")
