"""The item page says why an item is where it is."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.web.fixture_site import World
from tests.web.html_checks import page_of, words_of
from web.views.explanations import category_reason, region_reason


@pytest.mark.parametrize(
    ("why", "phrase"),
    [
        ("source", "来源只发布这一类"),
        ("term:社会新闻", "来源标注的栏目：社会新闻"),
        ("prior:source", "没有更确切的依据，按来源的栏目"),
        ("prior:要闻", "来源标注的栏目：要闻"),
        ("keywords:暴雨,预警 (3.4 against 1.2)", "标题和开头的词：暴雨 预警"),
        ("model:0.93", "分类模型判断，把握93%"),
        ("model:0.93 进球 联赛", "分类模型判断，把握93%；依据：进球 联赛"),
        ("pattern:/双.?十一/", "符合配置的规则/双.?十一/"),
        ("admin", "编辑人工指定"),
        ("", "没有足够的依据"),
        ("something new", "按内容判断"),
    ],
)
def test_reasons_of_a_category(why: str, phrase: str) -> None:
    assert category_reason(why) == phrase


@pytest.mark.parametrize(
    ("why", "phrase"),
    [
        ("title:枣庄 山亭", "标题提到：枣庄 山亭"),
        ("dateline:鲁网", "电头写明：鲁网"),
        ("lead:济南", "正文提到：济南"),
        ("home", "文中没有地名，按来源所在地"),
        ("admin", "编辑人工指定"),
        ("", "没有足够的依据"),
    ],
)
def test_reasons_of_a_region(why: str, phrase: str) -> None:
    assert region_reason(why) == phrase


def test_the_page_of_an_item_shows_them(client: FlaskClient, built: World) -> None:
    page = page_of(client, f"/item/{built['event1']}")
    told = words_of(page.xpath("//details[@class='why']")[0])
    assert "分类" in told
    assert "转载，相似度100%" in told
    assert page.xpath("//details[@class='why']//a/@href") == [f"/item/{built['event0']}"]
    answer = client.get(f"/item/{built['event1']}.json").get_json()
    assert (answer["similarity"], answer["reprint_of"]) == (1.0, built["event0"])
