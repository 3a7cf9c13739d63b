"""Tests of the explanations on the item page: why an item has its category, region and story."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from aggregator.explain import Explanation, explanations
from aggregator.messages import Message, decisions
from aggregator.model import ItemDetail, LockedFields, Place, Relation
from tests.web.fixture_site import World
from tests.web.html_checks import page_of, words_of

SOURCE, HOME = Explanation("category", decisions.SOURCE()), Explanation("region", decisions.HOME())


@pytest.fixture
def detail(world: World) -> ItemDetail:
    """Return a report in a story of two items, without any known decision."""
    stored = world.store.item(world["event1"])
    assert stored is not None
    card = replace(stored.card, id=9, story_items=2, relation=Relation.FURTHER, reprint_of=None, similarity=0.0)
    card = replace(card, place=Place(why=decisions.HOME()))
    return replace(stored, card=card, locked=LockedFields.NONE, story_why=decisions.ALONE(), advertorial=None)


def test_single_item_has_two_explanations(detail: ItemDetail) -> None:
    alone = replace(detail, card=replace(detail.card, story_items=1))
    assert explanations(alone) == [SOURCE, HOME]
    first = replace(detail, card=replace(detail.card, relation=Relation.ORIGINAL))
    assert explanations(first) == [SOURCE, HOME]


@pytest.mark.parametrize(
    ("why", "other"),
    [
        (decisions.LIKENESS(likeness=0.25, item=7), 7),
        (decisions.AFTER(item=7), 7),
        (decisions.FIRST(evidence=decisions.LIKENESS(likeness=0.25, item=7)), 7),
        (decisions.COPY_AFTER(item=8, evidence=decisions.LIKENESS(likeness=0.25, item=7)), 8),
        (decisions.LIKENESS(likeness=0.25, item=9), None),  # the item itself
        (decisions.BIGRAMS(overlap=0.9, size=100), None),
    ],
)
def test_explanation_names_the_compared_item(detail: ItemDetail, why: Message, other: int | None) -> None:
    further = decisions.RELATIONS["further"]()
    assert explanations(replace(detail, story_why=why))[2] == Explanation("story", further, other)
    alike = replace(detail, card=replace(detail.card, similarity=0.25), story_why=why)
    similar = decisions.SIMILARITY(relation=further, similarity=0.25)
    assert explanations(alike)[2] == Explanation("story", similar, other)
    reprint = replace(detail, card=replace(detail.card, relation=Relation.REPRINT, reprint_of=3), story_why=why)
    assert explanations(reprint)[2] == Explanation("story", decisions.RELATIONS["reprint"](), 3)


def test_corrections_and_advertorials_are_explained(detail: ItemDetail) -> None:
    label = decisions.LABEL_IN_TITLE(words="广告")
    result = explanations(replace(detail, locked=LockedFields.STORY, advertorial=label))
    assert result[2:] == [Explanation("story", decisions.STORY_ADMIN()), Explanation("advertorial", label)]


def test_item_page_shows_the_explanations(client: FlaskClient, world: World) -> None:
    page = page_of(client, f"/item/{world['event1']}")
    text = words_of(page.xpath("//details[@class='why']")[0])
    assert "分类" in text
    assert "转载，相似度100%" in text
    assert page.xpath("//details[@class='why']//a/@href") == [
        f"/item/{world['event0']}",
        f"/item/{world['event1']}/why",
    ]
    response = client.get(f"/item/{world['event1']}.json").get_json()
    assert (response["similarity"], response["reprint_of"]) == (1.0, world["event0"])
    assert response["category_why"] == "source"


def test_explanations_use_the_page_language(client: FlaskClient, world: World) -> None:
    english = words_of(page_of(client, f"/item/{world['event1']}?lang=en").xpath("//details[@class='why']")[0])
    assert "Reprint, 100% alike" in english
    assert "its source publishes this" in english
    traditional = words_of(page_of(client, f"/item/{world['event1']}?lang=zh-TW").xpath("//details[@class='why']")[0])
    assert "轉載，相似度100%" in traditional
