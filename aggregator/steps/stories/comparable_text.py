"""Reduce texts to what a comparison needs, and count what two of them share.

N-grams of characters are compared as sorted arrays of 32-bit hashes: of two thousand n-grams, two share one by chance
once in two thousand texts.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from aggregator.steps.text.sorted_arrays import count_shared, distinct

NgramHashes = NDArray[np.uint32]
NgramCodes = NDArray[np.uint64]

MAX_COMPARED = 6000  # characters of a text that are compared; the rest rarely matters
_LEAD_LENGTH = 300  # characters that show the script of a text
_LATIN = re.compile(r"[a-z]")
_PUNCTUATION = re.compile(r"[\W_]+")
_DECIMAL = re.compile(r"\.(?<=\d\.)(?=\d)")  # what begins with a character is found faster
_DATELINE = re.compile(
    r"^[^。!?,;\n]{0,24}?(?:(?<![停供用来断通充节发])电|讯|消息)(?=[\s,:(（】\])])[\s,:】\])]*|^[^。!?\n]{0,16}?\d{1,2}月\d{1,2}日(?:电|讯)"
)
_CREDIT = re.compile(  # one set of first characters makes the search faster
    r"[(（\[【责编来原作审校监记](?:(?<=[(（\[【])[^()（）\[\]【】\n]{0,8}"
    r"(?:记者|通讯员|编辑|责编|作者|来源|供图|摄影?|文/|图/|实习生|转自)[^()（）\[\]【】\n]{0,60}[)）\]】]"
    r"|(?:(?<=责)(?:任编辑|编)|(?<=编)辑|(?<=来)源|(?<=原)标题|(?<=作)者|(?<=审)核|(?<=校)对|(?<=监)制|(?<=记)者)\s*:\s*\S{1,30})"
)
_CALL_TO_ACTION = re.compile(
    "点击(?:查看|阅读|进入)|扫码|二维码|公众号|阅读全文|查看更多|版权(?:归|所有)|未经授权|转载请|下载客户端"
)
_LEAD_IN = re.compile(  # who reported it, after the dateline: 据陇南晚报报道, 小编从有关部门获悉,
    r"^\s*(?:[^,。!?:;\n]{0,22}(?:报道|消息|讯|获悉|了解到|悉|导读)\s*[,:】]\s*|(?:近日|日前|近期),){1,2}"
)
_TAIL = re.compile(  # what follows an excerpt: ...[查看全文], [详细], (未完), 更多>>
    r"(?:\.{2,}|[\[【(])[\s.\[【(]*(?:点击)?(?:查看|阅读|浏览)?(?:全文|详细|详情|更多|原文|未完|待续)?\s*[\])】>»]*\s*$"
)
_TAIL_LENGTH = 80  # characters at the end in which it is looked for
_SENTENCE_END = re.compile(r"[。!?\n]")
_MULTIPLIER, _MIX, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(29)
_HALF, _CHARACTER = np.uint64(32), np.uint32(16)
_NONE = np.empty(0, np.uint64)


def strip_punctuation(text: str) -> str:
    """Keep letters and digits only; a decimal point becomes a word."""
    return _PUNCTUATION.sub("", _DECIMAL.sub("点", text))


def comparable_text(text: str) -> str:
    """Return normalized text without dateline, lead-in, credits, links and punctuation."""
    text = _DATELINE.sub("", text[:MAX_COMPARED].lstrip(), count=1)
    text = text[:-_TAIL_LENGTH] + _TAIL.sub("", text[-_TAIL_LENGTH:])
    text = _CREDIT.sub(" ", _LEAD_IN.sub("", text, count=1))
    if _CALL_TO_ACTION.search(text):
        text = "".join(part for part in _SENTENCE_END.split(text) if not _CALL_TO_ACTION.search(part) or len(part) > 80)
    return strip_punctuation(text)


def is_latin(text: str) -> bool:
    """Return whether most of the lead of a comparable text is in Latin letters."""
    lead = text[:_LEAD_LENGTH]
    return len(_LATIN.findall(lead)) * 2 > len(lead)


def ngram_hashes(text: str, size: int) -> NgramHashes:
    """Return the hashes of the distinct n-grams of ``size`` characters, ascending."""
    if size > 2:
        return distinct((ngram_codes(text, size) >> _HALF).astype(np.uint32))
    points = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    return distinct(points[:-1] << _CHARACTER ^ points[1:])


def ngram_codes(text: str, size: int) -> NgramCodes:
    """Return 64-bit hashes of all n-grams of ``size`` characters, in their order."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    length = codes.size - size + 1
    if length < 1:
        return _NONE
    hashes = codes[:length].copy()
    for shift in range(1, size):
        hashes *= _MULTIPLIER
        hashes += codes[shift : shift + length]
    hashes ^= hashes >> _SHIFT
    hashes *= _MIX
    hashes ^= hashes >> _SHIFT
    return hashes


def overlap_coefficient(a: NgramHashes, b: NgramHashes) -> float:
    """Return the share of the smaller set that the other has, 0..1."""
    smaller = min(a.size, b.size)
    return count_shared(a, b) / smaller if smaller else 0.0
