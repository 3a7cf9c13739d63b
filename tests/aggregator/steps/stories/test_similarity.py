from __future__ import annotations

from itertools import pairwise
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.stories.features import build_features, unpack_features
from aggregator.steps.stories.similarity import TermSimilarity
from aggregator.steps.stories.term_ids import (
    NUMBER_BIT,
    count_terms,
    pack_term_ids,
    report_term_ids,
    unpack_term_ids,
)
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.terms import extract_terms

_PIECES = [
    "新桥通车",
    "的",
    "记者报道",
    "5月10日",
    "3.5%",
    "12",
    "7",
    "bridges",
    "opened",
    "of",
    "a",
    "é",
    " ",
    "，",
    "\n",
]
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=12).map(lambda pieces: fold("".join(pieces)))


def _term_set(text: str) -> set[str]:
    found = extract_terms(text)
    return {*found, *(f"{a} {b}" for a, b in pairwise(found) if a.isascii() and b.isascii())}


@given(_TEXTS, _TEXTS)
def test_codes_stand_for_the_terms_one_for_one(a: str, b: str) -> None:
    ours, theirs = ({*report_term_ids([("", text)])[0].tolist()} for text in (a, b))
    assert (len(ours), len(theirs)) == (len(_term_set(a)), len(_term_set(b)))
    assert len(ours & theirs) == len(_term_set(a) & _term_set(b))
    assert sum(code & NUMBER_BIT != 0 for code in ours) == sum(term[0].isdigit() for term in _term_set(a))


@given(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=4))
def test_ids_are_packed_without_loss(reports: list[tuple[str, str]]) -> None:
    ids, counts = report_term_ids(reports)
    unpacked, sizes = unpack_term_ids(pack_term_ids(ids, counts))
    assert (unpacked.tolist(), sizes.tolist()) == (ids.tolist(), counts.tolist())


@pytest.mark.parametrize("common", [0, 1, 47, 48, 300, 60_000])
def test_many_and_few_ids_are_packed_without_loss(common: int) -> None:
    rng = np.random.default_rng(common)
    ids = np.unique(np.concatenate([rng.integers(0, NUMBER_BIT, common), [NUMBER_BIT + 7, 4 * NUMBER_BIT - 1]]))
    told = np.concatenate([ids, ids]).astype(np.uint32)
    packed, _, _ = all_packed = pack_term_ids(told, np.array([ids.size, 0, ids.size]))
    unpacked, sizes = unpack_term_ids(all_packed)
    assert unpacked.tolist() == [*ids.tolist(), *ids.tolist()]
    assert sizes.tolist() == [ids.size, 0, ids.size]
    assert count_terms(packed) == ids.size


def _packed(text: str) -> bytes:
    return pack_term_ids(*report_term_ids([("", text)]))[0]


def test_no_term_counts_twice_but_the_title_counts_between_titles() -> None:
    (together, _), (alone, _) = (report_term_ids([(title, "新桥通车了")]) for title in ("新桥通车", ""))
    assert together.size == len({*together.tolist()}) == 2 * alone.size
    assert {*alone.tolist()} < {*together.tolist()}


def test_likeness_is_the_cosine_of_what_the_originals_weigh() -> None:
    told = {1: "新桥通车 12", 2: "新桥合龙 12", 3: "新桥通车 40"}
    alike = TermSimilarity({key: _packed(text) for key, text in told.items()}, copies=[3])
    held = [{*extract_terms(told[key])} for key in (1, 2)]
    weights = {
        term: log(2002 / (sum(term in report for report in held) + 1)) ** 2 * (4 if term[0].isdigit() else 1)
        for term in held[0] | held[1]
    }

    def cosine(a: int, b: int) -> float:
        ours, theirs = ({*extract_terms(told[key])} for key in (a, b))
        length = [sqrt(sum(weights.get(term, 0.0) for term in report)) for report in (ours, theirs)]
        return sum(weights.get(term, 0.0) for term in ours & theirs) / (length[0] * length[1])

    assert alike.similarities(1, [1, 2, 3]) == pytest.approx([1.0, cosine(1, 2), cosine(1, 3)])
    assert alike.similarities(2, [1, 3]) == pytest.approx([cosine(1, 2), cosine(2, 3)])


def test_reports_that_tell_nothing_are_like_none() -> None:
    alike = TermSimilarity({1: _packed(""), 2: _packed("新桥通车")})
    assert alike.similarities(1, [1, 2]) == [0.0, 0.0]
    assert alike.similarities(2, []) == []


def _features_terms(title: str, text: str) -> bytes:
    return unpack_features(build_features(title, text)).term_ids


def test_bulletins_of_one_minute_are_not_similar_by_their_date() -> None:
    prices = _features_terms(
        "11月29日13时26分济南菜价：菠菜每斤1.8元", "11月29日13时26分,菠菜每斤1.8元,鸡蛋每斤4.5元。"
    )
    weather = _features_terms(
        "枣庄11月29日13时26分天气：最高9度", "枣庄11月29日13时26分天气实况:全市多云,最高气温9度。"
    )
    assert TermSimilarity({1: prices, 2: weather}).similarities(1, [2]) == [pytest.approx(0.0)]
