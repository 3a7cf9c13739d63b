"""Tests of /item/<id>/why: decisions in sentences, and the passages that two reports share."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from lxml import html

from aggregator.evidence import ItemNames, compare_texts, explain_in_words, readable_text
from aggregator.explain import Explanation
from aggregator.messages import Message, decisions
from aggregator.messages import explanations as sentences
from aggregator.model import ItemDetail, Relation
from aggregator.steps.text.passages import Span
from tests.web.fixture_site import World
from tests.web.html_checks import page_of, words_of
from tests.web.reports import EVENT


def marks(part: html.HtmlElement) -> list[str]:
    return [words_of(mark) for mark in part.xpath(".//mark")]


@pytest.mark.parametrize(
    ("language", "category", "region", "same"),
    [
        ("zh-CN", "归入“民生”：来源只发布这一类。", "地区定为山东省 枣庄市：标题提到：枣庄。",
         "与石桥晚报的《枣庄老运河段清淤完成，四十年来第一次全线通船》文字相同（转载）"),
        ("zh-TW", "歸入“民生”：來源只發布這一類。", "地區定為山東省 棗莊市：標題提到：枣庄。",
         "與石桥晚报的《枣庄老运河段清淤完成，四十年来第一次全线通船》文字相同（轉載）"),
        ("en", "Filed under Livelihood: its source publishes this.",
         "Its region is Zaozhuang, Shandong: the headline names 枣庄.",
         "The same text as “枣庄老运河段清淤完成，四十年来第一次全线通船” of 石桥晚报 (Reprint)"),
    ],
)  # fmt: skip
def test_decisions_are_sentences_with_their_passages(
    client: FlaskClient, world: World, language: str, category: str, region: str, same: str
) -> None:
    page = page_of(client, f"/item/{world['event1']}/why?lang={language}")
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex, follow"]
    told = [words_of(part) for part in page.xpath("//dl[@class='reasons']//dd")]
    assert told[0] == category
    assert told[1].startswith(region)
    assert marks(page.xpath("//dl[@class='reasons']/div[2]")[0])[0] == "枣庄"
    (compared,) = page.xpath("//section[@aria-labelledby='compare']")
    assert same in words_of(compared)
    ours, theirs = compared.xpath(".//blockquote")
    assert marks(ours)[0].startswith("七公里河道挖出两万方淤泥，沿岸十一座旧码头同时露出了石阶")
    assert marks(theirs)[0].startswith("七公里河道挖出两万方淤泥，沿岸十一座旧码头同时露出了石阶")
    assert compared.xpath(".//h3/a/@href") == [f"/item/{world['event1']}", f"/item/{world['event0']}"]
    assert page_of(client, f"/item/{world['event1']}?lang={language}").xpath("//details//p/a/@href") == [
        f"/item/{world['event1']}/why"
    ]


def test_another_report_can_be_chosen(client: FlaskClient, world: World) -> None:
    path = f"/item/{world['event1']}/why"
    others = page_of(client, path).xpath("//section[@aria-labelledby='compare']/p[@class='note']/a/@href")
    assert others == [f"{path}?with={world[name]}#compare" for name in ("event2", "event3")]
    chosen = page_of(client, f"{path}?with={world['event3']}")
    assert chosen.xpath("//div[@class='compare']//h3/a/@href")[1] == f"/item/{world['event3']}"
    elsewhere = page_of(client, f"{path}?with={world['hostile']}")  # of another story
    assert elsewhere.xpath("//div[@class='compare']//h3/a/@href")[1] == f"/item/{world['event0']}"
    assert not page_of(client, f"/item/{world['hostile']}/why").xpath("//div[@class='compare']")
    assert client.get(f"/item/{world['gone']}/why").status_code == 410


@pytest.fixture
def pair(world: World) -> tuple[ItemDetail, ItemDetail]:
    """Return a reprint and its original, whose sources allow excerpts only."""
    copy, original = (world.store.item(world[name]) for name in ("event1", "event0"))
    assert copy is not None
    assert original is not None
    return copy, original


def test_texts_are_shown_as_far_as_their_source_allows(
    client: FlaskClient, world: World, pair: tuple[ItemDetail, ItemDetail]
) -> None:
    page = page_of(client, f"/item/{world['event1']}/why?with={world['event2']}")
    limited = page.xpath("//div[@class='compare']/div[p[@class='note']]//h3/a/@href")
    assert limited == [f"/item/{world['event1']}"]  # 北岭日报 allows full texts
    for quote in page_of(client, f"/item/{world['event1']}/why").xpath("//blockquote"):
        assert len(words_of(quote)) <= 220
    assert len(readable_text(pair[1])) > 60


@pytest.mark.parametrize(
    ("why", "sentence", "title"),
    [
        (decisions.KEYWORDS(words=("运河", "通船"), best=3.0, second=1.0), "category", ["运河", "通船"]),
        (decisions.MODEL(share=0.9, words="清淤,运河"), "category", ["运河", "清淤"]),
        (decisions.WEAK_WORDS(words=("运河",), best=1.0, least=1.2), "no-category", ["运河"]),
        (decisions.TERM(term="运河"), "category", []),  # a term is not of the text
        (decisions.SELLING(phrases=(decisions.PHRASES["gifts"](words="通船"),)), "category", ["通船"]),
    ],
)
def test_what_was_found_is_marked(
    pair: tuple[ItemDetail, ItemDetail], why: Message, sentence: str, title: list[str]
) -> None:
    item = pair[0]
    found = explain_in_words(item, Explanation("category", why), ItemNames("民生", ""), readable_text(item))
    assert found.sentence.code == f"why.{sentence}"
    assert sorted(item.card.title[span.start : span.end] for span in found.spans.title) == sorted(title)
    region = explain_in_words(item, Explanation("region", decisions.HOME()), ItemNames("", "山东"), "")
    assert region.sentence == sentences.REGION(region="山东", why=decisions.HOME())


def test_reports_of_one_event_are_explained_by_what_both_name(pair: tuple[ItemDetail, ItemDetail]) -> None:
    item, other = pair
    item = replace(item, card=replace(item.card, relation=Relation.FURTHER, reprint_of=None))
    text = "枣庄台记者在现场看到，首航的船上装了两千块砖。"
    found = compare_texts(item, text, other, "首航的是一条运砖的平底船，两千块砖从薛城上岸。", decisions.ALONE())
    assert found.sentence.code == "why.same-event"
    assert "两千块砖" in [text[span.start : span.end] for span in found.ours.text]
    assert found.ours.title == (Span(0, len(EVENT[0][4])),)
    unlike = replace(item, card=replace(item.card, title="甲"))
    nothing = compare_texts(unlike, "乙", other, "丙", decisions.ALONE())
    assert nothing.sentence.code == "why.story"
    assert nothing.passages == ()
