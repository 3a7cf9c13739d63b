"""Compute an item's sketch: the numbers by which candidates are found.

Fingerprints of the text are chosen so that a copy shares some of them: clauses survive another title, byline or
advertisement, the first ones survive cuts, the least (bottom-k MinHash, Broder 1997) survive removed and added
paragraphs; the least 8-character n-grams survive edits inside of clauses. Key terms are what the item is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from hashlib import blake2b
from math import log
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from aggregator.model import FIRST_KEY_TERM, Sketch
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.pairs import Pairs, find_pairs, find_words, pair_text
from aggregator.steps.text.sorted_arrays import distinct
from feeds.cued_pattern import CuedPattern

FIRST_CLAUSES = 4
LEAST_CLAUSES = 8
LEAST_GRAMS = 10
MAX_KEY_TERMS = 16
LEAD_LENGTH = 400  # characters that show what a text is about
_MAX_TEXT_LENGTH = 4000
_GRAM_LENGTH = 8

# Everything but words, blanks and %.:/- ends a clause, and so does a line; Han stand first, because most are.
_BREAK = re.compile(
    r"[^\u4e00-\u9fff\w \t\r\f\v\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000%.:/-]+"
)
_NOISE = re.compile(r"[\W_]+")
_BOILERPLATE = CuedPattern.compile(
    "编辑 来源 记者 原标题 点击 扫码 二维码 转载 版权 免责 关注 公众号 客户端 下载",
    r"责任编辑|编辑[:：]|来源[:：]|记者[:：]|原标题|点击|扫码|二维码|转载|版权|免责|关注|公众号|客户端|下载",
)
_HASH_BITS = FIRST_KEY_TERM - 1
_PRIME, _MIX, _HALF = 0x9E3779B97F4A7C15, np.uint64(0xBF58476D1CE4E5B9), np.uint64(29)
_POWERS = {exponent: np.uint64(pow(_PRIME, exponent, 1 << 64)) for exponent in (1, 2, 4, 8)}


def _hashes(kind: bytes, values: Iterable[str]) -> list[int]:
    """Return hashes of 31 bits; the kind is mixed in, because all share one index."""
    digests = [blake2b(kind + value.encode("utf-8", "replace"), digest_size=8).digest() for value in values]
    hashes: list[int] = (np.frombuffer(b"".join(digests), ">i8") & _HASH_BITS).tolist()
    return hashes


def _key_term_hashes(terms: Iterable[str]) -> list[int]:
    return [number + FIRST_KEY_TERM for number in _hashes(b"o", terms)]


def key_term_hash(term: str) -> int:
    """Return the hash of a key term."""
    return _key_term_hashes([term])[0]


def _split_clauses(text: str) -> list[str]:
    return _BREAK.split(text.replace(". ", "\n"))


def _clauses(parts: list[str], text: str) -> list[str]:
    """Return clauses without spaces and punctuation, at least ten characters long, except boilerplate."""
    parts = [part for part in parts if len(part) > 9]
    if _BOILERPLATE.may_match(text):
        parts = [part for part in parts if not _BOILERPLATE.pattern.search(part)]
    return [clause for clause in dict.fromkeys(_letters(parts)) if len(clause) > 9]


def _letters(parts: list[str]) -> list[str]:
    """Return the letters and digits of each part."""
    return [part if part.isalnum() else _NOISE.sub("", part) for part in parts]


def _least_grams(bare: str, count: int) -> list[int]:
    """Return the least hashes of all runs of eight characters (24 Latin letters, which carry less information)."""
    size = _GRAM_LENGTH if len(bare.encode("utf-8", "replace")) > 2 * len(bare) else 3 * _GRAM_LENGTH
    length = len(bare) - size + 1
    if length < 1:
        return []
    codes = np.frombuffer(bare.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    hashes = _rolling_hashes(codes, size)
    hashes ^= hashes >> _HALF
    hashes *= _MIX
    hashes ^= hashes >> _HALF
    if length > 4 * count:
        hashes = np.partition(hashes, 4 * count)[: 4 * count]  # repeated runs would take several places
    hashes.sort()
    distinct = dict.fromkeys(hashes.view(np.int64).tolist())
    return [number & _HASH_BITS for number in list(distinct)[:count]]  # the least ones have no high bits


def _rolling_hashes(codes: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """Return the polynomial hash of all runs of ``size`` codes: 8, or 24 as three of 8."""
    hashes = codes
    for width in (1, 2, 4):  # a run of twice the width is two runs
        hashes = hashes[:-width] * _POWERS[width] + hashes[width:]
    if size == _GRAM_LENGTH:
        return hashes
    return (hashes[:-16] * _POWERS[8] + hashes[8:-8]) * _POWERS[8] + hashes[16:]


def _fingerprints(title: str, text: str) -> set[int]:
    parts = _split_clauses(text)
    clauses = _clauses(parts, text)
    rest = clauses[FIRST_CLAUSES:]
    if len(rest) > LEAST_CLAUSES:
        rest = sorted(rest, key=lambda clause: crc32(clause.encode("utf-8", "replace")))[:LEAST_CLAUSES]
    marks = set(_hashes(b"c", clauses[:FIRST_CLAUSES] + rest))
    bare = "".join(_letters(parts))
    marks.update(_least_grams(bare, LEAST_GRAMS))
    bare_title = _NOISE.sub("", title)
    if len(bare_title) > 5:
        marks.update(_hashes(b"t", [bare_title]))
        marks.update(_hashes(b"c", _clauses(_split_clauses(title), title)[:2]))
        if len(bare) < 2 * len(bare_title):  # a title alone has only its own n-grams
            marks.update(_least_grams(bare_title, LEAST_GRAMS // 2))
    return marks


def _key_terms(title: str, text: str) -> list[str]:
    """Return the terms of most weight: repeated, in the title, longer. Ties are broken by hash, so that two reports of
    one event choose alike.
    """
    whole = f"{title}\n{text[:LEAD_LENGTH]}\n{text[LEAD_LENGTH : 3 * LEAD_LENGTH]}"
    lead_start, later_start = len(title) + 1, len(title) + 2 + min(len(text), LEAD_LENGTH)
    words = find_words(whole)
    found, starts = find_pairs(whole, words)
    title_end, lead_end = starts.searchsorted([lead_start, later_start]).tolist()
    pairs, pair_weights = _weigh_pairs(found[:title_end], found[title_end:lead_end], found[lead_end:])
    word_weights = _weigh_words(
        [word for word, start, _ in words if start < lead_start],
        [word for word, start, _ in words if lead_start <= start < later_start],
        [word for word, start, _ in words if start >= later_start],
    )
    if len(pairs) + len(word_weights) <= MAX_KEY_TERMS:
        return [*map(pair_text, pairs.tolist()), *word_weights]
    least = sorted([*np.sort(pair_weights)[-MAX_KEY_TERMS:].tolist(), *word_weights.values()])[-MAX_KEY_TERMS]
    chosen = [*map(pair_text, pairs[pair_weights > least].tolist())]
    chosen += [word for word, weight in word_weights.items() if weight > least]
    tied = [(crc32(word.encode("utf-8", "replace")), word) for word, weight in word_weights.items() if weight == least]
    tied += _first_pairs(pairs[pair_weights == least], MAX_KEY_TERMS - len(chosen))
    return chosen + [term for _, term in sorted(tied)[: MAX_KEY_TERMS - len(chosen)]]


def _first_pairs(pairs: Pairs, count: int) -> list[tuple[int, str]]:
    """Return (CRC-32, text) of the pairs with the least CRC."""
    checks = _CHECKS[0][pairs >> np.uint32(16)] ^ _CHECKS[1][pairs & np.uint32(0xFFFF)]
    first = checks.argsort()[:count]
    return list(zip(checks[first].tolist(), map(pair_text, pairs[first].tolist()), strict=True))


def _weigh_pairs(in_title: Pairs, in_lead: Pairs, later: Pairs) -> tuple[Pairs, NDArray[np.float64]]:
    """Return the pairs of title and lead, ascending, with their weights."""
    pairs = distinct(np.concatenate([in_title, in_lead]))
    if not pairs.size:
        return pairs, np.zeros(0)
    below = pairs[:-1]  # so that a pair beyond the last one is compared with the last one
    places = below.searchsorted(later)
    repeated = places[pairs[places] == later]
    counts = np.bincount(np.concatenate([below.searchsorted(in_lead), repeated]), minlength=pairs.size)
    headline = np.zeros(pairs.size, np.intp)
    headline[below.searchsorted(in_title)] = 1
    return pairs, _PAIR_WEIGHTS[headline, counts]


def _weigh_words(in_title: Collection[str], in_lead: list[str], later: list[str]) -> dict[str, float]:
    """Return the weights of the words of title and lead."""
    counted = in_lead + later
    return {
        word: _weight(len(word) > 6, word[0].isdigit(), counted.count(word), word in in_title)
        for word in {*in_title, *in_lead}
    }


@lru_cache(maxsize=1024)  # of some hundred terms most are equal
def _weight(long: bool, number: bool, count: int, in_headline: bool) -> float:
    size = 1.3 if long else 0.7 if number else 1.0
    return size * (1 + log(1 + count)) * (2.0 if in_headline and count else 1.3 if in_headline else 1.0)


def _check_tables() -> list[NDArray[np.uint32]]:
    """Return what a character contributes to the CRC-32 of a pair in UTF-8 as its first and as its second one.

    CRC is linear: that of two characters is the XOR of what their bytes contribute at their places.
    """
    points = np.arange(0xA000, dtype=np.uint32)  # of three bytes, from 0x800
    encoded = (0xE0 | points >> 12, 0x80 | points >> 6 & 0x3F, 0x80 | points & 0x3F)
    empty = crc32(bytes(6))
    parts = [
        np.array([crc32(bytes(place) + bytes([byte]) + bytes(5 - place)) ^ empty for byte in range(256)], np.uint32)
        for place in range(6)
    ]
    first, second = (np.bitwise_xor.reduce([parts[start + at][encoded[at]] for at in range(3)]) for start in (0, 3))
    return [first, second ^ np.uint32(empty)]


_CHECKS = _check_tables()
_PAIR_WEIGHTS = np.array(  # by whether the headline has it, and how often the text
    [[_weight(False, False, count, headline) for count in range(3 * LEAD_LENGTH)] for headline in (False, True)]
)


def build_sketch(title: str, text: str) -> Sketch:
    """Return the sketch of an item; ``text`` is normalized plain text, ``title`` as published."""
    title, text = fold(title), text[:_MAX_TEXT_LENGTH]
    marks = _fingerprints(title, text)
    topics = set(_key_term_hashes(_key_terms(title, text)))
    return Sketch(tuple(sorted(marks)), tuple(sorted(topics)))
