from __future__ import annotations

from aggregator.steps.stories.features import NO_FEATURES, build_features, unpack_features
from aggregator.steps.stories.similarity import TermSimilarity
from aggregator.steps.stories.term_ids import unpack_term_ids

TEXT = "沂水县一处未开发溶洞内,五名徒步者因暴雨涨水被困二十六小时,今晨六时全部获救。"


def test_equal_texts_have_equal_hashes() -> None:
    first, again, other, empty = (
        unpack_features(build_features(title, text))
        for title, text in (("获救", TEXT), ("另一个标题", TEXT), ("获救", TEXT + "无人受伤。"), ("获救", ""))
    )
    assert first.text_hash == again.text_hash != other.text_hash
    assert empty.text_hash == 0


def test_features_of_another_version_are_none() -> None:
    packed = build_features("获救", TEXT)
    assert unpack_features(b"\xff" + packed[1:]) == NO_FEATURES
    assert unpack_features(b"") == NO_FEATURES
    assert TermSimilarity({1: NO_FEATURES.term_ids, 2: unpack_features(packed).term_ids}).similarities(1, [2]) == [0.0]


def test_features_take_the_lead_of_a_text() -> None:
    filler = "".join(chr(0x4E00 + number) for number in range(900))
    ids, sizes = unpack_term_ids(
        [unpack_features(build_features("", filler + tail)).term_ids for tail in ("溶洞获救", "灯塔图纸")]
    )
    assert ids[: sizes[0]].tolist() == ids[sizes[0] :].tolist()
