"""Why a poll failed, and how pushes go, for readers of the site; the command line and the logs keep the reason's own
words."""

from __future__ import annotations

from aggregator.model import Health, Standing
from aggregator.publishing.error_texts_zh import in_chinese
from web.i18n.language import N_, t


def fault_of(health: Health) -> str:
    """One sentence; "" while all is well. An unknown kind keeps its own words."""
    text = in_chinese(health.error_kind, health.error)
    if not text:
        return ""  # the empty message is a catalogue's own header
    sentence, _, status = text.partition("（HTTP ") if text.endswith("）") else (text, "", "")
    return t("%(fault)s（HTTP %(status)s）", fault=t(sentence), status=status[:-1]) if status else t(text)


_PUSH = {
    Standing.WANTED: N_("订阅未成，按常规抓取，稍后再试"),
    Standing.ASKED: N_("已请求，等待对方确认"),
    Standing.ACTIVE: N_("即时推送，抓取只作核对"),
    Standing.RESTING: N_("推送暂停，按常规抓取，过几天再试"),
}


def push_of(health: Health) -> str:
    """How the source's WebSub subscription is; "" where it has none."""
    if health.push is None:
        return ""
    standing = Standing(health.push)
    if standing is Standing.ACTIVE and health.push_reason:
        return t("推送出过差错，按常规抓取核对")
    return t(_PUSH[standing]) if standing in _PUSH else ""
