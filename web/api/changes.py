"""What has happened in a feed, in the order in which it happened: for mirrors that must not lose anything.

A cursor is a position in the journal of the feed. Positions are given out in the transaction that stores the items, so
that none ever appears before one that was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aggregator.model import HistoryEvent, HistoryPage
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
    """From a cursor on; without one nothing but the cursor of this moment."""
    listing = _listing_key(site, query)
    if isinstance(listing, ApiError):
        return listing
    mark = cursors.hash_query(query.pairs)
    head = site.store.current_history_page(listing)
    end = (head.number - 1) * PAGE_SIZE + len(head.events) if head else 0
    if query.cursor is None:
        return _change_list(site, mark, [], end, more=False)
    numbers = cursors.unpack(mark, query.cursor)
    if numbers is None or not 0 <= numbers[0] <= end:
        return INVALID_CURSOR
    position = numbers[0]
    events = _events(site, listing, head, position, min(query.limit, end - position)) if head else []
    if events is None:
        return EXPIRED_CURSOR
    return _change_list(site, mark, events, position + len(events), more=position + len(events) < end)


def _listing_key(site: Site, query: ApiQuery) -> str | ApiError:
    if query.source:
        if query.category or query.region:
            return ApiError("source 不能和 category、region 一起用", "变更是按订阅源记录的：请只写其中一种。")
        return f"source/{site.store.source_health(site.now(), slug=query.source, limit=1)[0].id}"
    return (
        "/".join(each for each in (query.category or "all", query.region) if each)
        if query.region
        else (query.category or "all")
    )


def _events(site: Site, listing: str, head: HistoryPage, position: int, count: int) -> list[HistoryEvent] | None:
    """So many from a position on; None where they are not kept any more."""
    found: list[HistoryEvent] = []
    while len(found) < count:
        number = (position + len(found)) // PAGE_SIZE + 1
        page = head if number == head.number else site.store.history_page(listing, number)
        if page is None:
            return None
        found += page.events[(position + len(found)) % PAGE_SIZE :]
    return found[:count]


def _change_list(
    site: Site, query_hash: bytes, events: Sequence[HistoryEvent], position: int, *, more: bool
) -> dict[str, Any]:
    """Of several events of one item the last counts. An item that is no longer kept is passed over."""
    latest = {event.item_id: event for event in events}
    details = site.store.item_details(list(latest))
    originals = site.store.item_cards([each.card.reprint_of for each in details.values() if each.card.reprint_of])
    made = []
    for event in latest.values():
        detail = details.get(event.item_id)
        withdrawn = event.withdrawn or (detail is not None and detail.removed is not None)
        if detail is None and not withdrawn:
            continue
        shown = (
            serializers.item(site, detail, originals.get(detail.card.reprint_of or 0))
            if detail and not withdrawn
            else None
        )
        made.append(
            {
                "kind": "withdrawn" if withdrawn else "item",
                "id": event.item_id,
                "at": serializers.iso_time(event.at),
                "item": shown,
            }
        )
    return {"changes": made, "cursor": cursors.pack(query_hash, position, 0), "more": more}
