"""The reports that items are compared with, and what comparing needs of them, each computed once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from aggregator.model import Candidate
from aggregator.steps.stories.comparable_text import strip_punctuation
from aggregator.steps.stories.compare import Comparison, PreparedReport, compare_prepared_reports, prepare_report
from aggregator.steps.stories.fact_conflicts import are_sister_events, is_same_series
from aggregator.steps.stories.features import ReportFeatures, unpack_features
from aggregator.steps.stories.short_facts import Facts, find_spots, read_facts, share_words, state_other_facts
from aggregator.steps.stories.story_candidates import are_elsewhere, days_between
from aggregator.steps.stories.term_ids import count_terms
from aggregator.steps.text.normalize import fold

ReadTexts = Callable[[Collection[int]], Mapping[int, str]]

_LEAD_LENGTH = 500  # characters of a text that are searched for other facts
_LINE_TERMS = 14  # terms of a text of one line, at most
_HEADLINE_TERMS = 1.4  # terms of a headline, for each of its characters


class ReportValues:
    """Values of reports by id."""

    def __init__(self, read_texts: ReadTexts) -> None:
        """``read_texts`` returns the normalized texts of stored reports."""
        self._read_texts = read_texts
        self._texts: dict[int, str] = {}
        self._features: dict[int, ReportFeatures] = {}
        self._prepared: dict[int, PreparedReport] = {}
        self._headlines: dict[int, str] = {}
        self._short: dict[int, bool] = {}
        self._leads: dict[int, str] = {}
        self._sisters: dict[tuple[int, int], bool] = {}
        self._facts: dict[int, Facts] = {}
        self._headline_facts: dict[int, Facts] = {}
        self._spots: dict[int, frozenset[str]] = {}

    def add_reports(self, reports: Iterable[Candidate], texts: Mapping[int, str]) -> None:
        """Add reports, and the texts of those that are not stored."""
        self._features |= {report.id: unpack_features(report.features) for report in reports}
        self._texts.update(texts)

    def features(self, report_id: int) -> ReportFeatures:
        """Return the features of a report."""
        return self._features[report_id]

    def read_ahead(self, report_ids: Collection[int]) -> None:
        """Read the texts of these reports at once."""
        missing = [report_id for report_id in report_ids if report_id not in self._texts]
        if missing:
            self._texts.update(self._read_texts(missing))

    def is_same_text(self, a: Candidate, b: Candidate) -> bool:
        """Return whether both comparable texts are equal, as far as their features say."""
        ours = self._features[a.id].text_hash
        return ours != 0 and ours == self._features[b.id].text_hash

    def compare(self, me: Candidate, other: Candidate) -> Comparison:
        """Compare a report with another one in full."""
        mine = self._prepare(me)
        theirs = (
            replace(mine, title=self.headline(other))
            if self.is_same_text(me, other) and other.id not in self._texts
            else self._prepare(other)
        )
        return compare_prepared_reports(mine, theirs, same_source=other.source_id == me.source_id)

    def headline(self, report: Candidate) -> str:
        """Return the normalized title without punctuation."""
        if report.id not in self._headlines:
            self._headlines[report.id] = strip_punctuation(fold(report.title))
        return self._headlines[report.id]

    def are_one_series(self, a: Candidate, b: Candidate) -> bool:
        """Return whether two titles look like bulletins of one series."""
        return is_same_series(self.headline(a), self.headline(b), days_between(a, b))

    def are_sister_events(self, a: Candidate, b: Candidate) -> bool:
        """Return whether two reports are about different events of one kind: the same phrases with other facts."""
        pair = min(a.id, b.id), max(a.id, b.id)
        if pair not in self._sisters:
            self._sisters[pair] = self._are_at_other_spots(a, b) or self._state_sister_facts(a, b)
        return self._sisters[pair]

    def _state_sister_facts(self, a: Candidate, b: Candidate) -> bool:
        """Return whether the texts state other facts, or the headlines of two reports from different places do."""
        elsewhere = are_elsewhere(a.place, b.place)
        return are_sister_events(self._lead(b), self._lead(a), elsewhere=elsewhere) or (
            elsewhere and state_other_facts(self._headline_facts_of(a), self._headline_facts_of(b))
        )

    def is_short(self, report: Candidate) -> bool:
        """Return whether a headline or a line is all there is of a report, in Chinese."""
        short = self._short.get(report.id)
        if short is None:
            short = self._short[report.id] = self._is_headline(report)
        return short

    def _is_headline(self, report: Candidate) -> bool:
        terms, title = count_terms(self._features[report.id].term_ids), fold(report.title)
        if terms > _HEADLINE_TERMS * len(title) + _LINE_TERMS:  # whatever its punctuation
            return False
        headline = self.headline(report)
        return not headline.isascii() and terms <= _HEADLINE_TERMS * len(headline) + _LINE_TERMS

    def state_other_facts(self, a: Candidate, b: Candidate) -> bool:
        """Return whether one of two reports is short, and a fact that it states is another one in the other report."""
        short, other = (a, b) if self.is_short(a) else (b, a)
        return self.is_short(short) and (
            state_other_facts(self._facts_of(short), self._facts_of(other)) or self._are_at_other_spots(short, other)
        )

    def share_words(self, a: Candidate, b: Candidate) -> bool:
        """Return whether two reports, of which one is short, have more in common than places and figures."""
        short, other = (a, b) if self.is_short(a) else (b, a)
        return not self.is_short(short) or share_words(self._facts_of(short), self._facts_of(other))

    def _are_at_other_spots(self, a: Candidate, b: Candidate) -> bool:
        """Return whether two headlines name different small places, of which the other report knows nothing."""
        ours, theirs = self._spots_of(a), self._spots_of(b)
        return bool(ours and theirs) and not (self._names_any(b, ours) or self._names_any(a, theirs))

    def _names_any(self, report: Candidate, names: Iterable[str]) -> bool:
        return any(name in self.headline(report) or name in self._lead(report) for name in names)

    def _spots_of(self, report: Candidate) -> frozenset[str]:
        if report.id not in self._spots:
            self._spots[report.id] = find_spots(self.headline(report))
        return self._spots[report.id]

    def _headline_facts_of(self, report: Candidate) -> Facts:
        if report.id not in self._headline_facts:
            self._headline_facts[report.id] = read_facts(self.headline(report))
        return self._headline_facts[report.id]

    def _facts_of(self, report: Candidate) -> Facts:
        if report.id not in self._facts:
            self._facts[report.id] = read_facts(f"{self.headline(report)} {self._lead(report)}")
        return self._facts[report.id]

    def _lead(self, report: Candidate) -> str:
        if report.id not in self._leads:
            self._leads[report.id] = strip_punctuation(self._text(report.id)[:_LEAD_LENGTH])
        return self._leads[report.id]

    def _prepare(self, report: Candidate) -> PreparedReport:
        if report.id not in self._prepared:
            self._prepared[report.id] = prepare_report(report.title, self._text(report.id))
        return self._prepared[report.id]

    def _text(self, report_id: int) -> str:
        self.read_ahead([report_id])
        return self._texts.get(report_id, "")
