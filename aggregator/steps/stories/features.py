"""Features of a report, by which it is compared with others.

They are computed once, when it is read, and stored: the ids of its terms (``term_ids``), by which similarity is
measured, and a sample of its longer n-grams, which shows whether two texts may be copies. The texts themselves are read
only for pairs that these leave open.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.stories.comparable_text import comparable_text, count_shared, is_latin, ngram_hashes
from aggregator.steps.stories.compare import MIN_RUN_OVERLAP, MIN_TEXT_LENGTH, run_length
from aggregator.steps.stories.term_ids import pack_term_ids, report_term_ids
from aggregator.steps.text.normalize import fold

LEAD_LENGTH = 800  # characters of text whose terms count; three times as many in Latin script, whose letters carry less
SAMPLE_SIZE = 96  # n-grams kept of a text at most; of longer texts those with the least hashes
_VERSION = 1
_HEADER = struct.Struct("<BBHQ")  # version, shift of the sample, bytes of the terms, hash of the text
_SPREAD = 2.0  # standard deviations of a sample by which two texts are given the benefit of the doubt


@dataclass(frozen=True, slots=True)
class ReportFeatures:
    """Unpacked features."""

    term_ids: bytes  # packed (``unpack_term_ids``)
    text_hash: int  # of the comparable text; 0 if it is too short to be compared
    sample: NDArray[np.uint32]  # hashes below ``2 ** (32 - shift)`` of the longer n-grams, ascending
    shift: int


NO_FEATURES = ReportFeatures(pack_term_ids(np.empty(0, np.uint32)), 0, np.empty(0, np.uint32), 0)


def build_features(title: str, text: str) -> bytes:
    """Return the packed features of a report; ``title`` as published, ``text`` normalized."""
    terms = pack_term_ids(report_term_ids(fold(title), text[: _lead_length(text)]))
    told = comparable_text(text)
    if len(told) < MIN_TEXT_LENGTH:
        return _HEADER.pack(_VERSION, 0, len(terms), 0) + terms
    text_hash = int.from_bytes(blake2b(told.encode("utf-8", "replace"), digest_size=8).digest(), "little") or 1
    sample, shift = _sample(told)
    return _HEADER.pack(_VERSION, shift, len(terms), text_hash) + terms + sample.astype("<u4").tobytes()


def unpack_features(packed: bytes) -> ReportFeatures:
    """Return the features that ``build_features`` packed; none for bytes of another version."""
    if len(packed) < _HEADER.size or packed[0] != _VERSION:
        return NO_FEATURES
    _, shift, size, text_hash = _HEADER.unpack_from(packed)
    end = _HEADER.size + size
    sample = np.frombuffer(packed, "<u4", offset=end)
    return ReportFeatures(packed[_HEADER.size : end], text_hash, sample, shift)


def may_be_copies(a: ReportFeatures, b: ReportFeatures) -> bool:
    """Return whether two texts may share enough longer n-grams to be copies or rewritten copies of each other."""
    if a.text_hash == b.text_hash or not a.text_hash or not b.text_hash:
        return True  # equal, or too short to tell
    shift = max(a.shift, b.shift)
    ours, theirs = _coarser(a, shift), _coarser(b, shift)
    size = min(ours.size, theirs.size)
    expected = MIN_RUN_OVERLAP * size
    spread = _SPREAD * (expected * (1.0 - MIN_RUN_OVERLAP)) ** 0.5
    return bool(count_shared(ours, theirs) >= expected - spread)


def _lead_length(text: str) -> int:
    lead = text[:LEAD_LENGTH]
    return 3 * LEAD_LENGTH if len(lead.encode("utf-8", "replace")) < 1.2 * len(lead) else LEAD_LENGTH


def _sample(told: str) -> tuple[NDArray[np.uint32], int]:
    hashes = (ngram_hashes(told, run_length(is_latin(told))) >> np.uint64(32)).astype(np.uint32)
    shift = max(0, (hashes.size - 1) // SAMPLE_SIZE).bit_length()
    return hashes[hashes < (1 << (32 - shift))] if shift else hashes, shift


def _coarser(features: ReportFeatures, shift: int) -> NDArray[np.uint32]:
    """Return the part of the sample that a sample of another text with this shift would have."""
    if shift == features.shift:
        return features.sample
    return features.sample[: features.sample.searchsorted(np.uint32(1 << (32 - shift)))]
