"""Who may belong with a new item: those that share marks of its text or the topics it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import log

from sqlalchemy import Connection, func, select

from aggregator.model import Candidate, Draft, Pin, Place, Sketch
from aggregator.store.batches import in_batches
from aggregator.store.dialect import AnyRow, newest_holders
from aggregator.store.groups import pairs_apart
from aggregator.store.rows import unpack
from aggregator.store.schema import items, stories, texts

HOLDERS = 60  # newest holders looked at for each mark or topic; a topic of so many says little
COMMON = 0.25  # what is left of the weight of a topic that met this limit
FAINT = 0.1  # topics that weigh less together are chance
KEPT_MARKS, KEPT_TOPICS = 0.3, 0.4  # shared by an edited text with what it was; less of both is another text

_SKETCH = (texts.c.marks, texts.c.topics)
Scores = dict[int, tuple[int, float]]  # item -> shared marks, share of the topics' weight


def candidates(
    connection: Connection, sketches: Mapping[int, Sketch], dates: Mapping[int, datetime], window: timedelta, limit: int
) -> dict[int, list[tuple[Candidate, int, float]]]:
    if not sketches:
        return {}
    since = min(dates[asking] for asking in sketches) - window
    floor, size = _window(connection, since)
    wanted = {mark for sketch in sketches.values() for mark in (*sketch.marks, *sketch.topics)}
    holders = dict(newest_holders(connection, sorted(wanted), floor, HOLDERS))
    apart = _apart(connection, sketches)
    chosen: dict[int, Scores] = {}
    for asking, sketch in sketches.items():
        scores = _score(sketch, holders, size)
        for other in (asking, *apart[asking]):
            scores.pop(other, None)
        chosen[asking] = _best(scores, 2 * limit, len(sketch.marks))
    found = _load(connection, {number for scores in chosen.values() for number in scores}, since)
    return {
        asking: [
            (found[number], *score)
            for number, score in scores.items()
            if number in found and abs(found[number].published - dates[asking]) <= window
        ][:limit]
        for asking, scores in chosen.items()
    }


def misplaced_by(connection: Connection, source_id: int, edits: Sequence[Draft]) -> set[str]:
    wanted = {draft.uid: draft.sketch for draft in edits}
    joined = items.join(texts, texts.c.item_id == items.c.id).join(stories, stories.c.id == items.c.story_id)
    query = select(items.c.id, items.c.uid, items.c.story_id, items.c.pinned, stories.c.item_count, *_SKETCH)
    query = query.select_from(joined).where(items.c.source_id == source_id, items.c.removed.is_(None))
    found: set[str] = set()
    for batch in in_batches(list(wanted)):
        for row in connection.execute(query.where(items.c.uid.in_(batch))):
            alone, founder = row.item_count == 1, row.story_id == row.id
            if row.pinned & Pin.STORY or (founder and not alone):
                continue
            if alone or _rewritten(row, wanted[row.uid]):
                found.add(row.uid)
    return found


def _rewritten(row: AnyRow, new: Sketch) -> bool:
    """Is it another text, about something else? A text that was cut or completed keeps its topics."""
    return _shared(row.marks, new.marks) < KEPT_MARKS and _shared(row.topics, new.topics) < KEPT_TOPICS


def _shared(packed: bytes, numbers: Sequence[int]) -> float:
    before = set(unpack(packed))
    smaller = min(len(before), len(numbers))
    return len(before.intersection(numbers)) / smaller if smaller else 1.0


def _window(connection: Connection, since: datetime) -> tuple[int, int]:
    """The first item seen since, found by halving (items are numbered as they are first seen), and how many there are
    from it on. What was published since was first seen since."""
    low, high = 0, connection.execute(select(func.max(items.c.id))).scalar() or 0
    top = high
    while low < high:
        middle = (low + high) // 2
        query = select(items.c.id, items.c.first_seen).where(items.c.id > middle).order_by(items.c.id).limit(1)
        row = connection.execute(query).first()
        if row is None or row.first_seen >= since:
            high = middle
        else:
            low = row.id
    return low, max(top - low, 1)


def _score(sketch: Sketch, holders: Mapping[int, Collection[int]], size: int) -> Scores:
    shared: defaultdict[int, int] = defaultdict(int)
    weights: defaultdict[int, float] = defaultdict(float)
    for mark in sketch.marks:
        for number in holders.get(mark, ()):
            shared[number] += 1
    whole = 0.0
    for topic in sketch.topics:
        held = holders.get(topic, ())
        weight = _weight(len(held), size)
        whole += weight
        for number in held:
            weights[number] += weight
    scale = 1.0 / whole if whole else 0.0
    return {number: (shared[number], min(weights[number] * scale, 1.0)) for number in {*shared, *weights}}


def _weight(held: int, size: int) -> float:
    """Inverse document frequency among the items of the window; 1 for a topic of one item alone."""
    size = max(size, HOLDERS, 2)
    weight = 1.0 - log(max(held, 1)) / log(size + 1)
    return weight * COMMON if held >= HOLDERS else weight


def _best(scores: Scores, limit: int, marks: int) -> Scores:
    likely = [(number, score) for number, score in scores.items() if score[0] or score[1] >= FAINT]
    likely.sort(key=lambda pair: (-(pair[1][0] / max(marks, 1) + pair[1][1]), -pair[0]))
    return dict(likely[:limit])


def _apart(connection: Connection, asking: Iterable[int]) -> defaultdict[int, set[int]]:
    apart: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in pairs_apart(connection, list(asking)):
        apart[a].add(b)
        apart[b].add(a)
    return apart


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


def _load(connection: Connection, ids: Collection[int], since: datetime) -> dict[int, Candidate]:
    joined = items.join(texts, texts.c.item_id == items.c.id).outerjoin(stories, stories.c.id == items.c.story_id)
    query = select(*_COLUMNS).select_from(joined).where(items.c.published >= since, items.c.removed.is_(None))
    found: dict[int, Candidate] = {}
    for batch in in_batches(ids):
        found |= {row.id: _candidate(row) for row in connection.execute(query.where(items.c.id.in_(batch)))}
    return found


def _candidate(row: AnyRow) -> Candidate:
    return Candidate(
        id=row.id,
        story_id=row.story_id or row.id,
        source_id=row.source_id,
        reprint_of=row.reprint_of,
        title=row.title,
        text=row.text,
        published=row.published,
        place=Place(row.province, row.city, row.county, row.region_why),
        category=row.category,
        excerpt=row.excerpt,
        story_items=row.story_items,
        pinned=Pin(row.pinned),
    )
