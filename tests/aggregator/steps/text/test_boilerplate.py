"""Datelines, credits and calls to action in normalized texts."""

from __future__ import annotations

import pytest

from aggregator.steps.text.boilerplate import is_boilerplate, match_dateline, strip_boilerplate


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("鲁网枣庄7月20日讯(记者 范辉)近日", "鲁网枣庄"),
        ("新华社北京7月20日电 正文", "新华社北京"),
        ("【江畔晚报消息】石阶修好了", "江畔晚报"),
        ("本报讯 昨天", "本报"),
        ("昨天,消息传来", None),
        ("记者从住建局获悉,工程完工。", None),
    ],
)
def test_a_dateline_names_outlet_and_place(text: str, who: str | None) -> None:
    found = match_dateline(text)
    assert (found and found["who"]) == who


def test_boilerplate_is_removed() -> None:
    text = "江畔晚报3月5日讯(记者 张明)石阶修好了。扫码关注我们。来源:江畔晚报 责任编辑:周舟"
    assert strip_boilerplate(text).strip() == "石阶修好了"
    assert is_boilerplate("扫码关注我们")
    assert not is_boilerplate("石阶修好了")


def test_a_long_sentence_is_kept() -> None:
    text = "居民" * 45 + "关注这件事。完"
    assert strip_boilerplate(text).startswith("居民居民")
