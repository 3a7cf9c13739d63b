"""Compare two reports: the same text (REPRINT), largely the same (REWRITE), another text on the same event (FURTHER) or
unrelated.

The measure is the overlap coefficient (shared n-grams divided by those of the smaller text), which tolerates cuts,
added lines and another headline. Texts that share a skeleton but state other numbers, dates, ordinals or places in the
same position are bulletins of a series, never reprints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from aggregator.messages import Message, decisions
from aggregator.model import Relation
from aggregator.steps.stories.entity_conflicts import is_notice
from aggregator.steps.stories.fact_conflicts import find_contradictions
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.terms import extract_terms

_LEAD_LENGTH = 300
_MAX_COMPARED = 6000  # characters of a text that are compared; the rest rarely matters
_MIN_TEXT_LENGTH = 24  # characters of text below which only titles are compared
_MIN_RUN_OVERLAP = 0.35  # overlap of longer n-grams below which two texts were written separately
_BULLETIN_OVERLAP = 0.963
_MIN_HEADLINE_LENGTH = 9  # characters from which a title can represent its text
_LATIN = re.compile(r"[a-z]")
_PUNCTUATION = re.compile(r"[\W_]+")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
_DATELINE = re.compile(
    r"^[^。!?,;\n]{0,24}?(?:(?<![停供用来断通充节发])电|讯|消息)(?=[\s,:(（】\]])[\s,:】\]]*|^[^。!?\n]{0,16}?\d{1,2}月\d{1,2}日(?:电|讯)"
)
_CREDIT = re.compile(
    r"[(（\[【][^()（）\[\]【】\n]{0,8}(?:记者|通讯员|编辑|责编|作者|来源|供图|摄影?|文/|图/|实习生|转自)[^()（）\[\]【】\n]{0,60}[)）\]】]"
    r"|(?:责任编辑|责编|编辑|来源|原标题|作者|审核|校对|监制|记者)\s*:\s*\S{1,30}"
)
_CALL_TO_ACTION = re.compile(
    "点击(?:查看|阅读|进入)|扫码|二维码|公众号|阅读全文|查看更多|版权(?:归|所有)|未经授权|转载请|下载客户端"
)
_SENTENCE_END = re.compile(r"[。!?\n]")


@dataclass(frozen=True, slots=True)
class Comparison:
    """``similarity`` 0..1; ``why`` its figures; ``contradiction`` what kept similar texts apart."""

    relation: Relation | None
    similarity: float
    why: Message
    contradiction: str | None = None


@dataclass(frozen=True, slots=True)
class PreparedReport:
    """A report prepared for many comparisons."""

    title: str  # normalized, without punctuation
    text: str  # the same, without dateline, credits and links
    long_ngrams: frozenset[str]  # its 5-character n-grams (Latin: 12)
    key_terms: frozenset[str]  # terms of title and lead
    is_latin: bool


def character_ngrams(text: str, size: int) -> frozenset[str]:
    return frozenset([text[i : i + size] for i in range(len(text) - size + 1)])


@lru_cache(maxsize=64)  # one new text is compared with several stored ones
def _cached_ngrams(text: str, size: int) -> frozenset[str]:
    return character_ngrams(text, size)


def overlap_coefficient(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the overlap coefficient, 0..1."""
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 0.0


def strip_punctuation(text: str) -> str:
    """Keep letters and digits only; a decimal point becomes a word."""
    return _PUNCTUATION.sub("", _DECIMAL.sub("点", text))


def comparable_text(text: str) -> str:
    """Return normalized text without dateline, credits, links and punctuation."""
    text = _CREDIT.sub(" ", _DATELINE.sub("", text.lstrip(), count=1))
    if _CALL_TO_ACTION.search(text):
        text = "".join(part for part in _SENTENCE_END.split(text) if not _CALL_TO_ACTION.search(part) or len(part) > 80)
    return strip_punctuation(text)


def prepare_report(title: str, text: str) -> PreparedReport:
    """Prepare a report; ``title`` as published, ``text`` normalized."""
    told = comparable_text(text[:_MAX_COMPARED])
    latin = len(_LATIN.findall(told[:_LEAD_LENGTH])) * 2 > len(told[:_LEAD_LENGTH])
    headline = fold(title)
    topics = frozenset(extract_terms(f"{headline}\n{text[:_LEAD_LENGTH]}"))
    return PreparedReport(strip_punctuation(headline), told, character_ngrams(told, 12 if latin else 5), topics, latin)


def compare_reports(a_title: str, a_text: str, b_title: str, b_text: str, *, same_source: bool = False) -> Comparison:
    """Compare titles as published and normalized texts."""
    return compare_prepared_reports(
        prepare_report(a_title, a_text), prepare_report(b_title, b_text), same_source=same_source
    )


def compare_prepared_reports(a: PreparedReport, b: PreparedReport, *, same_source: bool = False) -> Comparison:
    shorter = min(len(a.text), len(b.text))
    if shorter < _MIN_TEXT_LENGTH:
        return _compare_headlines(a, b)
    runs = overlap_coefficient(a.long_ngrams, b.long_ngrams)
    if runs < _MIN_RUN_OVERLAP:
        return _compare_key_terms(a, b, runs)
    size = 6 if a.is_latin else 2
    a_pairs, b_pairs = _cached_ngrams(a.text, size), _cached_ngrams(b.text, size)
    pairs = overlap_coefficient(a_pairs, b_pairs)
    code = decisions.SIX_GRAMS if a.is_latin else decisions.BIGRAMS
    why = code(overlap=round(pairs, 4), size=min(len(a_pairs), len(b_pairs)))
    conflict = _find_contradiction(a, b)
    if conflict:
        return Comparison(None, pairs, decisions.CONTRADICTED(evidence=why, contradiction=conflict), conflict)
    if not _is_same_text(pairs, runs, shorter):
        return Comparison(Relation.REWRITE, pairs, decisions.REWORDED(evidence=why, runs=round(runs, 4)))
    if not same_source and _is_formulaic(a, b):
        whole = overlap_coefficient(
            a_pairs | character_ngrams(a.title, size), b_pairs | character_ngrams(b.title, size)
        )
        if whole < _BULLETIN_OVERLAP:
            return Comparison(Relation.REWRITE, pairs, decisions.BULLETIN(evidence=why))
    return Comparison(Relation.REPRINT, pairs, why)


def _is_same_text(pairs: float, runs: float, length: int) -> bool:
    """Return whether it is one text. A long one may have lost or gained passages, a short one hardly any."""
    slack = min(1.0, max(0.0, (length - 100) / 300))
    return pairs >= 0.93 - 0.13 * slack and runs >= 0.72 - 0.12 * slack


def _is_formulaic(a: PreparedReport, b: PreparedReport) -> bool:
    """Return whether both are short bulletins full of figures, which two outlets may have from one office."""
    return min(len(a.text), len(b.text)) < 160 and max(_digit_share(a.text), _digit_share(b.text)) >= 0.2


def _digit_share(text: str) -> float:
    """Return the share of digits."""
    return sum(map(str.isdigit, text)) / len(text)


def _find_contradiction(a: PreparedReport, b: PreparedReport) -> str | None:
    found = find_contradictions(
        b.text, a.text, limit=1, verbatim=is_notice(a.title, a.text) or is_notice(b.title, b.text)
    )
    if not found and _headlines_overlap(a, b) >= 0.6:
        found = find_contradictions(a.title, b.title, 2, limit=1)
    return found[0] if found else None


def _headlines_overlap(a: PreparedReport, b: PreparedReport) -> float:
    return overlap_coefficient(character_ngrams(a.title, 2), character_ngrams(b.title, 2))


def _compare_headlines(a: PreparedReport, b: PreparedReport) -> Comparison:
    """Compare reports of which one has hardly any text."""
    alike = _headlines_overlap(a, b)
    shorter, longer = sorted((a.title, b.title), key=len)
    why = decisions.HEADLINES(overlap=round(alike, 4), characters=len(shorter))
    if alike < 0.6:
        return _compare_key_terms(a, b, alike)
    found = find_contradictions(a.title, b.title, 2, limit=1)
    if found:
        return Comparison(None, alike, decisions.CONTRADICTED(evidence=why, contradiction=found[0]), found[0])
    if len(shorter) >= _MIN_HEADLINE_LENGTH and alike >= 0.95 and len(longer) <= 1.25 * len(shorter):
        return Comparison(Relation.REPRINT, alike, why)
    if len(shorter) >= _MIN_HEADLINE_LENGTH and alike >= 0.8:
        return Comparison(Relation.REWRITE, alike, why)
    return _compare_key_terms(a, b, alike)


def _compare_key_terms(a: PreparedReport, b: PreparedReport, similarity: float) -> Comparison:
    shared = len(a.key_terms & b.key_terms)
    alike = overlap_coefficient(a.key_terms, b.key_terms)
    if shared >= 5 and alike >= 0.3:
        why = decisions.SHARED_TERMS(terms=shared, overlap=round(alike, 4))
        return Comparison(Relation.FURTHER, alike, why)
    return Comparison(None, similarity, decisions.UNRELATED(overlap=round(similarity, 4), terms=shared))
