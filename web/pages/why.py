"""/item/<id>/why: the decisions about an item, and the passages that it shares with another report of its story."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, request

from aggregator.explain import explanations
from aggregator.model import ItemCard, ItemDetail
from web.i18n.language import t
from web.pages.item import require_item, story_reports
from web.site import Site
from web.views.layout import Crumb, Head, category_crumbs, render
from web.views.reasons import marked_comparison, reasons_of

MAX_REPORTS = 24  # of the story, with which the item can be compared


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the page."""
    pages = Blueprint("why", __name__)
    pages.add_url_rule("/item/<int:item_id>/why", "why", partial(why, site))
    return pages


def why(site: Site, item_id: int) -> str:
    """Return the page of the decisions about an item; ``?with=`` chooses the report that it is compared with."""
    detail = require_item(site, item_id)
    card = detail.card
    reports = story_reports(site, card, MAX_REPORTS)
    other = _other_report(site, detail, reports)
    return render(
        site,
        "why.html",
        Head(title=t("为什么归在这里：%(title)s", title=card.title) + f"_{site.title}", robots="noindex, follow"),
        crumbs=[*category_crumbs(site, card.category), Crumb(t("为什么归在这里"), f"/item/{item_id}/why")],
        category=card.category,
        card=card,
        reasons=reasons_of(site, detail, reports),
        comparison=marked_comparison(detail, other) if other else None,
        others=[each for each in reports if each.id != item_id and (other is None or each.id != other.card.id)],
    )


def _other_report(site: Site, detail: ItemDetail, reports: list[ItemCard]) -> ItemDetail | None:
    """Return the report to compare with: the chosen one, the one that the evidence names, or else the first."""
    ids = [card.id for card in reports if card.id != detail.card.id]
    named = next((each.other for each in explanations(detail) if each.other is not None), None)
    chosen = request.args.get("with", type=int)
    other = next((item_id for item_id in (chosen, named) if item_id in ids), ids[0] if ids else None)
    found = site.store.item(other) if other is not None else None
    return found if found and found.removed is None else None
