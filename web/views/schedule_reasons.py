"""Why a source is visited when it is, in the language of the site."""

from __future__ import annotations

import re
from functools import lru_cache

from web.i18n.language import N_, current, t

_SPANS = {"an hour": N_("每小时"), "a day": N_("每天"), "a week": N_("每周"), "a month": N_("每月")}
_OFTEN = r"about (\d+) (an hour|a day|a week|a month)|(less than once a month)"
_WORDS = {
    r"has an interval of its own in config\.toml": N_("按配置的固定间隔"),
    r"has its news pushed by a hub; visits are only a check": N_("有即时推送，抓取只作核对"),
    r"is new here and has yet to show how often it publishes": N_("新来源，还在了解它的发布规律"),
    r"asks for no visits at these hours \(skipHours, skipDays\)": N_("对方请求这段时间不要来访"),
    r"asked to wait by Retry-After": N_("对方请求稍后再来"),
    r"asked to wait by .*": N_("对方声明了更新间隔"),
    r"answered 410, gone for good": N_("对方已永久停止，不再抓取"),
    r"usually publishes next at that hour": N_("通常在那个时间发布"),
    rf"publishes little at this time of day, (?:{_OFTEN}) on average": N_("这个时段很少发布，平均{often}"),
    rf"publishes (?:{_OFTEN}) at this time of day": N_("这个时段{often}"),
    rf"publishes (?:{_OFTEN})": N_("平均{often}"),
    r"failed( (?P<times>\d+) times in a row)?(?P<busy> with the server busy)?": "{failed}",
}


def reason_of(why: str | None) -> str:
    """One phrase for a reason of ``aggregator.polling.reasons``; "" for none, and for one not known here."""
    return _reason_in(current(), why) if why else ""


@lru_cache(maxsize=1000)  # many sources have the same one
def _reason_in(_language: str, why: str) -> str:
    for pattern, words in _WORDS.items():
        if found := re.fullmatch(pattern, why):
            return t(words).format(often=_often(found), failed=_failed(found))
    return ""


def _often(found: re.Match[str]) -> str:
    if found.re.groups < 3 or "times" in found.re.groupindex:
        return ""
    return t("每月不到 1 条") if found[3] else t("%(span)s约 %(count)s 条", span=t(_SPANS[found[2]]), count=found[1])


def _failed(found: re.Match[str]) -> str:
    if "times" not in found.re.groupindex:
        return ""
    times = t("连续失败 %(times)s 次", times=found["times"]) if found["times"] else t("上次失败")
    if found["busy"]:
        return t("%(times)s（对方繁忙），逐次延长间隔", times=times)
    return t("%(times)s，逐次延长间隔", times=times)
