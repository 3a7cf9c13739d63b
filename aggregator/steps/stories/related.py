"""Rank related items: other stories a reader may want next, one item of each, from several outlets.

Issues of series are none; those that a title alone does not tell are one of each, and left to the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from heapq import heapify, heappop, heappush

from aggregator.model import Candidate, RelatedItem
from aggregator.steps.stories.cluster import NewItem
from aggregator.steps.stories.features import unpack_features
from aggregator.steps.stories.series import read_title, series_skeleton
from aggregator.steps.stories.similarity import TermSimilarity

MIN_SIMILARITY = 0.03  # minimum similarity
_MAX_CANDIDATES = 24
_MAX_WITNESSES = 3  # nearest candidates: what is similar to them as well is relevant
_WITNESS_WEIGHT = 0.5  # weight of that
_HALF_LIFE = timedelta(days=10)  # age at which an item counts half
_SAME_SOURCE_FACTOR = 0.9  # factor for each further item of one outlet


def rank_related(
    item: NewItem | Candidate, story_id: int, candidates: Sequence[tuple[Candidate, int, float]], limit: int = 8
) -> list[RelatedItem]:
    """Return the best candidates outside of ``story_id`` and of series, most similar first, with the best report of
    each story."""
    own_series = series_skeleton(item.title)
    others = [
        found for found in candidates if found[0].story_id != story_id and not _is_issue(found[0].title, own_series)
    ]
    near = sorted(others, key=lambda c: (-c[2], -c[0].id))[:_MAX_CANDIDATES]
    told = {candidate.id: unpack_features(candidate.features).term_ids for candidate, _, _ in near}
    told[item.id] = unpack_features(item.features).term_ids
    alike = TermSimilarity(told)
    numbers = [candidate.id for candidate, _, _ in near]
    direct = dict(zip(numbers, alike.similarities(item.id, numbers), strict=True))
    witnesses = sorted(direct, key=lambda key: (-direct[key], key))[:_MAX_WITNESSES]
    seen = {witness: dict(zip(numbers, alike.similarities(witness, numbers), strict=True)) for witness in witnesses}
    scores = {
        candidate.id: _context_factor(item, candidate)
        * (direct[candidate.id] + _WITNESS_WEIGHT * _witness_similarity(candidate.id, direct, seen))
        for candidate, _, _ in near
        if direct[candidate.id] >= MIN_SIMILARITY
    }
    best = _one_per_story([candidate for candidate, _, _ in near if candidate.id in scores], scores)
    return _spread_over_sources(best, scores, limit)


def _is_issue(title: str, own_series: str | None) -> bool:
    """Return whether a title is of a series of a known form, or of the item's own."""
    read = read_title(title)
    return read is not None and (read.form is not None or read.skeleton == own_series)


def _witness_similarity(key: int, direct: Mapping[int, float], by_witness: Mapping[int, Mapping[int, float]]) -> float:
    """Return the similarity to the nearest other candidates, weighted by their nearness."""
    others = [other for other in by_witness if other != key]
    whole = sum(direct[other] for other in others)
    return sum(direct[other] * by_witness[other][key] for other in others) / whole if whole else 0.0


def _context_factor(item: NewItem | Candidate, other: Candidate) -> float:
    """Return a factor: higher for the same category and region, lower with age."""
    days = abs((item.published - other.published) / _HALF_LIFE)
    bonus = 1.0 + 0.1 * (item.category is not None and item.category == other.category)
    if item.place.province is not None and item.place.province == other.place.province:
        bonus += 0.1 + 0.1 * (item.place.city is not None and item.place.city == other.place.city)
    return bonus / (1 + days)


def _one_per_story(candidates: Iterable[Candidate], scores: Mapping[int, float]) -> list[Candidate]:
    """Return one item for each story: originals before copies, nearer before farther."""
    stories: dict[int, Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: (c.reprint_of is not None, -scores[c.id], c.id)):
        stories.setdefault(candidate.story_id, candidate)
    return list(stories.values())


def _spread_over_sources(candidates: Sequence[Candidate], scores: Mapping[int, float], limit: int) -> list[RelatedItem]:
    """Return the best items, one of each series; further ones of an outlet are discounted."""
    chosen: list[RelatedItem] = []
    seen: Counter[int] = Counter()
    titles = {candidate.id: candidate.title for candidate in candidates}
    seen_series: set[str] = set()
    left = [(-scores[c.id], c.id, 0, c.source_id) for c in candidates]
    heapify(left)
    while left and len(chosen) < limit:
        _, number, before, source = heappop(left)
        if before < seen[source]:  # its outlet was chosen meanwhile
            heappush(left, (-scores[number] * _SAME_SOURCE_FACTOR ** seen[source], number, seen[source], source))
            continue
        series = series_skeleton(titles[number])
        if series in seen_series:
            continue
        seen_series |= {series} if series is not None else set()
        seen[source] += 1
        chosen.append(RelatedItem(number, round(min(scores[number], 1.0), 4)))
    return chosen
