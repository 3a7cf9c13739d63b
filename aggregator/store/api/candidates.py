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
    early = following.with_only_columns(items.c.first_seen).scalar_subquery() < bindparam("since")
    number = following.with_only_columns(items.c.id).scalar_subquery()
    half = select(case((early, number), else_=halves.c.low), case((early, halves.c.high), else_=middle))
    halves = halves.union_all(half.where(halves.c.low < halves.c.high))
    return select(halves.c.low, select(func.max(items.c.id)).scalar_subquery()).where(halves.c.low >= halves.c.high)


_WINDOW = _window_query()
_COLUMNS = (
    items.c.id,
    items.c.story_id,
    items.c.source_id,
    items.c.reprint_of,
    items.c.title,
    texts.c.text,
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
        since = min(dates[asking] for asking in sketches) - window
        floor, size = _window(self._connection, since)
        wanted = {mark for sketch in sketches.values() for mark in (*sketch.fingerprints, *sketch.key_terms)}
        holders = newest_items_by_mark(self._connection, sorted(wanted), floor, MAX_HOLDERS)
        apart = _cannot_link(self._connection, sketches)
        chosen: dict[int, SharedScores] = {}
        for asking, sketch in sketches.items():
            scores = _score(sketch, holders, size)
            for other in (asking, *apart[asking]):
                scores.pop(other, None)
            chosen[asking] = _best_scores(scores, 2 * limit, len(sketch.fingerprints))
        first = {asking: list(scores)[:limit] for asking, scores in chosen.items()}
        found = _load(self._connection, {number for numbers in first.values() for number in numbers}, since)

        def near(asking: int, numbers: Iterable[int]) -> list[int]:
            """Return those of the loaded candidates that lie within the time window of the item."""
            here = (number for number in numbers if number in found)
            return [number for number in here if abs(found[number].published - dates[asking]) <= window]

        # Few candidates are too old or withdrawn: the next ones are loaded only where these leave places open.
        open_ended = [asking for asking, numbers in first.items() if len(near(asking, numbers)) < limit]
        more = {number for asking in open_ended for number in list(chosen[asking])[limit:]}
        found |= _load(self._connection, more.difference(found), since)
        return {
            asking: [(found[number], *scores[number]) for number in near(asking, scores)[:limit]]
            for asking, scores in chosen.items()
        }

    def find_misplaced(self, source_id: int, edits: Sequence[Draft]) -> set[str]:
        """Return the uids of edited items whose placement has to be computed again.

        These are items that are alone in their story, and items whose text is replaced by a different one. Items placed
        by an admin are excluded.
        """
        if not edits:
            return set()
        wanted = {draft.uid: draft.sketch for draft in edits}
        joined = items.join(texts, texts.c.item_id == items.c.id).join(stories, stories.c.id == items.c.story_id)
        query = select(items.c.id, items.c.uid, items.c.story_id, items.c.pinned, stories.c.item_count, *_SKETCH)
        query = query.select_from(joined).where(items.c.source_id == source_id, items.c.removed.is_(None))
        found: set[str] = set()
        for batch in in_batches(list(wanted)):
            for row in self._connection.execute(query.where(items.c.uid.in_(batch))):
                alone = row.item_count == 1
                if not row.pinned & LockedFields.STORY and (alone or _is_rewritten(row, wanted[row.uid])):
                    found.add(row.uid)
        return found


def _is_rewritten(row: AnyRow, new: Sketch) -> bool:
    """Return whether the new text differs in fingerprints and key terms; one that was shortened or completed keeps its
    key terms."""
    return (
        _overlap_with(row.marks, new.fingerprints) < MIN_SHARED_FINGERPRINTS
        and _overlap_with(row.topics, new.key_terms) < MIN_SHARED_KEY_TERMS
    )


def _overlap_with(packed: bytes, numbers: Sequence[int]) -> float:
    before = set(unpack_int64s(packed))
    smaller = min(len(before), len(numbers))
    return len(before.intersection(numbers)) / smaller if smaller else 1.0


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
        for number in holders.get(mark, ()):
            shared[number] += 1
    whole = 0.0
    for topic in sketch.key_terms:
        held = holders.get(topic, ())
        weight = _weight(len(held), size)
        whole += weight
        for number in held:
            weights[number] += weight
    scale = 1.0 / whole if whole else 0.0
    likely = [number for number, weight in weights.items() if weight * scale >= MIN_OVERLAP]
    return {
        number: (shared.get(number, 0), min(weights.get(number, 0.0) * scale, 1.0)) for number in {*shared, *likely}
    }


def _weight(held: int, size: int) -> float:
    """Return the inverse document frequency within the window: 1 for a key term of a single item."""
    size = max(size, MAX_HOLDERS, 2)
    weight = 1.0 - log(max(held, 1)) / log(size + 1)
    return weight * COMMON_FACTOR if held >= MAX_HOLDERS else weight


def _best_scores(scores: SharedScores, limit: int, fingerprint_count: int) -> SharedScores:
    fingerprint_count = max(fingerprint_count, 1)
    best = sorted(scores.items(), key=lambda pair: (-(pair[1][0] / fingerprint_count + pair[1][1]), -pair[0]))
    return dict(best[:limit])


def _cannot_link(connection: Connection, asking: Iterable[int]) -> defaultdict[int, set[int]]:
    apart: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in cannot_link_pairs(connection, list(asking)):
        apart[a].add(b)
        apart[b].add(a)
    return apart


def _load(connection: Connection, ids: Collection[int], since: datetime) -> dict[int, Candidate]:
    rows = connection.execute(_LOADED, {"since": since, "ids": ids}).all() if ids else ()
    return {row[0]: _candidate(row) for row in rows}


def _candidate(row: AnyRow) -> Candidate:
    """Convert a row by position, in the order of ``_COLUMNS``; by name is too slow for some hundreds a feed."""
    number, story, source, original, title, text, published, *place, category, excerpt, members, pinned = row
    where = Place(*place)
    return Candidate(
        number,
        story or number,
        source,
        original,
        title,
        text,
        published,
        where,
        category,
        excerpt,
        members,
        _PINS[pinned],
    )
