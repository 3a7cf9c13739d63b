"""Numbers that are stored must not change: reports of today are compared with those that earlier versions stored."""

from __future__ import annotations

import json
import random
import struct
from zlib import crc32

import numpy as np

from aggregator.steps.stories.features import build_features, unpack_features
from aggregator.steps.stories.fingerprint import build_sketch
from aggregator.steps.stories.term_ids import unpack_term_ids
from aggregator.steps.text.ngrams import characters, code, gathered, sums
from aggregator.steps.text.normalize import fold

CAVE = (
    "沂水县一处未开发溶洞内，五名徒步者因暴雨涨水被困26小时，5月1日6时30分全部获救。"
    "责任编辑：李红。救援队从岩缝进入溶洞，用绳索把人拉出。"
)
LATIN = (
    "The storms flooded 1,200 houses in Old Town. Rescuers carried 35% of the families across the river, police said."
)


def checksum(value: object) -> int:
    return crc32(json.dumps(value).encode())


def invented(seed: int, clauses: int) -> str:
    """Return a text of Han clauses, numbers and Latin words, some of them repeated."""
    rng = random.Random(seed)
    words = ["".join(chr(rng.randrange(0x4E00, 0x4F00)) for _ in range(rng.randrange(2, 9))) for _ in range(clauses)]
    words += ["flooded", "35%", "12人", "Town"] * (clauses // 20)
    return "".join(rng.choice(words) + rng.choice(["", "", " ", "，", "。", "\n"]) for _ in range(4 * clauses))


def first_version(packed: bytes) -> bytes:
    """Return features as they were packed first, with three bytes of each term id."""
    features = unpack_features(packed)
    ids, _ = unpack_term_ids([features.term_ids])
    counts = np.bincount(ids >> np.uint32(24), minlength=4).astype("<u2")
    return (
        struct.pack("<BQ", 1, features.text_hash)
        + counts.tobytes()
        + b"".join(int(number).to_bytes(4, "little")[:3] for number in ids)
    )


REPORTS = [
    ("沂水溶洞五名徒步者全部获救", CAVE),
    ("Storms flood Old Town", LATIN),
    ("暴雨红色预警信号发布", ""),
    ("雨", "雨"),
    ("", LATIN * 40),
    ("溶洞救援：从岩缝到出口", f"{CAVE}\n{LATIN}\n{invented(1, 100)}"),
    (invented(2, 3), invented(2, 400)),
]


def test_sketches_and_features() -> None:
    sketches = [build_sketch(title, fold(text)) for title, text in REPORTS]
    assert [checksum([sketch.fingerprints, sketch.key_terms]) for sketch in sketches] == [
        70580246, 3850010726, 3583936808, 579417255, 2817555853, 3795266199, 4273788012,
    ]  # fmt: skip
    assert [crc32(first_version(build_features(title, fold(text)))) for title, text in REPORTS] == [
        2615286130, 478241949, 1533661934, 2509980452, 309225956, 3206404935, 2676790833,
    ]  # fmt: skip


def test_features_of_the_first_version_are_read() -> None:
    for title, text in REPORTS:
        packed = build_features(title, fold(text))
        assert unpack_features(first_version(packed)) == unpack_features(packed)


def test_features_of_trained_models() -> None:
    found = gathered(3, characters(["abc12", "", "雨a雨a"]))
    assert code("source=a") == 355209885
    assert (found.starts.tolist(), checksum(found.codes.tolist())) == ([0, 15, 16, 26], 3890371429)
    assert checksum([found.at.tolist(), found.size.tolist()]) == 3924705496
    rows = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
    assert sums(rows, np.array([0, 2, 2, 3])).tolist() == [[4, 6], [0, 0], [5, 6]]
    assert sums(rows, np.array([0, 0])).tolist() == [[0, 0]]
