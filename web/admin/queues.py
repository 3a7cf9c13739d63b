"""/admin/queue/<name>: what waits for a decision, one tap or key each; and undoing any logged action."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from aggregator.messages import Message
from aggregator.model.moderation import QUEUES, Actor, QueueEntry, QueueName
from aggregator.moderation import queues as waiting
from aggregator.moderation.actions import CannotUndoError, Desk
from aggregator.moderation.queues import UnknownDecisionError
from web.admin import access
from web.admin.action_rows import ActionRow, action_row
from web.admin.flash_messages import with_outcome
from web.admin.session import Session
from web.i18n.display_names import display_name
from web.i18n.language import message_text, t
from web.i18n.times import Clock, TimeLabel
from web.site import Site
from web.views import preferences
from web.views.layout import Crumb, Head, current_path, render
from web.views.text import clean_input

log = logging.getLogger(__name__)

PAGE_SIZE = 20
RECENT_ACTIONS = 20  # among which the admin's last one is looked for
KEYED_CATEGORIES = 9  # keys 1 to 9, always the same
LETTERS = "ab"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: the code that it sends, its name and its key."""

    code: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """An entry of a queue as shown."""

    entry: QueueEntry
    when: TimeLabel
    about: str
    choices: tuple[Choice, ...]


def routes(site: Site) -> Blueprint:
    """Return the blueprint of the queues and of undo."""
    pages = Blueprint("admin_queues", __name__, url_prefix="/admin")
    pages.add_url_rule("/queue/<name>", "queue", partial(queue, site), methods=["GET"])
    pages.add_url_rule("/queue/<name>", "decide", partial(decide, site), methods=["POST"])
    pages.add_url_rule("/undo/<int(max=9223372036854775807):number>", "undo", partial(undo, site), methods=["POST"])
    return pages


def queue(site: Site, name: str) -> str | Response:
    """Return the page of a queue; 404 for an unknown one, a redirect to the login without a session."""
    if name not in QUEUES or not access.admins(site):
        abort(404)
    session = access.current_session(site)
    if session is None:
        return redirect("/admin/login?" + urlencode({"back": current_path()}), 303)
    chosen, clock = name, site.clock()
    entries = waiting.queue_entries(site.store, chosen, clock.now, PAGE_SIZE)
    names = queue_names()
    own = (action for action in site.store.admin_actions(RECENT_ACTIONS) if action.who == session.name)
    last = next((action for action in own if action.can_undo), None)
    top = site.tree.top_level()
    return render(
        site,
        "admin_queue.html",
        Head(title=t("%(queue)s_管理_%(site)s", queue=names[chosen], site=site.title), robots="noindex"),
        clock=clock,
        crumbs=[Crumb(t("管理"), "/admin"), Crumb(names[chosen], f"/admin/queue/{name}")],
        name=chosen,
        title=names[chosen],
        queues=queue_list(site),
        rows=[_row(site, clock, entry) for entry in entries],
        others=[(category.path, display_name(category)) for category in top[KEYED_CATEGORIES:]],
        last=action_row(site, clock, last) if last else None,
    )


def queue_names() -> dict[QueueName, str]:
    """Return queue -> its name in the language of the response."""
    return {
        "uncategorized": t("未能分类"),
        "merges": t("存疑的归并"),
        "filtered": t("被过滤的"),
        "failing": t("失败的来源"),
        "requests": t("读者的申请"),
    }


def queue_list(site: Site) -> list[tuple[QueueName, str, int]]:
    """Return (queue, name, number of entries)."""
    lengths = waiting.queue_lengths(site.store, site.now())
    return [(name, title, lengths[name]) for name, title in queue_names().items()]


def decide(site: Site, name: str) -> Response:
    """Apply the decision of a form; 404 for an unknown queue."""
    session = access.require_session(site)
    if name not in QUEUES:
        abort(404)
    choice, subject = request.form.get("do", ""), clean_input(request.form.get("subject"), waiting.MAX_SUBJECT)
    if choice == "other":
        choice = request.form.get("other", "")
    outcome = "decided"
    try:
        waiting.decide(desk_of(site, session), name, subject, choice)
    except UnknownDecisionError:
        outcome = "no-decision"
    site.cache.clear()
    log.info("admin_action action=%s subject=%r who=%r", choice, subject, session.name)
    return redirect(with_outcome(f"/admin/queue/{name}", outcome), 303)


def undo(site: Site, number: int) -> Response:
    """Undo a logged action, and go back to the page of the form."""
    session = access.require_session(site)
    outcome = "undone"
    try:
        desk_of(site, session).undo(number)
    except CannotUndoError as error:
        outcome = f"not-undone-{error}"
    site.cache.clear()
    log.info("admin_action action=%s subject=%d who=%r", outcome, number, session.name)
    return redirect(with_outcome(preferences.safe_return_path(request.form.get("back", "/admin")), outcome), 303)


def desk_of(site: Site, session: Session) -> Desk:
    """Return the desk of an admin on the pages."""
    return Desk(site.store, site.config, Actor(session.name, "site"), site.now())


def action_rows(site: Site, clock: Clock, limit: int) -> list[ActionRow]:
    """Return the last actions as rows of the log."""
    return [action_row(site, clock, action) for action in site.store.admin_actions(limit)]


def _row(site: Site, clock: Clock, entry: QueueEntry) -> QueueRow:
    about = message_text(entry.about) if isinstance(entry.about, Message) else entry.about
    return QueueRow(entry, clock.moment(entry.at), about, _choices(site, entry))


def _choices(site: Site, entry: QueueEntry) -> tuple[Choice, ...]:
    if entry.queue == "uncategorized":
        keyed = site.tree.top_level()[:KEYED_CATEGORIES]
        categories = [Choice(one.path, display_name(one), str(key)) for key, one in enumerate(keyed, 1)]
        return (*categories, Choice(waiting.LEAVE, t("不分类"), "0"))
    names = {
        waiting.SAME: t("是同一事件"),
        waiting.APART: t("拆开"),
        waiting.RIGHT: t("过滤得对"),
        waiting.ADMIT: t("放行"),
        waiting.RETRY: t("立即抓取"),
        waiting.KNOWN: t("已知，不再列出"),
        waiting.DONE: t("处理完毕"),
    }
    return tuple(Choice(code, names[code], key) for code, key in zip(entry.choices, LETTERS, strict=False))
