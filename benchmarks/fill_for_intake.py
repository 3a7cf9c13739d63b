"""Fill a store directly, oldest item first, with sketches and marks, so that the intake of new items can be measured.

Item n is the n-th that was seen, so it is newer than those before it: 10,000 a day, as in a store in operation.
The newest items have the sketch of their text and a search entry. Older ones, of which no copy arrives, have random
fingerprints, and key terms of their text, so that frequent terms occur in as many items as in real news.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select, text

from aggregator.model import Draft, Place, Sketch, Source
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.stories.features import build_features
from aggregator.steps.stories.fingerprint import build_sketch, key_term_hash
from aggregator.steps.stories.key_terms import MAX_KEY_TERMS
from aggregator.steps.text.search_words import search_words
from aggregator.store import Store
from aggregator.store.item_texts import sketch_row
from aggregator.store.mark_index import add_marks
from aggregator.store.schema.tables import items, sketches, stories, story_listings, texts
from aggregator.store.schema.text_columns import PLAIN_TEXT, packed_values
from aggregator.store.search_tokens import item_tags
from aggregator.store.sql.dialect import is_sqlite
from aggregator.store.sql.dialect_search import insert_into_search
from aggregator.store.sql.search_entry import search_key
from benchmarks.fill_for_reads import A_DAY, REGIONS, draft_of, founder_of, item_row, set_representatives, story_row

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 6_400
RECENT = 5_000  # items with a real sketch
MARKS = 20  # fingerprints per item


def fill_store(
    store: Store,
    ids: Sequence[int],
    total: int,
    *,
    began: datetime = BEGAN,
    recent: int = RECENT,
    make_draft: Callable[[int, Place], Draft] = draft_of,
) -> datetime:
    """Store ``total`` items of the sources with these ids; return the time at which the last one was seen.

    The first item was seen at ``began``; the last ``recent`` have a real sketch and a search entry.
    """
    places = [Gazetteer.load().place(code) for code in REGIONS]
    first_recent = total - recent
    for begin in range(0, total, BATCH):
        drafts = {
            number: _complete(make_draft(number, places[number % len(places)]), number, began, number >= first_recent)
            for number in range(begin, min(begin + BATCH, total))
        }
        with store._write_transaction() as connection:
            _write(connection, ids, drafts, first_recent)
            if not is_sqlite(connection):
                connection.execute(text("SELECT setval(pg_get_serial_sequence('items', 'id'), max(id)) FROM items"))
    store._merge()  # the segments of fingerprints, as a service does after every few transactions
    return began + timedelta(days=total / A_DAY)


def server_cpu(store: Store) -> float:
    """Return the CPU seconds that a PostgreSQL server on this machine has spent on this database; 0 for SQLite."""
    if is_sqlite(store._engine):
        return 0.0
    with store._read_transaction() as connection:
        query = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        numbers = connection.execute(query).scalars().all()
    spent = [Path(f"/proc/{number}/schedstat").read_text(encoding="ascii").split()[0] for number in numbers]
    return sum(map(int, spent)) / 1e9


def sources(count: int) -> list[Source]:
    return [Source(0, f"s{n}", f"http://s{n}.example/feed", f"第{n}报") for n in range(count)]


def stored_texts(store: Store, numbers: Sequence[int]) -> list[tuple[str, str]]:
    """Return the title and text of these items, for other outlets to reprint."""
    query = select(items.c.title, PLAIN_TEXT).join(texts, texts.c.item_id == items.c.id)
    with store._write_transaction() as connection:
        return [(row.title, row.text) for row in connection.execute(query.where(items.c.id.in_(numbers)))]


def _write(connection: Connection, ids: Sequence[int], drafts: Mapping[int, Draft], recent: int) -> None:
    founders = {number: founder_of(number) for number in drafts}
    others = [founder for number, founder in founders.items() if founder != number]
    rows = [item_row(ids[number % len(ids)], number, draft, founders[number]) for number, draft in drafts.items()]
    listed = set_representatives(rows)
    connection.execute(insert(items), rows)
    connection.execute(insert(texts), [
        {"item_id": number + 1, **packed_values(draft.html, draft.text)} for number, draft in drafts.items()
    ])  # fmt: skip
    connection.execute(insert(sketches), [
        sketch_row(number + 1, replace(draft, features=build_features(draft.title, draft.text)))
        for number, draft in drafts.items()
    ])  # fmt: skip
    connection.execute(insert(stories), [
        story_row(row, others.count(row["id"] - 1)) for row in rows if row["story_id"] == row["id"]
    ])  # fmt: skip
    connection.execute(insert(story_listings), listed)
    add_marks(connection, {number + 1: draft.sketch for number, draft in drafts.items()})
    insert_into_search(connection, [
        (search_key(row["published"], row["id"]), search_words(row["title"], draft.text),
         item_tags(row["title"], row["source_id"], row["category"], (row["province"], row["city"], row["county"])))
        for row, draft in zip(rows, drafts.values(), strict=True) if row["id"] > recent
    ])  # fmt: skip


def _complete(draft: Draft, number: int, began: datetime, recent: bool) -> Draft:
    """Return the draft with its time and its sketch."""
    seen = began + timedelta(days=number / A_DAY)
    sketch = build_sketch(draft.title, draft.text) if recent else _random_sketch(number, draft.text)
    return replace(draft, published=seen, sketch=sketch)


def _random_sketch(number: int, text: str) -> Sketch:
    rng = random.Random(number)
    topics = {key_term_hash(text[at : at + 2]) for at in range(0, 2 * MAX_KEY_TERMS, 2)}
    return Sketch(tuple(rng.getrandbits(31) for _ in range(MARKS)), tuple(topics))
