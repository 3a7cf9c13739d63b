"""Changes of a feed in the order in which they happened, for mirrors that must not miss any.

A cursor is a position in the history of the feed. Positions are assigned in the transaction that stores the items, so
that no event ever appears before a position that was already read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aggregator.model import HistoryEvent, HistoryPage, SourceFilter
from aggregator.store.journal import PAGE_SIZE
from web.api import cursors, serializers
from web.api.lists import INVALID_CURSOR, ApiResult
from web.api.parameters import ApiQuery
from web.api.responses import ApiError
from web.site import Site

EXPIRED_CURSOR = ApiError(
    "这个 cursor 太旧了", "那时的记录已不再保留：请重新取一个 cursor，再用 /api/items 从头走一遍。", 410
)


def changes(site: Site, query: ApiQuery) -> ApiResult:
    """Return the changes since a cursor; without a cursor, only the current cursor."""
    listing_key = _listing_key(site, query)
    if isinstance(listing_key, ApiError):
        return listing_key
    query_hash = cursors.hash_query(query.pairs)
    head = site.store.current_history_page(listing_key)
    end = (head.number - 1) * PAGE_SIZE + len(head.events) if head else 0
    if query.cursor is None:
        return _change_list(site, query_hash, [], end, more=False)
    unpacked = cursors.unpack(query_hash, query.cursor)
    if unpacked is None or not 0 <= unpacked[0] <= end:
        return INVALID_CURSOR
    position = unpacked[0]
    events = _events(site, listing_key, head, position, min(query.limit, end - position)) if head else []
    if events is None:
        return EXPIRED_CURSOR
    return _change_list(site, query_hash, events, position + len(events), more=position + len(events) < end)


def _listing_key(site: Site, query: ApiQuery) -> str | ApiError:
    if query.source:
        if query.category or query.region:
            return ApiError("source 不能和 category、region 一起用", "变更是按订阅源记录的：请只写其中一种。")
        return f"source/{site.store.source_health(site.now(), filters=SourceFilter(slug=query.source), limit=1)[0].id}"
    return (
        "/".join(each for each in (query.category or "all", query.region) if each)
        if query.region
        else (query.category or "all")
    )


def _events(site: Site, listing_key: str, head: HistoryPage, position: int, count: int) -> list[HistoryEvent] | None:
    """Return ``count`` events from a position, or None if they are no longer kept."""
    events: list[HistoryEvent] = []
    while len(events) < count:
        number = (position + len(events)) // PAGE_SIZE + 1
        page = head if number == head.number else site.store.history_page(listing_key, number)
        if page is None:
            return None
        events += page.events[(position + len(events)) % PAGE_SIZE :]
    return events[:count]


def _change_list(
    site: Site, query_hash: bytes, events: Sequence[HistoryEvent], position: int, *, more: bool
) -> dict[str, Any]:
    """Return the list of changes: per item only its last event, without items that are no longer kept."""
    latest = {event.item_id: event for event in events}
    details = site.store.item_details(list(latest))
    originals = site.store.item_cards([each.card.reprint_of for each in details.values() if each.card.reprint_of])
    entries = []
    for event in latest.values():
        detail = details.get(event.item_id)
        withdrawn = event.withdrawn or (detail is not None and detail.removed is not None)
        if detail is None and not withdrawn:
            continue
        serialized = (
            serializers.item(site, detail, originals.get(detail.card.reprint_of or 0))
            if detail and not withdrawn
            else None
        )
        entries.append(
            {
                "kind": "withdrawn" if withdrawn else "item",
                "id": event.item_id,
                "at": serializers.iso_time(event.at),
                "item": serialized,
            }
        )
    return {"changes": entries, "cursor": cursors.pack(query_hash, position, 0), "more": more}
