"""Admin forms on the pages of sources, items and stories. Each responds with a redirect."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import partial

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from aggregator.model import ItemDetail, Place
from aggregator.moderation.actions import Desk
from web.admin import access
from web.admin.flash_messages import with_outcome
from web.admin.queues import desk_of
from web.pages.item import require_item
from web.site import Site
from web.views import preferences
from web.views.text import clean_input

log = logging.getLogger(__name__)

MAX_REASON = 300
_SEPARATORS = re.compile("\\s*[、,，;；]\\s*")


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the admin forms."""
    pages = Blueprint("admin_forms", __name__, url_prefix="/admin")
    pages.add_url_rule("/source/<slug>", "source", partial(source, site), methods=["POST"])
    pages.add_url_rule("/item/<int:item_id>", "item", partial(item, site), methods=["POST"])
    pages.add_url_rule("/series/<int:series_id>", "series", partial(series, site), methods=["POST"])
    return pages


def source(site: Site, slug: str) -> Response:
    """Schedule an immediate poll of the source (do=retry).

    Aborts with 400 for any other action.
    """
    desk = desk_of(site, access.require_session(site))
    if request.form.get("do") != "retry":
        abort(400)
    outcome = "retry" if desk.retry(slug) else "no-source"
    return _redirect_back(site, preferences.safe_return_path(request.form.get("back", "/status")), outcome, slug)


def series(site: Site, series_id: int) -> Response:
    """Let a series be none, now and later (do=dissolve).

    Aborts with 400 for any other action.
    """
    desk = desk_of(site, access.require_session(site))
    if request.form.get("do") != "dissolve":
        abort(400)
    is_known = 0 < series_id < 2**63 and desk.dissolve_series(series_id)
    return _redirect_back(site, "/admin", "dissolve" if is_known else "no-series", f"series/{series_id}")


def item(site: Site, item_id: int) -> Response:
    """Apply the correction do=split, merge, unseries, move, reset or remove to an item.

    ``back`` is the page that the form was on, used if that page still exists. Aborts with 400 for an unknown action,
    404 for an unknown item and 410 for a withdrawn one.
    """
    desk = desk_of(site, access.require_session(site))
    apply_action = _ACTIONS.get(request.form.get("do", ""))
    if apply_action is None:
        abort(400)
    path, outcome = apply_action(site, desk, require_item(site, item_id))
    return _redirect_back(site, path, outcome, str(item_id))


def _split(site: Site, desk: Desk, detail: ItemDetail) -> tuple[str, str]:
    card = detail.card
    if card.story_items < 2:
        return f"/item/{card.id}", "alone"
    desk.split(card.id)
    return preferences.safe_return_path(request.form.get("back", f"/item/{card.id}")), "split"


def _unseries(site: Site, desk: Desk, detail: ItemDetail) -> tuple[str, str]:
    left = desk.take_out_of_series(detail.card.id)
    return f"/item/{detail.card.id}", "no-series" if left is None else "unseries"


def _merge(site: Site, desk: Desk, detail: ItemDetail) -> tuple[str, str]:
    reference = clean_input(request.form.get("with"), 2000)
    other_id = site.store.find_item_id(reference) if reference else None
    other_item = site.store.item(other_id) if other_id else None
    if other_item is None or other_item.removed is not None or other_item.card.id == detail.card.id:
        return f"/item/{detail.card.id}", "no-item"
    story = desk.merge([detail.card.id, other_item.card.id])
    return f"/story/{story}", "merge"


def _move(site: Site, desk: Desk, detail: ItemDetail) -> tuple[str, str]:
    path = f"/item/{detail.card.id}"
    category, region = request.form.get("category", ""), clean_input(request.form.get("region"), 50)
    known_category = site.tree.get(category)
    if category and known_category is None:
        return path, "no-category"
    place = _place(site, region)
    if region and place is None:
        return path, "no-place"
    if known_category is None and place is None:
        return path, "nothing"
    desk.move([detail.card.id], category=known_category.path if known_category else None, place=place)
    return path, "move"


def _place(site: Site, query: str) -> Place | None:
    """Return the place with these codes or unique names, the primary one first; None if one has no single match.

    "none" stands for no region.
    """
    if query in ("none", "无"):
        return site.gazetteer.place("")
    codes = [_code(site, name) for name in _SEPARATORS.split(query) if name]
    known = [code for code in codes if code is not None]
    return site.gazetteer.place_of_several(known) if known and len(known) == len(codes) else None


def _code(site: Site, query: str) -> str | None:
    matches = site.gazetteer.search(query) if query else []
    exact_matches = [
        division for division in matches if query in (division.code, division.name, division.short)
    ] or matches
    return exact_matches[0].code if len(exact_matches) == 1 else None


def _reset(site: Site, desk: Desk, detail: ItemDetail) -> tuple[str, str]:
    desk.reset([detail.card.id])
    return f"/item/{detail.card.id}", "reset"


def _remove(site: Site, desk: Desk, detail: ItemDetail) -> tuple[str, str]:
    """Withdraw every item with the URL of this item, as the command line does for a URL."""
    if request.form.get("sure") != "yes":
        return f"/item/{detail.card.id}", "unconfirmed"
    item_ids = sorted({detail.card.id, *site.store.find_item_ids(detail.card.url)})
    desk.remove(item_ids, clean_input(request.form.get("why"), MAX_REASON) or None)
    return "/admin", "remove"


_ACTIONS: dict[str, Callable[[Site, Desk, ItemDetail], tuple[str, str]]] = {
    "split": _split,
    "merge": _merge,
    "unseries": _unseries,
    "move": _move,
    "reset": _reset,
    "remove": _remove,
}


def _redirect_back(site: Site, path: str, outcome: str, subject: str) -> Response:
    site.cache.clear()
    log.info("admin_action action=%s subject=%s", outcome, subject)
    return redirect(with_outcome(path, outcome), 303)
