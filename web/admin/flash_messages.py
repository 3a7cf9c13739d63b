"""Messages shown after an admin form; the URL of the next page carries the code, this table the text."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from web.i18n.language import t


@dataclass(frozen=True, slots=True)
class FlashMessage:
    """The result of an admin form, shown once on the next page."""

    is_success: bool
    text: str


def flash_message(outcome: str | None) -> FlashMessage | None:
    """Return the message of an outcome code, or None for an unknown code."""
    successes = {
        "retry": t("已安排立即抓取，结果通常一分钟内出现。"),
        "split": t("已拆成单独的事件，以后不会再并回去。"),
        "unseries": t("已移出系列，以后不会再算进去。"),
        "dissolve": t("已不再算作系列，以后也不会。"),
        "merge": t("已并入同一事件，以后不会自动拆开。"),
        "move": t("已改好，以后的抓取不会改回去。"),
        "reset": t("已撤销人工指定，分类和地区重新判断过了。"),
        "remove": t("已删除，以后不再收录。"),
        "decided": t("已照办，可以撤销。"),
        "undone": t("已撤销。"),
        "request-done": t("申请已标为处理完毕。"),
        "request-reopen": t("申请已重新打开。"),
    }
    failures = {
        "no-decision": t("没有照办：它可能已经有人处理，或者选项不对。"),
        "not-undone-unknown": t("没有这个操作。"),
        "not-undone-done": t("它已经撤销过了。"),
        "not-undone-final": t("这个操作不能撤销。"),
        "not-undone-changed": t("后来又改过，不能再撤销。"),
        "no-request": t("没有这样的申请，或者已经是这个状态。"),
        "no-source": t("没有这个来源，或者它已停用。"),
        "no-item": t("没有这样的条目。请填条目的编号或地址。"),
        "no-series": t("它不属于任何系列。"),
        "no-category": t("没有这个分类。"),
        "no-place": t("没有找到唯一的地区。请填行政区划代码或全称。"),
        "nothing": t("请至少选一项。"),
        "unconfirmed": t("没有勾选确认，所以没有删除。"),
        "alone": t("它已经是单独的事件。"),
    }
    if outcome in successes:
        return FlashMessage(True, successes[outcome])
    return FlashMessage(False, failures[outcome]) if outcome in failures else None


def with_outcome(path: str, outcome: str) -> str:
    """Return ``path`` with the outcome code in its query."""
    head, _, query = path.partition("?")
    pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "done"]
    return f"{head}?{urlencode([*pairs, ('done', outcome)])}"
