"""The correction requests of readers on /admin, and the form that marks them as done."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from aggregator.model.correction_requests import CorrectionRequest
from web.admin import access
from web.admin.flash_messages import with_outcome
from web.admin.queues import desk_of
from web.i18n.language import t
from web.i18n.times import TimeLabel
from web.site import Site
from web.views.correction_form import site_path

log = logging.getLogger(__name__)

MAX_OPEN = 100  # open requests listed on the page
MAX_DONE = 20


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as /admin shows it; ``path`` is the page of this site that it is about, "" if it names none."""

    request: CorrectionRequest
    path: str
    title: str
    when: TimeLabel
    reply: str  # mailto: link; "" if the reader gave no address


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the form."""
    pages = Blueprint("admin_requests", __name__, url_prefix="/admin")
    number = "<int(max=9223372036854775807):number>"
    pages.add_url_rule(f"/request/{number}", "request", partial(set_state, site), methods=["POST"])
    return pages


def set_state(site: Site, number: int) -> Response:
    """Mark a request as done, or as open again (do=done, do=reopen); aborts with 400 for any other action."""
    session = access.require_session(site)
    action = request.form.get("do", "")
    if action not in ("done", "reopen"):
        abort(400)
    changed = desk_of(site, session).set_requests_done([number], done=action == "done")
    outcome = f"request-{action}" if changed else "no-request"
    log.info("admin_action action=%s subject=%d address=%s who=%r", outcome, number, request.remote_addr, session.name)
    return redirect(with_outcome("/admin", outcome), 303)


def request_rows(site: Site, *, done: bool = False) -> list[RequestRow]:
    """Return the requests to be listed: open ones, newest first, or the last that are done."""
    found = site.store.correction_requests(MAX_DONE if done else MAX_OPEN, done=done)
    cards = site.store.item_cards(sorted({each.request.item_id for each in found if each.request.item_id is not None}))
    titles = {item_id: card.title for item_id, card in cards.items()}
    return [_row(site, each, titles) for each in found]


def _row(site: Site, each: CorrectionRequest, titles: dict[int, str]) -> RequestRow:
    item_id, about = each.request.item_id, each.request.about
    path = f"/item/{item_id}" if item_id is not None else site_path(site, about, request.host) or ""
    subject = quote(t("关于你的更正申请：%(about)s", about=about), safe="")
    reply = f"mailto:{quote(each.request.email, safe='@')}?subject={subject}" if each.request.email else ""
    return RequestRow(each, path, titles.get(item_id or 0, about), site.clock().moment(each.at), reply)
