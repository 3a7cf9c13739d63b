"""The log of actions as the admin pages show it: site time, words of the reader's language, names instead of codes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.model.corrections import Correction
from aggregator.model.moderation import AdminAction
from web.i18n.display_names import display_name, list_separator
from web.i18n.language import t
from web.i18n.times import Clock, TimeLabel
from web.site import Site

_ITEM = re.compile(r"item/(\d+)")
_PLACED = ("move", "reset")


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action: who did what to which page's subject; ``path`` is "" if it has no page."""

    id: int
    when: TimeLabel
    who: str
    what: str
    title: str
    path: str
    change: str  # "before → after"
    can_undo: bool
    is_undone: bool


def action_row(site: Site, clock: Clock, action: AdminAction) -> ActionRow:
    """Return an action as a row of the log."""
    item = _ITEM.match(action.subject)
    source = action.subject.removeprefix("source/") if action.subject.startswith("source/") else ""
    path = f"/item/{item[1]}" if item else f"/source/{source}" if source else ""
    via = {"site": "", "command": t("（命令行）"), "api": "（API）"}.get(action.via, "")
    change = ""
    if action.before or action.after:
        change = f"{_value(site, action, action.before)} → {_value(site, action, action.after)}"
    return ActionRow(
        action.id,
        clock.moment(action.at),
        action.who + via,
        action_names().get(action.action, action.action),
        action.title or action.subject.partition("/")[2],
        path,
        change,
        action.can_undo,
        action.undone_by is not None,
    )


def action_names() -> dict[str, str]:
    """Return code -> name of every action, in the language of the response."""
    return {
        "split": t("拆出"),
        "merge": t("并入同一事件"),
        "unseries": t("移出系列"),
        "dissolve": t("不算系列"),
        "move": t("改正"),
        "reset": t("撤销改正"),
        "remove": t("删除"),
        "retry": t("立即抓取"),
        "done": t("申请处理完毕"),
        "reopen": t("申请重新打开"),
        "dismiss": t("维持原状"),
        "admit": t("放行"),
        "undo": t("撤销"),
    }


def correction_row(site: Site, clock: Clock, correction: Correction) -> ActionRow:
    """Return a correction of one item as a row of its history."""
    verbs = action_names()
    change = ""
    if correction.verb != "remove":
        change = f"{_name(site, correction.before)} → {_name(site, correction.after)}"
    if correction.subject == "series":
        change = f"{_series_name(correction.before)} → {_series_name(correction.after)}"
    path = f"/item/{correction.item_id}"
    what = verbs.get(correction.verb, correction.verb)
    when = clock.moment(correction.at)
    return ActionRow(correction.id, when, "", what, correction.title, path, change, False, not correction.holds)


def _value(site: Site, action: AdminAction, value: str | None) -> str:
    if not value:
        return "—"
    if action.action in ("split", "merge"):
        return t("事件%(number)s", number=value)
    if action.action == "unseries":
        return _series_name(value)
    if action.action in _PLACED or (action.action == "undo" and " " in value):
        return list_separator().join(_name(site, part) for part in value.split())
    return value


def _series_name(number: str | None) -> str:
    return t("系列%(number)s", number=number) if number else "—"


def _name(site: Site, value: str | None) -> str:
    """Return the name of a category path or region code; other values as they are."""
    if not value:
        return "—"
    if value == "none":
        return t("无")
    division = site.gazetteer.get(value)
    named = division or site.category(value)
    return display_name(named) if named is not None else value
