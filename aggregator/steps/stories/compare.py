"""Compare two reports: the same text (REPRINT), largely the same (REWRITE), another text on the same event (FURTHER) or
unrelated.

The measure is the overlap coefficient (shared n-grams divided by those of the smaller text), which tolerates cuts,
added lines and another headline. Texts that share a skeleton but state other numbers, dates, ordinals or places in the
same position are bulletins of a series, never reprints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aggregator.messages import Message, decisions
from aggregator.model import Relation
from aggregator.steps.stories.comparable_text import (
    NgramHashes,
    comparable_text,
    is_latin,
    ngram_hashes,
    overlap_coefficient,
    strip_punctuation,
)
from aggregator.steps.stories.entity_conflicts import is_notice
from aggregator.steps.stories.excerpts import share_passage
from aggregator.steps.stories.fact_conflicts import find_contradictions
from aggregator.steps.stories.short_facts import read_facts, state_other_facts
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.terms import extract_terms

_LEAD_LENGTH = 300
_MIN_TEXT_LENGTH = 24  # characters of text below which only titles are compared
_MIN_RUN_OVERLAP = 0.35  # overlap of longer n-grams below which two texts were written separately
_BULLETIN_OVERLAP = 0.963
_MIN_HEADLINE_LENGTH = 9  # characters from which a title can represent its text


@dataclass(frozen=True, slots=True)
class Comparison:
    """``similarity`` 0..1; ``why`` its figures; ``contradiction`` what kept similar texts apart."""

    relation: Relation | None
    similarity: float
    why: Message
    contradiction: str | None = None


@dataclass(slots=True)
class PreparedReport:
    """A report prepared for many comparisons; n-grams are hashed when they are first asked for."""

    title: str  # normalized, without punctuation
    text: str  # the same, without dateline, credits and links
    is_latin: bool
    _runs: NgramHashes | None = None
    _pairs: NgramHashes | None = None

    @property
    def runs(self) -> NgramHashes:
        """Return the 5-character n-grams of the text (Latin: 12)."""
        if self._runs is None:
            self._runs = ngram_hashes(self.text, _run_length(self.is_latin))
        return self._runs

    @property
    def pairs(self) -> NgramHashes:
        """Return the 2-character n-grams of the text (Latin: 6)."""
        if self._pairs is None:
            self._pairs = ngram_hashes(self.text, _pair_length(self.is_latin))
        return self._pairs


def prepare_report(title: str, text: str) -> PreparedReport:
    """Prepare a report; ``title`` as published, ``text`` normalized."""
    folded = fold(title)
    told = comparable_text(_without_headline(folded, text))
    return PreparedReport(strip_punctuation(folded), told, is_latin(told))


def _without_headline(headline: str, text: str) -> str:
    """Return a text that repeats its headline first, as many excerpts do, without it."""
    start = len(text) - len(text.lstrip("\n 【[#"))
    return text[start + len(headline) :].lstrip("\n 】]#") if headline and text.startswith(headline, start) else text


def _run_length(latin: bool) -> int:
    return 12 if latin else 5


def _pair_length(latin: bool) -> int:
    return 6 if latin else 2


def compare_reports(a_title: str, a_text: str, b_title: str, b_text: str, *, same_source: bool = False) -> Comparison:
    """Compare titles as published and normalized texts.

    Other than ``compare_prepared_reports``, it also finds reports on the same event (FURTHER), by the terms they share.
    """
    a, b = prepare_report(a_title, a_text), prepare_report(b_title, b_text)
    found = compare_prepared_reports(a, b, same_source=same_source)
    if found.relation is not None or found.contradiction is not None:
        return found
    ours, theirs = _lead_terms(a_title, a_text), _lead_terms(b_title, b_text)
    return _compare_key_terms(ours, theirs, found.similarity)


def _lead_terms(title: str, text: str) -> frozenset[str]:
    return frozenset(extract_terms(f"{fold(title)}\n{text[:_LEAD_LENGTH]}"))


def compare_prepared_reports(a: PreparedReport, b: PreparedReport, *, same_source: bool = False) -> Comparison:
    """Return whether one text is a reprint or rewrite of the other, or similar but contradictory."""
    shorter = min(len(a.text), len(b.text))
    if shorter < _MIN_TEXT_LENGTH:
        return _compare_headlines(a, b)
    equal = a.text == b.text
    runs = 1.0 if equal else overlap_coefficient(a.runs, b.runs)
    if runs < _MIN_RUN_OVERLAP:
        return _unrelated(runs)
    pairs = 1.0 if equal else overlap_coefficient(a.pairs, b.pairs)
    code = decisions.SIX_GRAMS if a.is_latin else decisions.BIGRAMS
    why = code(overlap=round(pairs, 4), size=a.pairs.size if equal else min(a.pairs.size, b.pairs.size))
    conflict = _find_contradiction(a, b)
    if conflict:
        return Comparison(None, pairs, decisions.CONTRADICTED(evidence=why, contradiction=conflict), conflict)
    if not _is_same_text(pairs, runs, shorter) and not share_passage(a.text, b.text, _run_length(a.is_latin)):
        return Comparison(Relation.REWRITE, pairs, decisions.REWORDED(evidence=why, runs=round(runs, 4)))
    if (
        not same_source
        and _is_formulaic(a, b)
        and overlap_coefficient(_with_title(a), _with_title(b)) < _BULLETIN_OVERLAP
    ):
        return Comparison(Relation.REWRITE, pairs, decisions.BULLETIN(evidence=why))
    return Comparison(Relation.REPRINT, pairs, why)


def _with_title(report: PreparedReport) -> NgramHashes:
    """Return the shorter n-grams of text and title."""
    return np.union1d(report.pairs, ngram_hashes(report.title, _pair_length(report.is_latin)))


def _is_same_text(pairs: float, runs: float, length: int) -> bool:
    """Return whether it is one text. A long one may have lost or gained passages, a short one hardly any."""
    slack = min(1.0, max(0.0, (length - 100) / 300))
    return pairs >= 0.93 - 0.13 * slack and runs >= 0.72 - 0.12 * slack


def _is_formulaic(a: PreparedReport, b: PreparedReport) -> bool:
    """Return whether both are short bulletins full of figures, which two outlets may have from one office."""
    return min(len(a.text), len(b.text)) < 160 and max(map(_digit_share, {a.text, b.text})) >= 0.2


def _digit_share(text: str) -> float:
    """Return the share of digits."""
    return sum(map(str.isdigit, text)) / len(text)


def _find_contradiction(a: PreparedReport, b: PreparedReport) -> str | None:
    found: list[str] = []
    if a.text != b.text:
        verbatim = is_notice(a.title, a.text) or is_notice(b.title, b.text)
        found = find_contradictions(b.text, a.text, limit=1, verbatim=verbatim)
    if not found and _headlines_overlap(a, b) >= 0.6:
        found = find_contradictions(a.title, b.title, 2, limit=1)
    return found[0] if found else None


def _headlines_overlap(a: PreparedReport, b: PreparedReport) -> float:
    ours, theirs = ({title[at : at + 2] for at in range(len(title) - 1)} for title in (a.title, b.title))
    return len(ours & theirs) / (min(len(ours), len(theirs)) or 1)


def _compare_headlines(a: PreparedReport, b: PreparedReport) -> Comparison:
    """Compare reports of which one has hardly any text."""
    alike = _headlines_overlap(a, b)
    shorter, longer = sorted((a.title, b.title), key=len)
    why = decisions.HEADLINES(overlap=round(alike, 4), characters=len(shorter))
    if alike < 0.6:
        return _unrelated(alike)
    found = find_contradictions(a.title, b.title, 2, limit=1)
    if found:
        return Comparison(None, alike, decisions.CONTRADICTED(evidence=why, contradiction=found[0]), found[0])
    if state_other_facts(read_facts(a.title), read_facts(b.title)):
        return _unrelated(alike)
    if len(shorter) >= _MIN_HEADLINE_LENGTH and alike >= 0.95 and len(longer) <= 1.25 * len(shorter):
        return Comparison(Relation.REPRINT, alike, why)
    if len(shorter) >= _MIN_HEADLINE_LENGTH and alike >= 0.8:
        return Comparison(Relation.REWRITE, alike, why)
    return _unrelated(alike)


def _unrelated(similarity: float) -> Comparison:
    return Comparison(None, similarity, decisions.UNRELATED(overlap=round(similarity, 4), terms=0))


def _compare_key_terms(a: frozenset[str], b: frozenset[str], similarity: float) -> Comparison:
    """Compare the terms of two leads, whose texts have this similarity."""
    shared = len(a & b)
    alike = shared / (min(len(a), len(b)) or 1)
    if shared >= 5 and alike >= 0.3:
        why = decisions.SHARED_TERMS(terms=shared, overlap=round(alike, 4))
        return Comparison(Relation.FURTHER, alike, why)
    return Comparison(None, similarity, decisions.UNRELATED(overlap=round(similarity, 4), terms=shared))
