"""What has happened in a feed, in the order in which it happened: for mirrors that must not lose anything.

A cursor is a position in the journal of the feed. Positions are given out in the transaction that stores the items, so
that none ever appears before one that was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aggregator.model import HistoryEvent, HistoryPage
from aggregator.store.api.publications import PAGE
from web.api import cursors, serializers
from web.api.lists import STALE_CURSOR, Answer
from web.api.parameters import Asked
from web.api.responses import Refusal
from web.site import Site

GONE = Refusal("这个 cursor 太旧了", "那时的记录已不再保留：请重新取一个 cursor，再用 /api/items 从头走一遍。", 410)


def changes(site: Site, asked: Asked) -> Answer:
    """From a cursor on; without one nothing but the cursor of this moment."""
    listing = _listing(site, asked)
    if isinstance(listing, Refusal):
        return listing
    mark = cursors.fingerprint(asked.question)
    head = site.store.history(listing)
    end = (head.number - 1) * PAGE + len(head.events) if head else 0
    if asked.cursor is None:
        return _answer(site, mark, [], end, more=False)
    numbers = cursors.unpack(mark, asked.cursor)
    if numbers is None or not 0 <= numbers[0] <= end:
        return STALE_CURSOR
    position = numbers[0]
    events = _events(site, listing, head, position, min(asked.limit, end - position)) if head else []
    if events is None:
        return GONE
    return _answer(site, mark, events, position + len(events), more=position + len(events) < end)


def _listing(site: Site, asked: Asked) -> str | Refusal:
    if asked.source:
        if asked.category or asked.region:
            return Refusal("source 不能和 category、region 一起用", "变更是按订阅源记录的：请只写其中一种。")
        return f"source/{site.store.health(site.now(), slug=asked.source, limit=1)[0].id}"
    return (
        "/".join(each for each in (asked.category or "all", asked.region) if each)
        if asked.region
        else (asked.category or "all")
    )


def _events(site: Site, listing: str, head: HistoryPage, position: int, wanted: int) -> list[HistoryEvent] | None:
    """So many from a position on; None where they are not kept any more."""
    found: list[HistoryEvent] = []
    while len(found) < wanted:
        number = (position + len(found)) // PAGE + 1
        page = head if number == head.number else site.store.history_page(listing, number)
        if page is None:
            return None
        found += page.events[(position + len(found)) % PAGE :]
    return found[:wanted]


def _answer(site: Site, mark: bytes, events: Sequence[HistoryEvent], position: int, *, more: bool) -> dict[str, Any]:
    """Of several events of one item the last counts. An item that is no longer kept is passed over."""
    latest = {event.item: event for event in events}
    details = site.store.details(list(latest))
    originals = site.store.cards([each.card.reprint_of for each in details.values() if each.card.reprint_of])
    made = []
    for event in latest.values():
        detail = details.get(event.item)
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
                "id": event.item,
                "at": serializers.moment(event.at),
                "item": shown,
            }
        )
    return {"changes": made, "cursor": cursors.pack(mark, position, 0), "more": more}
