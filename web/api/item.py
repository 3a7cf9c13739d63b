"""The endpoint of a single item, with the other reports of its story and related items."""

from __future__ import annotations

from web.api import serializers
from web.api.lists import MAX_REPORTS, ApiResult
from web.api.responses import ApiError
from web.site import Site

MAX_RELATED = 10


def item(site: Site, number: int) -> ApiResult:
    """Return an item with its reports and related items; 404 if unknown, 410 if withdrawn."""
    detail = site.store.item(number)
    if detail is None:
        return ApiError("没有这条新闻", "编号可能写错了，或者它已经过了保留期。", 404)
    if detail.removed:
        return ApiError("这条新闻已删除", "它已按来源或权利人的要求删除，请也删去你处的副本。", 410)
    card = detail.card
    reports = site.store.story_items([card.story_id], MAX_REPORTS + 1).get(card.story_id, [])
    originals = site.store.item_cards([card.reprint_of]) if card.reprint_of else {}
    return {
        **serializers.item(site, detail, originals.get(card.reprint_of or 0)),
        "reports": serializers.items(site, [each for each in reports if each.id != card.id]),
        "related": serializers.items(site, site.store.related_items(card.id, MAX_RELATED)),
    }
