"""Search for story candidates: the stored items that share fingerprints or key terms with an item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, func, select

from aggregator.messages import decisions
from aggregator.model import Candidate, LockedFields, Place, Sketch
from aggregator.steps.stories.features import build_features
from aggregator.store.item_texts import texts_of
from aggregator.store.item_window import item_window
from aggregator.store.mark_search import newest_holders
from aggregator.store.mark_segments import ITEM_ID_BITS, Holders, expand_ranges
from aggregator.store.rows import unpack_key_terms
from aggregator.store.schema.columns import has_code
from aggregator.store.schema.tables import items, sketches, stories
from aggregator.store.sql.statements import in_list, in_partitions
from aggregator.store.story_writes import cannot_link_pairs

MAX_CANDIDATES = 30
MAX_HOLDERS = 60  # newest holders read for each fingerprint or key term; a term that has so many is not distinctive
COMMON_FACTOR = 0.25  # factor on the weight of a key term that reaches MAX_HOLDERS
MIN_OVERLAP = 0.1  # a lower key term overlap is chance
SharedScores = dict[int, tuple[int, float]]  # candidate -> (shared fingerprints, key term overlap), best first
CandidatesByItem = dict[int, list[tuple[Candidate, int, float]]]
_Ids = NDArray[np.int64]
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_HOME = decisions.HOME()

_COLUMNS = (
    items.c.id,
    items.c.story_id,
    items.c.source_id,
    items.c.reprint_of,
    items.c.title,
    items.c.published,
    items.c.province,
    items.c.city,
    items.c.county,
    has_code(items.c.region_why, decisions.HOME).label("at_home"),
    items.c.category,
    sketches.c.features,
    func.coalesce(stories.c.item_count, 1).label("story_items"),
    items.c.pinned,
)
_WITH_SKETCHES = items.join(sketches, sketches.c.item_id == items.c.id)
_LOADED = (
    select(*_COLUMNS)
    .select_from(_WITH_SKETCHES.outerjoin(stories, stories.c.id == items.c.story_id))
    .where(items.c.published >= bindparam("since"), items.c.removed.is_(None))
    .where(in_list(items.c.id, "ids"), in_partitions(sketches.c.item_id, "ids"))
)
_WITH_KEY_TERMS = _LOADED.add_columns(sketches.c.key_terms)
_PINS = {number: LockedFields(number) for number in range(2 * max(LockedFields).value)}


def find_candidates(
    connection: Connection,
    sketches: Mapping[int, Sketch],
    dates: Mapping[int, datetime],
    window: timedelta,
    limit: int = MAX_CANDIDATES,
) -> CandidatesByItem:
    """Return item -> [(candidate, shared fingerprints, key term overlap)], best first, at most ``limit`` each.

    The overlap is the IDF-weighted share (0..1) of the sketch's key terms. Excluded are: the item itself, items
    published more than ``window`` from its date in ``dates``, items that a correction keeps out of its story, and
    items without a shared fingerprint whose overlap is negligible. Only the newest holders of each fingerprint are
    read, so the cost does not grow with the table.
    """
    return find_candidates_in_turn(connection, [sketches], dates, window, {}, limit)[0] if sketches else {}


def find_candidates_in_turn(
    connection: Connection,
    documents: Sequence[Mapping[int, Sketch]],
    dates: Mapping[int, datetime],
    window: timedelta,
    pending: Mapping[int, Candidate],
    limit: int = MAX_CANDIDATES,
) -> list[CandidatesByItem]:
    """Return ``find_candidates`` for each of several documents, each of which finds the items of those before it.

    ``documents``: the sketches of each by item. ``pending``: those of their items that are not stored yet, as
    candidates; their ids are higher than all stored ones, and increase.
    """
    item_ids = [item_id for sketches in documents for item_id in sketches]
    if not item_ids:
        return [{} for _ in documents]
    sinces = [min((dates[item_id] for item_id in own), default=_NEVER) - window for own in documents]
    windows = [item_window(connection, since) for since in sinces]
    turns = HoldersInTurn(connection, documents, pending, [floor for floor, _ in windows])
    excluded = _cannot_link(connection, set(item_ids) - pending.keys())
    scores: dict[int, SharedScores] = {}
    for document, own in enumerate(documents):
        size = windows[document][1] + len(pending)
        shared = _score(own, turns.of_document(document), size, 2 * limit) if own else {}
        own_pending = own.keys() & pending.keys()
        for item_id, found in shared.items():
            left_out = {item_id, *excluded[item_id]}.union(own_pending)
            scores[item_id] = {other: score for other, score in found.items() if other not in left_out}
    candidates = dict(pending)
    wanted = {candidate_id for found in scores.values() for candidate_id in list(found)[:limit]}
    candidates |= load_candidates(connection, wanted - pending.keys(), min(sinces))

    def near(item_id: int, candidate_ids: Iterable[int]) -> list[int]:
        """Return those of the loaded candidates that lie within the time window of the item."""
        loaded = (candidate_id for candidate_id in candidate_ids if candidate_id in candidates)
        return [
            candidate_id
            for candidate_id in loaded
            if abs(candidates[candidate_id].published - dates[item_id]) <= window
        ]

    # Few candidates are too old or withdrawn: the next ones are loaded only where these leave places open.
    open_ended = [item_id for item_id, found in scores.items() if len(near(item_id, list(found)[:limit])) < limit]
    more_ids = {candidate_id for item_id in open_ended for candidate_id in list(scores[item_id])[limit:]}
    candidates |= load_candidates(connection, more_ids.difference(candidates), min(sinces))
    return [
        {
            item_id: [(candidates[other], *scores[item_id][other]) for other in near(item_id, scores[item_id])[:limit]]
            for item_id in own
        }
        for own in documents
    ]


class HoldersInTurn:
    """The newest holders of the fingerprints and key terms of several documents, read at once.

    Items that are not stored yet hold theirs as well, for their own document and for later ones.
    """

    def __init__(
        self,
        connection: Connection,
        documents: Sequence[Mapping[int, Sketch]],
        pending: Collection[int],
        floors: Sequence[int],
    ) -> None:
        """Read the holders; each document finds items from its number in ``floors`` up."""
        sketches = [one for document in documents for one in document.values()]
        marks = np.fromiter(chain.from_iterable((*one.fingerprints, *one.key_terms) for one in sketches), np.int64)
        sizes = [len(one.fingerprints) + len(one.key_terms) for one in sketches]
        item_ids = [item_id for document in documents for item_id in document]
        owners = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
        self._marks, places = np.unique(marks, return_inverse=True)
        stored = newest_holders(connection, self._marks, min(floors), MAX_HOLDERS)
        is_pending = np.repeat([item_id in pending for item_id in item_ids], sizes).astype(bool)
        self._places, self._documents = places[is_pending], np.repeat(owners, sizes)[is_pending]
        self._floors = floors
        self._counts = self._count(self._places) + stored.counts
        self._starts = self._counts.cumsum() - self._counts
        ids = np.repeat(np.array(item_ids, np.int64), sizes)[is_pending]
        newest_first = np.lexsort((-ids, self._places))
        self._ids = np.insert(stored.ids, stored.starts[self._places[newest_first]], ids[newest_first])

    def of_document(self, document: int) -> Holders:
        """Return the holders that the items of a document find, newest first."""
        later = self._count(self._places[self._documents > document])
        counts = self._counts - later
        if self._floors[document] > min(self._floors):
            places = np.repeat(np.arange(self._marks.size), self._counts)
            counts = counts - self._count(places[self._ids < self._floors[document]])
        counts = np.minimum(counts, MAX_HOLDERS)
        return Holders(self._marks, self._starts + later, counts, self._ids)

    def _count(self, places: _Ids) -> _Ids:
        """Return how often each fingerprint or key term is there, by its position."""
        return np.bincount(places, minlength=self._marks.size)


def _score(sketches: Mapping[int, Sketch], holders: Holders, size: int, limit: int) -> dict[int, SharedScores]:
    """Return item -> the items that share a fingerprint, or enough key terms, best first, at most ``limit``."""
    fingerprints = [sketch.fingerprints for sketch in sketches.values()]
    key_terms = [sketch.key_terms for sketch in sketches.values()]
    shared_keys, _ = _expand(fingerprints, holders)
    term_keys, term_marks = _expand(key_terms, holders)
    weights = np.array([_weight(count, size) for count in range(MAX_HOLDERS + 1)])[holders.counts]
    totals = np.array([sum(weights[holders.marks.searchsorted(terms)].tolist()) for terms in key_terms])
    keys, places = np.unique(np.concatenate((shared_keys, term_keys)), return_inverse=True)
    shared = np.bincount(places[: shared_keys.size], minlength=keys.size)
    overlaps = np.bincount(places[shared_keys.size :], weights[term_marks], minlength=keys.size)
    owners, ids = keys >> ITEM_ID_BITS, keys & ((1 << ITEM_ID_BITS) - 1)
    overlaps = np.minimum(overlaps / np.where(totals > 0, totals, 1.0)[owners], 1.0)
    sizes = np.array([max(len(marks), 1) for marks in fingerprints])
    kept = np.flatnonzero((shared > 0) | (overlaps >= MIN_OVERLAP))
    best = kept[np.lexsort((-ids[kept], -(shared[kept] / sizes[owners[kept]] + overlaps[kept]), owners[kept]))]
    starts = owners[best].searchsorted(np.arange(len(sketches) + 1))
    rows = list(zip(ids[best].tolist(), zip(shared[best].tolist(), overlaps[best].tolist(), strict=True), strict=True))
    return {
        item_id: dict(rows[start : min(start + limit, end)])
        for item_id, start, end in zip(sketches, starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    }


def _expand(marks_by_item: Sequence[Sequence[int]], holders: Holders) -> tuple[_Ids, _Ids]:
    """Return for each holder of a mark of an item: the item's position and the holder's id in one number, and the
    position of the mark in ``holders``."""
    owners = np.repeat(np.arange(len(marks_by_item)), [len(marks) for marks in marks_by_item])
    flat = np.array([mark for marks in marks_by_item for mark in marks], np.int64)
    places = holders.marks.searchsorted(flat)
    ranges, positions = expand_ranges(holders.starts[places], holders.counts[places])
    return owners[ranges] << ITEM_ID_BITS | holders.ids[positions], places[ranges]


def _weight(holder_count: int, size: int) -> float:
    """Return the inverse document frequency within the window: 1 for a key term of a single item."""
    size = max(size, MAX_HOLDERS, 2)
    weight = 1.0 - log(max(holder_count, 1)) / log(size + 1)
    return weight * COMMON_FACTOR if holder_count >= MAX_HOLDERS else weight


def _cannot_link(connection: Connection, item_ids: Iterable[int]) -> defaultdict[int, set[int]]:
    excluded: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in cannot_link_pairs(connection, list(item_ids)):
        excluded[a].add(b)
        excluded[b].add(a)
    return excluded


def load_candidates(connection: Connection, ids: Collection[int], since: datetime = _EVER) -> dict[int, Candidate]:
    """Return items as candidates by id, without withdrawn ones and those published before ``since``."""
    rows = connection.execute(_LOADED, {"since": since, "ids": ids}).all() if ids else ()
    return _to_candidates(connection, rows)


def load_with_key_terms(connection: Connection, item_id: int) -> tuple[Candidate, list[int]] | None:
    """Return (an item as a candidate, its key terms), None if there is no such item or it is withdrawn."""
    rows = [tuple(row) for row in connection.execute(_WITH_KEY_TERMS, {"since": _EVER, "ids": [item_id]})]
    found = _to_candidates(connection, [row[:-1] for row in rows])
    return (found[item_id], unpack_key_terms(rows[0][-1])) if found else None


def _to_candidates(connection: Connection, rows: Iterable[Sequence[Any]]) -> dict[int, Candidate]:
    found = {row[0]: _candidate(row) for row in rows}
    without = [candidate.id for candidate in found.values() if not candidate.features]
    for item_id, text in texts_of(connection, without).items():
        found[item_id] = found[item_id]._replace(features=build_features(found[item_id].title, text))
    return found


def _candidate(row: Sequence[Any]) -> Candidate:
    """Convert a row by position, in the order of ``_COLUMNS``; by name is too slow for some hundreds a feed."""
    item_id, story, source, original, title, published, *place, category, features, members, pinned = row
    return Candidate(
        item_id,
        story or item_id,
        source,
        original,
        title,
        published,
        _place(*place),
        category,
        features or b"",
        members,
        _PINS[pinned],
    )


@lru_cache(maxsize=4096)
def _place(province: str | None, city: str | None, county: str | None, is_home: bool) -> Place:
    return Place(province, city, county, _HOME) if is_home else Place(province, city, county)
