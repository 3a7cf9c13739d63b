"""Every reason for a source's next visit has its words in Chinese."""

from __future__ import annotations

import pytest

from aggregator.polling import publisher_hints, reasons
from aggregator.polling.next_visit import Wait
from aggregator.polling.publishing_profile import Profile
from web.views.schedule_reasons import reason_of


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (reasons.FIXED, "按配置的固定间隔"),
        (reasons.PUSHED, "有即时推送，抓取只作核对"),
        (reasons.NEW, "新来源，还在了解它的发布规律"),
        (reasons.SKIPPED, "对方请求这段时间不要来访"),
        (reasons.RETRY_AFTER, "对方请求稍后再来"),
        (reasons.GONE, "对方已永久停止，不再抓取"),
        (reasons.failed(1, busy=False), "上次失败，逐次延长间隔"),
        (reasons.failed(1, busy=True), "上次失败（对方繁忙），逐次延长间隔"),
        (reasons.failed(7, busy=False), "连续失败 7 次，逐次延长间隔"),
        (reasons.failed(7, busy=True), "连续失败 7 次（对方繁忙），逐次延长间隔"),
        (reasons.expected(Wait(1800, 1.5, 3 / 3600), Profile()), "这个时段每小时约 3 条"),
        (reasons.expected(Wait(1800, 0.45, 0.9 / 3600), Profile()), "平均每小时约 1 条"),
        (reasons.expected(Wait(20000, 0.1, 1e-6), Profile()), "这个时段很少发布，平均每小时约 1 条"),
        (reasons.expected(Wait(20000, 0.5, 1 / 900), Profile()), "通常在那个时间发布"),
        ("publishes about 4 a week", "平均每周约 4 条"),
        ("publishes less than once a month", "平均每月不到 1 条"),
        ("asked to wait by Cache-Control or Expires", "对方声明了更新间隔"),
        (None, ""),
        ("", ""),
        ("something of another version", ""),
    ],
)
def test_words(why: str | None, words: str) -> None:
    assert reason_of(why) == words


def test_no_wish_is_left_out() -> None:
    source = (publisher_hints.__file__ or "").replace(".pyc", ".py")
    with open(source, encoding="utf-8") as text:
        told = [line.split('"')[1] for line in text if '"asked to wait' in line]
    assert len(told) == 3
    assert all(reason_of(why) for why in told)
