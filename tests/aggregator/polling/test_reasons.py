"""The reason for the time of the next poll is the code for the state of the source."""

from __future__ import annotations

import pytest

from aggregator.messages import Message, poll_reasons, render
from aggregator.polling import reasons
from aggregator.polling.next_visit import NextVisit
from aggregator.polling.publishing_profile import PublishingProfile


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (reasons.failed(1, busy=False), "上次失败，逐次延长间隔"),
        (reasons.failed(1, busy=True), "上次失败（对方繁忙），逐次延长间隔"),
        (reasons.failed(7, busy=False), "连续失败 7 次，逐次延长间隔"),
        (reasons.failed(7, busy=True), "连续失败 7 次（对方繁忙），逐次延长间隔"),
        (reasons.expected(NextVisit(1800, 1.5, 3 / 3600), PublishingProfile()), "这个时段每小时约 3 条"),
        (reasons.expected(NextVisit(1800, 0.45, 0.9 / 3600), PublishingProfile()), "平均每小时约 1 条"),
        (reasons.expected(NextVisit(20000, 0.1, 1e-6), PublishingProfile()), "这个时段很少发布，平均每小时约 1 条"),
        (reasons.expected(NextVisit(20000, 0.5, 1 / 900), PublishingProfile()), "通常在那个时间发布"),
        (poll_reasons.RATE(rate=poll_reasons.PER_WEEK(count=4)), "平均每周约 4 条"),
        (poll_reasons.RATE(rate=poll_reasons.RARELY()), "平均每月不到 1 条"),
    ],
)
def test_words(why: Message, words: str) -> None:
    assert render(why, "zh-CN") == words
