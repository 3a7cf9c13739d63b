"""Exact scores: related items, hotness, the similarity of terms, and the overlap of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.messages import decisions
from aggregator.model import Candidate, Place, RelatedItem
from aggregator.steps.stories.comparable_text import (
    MAX_COMPARED,
    comparable_text,
    is_latin,
    ngram_codes,
    ngram_hashes,
    overlap_coefficient,
    strip_punctuation,
)
from aggregator.steps.stories.hotness import DAY_TAU, hotness
from aggregator.steps.stories.related import rank_related
from aggregator.steps.stories.representatives import choose_representatives, represented_bits
from aggregator.steps.stories.similarity import TermSimilarity
from aggregator.steps.stories.term_ids import pack_term_ids, report_term_ids
from aggregator.steps.text.sorted_arrays import count_shared, distinct
from tests.aggregator.steps.stories.test_cluster import CAVE, CAVE_AGAIN, CHESS, item, near, stored

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
SHANDONG, ZAOZHUANG = Place("370000"), Place("370000", "370400", None, decisions.UNKNOWN_REGION())


def score(days: float = 0, place: Place | None = None, category: str | None = None) -> float:
    """Return the score of one related item, which is so many days older; the item itself is of society in Zaozhuang."""
    me = replace(item(1, CAVE, place=ZAOZHUANG), category="society")
    other = item(2, CAVE_AGAIN, hours=-24 * days, place=place)
    candidate = stored(other, 2)._replace(category=category)
    [found] = rank_related(me, 1, near(me, (other, candidate)))
    return found.score


def test_what_is_of_the_same_place_and_category_counts_more_and_what_is_old_less() -> None:
    plain = score()
    assert 0.03 < plain < 0.7
    assert score(10) == score(-10) == pytest.approx(plain / 2, abs=1e-4)
    assert score(category="society") == pytest.approx(1.1 * plain, abs=1e-4)
    assert score(category="sports") == plain
    assert score(place=SHANDONG) == pytest.approx(1.1 * plain, abs=1e-4)
    assert score(place=ZAOZHUANG) == pytest.approx(1.2 * plain, abs=1e-4)
    assert score(30, ZAOZHUANG, "society") == pytest.approx(1.3 * plain / 4, abs=1e-4)


def test_no_score_is_above_one_and_unlike_items_are_left_out() -> None:
    me, same, other = item(1, CAVE), item(2, CAVE), item(3, CHESS)
    found = rank_related(me, 1, near(me, (same, stored(same, 2)), (other, stored(other, 3))))
    assert found == [RelatedItem(2, 1.0)]


def test_witnesses_add_half_of_what_they_share() -> None:
    me, one, two = item(1, CAVE), item(2, CAVE_AGAIN), item(3, CAVE_AGAIN)
    alone = rank_related(me, 1, near(me, (one, stored(one, 2))))[0].score
    both = rank_related(me, 1, near(me, (one, stored(one, 2)), (two, stored(two, 3))))
    assert [found.item_id for found in both] == [2, 3]
    assert both[0].score == both[1].score
    assert both[0].score == pytest.approx(alone + 0.5, abs=0.02)


def test_originals_stand_for_their_stories() -> None:
    me, copy, original = item(1, CAVE), item(2, CAVE_AGAIN), item(3, CAVE_AGAIN)
    candidates = near(me, (copy, stored(copy, 7, reprint_of=3)), (original, stored(original, 7)))
    assert [found.item_id for found in rank_related(me, 1, candidates)] == [3]


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30), st.sampled_from([None, 9])), min_size=1, max_size=8))
def test_hotness_is_the_logarithm_of_the_sum(reports: list[tuple[int, int, int | None]]) -> None:
    told = [(hours, outlet, original) for outlet, hours, original in sorted(reports, key=lambda one: one[1])]
    first: dict[int, int] = {}
    for hours, outlet, _ in told:
        first.setdefault(outlet, hours)
    total, copies = 0.0, 0
    for outlet, hours in first.items():
        weight = 1.0
        if all(original for _, one, original in told if one == outlet):
            copies += 1
            weight = max(0.5 / copies, 0.5 / 16)
        total += weight * exp(hours / 12)
    given_reports = [(outlet, NOW + timedelta(hours=hours), original) for outlet, hours, original in reports]
    assert hotness(given_reports, DAY_TAU) == pytest.approx(NOW.timestamp() / 43_200 + log(total), abs=1e-6)


def terms(title: str, text: str) -> bytes:
    return pack_term_ids(*report_term_ids([(title, text)]))[0]


def test_the_share_of_a_headline_that_a_text_contains() -> None:
    alike = TermSimilarity(
        {1: terms("新桥通车", ""), 2: terms("", "新桥通车典礼"), 3: terms("", "新桥合龙"), 4: terms("", "")}
    )
    cosines = alike.similarities(1, [2, 3, 4])
    assert [round(alike.contained(1, key, cosine), 2) for key, cosine in zip((2, 3, 4), cosines, strict=True)] == [
        1.0, pytest.approx(0.33, abs=0.05), 0.0,
    ]  # fmt: skip
    assert alike.contained(4, 1, 0.0) == 0.0
    assert alike.contained(1, 2, 1.0) == 1.0
    assert [alike.size(key) for key in (1, 2, 4)] == [6, 5, 0]


def test_reports_with_enough_terms_are_informative() -> None:
    words = [f"{chr(97 + number)}qz" for number in range(20)]  # as many pairs of words, but one
    alike = TermSimilarity({size: terms("", "。".join(words[:size])) for size in (20, 19)})
    assert [(alike.size(size), alike.is_informative(size)) for size in (20, 19)] == [(39, False), (37, False)]
    assert TermSimilarity({1: terms("", "。".join(words) + "暴雨")}).is_informative(1)


def test_many_terms_are_told_apart() -> None:
    """However many share a slot of the table of numbers."""
    han = "".join(chr(0x4E00 + number) for number in range(3000))
    alike = TermSimilarity({1: terms("", han[:2000]), 2: terms("", han[1000:]), 3: terms("", han[:2000])})
    same, half = alike.similarities(1, [3, 2])
    assert same == pytest.approx(1.0)
    assert half == pytest.approx(0.31, abs=0.2)
    assert half < 0.6


HAN = st.text("甲乙丙丁", max_size=20)


@given(HAN, HAN, st.integers(2, 5))
def test_shared_ngrams(a: str, b: str, size: int) -> None:
    ours, theirs = ({text[at : at + size] for at in range(len(text) - size + 1)} for text in (a, b))
    mine, other = ngram_hashes(a, size), ngram_hashes(b, size)
    assert (mine.size, other.size) == (len(ours), len(theirs))
    assert count_shared(mine, other) == len(ours & theirs)
    smaller = min(len(ours), len(theirs))
    assert overlap_coefficient(mine, other) == (len(ours & theirs) / smaller if smaller else 0.0)
    assert ngram_codes(a, size).size == max(len(a) - size + 1, 0)
    assert mine.tolist() == sorted(mine.tolist())
    assert distinct(ngram_codes(a, size)).size == mine.size


def test_texts_to_compare() -> None:
    assert (is_latin("ab中"), is_latin("ab中国"), is_latin(""), is_latin("中" * 300 + "a" * 999)) == (
        True,
        False,
        False,
        False,
    )
    assert strip_punctuation("3.5 元, 1,000 a_b.") == "3点5元1000ab"
    assert len(comparable_text("中" * 9999)) == MAX_COMPARED == 6000
    long = "点击查看" + "字" * 77
    assert comparable_text(f"甲。{long}。乙") == f"甲{long}乙"
    assert comparable_text(f"甲。{long[:-1]}。乙") == "甲乙"
    assert np.array_equal(ngram_codes("", 2), ngram_codes("甲", 2))


class Told:
    def __init__(self, number: int, relation: str, represents: int, listings: Mapping[int, str]) -> None:
        self.id, self.relation, self.represents, self.listings = number, relation, represents, listings


def test_who_represents_a_story_in_a_listing() -> None:
    original, copy = Told(1, "original", 0, {1: "a"}), Told(2, "reprint", 0, {1: "a", 2: "b"})
    late = Told(3, "further", 0, {2: "b"})
    assert choose_representatives([copy, late, original], 9) == {"a": 1, "b": 3}
    assert choose_representatives([copy, late, original], 2) == {"a": 2, "b": 2}
    known = Told(4, "further", 2, {2: "b", 4: "c"})
    chosen = choose_representatives([late, known, copy], 9)
    assert chosen == {"a": 2, "b": 4, "c": 4}
    assert [represented_bits(one, chosen) for one in (known, late, copy)] == [6, 0, 1]


def test_candidates_of_other_stories_only() -> None:
    me, other = item(1, CAVE), item(2, CAVE_AGAIN)
    candidate: Candidate = stored(other, 5)
    assert rank_related(me, 5, near(me, (other, candidate))) == []
