"""Who may belong with a new item: those that share marks of its text or the topics it is about."""

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

MAX_HOLDERS = 60  # newest holders looked at for each mark or topic; a topic of so many says little
COMMON_FACTOR = 0.25  # what is left of the weight of a topic that met this limit
MIN_OVERLAP = 0.1  # topics that weigh less together are chance
MIN_SHARED_FINGERPRINTS, MIN_SHARED_KEY_TERMS = (
    0.3,
    0.4,
)  # shared by an edited text with what it was; less of both is another text
_SKETCH = (texts.c.marks, texts.c.topics)
SharedScores = dict[int, tuple[int, float]]  # item -> shared marks, share of the topics' weight


def _window_query() -> Select[int, int]:
    """The first item seen since, found by halving (items are numbered as they are first seen), and the last of all."""
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
    """Find story candidates."""

    def find_candidates(
        self, sketches: Mapping[int, Sketch], dates: Mapping[int, datetime], window: timedelta, limit: int = 40
    ) -> dict[int, list[tuple[Candidate, int, float]]]:
        """For each item id: stored items that share marks or topics with its sketch, each with the number of
        shared marks and the idf-weighted sum of shared topics (0..1 of the sketch's own weight), best first, at
        most ``limit``; never the item itself; nothing published more than ``window`` before or after its own date in
        ``dates``. A bounded number of newest holders is looked at per mark, so the cost does not grow with the table.
        An item held apart from the asking one by an admin's verdict is left out, and so are those that share no mark
        and next to no topic."""
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
            here = (number for number in numbers if number in found)
            return [number for number in here if abs(found[number].published - dates[asking]) <= window]

        # Few are too old, or withdrawn: only where they leave places open, what comes after them is read, too.
        open_ended = [asking for asking, numbers in first.items() if len(near(asking, numbers)) < limit]
        more = {number for asking in open_ended for number in list(chosen[asking])[limit:]}
        found |= _load(self._connection, more.difference(found), since)
        return {
            asking: [(found[number], *scores[number]) for number in near(asking, scores)[:limit]]
            for asking, scores in chosen.items()
        }

    def find_misplaced(self, source_id: int, edits: Sequence[Draft]) -> set[str]:
        """The uids of stored items that may belong elsewhere once these edits are stored: those that are alone in
        their story, and those whose text becomes another one. What an admin has placed stays."""
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
    """Is it another text, about something else? A text that was cut or completed keeps its topics."""
    return (
        _overlap_with(row.marks, new.fingerprints) < MIN_SHARED_FINGERPRINTS
        and _overlap_with(row.topics, new.key_terms) < MIN_SHARED_KEY_TERMS
    )


def _overlap_with(packed: bytes, numbers: Sequence[int]) -> float:
    before = set(unpack_int64s(packed))
    smaller = min(len(before), len(numbers))
    return len(before.intersection(numbers)) / smaller if smaller else 1.0


def _window(connection: Connection, since: datetime) -> tuple[int, int]:
    """The first item seen since, and how many there are from it on. What was published since was first seen since."""
    low, last = connection.execute(_WINDOW, {"since": since}).one()
    return low, max((last or 0) - low, 1)


def _score(sketch: Sketch, holders: Mapping[int, Collection[int]], size: int) -> SharedScores:
    """Those that share a mark, or topics enough."""
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
    """Inverse document frequency among the items of the window; 1 for a topic of one item alone."""
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
    """By position, in the order of ``_COLUMNS``: a document has some hundreds."""
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
