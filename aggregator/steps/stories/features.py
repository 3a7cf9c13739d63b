"""Features of a report, by which it is compared with others.

They are computed once, when it is read, and stored: the ids of its terms (``term_ids``), by which similarity is
measured, and a hash of its text, which shows that two texts are equal. The texts are read only for pairs that these
leave open.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from aggregator.steps.stories.term_ids import pack_term_ids, repack_term_ids, report_term_ids
from aggregator.steps.text.batches import Report
from aggregator.steps.text.normalize import fold

LEAD_LENGTH = 800  # characters of text whose terms count; three times as many in Latin script, whose letters carry less
_VERSION = 2
_DATE_TIME = re.compile(r"\d\d?(?:月\d{1,2}日(?:\d{1,2}[时点](?:\d{1,2}分)?)?|[时点]\d{1,2}分)")
_HEADER = struct.Struct("<BQ")  # version, hash of the text


class ReportFeatures(NamedTuple):
    """Unpacked features."""

    term_ids: bytes  # packed (``unpack_term_ids``)
    text_hash: int  # 0 if there is no text


NO_FEATURES = ReportFeatures(pack_term_ids(np.empty(0, np.uint32), np.zeros(1, np.int64))[0], 0)


def build_features(title: str, text: str) -> bytes:
    """Return the packed features of a report; ``title`` as published, ``text`` normalized."""
    return build_features_of([(fold(title), text)])[0]


def build_features_of(reports: Sequence[Report]) -> list[bytes]:
    """Return the packed features of reports (title, text), all normalized.

    Dates and times are no terms: two bulletins of one minute would be similar by nothing else.
    """
    ids, sizes = report_term_ids([(title, text[: _lead_length(text)]) for title, text in reports], _DATE_TIME)
    packed = zip(reports, pack_term_ids(ids, sizes), strict=True)
    return [_HEADER.pack(_VERSION, _text_hash(text)) + term_ids for (_, text), term_ids in packed]


def _text_hash(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little") if text else 0


def unpack_features(packed: bytes) -> ReportFeatures:
    """Return the features that this version or the one before packed; none for other bytes."""
    if len(packed) < _HEADER.size or not 0 < packed[0] <= _VERSION:
        return NO_FEATURES
    version, text_hash = _HEADER.unpack_from(packed)
    term_ids = packed[_HEADER.size :]
    return ReportFeatures(term_ids if version == _VERSION else repack_term_ids(term_ids), text_hash)


def _lead_length(text: str) -> int:
    lead = text[:LEAD_LENGTH]
    return 3 * LEAD_LENGTH if len(lead.encode("utf-8", "replace")) < 1.2 * len(lead) else LEAD_LENGTH
