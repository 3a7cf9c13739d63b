"""Where new items belong: what they repeat, and which story (reports of one event) they join. Online: each item is
judged once, when it arrives, against stored candidates and the earlier items of its batch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aggregator.messages import decisions
from aggregator.model import Candidate, Pin, Place, Placement, Relation, Sketch
from aggregator.steps.stories.compare import Comparison, Prepared, bare, compare_prepared, prepare
from aggregator.steps.stories.fact_conflicts import same_series, sister_events
from aggregator.steps.stories.similarity import Likeness, features
from aggregator.steps.stories.split_detection import doubtful, two_events
from aggregator.steps.stories.story_candidates import Offer, days_between, hold, nearness, offered
from aggregator.steps.text.normalize import fold

WINDOW = timedelta(days=30)  # between an item and its relatives, however long ago both were published
JOIN = 0.13  # likeness from which a report belongs to a story
_LATIN_JOIN = 0.085  # the same of texts in Latin letters, whose words repeat less than pairs of characters
_CHECKED = 4  # stories, and of each the nearest reports, that are held against the item statement by statement
_LEAD = 500  # characters whose statements are compared
_COMPARED = 10  # candidates whose whole text is compared
_FEWEST, _CHARACTERS = 3, 20_000  # of long texts fewer
_LOOKED_AT = 30  # candidates whose lead is compared


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be placed; ``title`` as published, ``text`` folded."""

    id: int
    source_id: int
    title: str
    text: str
    published: datetime
    place: Place = field(default_factory=Place)
    category: str | None = None
    sketch: Sketch = field(default_factory=Sketch)


@dataclass(frozen=True, slots=True)
class _Near:
    """A report that may be a relative of the item at hand, with what their sketches share."""

    report: Candidate
    marks: int
    topics: float


Candidates = Mapping[int, Sequence[tuple[Candidate, int, float]]]


def decide(items: Sequence[NewItem], candidates: Candidates) -> list[Placement]:
    """One placement for each item, by time of publication. An item that joins a story opened by this very batch names
    the opening item in ``beside``."""
    batch = _Batch(items, candidates)
    for item in batch.items:
        batch.place(item)
    return batch.placements()


class _Batch:
    """The work on one batch; lives for one call of ``decide``."""

    def __init__(self, items: Sequence[NewItem], candidates: Candidates) -> None:
        self.items = sorted(items, key=lambda item: (item.published, item.id))
        self.candidates = candidates
        self.reports: dict[int, Candidate] = {}
        for found in candidates.values():
            self.reports.update((candidate.id, candidate) for candidate, _, _ in found)
        new = {item.id: _as_candidate(item) for item in self.items}
        self.own = set(new)
        self.reports.update(new)
        told = {key: features(report.title, report.text) for key, report in self.reports.items()}
        copies = [key for key, report in self.reports.items() if report.reprint_of is not None]
        self.alike = Likeness(told, copies)
        self.grown: Counter[int] = Counter()  # items this batch put into a story
        self.prepared: dict[int, Prepared] = {}
        self.headlines: dict[int, str] = {}
        self.leads: dict[int, str] = {}
        self.sisters: dict[tuple[int, int], bool] = {}
        self.holders: dict[int, list[int]] = defaultdict(list)  # mark or topic -> earlier items of the batch
        self.into: dict[int, int] = {}  # a story that was merged -> the one it went into
        self.placed: dict[int, Placement] = {}
        self.parted: dict[int, tuple[int, ...]] = {}  # item -> stored ones that it took out of its story

    # ------------------------------------------------------------ gathering
    def _relatives(self, item: NewItem) -> list[_Near]:
        near = [
            _Near(self.reports[candidate.id], marks, topics)
            for candidate, marks, topics in self.candidates.get(item.id, ())
            if candidate.id not in self.own  # a store may know the batch already: its items are judged in their turn
        ]
        return near + self._earlier(item)

    def _earlier(self, item: NewItem) -> list[_Near]:
        """Items of this batch that were placed before and share something."""
        marks: dict[int, int] = defaultdict(int)
        topics: dict[int, int] = defaultdict(int)
        for shared, numbers in ((marks, item.sketch.marks), (topics, item.sketch.topics)):
            for number in numbers:
                for holder in self.holders[number]:
                    shared[holder] += 1
        size = max(1, len(item.sketch.topics))
        found = (_Near(self.reports[key], marks[key], topics[key] / size) for key in {*marks, *topics})
        return [near for near in found if abs(near.report.published - item.published) <= WINDOW]

    def _prepared(self, report: Candidate) -> Prepared:
        if report.id not in self.prepared:
            self.prepared[report.id] = prepare(report.title, report.text)
        return self.prepared[report.id]

    # ------------------------------------------------------------ deciding
    def place(self, item: NewItem) -> None:
        me = self.reports[item.id]
        near = self._relatives(item)
        compared = self._compare(me, near)
        placement = self._reprint(me, compared) or self._join(me, near, compared)
        self.placed[item.id] = placement
        story = self._story(placement.story_id) if placement.story_id is not None else -item.id
        self.reports[item.id] = _as_candidate(item, story, placement.reprint_of)
        self.grown[story] += 1
        if placement.relation in (Relation.FURTHER, Relation.REWRITE):
            self._part(self.reports[item.id], near)
        for number in (*item.sketch.marks, *item.sketch.topics):
            self.holders[number].append(item.id)

    def _compare(self, me: Candidate, near: Iterable[_Near]) -> dict[int, Comparison]:
        """The likeliest copies compared in full."""
        likely = sorted((n for n in near if n.marks), key=lambda n: (-n.marks, -n.topics, n.report.id))
        mine = self._prepared(me)
        return {
            n.report.id: compare_prepared(
                mine, self._prepared(n.report), same_source=n.report.source_id == me.source_id
            )
            for n in likely[: max(_FEWEST, min(_COMPARED, _CHARACTERS // (len(mine.text) + 1)))]
        }

    def _reprint(self, me: Candidate, compared: Mapping[int, Comparison]) -> Placement | None:
        copies = [key for key, found in compared.items() if found.relation is Relation.REPRINT]
        copies.sort(key=lambda key: (self.reports[key].reprint_of is not None, -compared[key].similarity, key))
        for key in copies:
            copy = self.reports[key]
            original = copy.id if copy.reprint_of is None else copy.reprint_of
            against = compared.get(original)
            if against is not None and against.contradiction:
                continue
            found = compared[key]
            return Placement(me.id, copy.story_id, Relation.REPRINT, original, found.similarity, found.why)
        return None

    def _join(self, me: Candidate, near: Iterable[_Near], compared: Mapping[int, Comparison]) -> Placement:
        threshold = self._threshold(me)
        likely = [offer for offer in self._offers(me, near, compared, threshold) if offer.score >= threshold]
        good = [offer for offer in likely[:_CHECKED] if not any(self._sisters(me, one) for one in offer.members[:3])]
        if not good:
            return Placement(me.id, None, Relation.ORIGINAL, why=decisions.ALONE())
        best = good[0]
        joined = [best, *(offer for offer in good[1:] if self._bridges(best, offer))]
        survivor = self._merge(joined)
        found = best.comparison
        rewritten = found is not None and found.relation in (Relation.REWRITE, Relation.REPRINT)
        relation = Relation.REWRITE if rewritten else Relation.FURTHER
        if found is not None and rewritten:
            why, similarity = found.why, found.similarity
        else:
            why, similarity = decisions.LIKENESS(likeness=round(best.likeness, 4), item=best.nearest.id), best.likeness
        absorbed = tuple(sorted(offer.story for offer in joined if offer.story != survivor and offer.story > 0))
        return Placement(me.id, survivor, relation, None, similarity, why, merge=absorbed)

    def _offers(
        self, me: Candidate, near: Iterable[_Near], compared: Mapping[int, Comparison], threshold: float
    ) -> list[Offer]:
        """Stories of the nearest reports, best first, without those none of whose reports is near enough."""
        ranked = sorted(near, key=lambda n: (-n.topics, -n.marks, n.report.id))[:_LOOKED_AT]
        alike = self._likeness(me, [n.report for n in ranked if n.report.reprint_of is None])
        stories: dict[int, list[tuple[float, Candidate]]] = defaultdict(list)
        barred = set()
        for n in ranked:
            story = self._story(n.report.story_id)
            found = compared.get(n.report.id)
            if found is not None and found.contradiction:
                barred.add(story)
            elif n.report.reprint_of is None:
                likeness = alike[n.report.id]
                if likeness >= threshold and self._series(me, n.report):
                    barred.add(story)
                stories[story].append((likeness, n.report))
        offers = [
            offered(story, self._size(story, nearest), nearest, compared)
            for story, nearest in stories.items()
            if story not in barred and any(likeness >= threshold for likeness, _ in nearest)
        ]
        return sorted(offers, key=lambda offer: (-offer.score, offer.story))

    def _series(self, a: Candidate, b: Candidate) -> bool:
        return same_series(self._headline(a), self._headline(b), days_between(a, b))

    def _sisters(self, a: Candidate, b: Candidate) -> bool:
        """Do they report two events of one kind, in the same phrases with other facts?"""
        pair = min(a.id, b.id), max(a.id, b.id)
        if pair not in self.sisters:
            self.sisters[pair] = sister_events(self._lead(b), self._lead(a))
        return self.sisters[pair]

    def _lead(self, report: Candidate) -> str:
        if report.id not in self.leads:
            self.leads[report.id] = bare(report.text[:_LEAD])
        return self.leads[report.id]

    def _threshold(self, report: Candidate) -> float:
        return _LATIN_JOIN if self._headline(report).isascii() else JOIN

    def _headline(self, report: Candidate) -> str:
        if report.id not in self.headlines:
            self.headlines[report.id] = bare(fold(report.title))
        return self.headlines[report.id]

    def _size(self, story: int, alike: Iterable[tuple[float, Candidate]]) -> int:
        return max(report.story_items for _, report in alike) + self.grown[story]

    def _likeness(self, me: Candidate, others: Sequence[Candidate]) -> dict[int, float]:
        """Cosine of what they tell, less where days or provinces lie between."""
        cosines = self.alike.between(me.id, [other.id for other in others])
        return {other.id: alike * nearness(me, other) for other, alike in zip(others, cosines, strict=True)}

    def _bridges(self, best: Offer, other: Offer) -> bool:
        """Do two stories that this item is near to tell of one event? Two that an admin shaped are left alone."""
        pairs = [(a, b) for a in best.members for b in other.members]
        if (best.pinned and other.pinned) or any(self._series(a, b) for a, b in pairs):
            return False
        each = [alike for a in best.members for alike in self._likeness(a, other.members).values()]
        return sum(each) / len(each) * hold(best.size + other.size) >= self._threshold(best.nearest)

    # ------------------------------------------------------------ stories of this batch
    def _part(self, me: Candidate, near: Iterable[_Near]) -> None:
        """Where the item shows that its story holds two events, take out the one that is not its founder's."""
        mates = [
            n.report for n in near if n.report.reprint_of is None and self._story(n.report.story_id) == me.story_id
        ]
        told = [mate.id for mate in mates if self.alike.tells(mate.id)][:_LOOKED_AT]
        if any(mate.pinned & Pin.STORY for mate in mates) or not doubtful(self.alike.between(me.id, told)):
            return
        told.append(me.id)
        found = two_events([self.alike.between(one, told) for one in told], told)
        if found is not None:
            founder = abs(me.story_id)
            self._take_out(me, min(found, key=lambda group: (founder in group, len(group), -min(group))))

    def _take_out(self, me: Candidate, group: Sequence[int]) -> None:
        stored = [key for key in group if key not in self.own]
        story = min(stored) if stored else -min(group)
        if story in self.into:  # its number leads elsewhere since this batch
            return
        for key, report in self.reports.items():
            if key in group or report.reprint_of in group:
                self.reports[key] = replace(report, story_id=story)
                self.grown[story] += key in self.own
                self.grown[me.story_id] -= key in self.own
        if stored:
            self.parted[me.id] = tuple(stored)

    def _story(self, story: int) -> int:
        while story in self.into:
            story = self.into[story]
        return story

    def _merge(self, offers: Sequence[Offer]) -> int:
        """Join stories and return the one that stays: one that an admin shaped, else the oldest that is stored."""
        offers = sorted(offers, key=lambda offer: (not offer.pinned, offer.story < 0, abs(offer.story)))
        survivor = offers[0].story
        for offer in offers[1:]:
            self.into[offer.story] = survivor
            self.grown[survivor] += self.grown.pop(offer.story, 0)
        return survivor

    def placements(self) -> list[Placement]:
        """With the numbers that stories have at the end."""
        opened: dict[int, int] = {}
        result = []
        for item in self.items:
            placement = self.placed[item.id]
            story = self._story(self.reports[item.id].story_id)
            stored = story if story > 0 else None
            beside = None if stored is not None else opened.setdefault(story, item.id)
            alone = beside == item.id and placement.reprint_of is None  # so it is of some that were taken out
            result.append(
                Placement(
                    item.id,
                    stored,
                    Relation.ORIGINAL if alone else placement.relation,
                    placement.reprint_of,
                    round(placement.similarity, 4),
                    placement.why,
                    beside if beside != item.id else None,
                    placement.merge,
                    self.parted.get(item.id, ()),
                )
            )
        return result


def _as_candidate(item: NewItem, story: int | None = None, reprint_of: int | None = None) -> Candidate:
    """A batch item as later ones of the batch see it; a story without a number yet has the item's own, negative."""
    return Candidate(
        item.id,
        -item.id if story is None else story,
        item.source_id,
        reprint_of,
        item.title,
        item.text,
        item.published,
        item.place,
        item.category,
    )
