"""Store API: search for story candidates, the stored items that share fingerprints or key terms with a new item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import log

from sqlalchemy import BigInteger, Connection, Select, bindparam, case, func, literal, select

from aggregator.model import Candidate, Draft, LockedFields, Place, Sketch
from aggregator.store.api.connection import WriterMixin
from aggregator.store.rows import unpack_int64s
from aggregator.store.schema.tables import items, stories, texts
from aggregator.store.schema.text_columns import PLAIN_TEXT
from aggregator.store.sql.dialect import AnyRow, newest_items_by_mark
from aggregator.store.sql.statements import in_batches, in_list
from aggregator.store.story_writes import cannot_link_pairs

MAX_HOLDERS = 60  # newest holders read for each fingerprint or key term; a term that has so many is not distinctive
COMMON_FACTOR = 0.25  # factor on the weight of a key term that reaches MAX_HOLDERS
MIN_OVERLAP = 0.1  # a lower key term overlap is chance
MIN_SHARED_FINGERPRINTS, MIN_SHARED_KEY_TERMS = (
    0.3,
    0.4,
)  # shares common to the old and the edited text; below both, it is a different text
_SKETCH = (texts.c.marks, texts.c.topics)
SharedScores = dict[int, tuple[int, float]]  # item -> (shared fingerprints, key term overlap)


def _window_query() -> Select[int, int]:
    """Return the query for (lowest id first seen since the time, highest id).

    Item ids increase with ``first_seen``, so a recursive query finds the lowest by bisection.
    """
    zero = literal(0, BigInteger)
    ends = select(zero.label("low"), func.coalesce(func.max(items.c.id), zero).label("high"))
    halves = ends.cte("halves", recursive=True)
    middle = (halves.c.low + halves.c.high) // 2
    following = select(items.c.id, items.c.first_seen).where(items.c.id > middle).order_by(items.c.id).limit(1)
    is_early = following.with_only_columns(items.c.first_seen).scalar_subquery() < bindparam("since")
    next_id = following.with_only_columns(items.c.id).scalar_subquery()
    half = select(case((is_early, next_id), else_=halves.c.low), case((is_early, halves.c.high), else_=middle))
    halves = halves.union_all(half.where(halves.c.low < halves.c.high))
    return select(halves.c.low, select(func.max(items.c.id)).scalar_subquery()).where(halves.c.low >= halves.c.high)


_WINDOW = _window_query()
_COLUMNS = (
    items.c.id,
    items.c.story_id,
    items.c.source_id,
    items.c.reprint_of,
    items.c.title,
    PLAIN_TEXT,
    items.c.published,
    items.c.province,
    items.c.city,
    items.c.county,
    items.c.region_why,
    items.c.category,
    items.c.excerpt,
    func.coalesce(stories.c.item_count, 1).label("story_items"),
    items.c.pinned,
)
_LOADED = (
    select(*_COLUMNS)
    .select_from(items.join(texts, texts.c.item_id == items.c.id).outerjoin(stories, stories.c.id == items.c.story_id))
    .where(items.c.published >= bindparam("since"), items.c.removed.is_(None))
    .where(in_list(items.c.id, "ids"))
)
_PINS = {number: LockedFields(number) for number in range(2 * max(LockedFields).value)}


class CandidateSearch(WriterMixin):
    """Search story candidates within a write transaction."""

    def find_candidates(
        self, sketches: Mapping[int, Sketch], dates: Mapping[int, datetime], window: timedelta, limit: int = 40
    ) -> dict[int, list[tuple[Candidate, int, float]]]:
        """Return item -> [(candidate, shared fingerprints, key term overlap)], best first, at most ``limit`` each.

        The overlap is the IDF-weighted share (0..1) of the sketch's key terms. Excluded are: the item itself, items
        published more than ``window`` from its date in ``dates``, items that a correction keeps out of its story, and
        items without a shared fingerprint whose overlap is negligible. Only the newest holders of each fingerprint are
        read, so the cost does not grow with the table.
        """
        if not sketches:
            return {}
        since = min(dates[item_id] for item_id in sketches) - window
        floor, size = _window(self._connection, since)
        marks = {mark for sketch in sketches.values() for mark in (*sketch.fingerprints, *sketch.key_terms)}
        holders = newest_items_by_mark(self._connection, sorted(marks), floor, MAX_HOLDERS)
        excluded = _cannot_link(self._connection, sketches)
        chosen: dict[int, SharedScores] = {}
        for item_id, sketch in sketches.items():
            scores = _score(sketch, holders, size)
            for other in (item_id, *excluded[item_id]):
                scores.pop(other, None)
            chosen[item_id] = _best_scores(scores, 2 * limit, len(sketch.fingerprints))
        first_ids = {item_id: list(scores)[:limit] for item_id, scores in chosen.items()}
        candidates = _load(
            self._connection,
            {candidate_id for candidate_ids in first_ids.values() for candidate_id in candidate_ids},
            since,
        )

        def near(item_id: int, candidate_ids: Iterable[int]) -> list[int]:
            """Return those of the loaded candidates that lie within the time window of the item."""
            loaded = (candidate_id for candidate_id in candidate_ids if candidate_id in candidates)
            return [
                candidate_id
                for candidate_id in loaded
                if abs(candidates[candidate_id].published - dates[item_id]) <= window
            ]

        # Few candidates are too old or withdrawn: the next ones are loaded only where these leave places open.
        open_ended = [
            item_id for item_id, candidate_ids in first_ids.items() if len(near(item_id, candidate_ids)) < limit
        ]
        more_ids = {candidate_id for item_id in open_ended for candidate_id in list(chosen[item_id])[limit:]}
        candidates |= _load(self._connection, more_ids.difference(candidates), since)
        return {
            item_id: [
                (candidates[candidate_id], *scores[candidate_id]) for candidate_id in near(item_id, scores)[:limit]
            ]
            for item_id, scores in chosen.items()
        }

    def find_misplaced(self, source_id: int, edits: Sequence[Draft]) -> set[str]:
        """Return the uids of edited items whose placement has to be computed again.

        These are items that are alone in their story, and items whose text is replaced by a different one. Items placed
        by an admin are excluded.
        """
        if not edits:
            return set()
        sketches = {draft.uid: draft.sketch for draft in edits}
        joined = items.join(texts, texts.c.item_id == items.c.id).join(stories, stories.c.id == items.c.story_id)
        query = select(items.c.id, items.c.uid, items.c.story_id, items.c.pinned, stories.c.item_count, *_SKETCH)
        query = query.select_from(joined).where(items.c.source_id == source_id, items.c.removed.is_(None))
        misplaced: set[str] = set()
        for batch in in_batches(list(sketches)):
            for row in self._connection.execute(query.where(items.c.uid.in_(batch))):
                alone = row.item_count == 1
                if not row.pinned & LockedFields.STORY and (alone or _is_rewritten(row, sketches[row.uid])):
                    misplaced.add(row.uid)
        return misplaced


def _is_rewritten(row: AnyRow, new: Sketch) -> bool:
    """Return whether the new text differs in fingerprints and key terms; one that was shortened or completed keeps its
    key terms."""
    return (
        _overlap_with(row.marks, new.fingerprints) < MIN_SHARED_FINGERPRINTS
        and _overlap_with(row.topics, new.key_terms) < MIN_SHARED_KEY_TERMS
    )


def _overlap_with(packed: bytes, after: Sequence[int]) -> float:
    before = set(unpack_int64s(packed))
    smaller = min(len(before), len(after))
    return len(before.intersection(after)) / smaller if smaller else 1.0


def _window(connection: Connection, since: datetime) -> tuple[int, int]:
    """Return (lowest id first seen since the time, number of items from it on); what was published since was first seen
    since."""
    low, last = connection.execute(_WINDOW, {"since": since}).one()
    return low, max((last or 0) - low, 1)


def _score(sketch: Sketch, holders: Mapping[int, Collection[int]], size: int) -> SharedScores:
    """Return the scores of items that share a fingerprint, or enough key terms."""
    shared: defaultdict[int, int] = defaultdict(int)
    weights: defaultdict[int, float] = defaultdict(float)
    for mark in sketch.fingerprints:
        for item_id in holders.get(mark, ()):
            shared[item_id] += 1
    total = 0.0
    for topic in sketch.key_terms:
        item_ids = holders.get(topic, ())
        weight = _weight(len(item_ids), size)
        total += weight
        for item_id in item_ids:
            weights[item_id] += weight
    scale = 1.0 / total if total else 0.0
    likely = [item_id for item_id, weight in weights.items() if weight * scale >= MIN_OVERLAP]
    return {
        item_id: (shared.get(item_id, 0), min(weights.get(item_id, 0.0) * scale, 1.0)) for item_id in {*shared, *likely}
    }


def _weight(holder_count: int, size: int) -> float:
    """Return the inverse document frequency within the window: 1 for a key term of a single item."""
    size = max(size, MAX_HOLDERS, 2)
    weight = 1.0 - log(max(holder_count, 1)) / log(size + 1)
    return weight * COMMON_FACTOR if holder_count >= MAX_HOLDERS else weight


def _best_scores(scores: SharedScores, limit: int, fingerprint_count: int) -> SharedScores:
    fingerprint_count = max(fingerprint_count, 1)
    best = sorted(scores.items(), key=lambda pair: (-(pair[1][0] / fingerprint_count + pair[1][1]), -pair[0]))
    return dict(best[:limit])


def _cannot_link(connection: Connection, item_ids: Iterable[int]) -> defaultdict[int, set[int]]:
    excluded: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in cannot_link_pairs(connection, list(item_ids)):
        excluded[a].add(b)
        excluded[b].add(a)
    return excluded


def _load(connection: Connection, ids: Collection[int], since: datetime) -> dict[int, Candidate]:
    rows = connection.execute(_LOADED, {"since": since, "ids": ids}).all() if ids else ()
    return {row[0]: _candidate(row) for row in rows}


def _candidate(row: AnyRow) -> Candidate:
    """Convert a row by position, in the order of ``_COLUMNS``; by name is too slow for some hundreds a feed."""
    item_id, story, source, original, title, text, published, *region_codes, category, excerpt, members, pinned = row
    place = Place(*region_codes)
    return Candidate(
        item_id,
        story or item_id,
        source,
        original,
        title,
        text,
        published,
        place,
        category,
        excerpt,
        members,
        _PINS[pinned],
    )
