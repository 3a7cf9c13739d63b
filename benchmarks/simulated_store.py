"""A store in memory with the limits of the real one, so that the steps can be measured without a database.

It has the postings of fingerprints and key terms, and the stories, and takes in a stream of items.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log
from time import process_time

from aggregator.model import Candidate, Place, Placement, Relation
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.places.locate import locate
from aggregator.steps.stories.cluster import NewItem, decide_placements
from aggregator.steps.stories.features import build_features
from aggregator.steps.stories.fingerprint import build_sketch
from aggregator.steps.text.normalize import fold

MAX_POSTINGS = 60  # newest items considered per fingerprint or key term
COMMON = 0.25  # factor of the weight of a key term that reached this limit
FAINT = 0.1  # a smaller sum of weights counts as chance
LIMIT = 30  # candidates per item


@dataclass(frozen=True, slots=True)
class RawItem:
    """An item as published in a feed."""

    source_id: int
    title: str
    text: str
    published: datetime


class SimulatedStore:
    def __init__(self, *, locating: bool = False) -> None:
        self.locating = locating  # determine the region of items, as the pipeline does
        self.items: dict[int, NewItem] = {}
        self.holders: dict[int, list[int]] = defaultdict(list)
        self.story: dict[int, int] = {}  # item -> story
        self.members: dict[int, set[int]] = defaultdict(set)
        self.placed: dict[int, Placement] = {}
        self.texts_read = 0
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def stream(self, raw: Iterable[RawItem], batch: int = 20) -> None:
        """Store items in the given order, ``batch`` at a time, numbered from 1."""
        for chunk in _chunks(raw, batch):
            self.add(chunk)

    def add(self, raw: Sequence[RawItem]) -> list[Placement]:
        started = process_time()
        items = []
        for number, entry in enumerate(raw, len(self.items) + 1):
            text = fold(entry.text)[:4000]
            place = locate(entry.title, text, gazetteer=Gazetteer.load()) if self.locating else Place()
            sketch = build_sketch(entry.title, text)
            features = build_features(entry.title, text)
            items.append(
                NewItem(
                    number,
                    entry.source_id,
                    entry.title,
                    text,
                    entry.published,
                    place,
                    sketch=sketch,
                    features=features,
                )
            )
        self.seconds["sketch"] += process_time() - started
        candidates = {item.id: self.candidates(item) for item in items}
        started = process_time()
        placements = decide_placements(items, candidates, self._read_texts)
        self.seconds["decide"] += process_time() - started
        for item in items:
            self.items[item.id] = item
            for mark in (*item.sketch.fingerprints, *item.sketch.key_terms):
                self.holders[mark].append(item.id)
        for placement in placements:
            self._split_story(placement.split_out_items)
        for placement in placements:
            self._write(placement)
        return placements

    def candidates(self, item: NewItem) -> list[tuple[Candidate, int, float]]:
        marks = Counter(key for mark in item.sketch.fingerprints for key in self.holders[mark][-MAX_POSTINGS:])
        topics: defaultdict[int, float] = defaultdict(float)
        whole = 0.0
        for topic in item.sketch.key_terms:
            held = self.holders[topic][-MAX_POSTINGS:]
            weight = _weight(len(held), len(self.items))
            whole += weight
            for key in held:
                topics[key] += weight
        scores = {key: (marks[key], topics[key] / whole if whole else 0.0) for key in {*marks, *topics}}
        likely = [key for key, (shared, about) in scores.items() if shared or about >= FAINT]
        size = max(len(item.sketch.fingerprints), 1)
        likely.sort(key=lambda key: (-(scores[key][0] / size + scores[key][1]), -key))
        return [(self._candidate(key), *scores[key]) for key in likely[:LIMIT]]

    def _read_texts(self, keys: Collection[int]) -> dict[int, str]:
        self.texts_read += len(keys)
        return {key: self.items[key].text for key in keys}

    def _candidate(self, key: int) -> Candidate:
        item, story = self.items[key], self.story[key]
        return Candidate(
            key,
            story,
            item.source_id,
            self.placed[key].reprint_of,
            item.title,
            item.published,
            item.place,
            item.category,
            item.features,
            story_items=len(self.members[story]),
        )

    def _split_story(self, group: Sequence[int]) -> None:
        new = min(group, default=0)
        for key in [key for key, placed in self.placed.items() if key in group or placed.reprint_of in group]:
            self.members[self.story[key]].discard(key)
            self.story[key] = new
            self.members[new].add(key)

    def _write(self, placement: Placement) -> None:
        key = placement.item_id
        story = placement.story_id
        if story is None:
            story = self.story[placement.opened_by_item] if placement.opened_by_item is not None else key
        for other in placement.merged_stories:
            for member in self.members.pop(other, ()):
                self.story[member] = story
                self.members[story].add(member)
        self.story[key] = story
        self.members[story].add(key)
        self.placed[key] = placement

    # ------------------------------------------------------------ results
    def reprint_pairs(self) -> set[tuple[int, int]]:
        """Return all pairs of items with the same original, smaller number first."""
        groups: dict[int, list[int]] = defaultdict(list)
        for key, placement in self.placed.items():
            groups[placement.reprint_of or key].append(key)
        return {(a, b) for group in groups.values() for a in group for b in group if a < b}

    def count_rewrites(self) -> int:
        return sum(placement.relation is Relation.REWRITE for placement in self.placed.values())


def _weight(held: int, size: int) -> float:
    size = max(size, MAX_POSTINGS, 2)
    weight = 1.0 - log(max(held, 1)) / log(size + 1)
    return weight * COMMON if held >= MAX_POSTINGS else weight


def _chunks(raw: Iterable[RawItem], size: int) -> Iterator[list[RawItem]]:
    chunk: list[RawItem] = []
    for entry in raw:
        chunk.append(entry)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
