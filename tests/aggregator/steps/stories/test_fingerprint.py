from __future__ import annotations

import random
from collections import Counter
from math import log
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.stories.fingerprint import build_sketch, key_term_hash
from aggregator.steps.stories.key_terms import MAX_KEY_TERMS
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.terms import extract_terms, stem
from benchmarks.generated_stream import CHANGES, make_original


def test_a_sketch_is_small_sorted_signed_and_stable() -> None:
    report = make_original(random.Random(1))
    found = build_sketch(report.title, fold(report.text))
    assert found == build_sketch(report.title, fold(report.text))
    for numbers, most in ((found.fingerprints, 25), (found.key_terms, 16)):
        assert 0 < len(numbers) <= most
        assert list(numbers) == sorted(set(numbers))
        assert all(-(1 << 63) <= number < 1 << 63 for number in numbers)
    assert not set(found.fingerprints) & set(found.key_terms)


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_shares_marks_whatever_was_changed(change: str) -> None:
    for seed in range(20):
        rng = random.Random(seed)
        report = make_original(rng)
        copy = CHANGES[change](report, rng)
        if len(copy.text) < 40:
            continue  # a sentence cut from three thousand characters
        shared = set(build_sketch(report.title, fold(report.text)).fingerprints) & set(
            build_sketch(copy.title, fold(copy.text)).fingerprints
        )
        assert shared, (change, seed)


def test_nothing_and_oddities_have_a_sketch() -> None:
    assert build_sketch("", "").fingerprints == ()
    assert build_sketch("雨", "\ud800").fingerprints == ()
    assert len(build_sketch("暴雨红色预警信号发布", "").fingerprints) > 1


def test_two_reports_of_one_event_share_topics() -> None:
    one = build_sketch("山亭石板房村通上自来水", fold("一根水管翻过七道梁，山亭区石板房村的三十户人家今起喝上自来水。"))
    two = build_sketch("七道梁上的骡队", fold("山亭通水背后，六头骡子驮了两千根水管，翻过七道梁到石板房村。"))
    other = build_sketch("末班车司机夺得象棋赛冠军", fold("城南公交车队的司机昨晚连克三名高手，夺得全城象棋赛冠军。"))
    assert len(set(one.key_terms) & set(two.key_terms)) >= 3
    assert not set(one.key_terms) & set(other.key_terms)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("暴雨预警", ["暴雨", "雨预", "预警"]),
        ("我们的暴雨", ["暴雨"]),
        ("the storms were moving", ["storm", "mov"]),
        ("新增18例", ["新增", "18例"]),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert extract_terms(text) == expected


def test_stems_of_one_word_agree() -> None:
    assert stem("arrested") == stem("arrests") == stem("arresting") == "arrest"
    assert stem("parties") == stem("party") == "party"
    assert stem("bus") == "bus"


@given(st.text("暴雨枣庄的记者5月ab .，", max_size=30), st.text("暴雨枣庄山亭滕州的记者报道5月ab .，\n", max_size=300))
def test_key_terms_are_those_of_most_weight_and_least_checksum(title: str, text: str) -> None:
    title, text = fold(title), fold(text)
    counts = Counter(extract_terms(text))
    headline = set(extract_terms(title))

    def weight(term: str) -> float:
        size = 1.3 if len(term) > 6 else 0.7 if term[0].isdigit() else 1.0
        in_title = 2.0 if term in headline and counts[term] else 1.3 if term in headline else 1.0
        return size * (1 + log(1 + counts[term])) * in_title

    ranked = sorted({*headline, *counts}, key=lambda term: (-weight(term), crc32(term.encode())))
    chosen = {key_term_hash(term) for term in ranked[:MAX_KEY_TERMS]}
    assert {*build_sketch(title, text).key_terms} == chosen
