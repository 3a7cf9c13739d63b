"""Why a source is visited when it is, in the language of the site."""

from __future__ import annotations

import re

_SPANS = {"an hour": "每小时", "a day": "每天", "a week": "每周", "a month": "每月"}
_OFTEN = r"about (\d+) (an hour|a day|a week|a month)|(less than once a month)"
_WORDS = {
    r"has an interval of its own in config\.toml": "按配置的固定间隔",
    r"has its news pushed by a hub; visits are only a check": "有即时推送，抓取只作核对",
    r"is new here and has yet to show how often it publishes": "新来源，还在了解它的发布规律",
    r"asks for no visits at these hours \(skipHours, skipDays\)": "对方请求这段时间不要来访",
    r"asked to wait by Retry-After": "对方请求稍后再来",
    r"asked to wait by .*": "对方声明了更新间隔",
    r"answered 410, gone for good": "对方已永久停止，不再抓取",
    r"usually publishes next at that hour": "通常在那个时间发布",
    rf"publishes little at this time of day, (?:{_OFTEN}) on average": "这个时段很少发布，平均{often}",
    rf"publishes (?:{_OFTEN}) at this time of day": "这个时段{often}",
    rf"publishes (?:{_OFTEN})": "平均{often}",
    r"failed( (?P<times>\d+) times in a row)?(?P<busy> with the server busy)?": "{failed}",
}


def reason_of(why: str | None) -> str:
    """One phrase for a reason of ``aggregator.reasons``; "" for none, and for one not known here."""
    for pattern, words in _WORDS.items():
        if found := re.fullmatch(pattern, why or ""):
            return words.format(often=_often(found), failed=_failed(found))
    return ""


def _often(found: re.Match[str]) -> str:
    if found.re.groups < 3 or "times" in found.re.groupindex:
        return ""
    return "每月不到 1 条" if found[3] else f"{_SPANS[found[2]]}约 {found[1]} 条"


def _failed(found: re.Match[str]) -> str:
    if "times" not in found.re.groupindex:
        return ""
    times = f"连续失败 {found['times']} 次" if found["times"] else "上次失败"
    return f"{times}（对方繁忙），逐次延长间隔" if found["busy"] else f"{times}，逐次延长间隔"
