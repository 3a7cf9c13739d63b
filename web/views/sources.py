"""View helpers of a source: the labels of its state and subscription, its name and its region."""

from __future__ import annotations

from aggregator.model import SourceHealth, SourceState, SubscriptionState
from aggregator.reference.gazetteer import Division
from web.i18n.language import N_, t
from web.site import Site

STATE_LABELS = {
    SourceState.OK: ("ok", N_("正常")),
    SourceState.SLOW: ("warn", N_("迟缓")),
    SourceState.FAILING: ("bad", N_("失败")),
    SourceState.GONE: ("off", N_("已关闭")),
    SourceState.OFF: ("off", N_("停用")),
    SourceState.NEW: ("off", N_("待抓取")),
}
_SUBSCRIPTION_LABELS = {
    SubscriptionState.WANTED: N_("订阅未成，按常规抓取，稍后再试"),
    SubscriptionState.ASKED: N_("已请求，等待对方确认"),
    SubscriptionState.ACTIVE: N_("即时推送，抓取只作核对"),
    SubscriptionState.RESTING: N_("推送暂停，按常规抓取，过几天再试"),
}


def state_label(health: SourceHealth) -> tuple[str, str]:
    """Return the CSS tone and the name of the source's state."""
    tone, label = STATE_LABELS[health.state]
    return tone, t(label)


def subscription_label(health: SourceHealth) -> str:
    """Return the label of the source's WebSub subscription; "" if it has none."""
    if health.push is None:
        return ""
    state = SubscriptionState(health.push)
    if state is SubscriptionState.ACTIVE and health.push_reason:
        return t("推送出过差错，按常规抓取核对")
    return t(_SUBSCRIPTION_LABELS[state]) if state in _SUBSCRIPTION_LABELS else ""


def find_region(site: Site, code: str | None) -> Division | None:
    """Return the division of a region code, or None."""
    return site.gazetteer.get(code) if code else None
