"""Items take the category of their story, whichever report comes first, and reprints the region of their original."""

from __future__ import annotations

import pytest

from aggregator.intake.story_hints import inherit_categories
from aggregator.messages import decisions
from aggregator.model import CategoryDecision, ItemDetail, Listing, LockedFields, Place, SearchFilter
from aggregator.steps.stories.fingerprint import build_sketch
from aggregator.store import Store, StoryMember, StoryMembership
from tests.aggregator.store.factories import HOUR, NOW, draft, ids, outlets
from tests.aggregator.store.writing import store_drafts

TITLE = "一家凌晨三点开门的早点铺"
TEXT = "凌晨三点，老城南门外的早点铺亮起了灯，代驾司机把车靠在墙边，等着第一锅豆浆，他们撑起了这条街。" * 3


def member(
    number: int, category: str | None, *, copy_of: int | None = None, locked: int = 0, removed: bool = False
) -> StoryMember:
    return StoryMember(
        id=number,
        source_id=number,
        story=1,
        represents=0,
        is_multi_source=False,
        relation="further",
        reprint_of=copy_of,
        similarity=0.5,
        why=decisions.ALONE(),
        locked=locked,
        removed=removed,
        published=NOW + number * HOUR,
        category=category,
        province=None,
        city=None,
        county=None,
    )


def inherited(*members: StoryMember) -> dict[int, str | None]:
    membership = StoryMembership({one.id: one for one in members}, {1: 1}, {}, ())
    membership.touched = {1}
    return {item: decision.category for item, decision in inherit_categories(membership).items()}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([member(1, "economy"), member(2, None)], {2: "economy"}),
        ([member(1, None), member(2, "economy/macro")], {1: "economy/macro"}),
        ([member(1, "economy"), member(2, "society"), member(3, None)], {}),  # two are equally frequent
        ([member(1, "economy"), member(2, "society"), member(3, None, copy_of=2)], {3: "society"}),  # the same text
        ([member(1, "economy/macro"), member(2, "economy/stocks"), member(3, None)], {3: "economy"}),
        ([member(1, "economy", removed=True), member(2, None)], {}),
        ([member(1, "economy"), member(2, None, removed=True)], {}),
        ([member(1, "economy"), member(2, None, locked=LockedFields.CATEGORY)], {}),
        ([member(1, None), member(2, None)], {}),
    ],
)
def test_the_commonest_category_counts(members: list[StoryMember], expected: dict[int, str]) -> None:
    assert inherited(*members) == expected


def test_reports_before_and_after_take_it(store: Store) -> None:
    outlets(store, "a", "b", "c")
    sure = CategoryDecision("economy/macro", 0.95, decisions.TERM(term="宏观"))
    by_slug = {known.slug: known for known in store.sources()}

    def publish(slug: str, **fields: object) -> int:
        one = draft(slug, title=TITLE, text=TEXT, sketch=build_sketch(TITLE, TEXT), **fields)  # type: ignore[arg-type]
        store_drafts(store, by_slug[slug], [one], NOW)
        return store.items(Listing(source=slug), 1)[0].id

    first = publish("a", minutes=3)
    assert store.item_details([first])[first].card.category is None
    second, third = publish("b", minutes=2, decision=sure), publish("c", minutes=1)
    details = store.item_details([first, second, third])
    assert [details[item].card.category for item in (first, second, third)] == ["economy/macro"] * 3
    assert [details[item].decision.why for item in (first, second, third)] == [
        decisions.STORY_CATEGORY(item=second),
        sure.why,
        decisions.STORY_CATEGORY(item=first),
    ]
    assert store.uncategorized_items(NOW - 24 * HOUR, 10) == []
    assert first in ids(store.items(Listing(category="economy"), 9)), "the story is in the listing of its category"
    found = store.search_items("早点铺", 9, filters=SearchFilter(category="economy"))
    assert ids(found) == [third, second, first], "and all are found by it"


def test_our_city_is_that_of_the_original(store: Store) -> None:
    outlets(store, "a", "b", "c")
    by_slug = {known.slug: known for known in store.sources()}

    def publish(slug: str, place: Place, minutes: float) -> ItemDetail:
        one = draft(slug, title=TITLE, text=TEXT, sketch=build_sketch(TITLE, TEXT), place=place, minutes=minutes)
        store_drafts(store, by_slug[slug], [one], NOW)
        found = store.items(Listing(source=slug), 1)[0].id
        return store.item_details([found])[found]

    first = publish("a", Place("370000", "370400", why=decisions.HOME()), 3)
    reprint = publish("b", Place("410000", "410100", why=decisions.HOME()), 2)
    named = publish("c", Place("320000", "320100", why=decisions.IN_TITLE(names=("南京",))), 1)
    assert reprint.card.place == Place("370000", "370400", why=decisions.AS_ORIGINAL(item=first.card.id))
    assert named.card.place.city == "320100", "what a text names precedes"
    assert [card.id for card in store.items(Listing(region="410100"), 9)] == []
