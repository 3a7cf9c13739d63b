"""Bylines, datelines and credits of news texts; every name is invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.bylines import Byline, read_byline

TABLE = [
    ("鲁网7月20日讯(记者 范辉)近日，记者从县里获悉", {"author": "范辉", "origin": "鲁网", "dateline_date": "7月20日"}),
    ("鲁网枣庄7月20日讯 (记者 范辉 通讯员 王小明)近日", {"author": "范辉", "origin": "鲁网", "dateline_place": "枣庄"}),
    (
        "新华社北京7月20日电（记者张三、李四）正文",
        {"author": "张三、李四", "origin": "新华社", "dateline_place": "北京"},
    ),
    ("中新网济南7月20日电 (赵 晓)正文", {"author": "赵晓", "origin": "中新网", "dateline_place": "济南"}),
    ("人民网青岛2023年7月20日电 (记者欧阳晓)正文", {"author": "欧阳晓", "dateline_date": "2023年7月20日"}),
    ("齐鲁晚报讯 记者从公安局获悉", {"author": None, "origin": "齐鲁晚报"}),
    ("本报讯（记者 赵一）正文。责任编辑：钱二", {"author": "赵一", "editor": "钱二", "origin": None}),
    ("本报济南7月20日讯 正文", {"origin": None, "dateline_place": "济南"}),
    ("来源：大众日报 作者：孙三\n正文", {"origin": "大众日报", "author": "孙三"}),
    ("来源：《城市早报》\n正文", {"origin": "城市早报"}),
    ("稿源：齐鲁网·闪电新闻", {"origin": "齐鲁网·闪电新闻"}),
    ("正文正文。（编辑：李小四）", {"editor": "李小四"}),
    ("正文正文。收集编辑：王五", {"editor": "王五"}),
    ("正文正文。责编:admin", {"editor": "admin"}),
    ("正文 来源:中国新闻网 责任编辑:张明 审核:李四", {"origin": "中国新闻网", "editor": "张明"}),
    ("大众网·海报新闻记者 周海 济南报道 正文", {"author": "周海"}),
    ("记者了解到，今年的粮食又丰收了。", {"author": None}),
    ("记者从会上获悉，道路下月通车。", {"author": None}),
    ("2023年7月20日，记者在现场看到，积水已退。", {"author": None, "dateline_place": None, "origin": None}),
    ("7月20日讯", {"dateline_date": "7月20日", "origin": None}),
    ("编辑部的故事今晚开播", {"editor": None}),
    ("资金来源：多方筹集", {"author": None}),
    ("", {"author": None, "editor": None, "origin": None}),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_byline_is_read(text: str, expected: dict[str, str | None]) -> None:
    result = read_byline(text)
    assert {name: getattr(result, name) for name in expected} == expected


def test_credits_are_read_only_at_the_ends_of_a_long_text() -> None:
    text = "鲁网7月20日讯 " + "正文。" * 500 + "来源：城市早报" + "正文。" * 500 + "责任编辑：钱二"
    assert read_byline(text) == Byline(editor="钱二", origin="鲁网", dateline_outlet="鲁网", dateline_date="7月20日")


@given(st.text(alphabet="记者编辑来源作者:：()（）、 7月20日讯电张三范辉鲁网报社abc", max_size=300))
def test_read_byline_never_raises(text: str) -> None:
    result = read_byline(text)
    assert "" not in (result.author, result.editor, result.origin)
