"""How many candidates of a new item are compared, and in which order."""

from __future__ import annotations

import random
from collections.abc import Collection

import pytest

from aggregator.messages import decisions
from aggregator.model import Candidate, Place, Placement, Relation
from aggregator.steps.stories.cluster import CANDIDATE_WINDOW, NewItem, decide_placements
from tests.aggregator.steps.stories.test_cluster import (
    CAVE,
    CAVE_AGAIN,
    CHESS,
    LIGHT,
    TEXTS,
    decide,
    item,
    near,
    one,
    stored,
)


def invented(number: int, length: int) -> tuple[str, str]:
    """Return a report that has nothing in common with those of other numbers."""
    rng = random.Random(number)
    return f"第{number}篇", "".join(chr(0x5000 + 40 * (number % 300) + rng.randrange(40)) for _ in range(length))


def placed(new: NewItem, candidates: list[tuple[Candidate, int, float]]) -> tuple[Placement, list[int]]:
    """Return the placement of an item, and the stored reports whose texts were read, in their order."""
    asked: list[int] = []

    def read(ids: Collection[int]) -> dict[int, str]:
        asked.extend(sorted(ids))
        return {number: TEXTS[number] for number in ids}

    return one(decide_placements([new], {new.id: candidates}, read)), asked


@pytest.mark.parametrize(("length", "most"), [(60, 10), (1998, 10), (2499, 8), (4999, 4), (6000, 3), (9999, 3)])
def test_the_longer_a_text_the_fewer_it_is_compared_with(length: int, most: int) -> None:
    new = item(1, invented(1, length))
    others = [(stored(item(number, invented(number, 80)), number), number, 0.5) for number in range(2, 14)]
    assert placed(new, others)[1] == list(range(14 - most, 14))


def test_a_copy_of_a_long_text_shares_more_than_one_fingerprint() -> None:
    for clauses, read in ((2, [2, 3]), (40, [3])):
        new = item(1, ("第1篇", "。".join(invented(number, 12)[1] for number in range(100, 100 + clauses))))
        others = [(stored(item(number, invented(number, 80)), number), number - 1, 0.5) for number in (2, 3)]
        assert placed(new, others)[1] == read


@pytest.mark.parametrize(("nearer", "story"), [(29, 9), (30, None)])
def test_candidates_that_share_most_key_terms_come_first(nearer: int, story: int | None) -> None:
    new, related = item(1, CAVE_AGAIN), item(2, CAVE)
    others = [(stored(item(number, invented(number, 60)), number), 0, 0.5) for number in range(10, 10 + nearer)]
    assert placed(new, [*others, (stored(related, 9), 0, 0.4)])[0].story_id == story


def test_candidates_of_a_document_are_of_the_last_weeks() -> None:
    days = CANDIDATE_WINDOW.days
    for later, joined in ((days - 1, True), (days + 1, False)):
        first, again = item(1, CAVE), item(2, CAVE, hours=24 * later)
        placements = {found.item_id: found for found in decide([first, again], {})}
        assert (placements[2].reprint_of == 1) is joined


def test_the_nearest_story_is_joined_and_its_report_named() -> None:
    new, first, second = item(1, CAVE_AGAIN), item(2, CAVE), item(3, CHESS)
    found = one(decide([new], {1: near(new, (second, stored(second, 5)), (first, stored(first, 9)))}))
    assert found.story_id == 9
    assert found.why == decisions.LIKENESS(likeness=found.similarity, item=2)


def test_a_reworded_copy_joins_as_rewritten() -> None:
    text = CAVE[1].replace("今晨六时全部获救", "天亮以后人都平安")
    first, new = item(1, CAVE), item(2, ("五人平安走出溶洞", text), hours=1)
    found = one(decide([new], {2: near(new, (first, stored(first, 9)))}))
    assert (found.relation, found.story_id, found.reprint_of) == (Relation.REWRITE, 9, None)
    assert decisions.REWORDED.matches(found.why)
    assert 0.3 < found.similarity < 1


def test_bulletins_of_a_series_open_stories_of_their_own() -> None:
    first = item(1, ("沂水溶洞救援第2期简报", CAVE[1]))
    for title, story in (("沂水溶洞救援第3期简报", None), ("沂水溶洞的救援者", 9)):
        new = item(2, (title, CAVE_AGAIN[1]), hours=30)
        assert one(decide([new], {2: near(new, (first, stored(first, 9)))})).story_id == story


def test_what_contradicts_bars_its_whole_story() -> None:
    other = (CAVE[0].replace("五名", "七名"), CAVE[1].replace("五名", "七名"))
    first, second, new = item(1, other), item(2, CAVE_AGAIN), item(3, CAVE, hours=2)
    apart = near(new, (first, stored(first, 9)), (second, stored(second, 8)))
    assert one(decide([new], {3: apart})).story_id == 8
    together = near(new, (first, stored(first, 9)), (second, stored(second, 9)))
    assert one(decide([new], {3: together})).story_id is None


def test_copies_of_copies_and_of_originals() -> None:
    first, copy, new = item(1, CAVE), item(2, ("溶洞救援", CAVE[1])), item(3, ("又一个标题", CAVE[1]), hours=2)
    found = one(decide([new], {3: near(new, (copy, stored(copy, 7, reprint_of=1)), (first, stored(first, 7)))}))
    assert (found.reprint_of, found.similarity, found.why) == (1, 1.0, decisions.BIGRAMS(overlap=1.0, size=51))
    other = item(4, LIGHT)
    unrelated = one(decide([new], {3: near(new, (other, stored(other, 4)))}))
    assert unrelated == Placement(3, None, Relation.ORIGINAL, why=decisions.ALONE())


def test_places_count_between_the_stories_that_an_item_joins() -> None:
    here, there = (Place(code, None, None, decisions.IN_TITLE(names=())) for code in ("370000", "410000"))
    first, second = item(1, CAVE, place=here), item(2, CAVE_AGAIN, place=there)
    new = item(3, (CAVE[0], CAVE[1][:30] + CAVE_AGAIN[1][20:]), hours=1)
    found = one(decide([new], {3: near(new, (first, stored(first, 11)), (second, stored(second, 12)))}))
    assert found.merged_stories == ()
