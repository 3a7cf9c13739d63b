"""Place new items: what they reprint, and which story they join. Online: each item is decided once, when it arrives,
against stored candidates, items placed before that are not stored yet, and the earlier items of its document.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import NamedTuple

from aggregator.messages import decisions
from aggregator.model import Candidate, LockedFields, Place, Placement, Relation, Sketch
from aggregator.steps.stories.compare import Comparison
from aggregator.steps.stories.event_split import is_ambiguous, split_two_events
from aggregator.steps.stories.report_values import ReadTexts
from aggregator.steps.stories.similarity import TermSimilarity
from aggregator.steps.stories.story_candidates import StoryCandidate, proximity, score_story, size_penalty
from aggregator.steps.stories.story_state import StoryState

CANDIDATE_WINDOW = timedelta(days=30)  # between the publication of an item and its candidates, at any time
JOIN_THRESHOLD = 0.13  # similarity from which a report belongs to a story
_LATIN_JOIN_THRESHOLD = 0.085  # the same for Latin script, whose words repeat less than character pairs
_HEADLINE_JOIN_THRESHOLD = 0.25  # the same for two headlines
_CONTAINED = 0.35  # factor on the share of a headline that a text contains, which is compared with the threshold
_MIN_CONTAINED_TERMS = 16  # of a headline that is looked for in texts
_MAX_CHECKED_STORIES = 4  # stories, and nearest reports of each, that are compared statement by statement
_MAX_COMPARED = 10  # candidates whose whole text is compared
_MIN_COMPARED, _COMPARED_CHARACTERS = 3, 20_000  # fewer for long texts
_FEW_FINGERPRINTS = 16
_MAX_RANKED = 30  # candidates whose lead is compared


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be placed; ``title`` as published, ``text`` normalized, ``features`` packed (``features``)."""

    id: int
    source_id: int
    title: str
    text: str
    published: datetime
    place: Place = field(default_factory=Place)
    category: str | None = None
    sketch: Sketch = field(default_factory=Sketch)
    features: bytes = b""


class _Neighbor(NamedTuple):
    """A report that may be related to the item, with what their sketches share."""

    report: Candidate
    shared_fingerprints: int
    key_term_overlap: float


CandidatesByItem = Mapping[int, Sequence[tuple[Candidate, int, float]]]


def decide_placements(items: Sequence[NewItem], candidates: CandidatesByItem, read_texts: ReadTexts) -> list[Placement]:
    """Return one placement for each item of a document, in order of publication (``StoryPlacer``)."""
    placer = StoryPlacer(read_texts)
    placer.place(items, candidates)
    return placer.placements()[0]


class StoryPlacer:
    """Places the items of documents that are stored together, one document after the other."""

    def __init__(self, read_texts: ReadTexts) -> None:
        """``read_texts`` returns the normalized texts of candidates; it is called for the few pairs that their features
        leave open."""
        self._state = StoryState(read_texts)
        self._decided: list[list[Placement]] = []  # of each document

    def place(self, items: Sequence[NewItem], candidates: CandidatesByItem) -> None:
        """Decide the items of the next document. Items of earlier ones may be among the candidates."""
        document = _Document(items, candidates, self._state)
        for item in document.items:
            document.place(item)
        self._decided.append([document.placed_items[item.id] for item in document.items])

    def placements(self) -> list[list[Placement]]:
        """Return for each document one placement for each item, in order of publication.

        An item that joins a story opened here names the opening item in ``opened_by_item``.
        """
        opened: dict[int, int] = {}  # story without a number -> the item that opens it
        return [[self._final(placement, opened) for placement in decided] for decided in self._decided]

    def _final(self, placement: Placement, opened: dict[int, int]) -> Placement:
        """Return the placement with the final story number."""
        item_id = placement.item_id
        story = self._state.story_of(self._state.reports[item_id])
        stored = story if story > 0 else None
        beside = None if stored is not None else opened.setdefault(story, item_id)
        alone = beside == item_id and placement.reprint_of is None  # also for some that were moved out
        return replace(
            placement,
            story_id=stored,
            relation=Relation.ORIGINAL if alone else placement.relation,
            similarity=round(placement.similarity, 4),
            opened_by_item=beside if beside != item_id else None,
            split_out_items=self._state.split_out.get(item_id, ()),
        )


class _Document:
    """The items of one document. Terms are weighted by its reports and their candidates alone."""

    def __init__(self, items: Sequence[NewItem], candidates: CandidatesByItem, state: StoryState) -> None:
        self.items = sorted(items, key=lambda item: (item.published, item.id))
        self.own_ids = {item.id for item in self.items}
        self.candidates = candidates
        self.state, self.values = state, state.values
        stored = {candidate.id: candidate for found in candidates.values() for candidate, _, _ in found}
        state.add_reports((report for key, report in stored.items() if key not in self.own_ids), {})
        state.add_reports(map(as_candidate, self.items), {item.id: item.text for item in self.items})
        keys = stored | dict.fromkeys(self.own_ids)
        copies = [key for key in keys if state.reports[key].reprint_of is not None]
        self.similarity = TermSimilarity({key: self.values.features(key).term_ids for key in keys}, copies)
        self.text_lengths = {item.id: len(item.text) for item in self.items}
        self.fingerprint_counts = {item.id: len(item.sketch.fingerprints) for item in self.items}
        # fingerprint or key term that the document has several times -> items that were placed before
        self.items_by_hash: dict[int, list[int]] = {number: [] for number in _repeated(self.items)}
        self.placed_items: dict[int, Placement] = {}
        self.alike: dict[int, dict[int, float]] = {}  # item -> similarity to the nearest stored reports
        self.stored_neighbors = {item.id: self._stored_neighbors(item) for item in self.items}
        self.values.read_ahead(self._likely_texts())

    # ------------------------------------------------------------ candidates
    def _stored_neighbors(self, item: NewItem) -> list[_Neighbor]:
        """Return the candidates; items of this document may be among them, but are decided in turn."""
        own_ids, reports = self.own_ids, self.state.reports
        return [
            _Neighbor(reports[candidate.id], marks, topics)
            for candidate, marks, topics in self.candidates.get(item.id, ())
            if candidate.id not in own_ids
        ]

    def _likely_texts(self) -> set[int]:
        """Return the stored reports whose texts will be compared, as far as can be told before the first decision."""
        wanted: set[int] = set()
        for item in self.items:
            near, me = self.stored_neighbors[item.id], self.state.reports[item.id]
            wanted.update(
                n.report.id for n in self._likely_copies(me, near) if not self.values.is_same_text(me, n.report)
            )
            ranked = [n.report for n in _by_key_terms(near) if n.report.reprint_of is None]
            threshold = self._threshold(me)
            self.alike[item.id] = self._similarities(me, ranked)
            wanted.update(key for key, likeness in self.alike[item.id].items() if likeness >= threshold)
        return wanted

    def _earlier_in_document(self, item: NewItem) -> list[_Neighbor]:
        """Return items of this document that were placed before and share something."""
        marks: dict[int, int] = defaultdict(int)
        topics: dict[int, int] = defaultdict(int)
        for shared, numbers in ((marks, item.sketch.fingerprints), (topics, item.sketch.key_terms)):
            for number in numbers:
                for holder in self.items_by_hash.get(number, ()):
                    shared[holder] += 1
        size = max(1, len(item.sketch.key_terms))
        found = (_Neighbor(self.state.reports[key], marks[key], topics[key] / size) for key in {*marks, *topics})
        return [near for near in found if abs(near.report.published - item.published) <= CANDIDATE_WINDOW]

    # ------------------------------------------------------------ decisions
    def place(self, item: NewItem) -> None:
        me = self.state.reports[item.id]
        near = self.stored_neighbors[item.id] + self._earlier_in_document(item)
        compared = self._compare(me, near)
        placement = self._reprint_placement(me, compared) or self._story_placement(me, near, compared)
        self.placed_items[item.id] = placement
        story = self.state.resolve(placement.story_id) if placement.story_id is not None else -item.id
        self.state.place(as_candidate(item, story, placement.reprint_of))
        if placement.relation in (Relation.FURTHER, Relation.REWRITE):
            self._split_if_two_events(self.state.reports[item.id], near)
        for number in (*item.sketch.fingerprints, *item.sketch.key_terms):
            if number in self.items_by_hash:
                self.items_by_hash[number].append(item.id)

    def _compare(self, me: Candidate, neighbors: Iterable[_Neighbor]) -> dict[int, Comparison]:
        """Compare the item with its likely copies, until it is found to be a reprint of one."""
        compared: dict[int, Comparison] = {}
        likely = {n.report.id: n.report for n in self._likely_copies(me, neighbors)}
        for report in sorted(likely.values(), key=lambda report: not self.values.is_same_text(me, report)):
            if report.id not in compared:
                compared[report.id] = self.values.compare(me, report)
            if compared[report.id].relation is Relation.REPRINT:
                original = likely.get(report.reprint_of or report.id)
                if original is not None and original.id not in compared:
                    compared[original.id] = self.values.compare(me, original)
                if original is None or not compared[original.id].contradiction:
                    break
        return compared

    def _likely_copies(self, me: Candidate, neighbors: Iterable[_Neighbor]) -> list[_Neighbor]:
        """Return the neighbors whose texts are to be compared with the item's in full.

        Of a text with many fingerprints, a copy shares more than one.
        """
        least = 1 if self.fingerprint_counts[me.id] <= _FEW_FINGERPRINTS else 2
        likely = sorted(
            (n for n in neighbors if n.shared_fingerprints >= least),
            key=lambda n: (-n.shared_fingerprints, -n.key_term_overlap, n.report.id),
        )
        most = max(_MIN_COMPARED, min(_MAX_COMPARED, _COMPARED_CHARACTERS // (self.text_lengths[me.id] + 1)))
        return likely[:most]

    def _reprint_placement(self, me: Candidate, compared: Mapping[int, Comparison]) -> Placement | None:
        copies = [key for key, found in compared.items() if found.relation is Relation.REPRINT]
        copies.sort(key=lambda key: (self.state.reports[key].reprint_of is not None, -compared[key].similarity, key))
        for key in copies:
            copy = self.state.reports[key]
            original = copy.id if copy.reprint_of is None else copy.reprint_of
            against = compared.get(original)
            if against is not None and against.contradiction:
                continue
            if self._has_other_text(me, copy, original, compared):
                continue
            found = compared[key]
            return Placement(me.id, copy.story_id, Relation.REPRINT, original, found.similarity, found.why)
        return None

    def _has_other_text(
        self, me: Candidate, copy: Candidate, original: int, compared: Mapping[int, Comparison]
    ) -> bool:
        """Return whether a copy is one by its headline alone, and another text already has that headline."""
        if not self.values.is_short(copy) or self.values.is_short(me):
            return False
        texts = (self.state.reports[key] for key, found in compared.items() if found.relation is not Relation.REPRINT)
        return any((one.reprint_of or one.id) == original and not self.values.is_short(one) for one in texts)

    def _story_placement(
        self, me: Candidate, neighbors: Iterable[_Neighbor], compared: Mapping[int, Comparison]
    ) -> Placement:
        threshold = self._threshold(me)
        likely = [
            offer for offer in self._story_candidates(me, neighbors, compared, threshold) if offer.score >= threshold
        ]
        agreeing = (
            offer
            for offer in likely
            if not any(self.values.state_other_facts(me, one) for one in offer.members)
            and any(self.values.share_words(me, one) for one in offer.members)
        )
        good = [
            offer
            for offer in islice(agreeing, _MAX_CHECKED_STORIES)
            if not any(self.values.are_sister_events(me, one) for one in offer.members[:3])
        ]
        if not good:
            return Placement(me.id, None, Relation.ORIGINAL, why=decisions.ALONE())
        best = good[0]
        joined = [best, *(offer for offer in good[1:] if self._is_same_event(best, offer))]
        survivor = self.state.merge(joined)
        found = best.comparison
        rewritten = found is not None and found.relation in (Relation.REWRITE, Relation.REPRINT)
        relation = Relation.REWRITE if rewritten else Relation.FURTHER
        if found is not None and rewritten:
            why, similarity = found.why, found.similarity
        else:
            why, similarity = (
                decisions.LIKENESS(likeness=round(best.similarity, 4), item=best.nearest.id),
                best.similarity,
            )
        absorbed = tuple(sorted(offer.story for offer in joined if offer.story != survivor and offer.story > 0))
        return Placement(me.id, survivor, relation, None, similarity, why, merged_stories=absorbed)

    def _story_candidates(
        self, me: Candidate, neighbors: Iterable[_Neighbor], compared: Mapping[int, Comparison], threshold: float
    ) -> list[StoryCandidate]:
        """Return the stories of the nearest reports, best first, without those that are not near enough."""
        ranked = _by_key_terms(neighbors)
        originals = [n.report for n in ranked if n.report.reprint_of is None]
        known = self.alike[me.id]
        alike = known | self._similarities(me, [report for report in originals if report.id not in known])
        stories: dict[int, list[tuple[float, Candidate]]] = defaultdict(list)
        barred = set()
        for n in ranked:
            story = self.state.story_of(n.report)
            found = compared.get(n.report.id)
            if found is not None and found.contradiction:
                barred.add(story)
            elif n.report.reprint_of is None:
                likeness = alike[n.report.id]
                if likeness >= threshold and self.values.are_one_series(me, n.report):
                    barred.add(story)
                stories[story].append((likeness, n.report))
        offers = [
            score_story(story, self.state.item_count(story), nearest, compared)
            for story, nearest in stories.items()
            if story not in barred and any(likeness >= threshold for likeness, _ in nearest)
        ]
        return sorted(offers, key=lambda offer: (-offer.score, offer.story))

    def _threshold(self, report: Candidate) -> float:
        return _LATIN_JOIN_THRESHOLD if self.values.headline(report).isascii() else JOIN_THRESHOLD

    def _similarities(self, me: Candidate, others: Sequence[Candidate]) -> dict[int, float]:
        """Return the cosine similarities, reduced for days or provinces in between."""
        cosines = self.similarity.similarities(me.id, [other.id for other in others])
        return {
            other.id: self._likeness(me, other, alike) * proximity(me, other) if alike else 0.0
            for other, alike in zip(others, cosines, strict=True)
        }

    def _likeness(self, me: Candidate, other: Candidate, cosine: float) -> float:
        """Return a cosine as it is, unless one of the reports is a headline or a line.

        Two of these have to be more alike, and not by numbers alone. A text of many terms is never much like a
        headline, so what counts is how
        much of the headline it contains.
        """
        mine, theirs = self.values.is_short(me), self.values.is_short(other)
        if mine and theirs:
            alike = cosine >= _HEADLINE_JOIN_THRESHOLD and self.similarity.share_words(me.id, other.id)
            return cosine if alike else 0.0
        if not (mine or theirs):
            return cosine
        short, long = (me.id, other.id) if mine else (other.id, me.id)
        if self.similarity.size(short) < _MIN_CONTAINED_TERMS:
            return cosine
        return max(cosine, _CONTAINED * self.similarity.contained(short, long, cosine))

    def _is_same_event(self, best: StoryCandidate, other: StoryCandidate) -> bool:
        """Return whether two stories near to an item are one event; never if an admin has corrected both."""
        if self.values.are_sister_events(best.nearest, other.nearest):
            return False
        pairs = [(a, b) for a in best.members for b in other.members]
        if (best.is_locked and other.is_locked) or any(self.values.are_one_series(a, b) for a, b in pairs):
            return False
        each = [alike for a in best.members for alike in self._similarities(a, other.members).values()]
        return sum(each) / len(each) * size_penalty(best.item_count + other.item_count) >= self._threshold(best.nearest)

    # ------------------------------------------------------------ results
    def _split_if_two_events(self, me: Candidate, neighbors: Iterable[_Neighbor]) -> None:
        """Split the item's story if the item shows that it holds two events; the group without its founder leaves."""
        mates = [
            n.report for n in neighbors if n.report.reprint_of is None and self.state.story_of(n.report) == me.story_id
        ]
        told = [mate.id for mate in mates if self.similarity.is_informative(mate.id)][:_MAX_RANKED]
        if any(mate.locked & LockedFields.STORY for mate in mates) or not is_ambiguous(
            self.similarity.similarities(me.id, told)
        ):
            return
        told.append(me.id)
        found = split_two_events([self.similarity.similarities(one, told) for one in told], told)
        if found is not None:
            founder = abs(me.story_id)
            self.state.move_out(me, min(found, key=lambda group: (founder in group, len(group), -min(group))))


def as_candidate(item: NewItem, story: int | None = None, reprint_of: int | None = None) -> Candidate:
    """Return an item that is not stored as a candidate for later ones, in its own story unless one is given."""
    return Candidate(
        item.id,
        -item.id if story is None else story,
        item.source_id,
        reprint_of,
        item.title,
        item.published,
        item.place,
        item.category,
        item.features,
    )


def _repeated(items: Iterable[NewItem]) -> set[int]:
    """Return the fingerprints and key terms that the sketches of these items have more than once."""
    sketches = (item.sketch for item in items)
    counts = Counter(chain.from_iterable((*sketch.fingerprints, *sketch.key_terms) for sketch in sketches))
    return {number for number, count in counts.items() if count > 1}


def _by_key_terms(neighbors: Iterable[_Neighbor]) -> list[_Neighbor]:
    """Return the neighbors that share most key terms."""
    ranked = sorted(neighbors, key=lambda n: (-n.key_term_overlap, -n.shared_fingerprints, n.report.id))
    return ranked[:_MAX_RANKED]
