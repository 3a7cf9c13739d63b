"""How two reports relate: the same text (REPRINT), largely the same (REWRITE), another text about the same (FURTHER)
or not at all.

The measure is the overlap coefficient (shared n-grams by those of the smaller text), which does not mind cutting,
added lines or another headline. Texts that share a skeleton but state other numbers, dates, ordinals or places in
the same place are bulletins of a series, never reprints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from aggregator.messages import Message, decisions
from aggregator.model import Relation
from aggregator.steps.stories.entity_conflicts import is_notice
from aggregator.steps.stories.fact_conflicts import contradictions
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.terms import terms

_LEAD = 300
_COMPARED = 6000  # characters of a text; what follows seldom tells copies apart, and costs
_SHORTEST = 24  # characters of text below which only headlines are compared
_REWRITTEN = 0.35  # of the longer runs: below it two texts were written separately
_FORMULA_OVERLAP = 0.963
_HEADLINE = 9  # characters a headline needs to stand for its text
_LATIN = re.compile(r"[a-z]")
_MARKS = re.compile(r"[\W_]+")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
_DATELINE = re.compile(
    r"^[^。!?,;\n]{0,24}?(?:(?<![停供用来断通充节发])电|讯|消息)(?=[\s,:(（】\]])[\s,:】\]]*|^[^。!?\n]{0,16}?\d{1,2}月\d{1,2}日(?:电|讯)"
)
_CREDIT = re.compile(
    r"[(（\[【][^()（）\[\]【】\n]{0,8}(?:记者|通讯员|编辑|责编|作者|来源|供图|摄影?|文/|图/|实习生|转自)[^()（）\[\]【】\n]{0,60}[)）\]】]"
    r"|(?:责任编辑|责编|编辑|来源|原标题|作者|审核|校对|监制|记者)\s*:\s*\S{1,30}"
)
_CALL = re.compile(
    "点击(?:查看|阅读|进入)|扫码|二维码|公众号|阅读全文|查看更多|版权(?:归|所有)|未经授权|转载请|下载客户端"
)
_SENTENCE_END = re.compile(r"[。!?\n]")


@dataclass(frozen=True, slots=True)
class Comparison:
    """``similarity`` 0..1; ``why`` the figures behind it; ``contradiction`` what kept similar texts apart."""

    relation: Relation | None
    similarity: float
    why: Message
    contradiction: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report made ready to be compared many times."""

    title: str  # folded and bare
    text: str  # the same, without dateline, credits and calls to click
    runs: frozenset[str]  # its grams of 5 characters (Latin: 12)
    topics: frozenset[str]  # terms of title and lead
    latin: bool


def grams(text: str, size: int) -> frozenset[str]:
    return frozenset([text[i : i + size] for i in range(len(text) - size + 1)])


@lru_cache(maxsize=64)  # one new text is compared with several stored ones
def _pairs(text: str, size: int) -> frozenset[str]:
    return grams(text, size)


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared by those of the smaller set, 0..1."""
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 0.0


def bare(text: str) -> str:
    """Letters and digits alone; a decimal point is read out."""
    return _MARKS.sub("", _DECIMAL.sub("点", text))


def body(text: str) -> str:
    """Folded text without dateline, credits and calls to click, bare."""
    text = _CREDIT.sub(" ", _DATELINE.sub("", text.lstrip(), count=1))
    if _CALL.search(text):
        text = "".join(part for part in _SENTENCE_END.split(text) if not _CALL.search(part) or len(part) > 80)
    return bare(text)


def prepare(title: str, text: str) -> Prepared:
    """``title`` as published, ``text`` folded."""
    told = body(text[:_COMPARED])
    latin = len(_LATIN.findall(told[:_LEAD])) * 2 > len(told[:_LEAD])
    headline = fold(title)
    topics = frozenset(terms(f"{headline}\n{text[:_LEAD]}"))
    return Prepared(bare(headline), told, grams(told, 12 if latin else 5), topics, latin)


def compare(a_title: str, a_text: str, b_title: str, b_text: str, *, same_source: bool = False) -> Comparison:
    """Titles as published, texts folded."""
    return compare_prepared(prepare(a_title, a_text), prepare(b_title, b_text), same_source=same_source)


def compare_prepared(a: Prepared, b: Prepared, *, same_source: bool = False) -> Comparison:
    shorter = min(len(a.text), len(b.text))
    if shorter < _SHORTEST:
        return _compare_headlines(a, b)
    runs = overlap(a.runs, b.runs)
    if runs < _REWRITTEN:
        return _compare_topics(a, b, runs)
    size = 6 if a.latin else 2
    a_pairs, b_pairs = _pairs(a.text, size), _pairs(b.text, size)
    pairs = overlap(a_pairs, b_pairs)
    code = decisions.SIX_GRAMS if a.latin else decisions.BIGRAMS
    why = code(overlap=round(pairs, 4), size=min(len(a_pairs), len(b_pairs)))
    conflict = _contradiction(a, b)
    if conflict:
        return Comparison(None, pairs, decisions.CONTRADICTED(evidence=why, contradiction=conflict), conflict)
    if not _same_text(pairs, runs, shorter):
        return Comparison(Relation.REWRITE, pairs, decisions.REWORDED(evidence=why, runs=round(runs, 4)))
    if not same_source and _formula(a, b):
        whole = overlap(a_pairs | grams(a.title, size), b_pairs | grams(b.title, size))
        if whole < _FORMULA_OVERLAP:
            return Comparison(Relation.REWRITE, pairs, decisions.BULLETIN(evidence=why))
    return Comparison(Relation.REPRINT, pairs, why)


def _same_text(pairs: float, runs: float, length: int) -> bool:
    """Is it one text? A long one may have lost some passages and got others; a short one hardly any."""
    slack = min(1.0, max(0.0, (length - 100) / 300))
    return pairs >= 0.93 - 0.13 * slack and runs >= 0.72 - 0.12 * slack


def _formula(a: Prepared, b: Prepared) -> bool:
    """Short bulletins full of figures: two outlets that got them from one office need not have copied each other."""
    return min(len(a.text), len(b.text)) < 160 and max(_figures(a.text), _figures(b.text)) >= 0.2


def _figures(text: str) -> float:
    """The share of digits."""
    return sum(map(str.isdigit, text)) / len(text)


def _contradiction(a: Prepared, b: Prepared) -> str | None:
    found = contradictions(b.text, a.text, most=1, verbatim=is_notice(a.title, a.text) or is_notice(b.title, b.text))
    if not found and _headlines_overlap(a, b) >= 0.6:
        found = contradictions(a.title, b.title, 2, most=1)
    return found[0] if found else None


def _headlines_overlap(a: Prepared, b: Prepared) -> float:
    return overlap(grams(a.title, 2), grams(b.title, 2))


def _compare_headlines(a: Prepared, b: Prepared) -> Comparison:
    """Where one has no text worth the name."""
    alike = _headlines_overlap(a, b)
    shorter, longer = sorted((a.title, b.title), key=len)
    why = decisions.HEADLINES(overlap=round(alike, 4), characters=len(shorter))
    if alike < 0.6:
        return _compare_topics(a, b, alike)
    found = contradictions(a.title, b.title, 2, most=1)
    if found:
        return Comparison(None, alike, decisions.CONTRADICTED(evidence=why, contradiction=found[0]), found[0])
    if len(shorter) >= _HEADLINE and alike >= 0.95 and len(longer) <= 1.25 * len(shorter):
        return Comparison(Relation.REPRINT, alike, why)
    if len(shorter) >= _HEADLINE and alike >= 0.8:
        return Comparison(Relation.REWRITE, alike, why)
    return _compare_topics(a, b, alike)


def _compare_topics(a: Prepared, b: Prepared, similarity: float) -> Comparison:
    shared = len(a.topics & b.topics)
    alike = overlap(a.topics, b.topics)
    if shared >= 5 and alike >= 0.3:
        why = decisions.SHARED_TERMS(terms=shared, overlap=round(alike, 4))
        return Comparison(Relation.FURTHER, alike, why)
    return Comparison(None, similarity, decisions.UNRELATED(overlap=round(similarity, 4), terms=shared))
