"""The index of fingerprints and key terms, beside a dictionary."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, nullcontext

import numpy as np
import pytest
from sqlalchemy import Connection, text

from aggregator.model import FIRST_KEY_TERM, Sketch
from aggregator.store import Store, mark_index, mark_rewriting, mark_search
from aggregator.store.api import mark_merging
from aggregator.store.sql.dialect import open_engine, write_transaction

LIMIT = 5
Marks = dict[int, set[int]]  # by item


@pytest.fixture
def connection(store: Store, database_url: str) -> Iterator[Connection]:
    """Yield a connection to an index of tiny segments and blocks that are read a few at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mark_index, "SMALL", 300)
        patch.setattr(mark_index, "SLICE_BLOCKS", 4)
        patch.setattr(mark_search, "SLICE_BLOCKS", 4)
        patch.setattr(mark_search, "MARKS_AT_ONCE", 100)
        engine = open_engine(database_url)
        with write_transaction(engine) as connection:
            yield connection
        engine.dispose()


def merge(connection: Connection) -> None:
    """Merge what was appended, as workers do on PostgreSQL; on SQLite that is done already."""
    last = mark_index.last_segment(connection)
    if connection.dialect.name == "postgresql" and last is not None:
        mark_index.merge_segments(connection, last)


def trim(connection: Connection, cutoff: mark_index.Cutoff) -> bool:
    """Drop what is too old from one segment; returns whether there may be more."""
    if connection.dialect.name == "postgresql":
        return mark_index.trim_beside_others(connection, cutoff)
    return mark_rewriting.trim(lambda: nullcontext(connection), lambda: nullcontext(connection), cutoff)


def _sketch(rng: random.Random) -> Sketch:
    """Return a sketch with frequent and rare hashes."""
    fingerprints = {int(3000 * rng.random() ** 3) for _ in range(12)}
    key_terms = {FIRST_KEY_TERM + int(3000 * rng.random() ** 3) for _ in range(12)}
    return Sketch(tuple(sorted(fingerprints)), tuple(sorted(key_terms)))


def _marks(sketch: Sketch) -> set[int]:
    return {*sketch.fingerprints, *sketch.key_terms}


def _found(connection: Connection, marks: list[int], floor: int, limit: int = LIMIT) -> dict[int, list[int]]:
    holders = mark_search.newest_holders(connection, np.array(marks, np.int64), floor, limit)
    assert holders.marks.tolist() == marks
    return {
        mark: holders.ids[start : start + count].tolist()
        for mark, start, count in zip(marks, holders.starts, holders.counts, strict=True)
    }


def _expected(stored: Marks, marks: list[int], floor: int, limit: int = LIMIT) -> dict[int, list[int]]:
    newest_first = sorted(stored, reverse=True)
    return {mark: [item for item in newest_first if item >= floor and mark in stored[item]][:limit] for mark in marks}


@pytest.mark.parametrize("first", [1, (1 << 40) - (1 << 33)])
def test_items_are_found_as_by_a_dictionary(connection: Connection, first: int) -> None:
    rng = random.Random(first)
    stored: Marks = {}
    following = first
    marks = [*range(0, 3000, 7), 2999, *range(FIRST_KEY_TERM, FIRST_KEY_TERM + 3000, 7), (1 << 32) - 1]
    for _ in range(60):
        new = {following + number: _sketch(rng) for number in range(rng.randint(1, 25))}
        following += len(new) + rng.randint(0, 3)
        edited = {item: _sketch(rng) for item in rng.sample(sorted(stored), min(len(stored), rng.randint(0, 2)))}
        mark_index.void_marks(connection, edited)
        mark_index.add_marks(connection, new | edited)
        merge(connection)
        stored |= {item: _marks(sketch) for item, sketch in (new | edited).items()}
        floor = rng.choice([first, (first + following) // 2])
        assert _found(connection, marks, floor) == _expected(stored, marks, floor)
    sizes = connection.execute(text("SELECT size FROM mark_segments")).scalars().all()
    assert 3 < len(sizes) < 20
    assert sum(sizes) < 1.1 * sum(map(len, stored.values()))  # void entries leave when segments are merged


def test_frequent_marks_fill_many_blocks(connection: Connection) -> None:
    for item in range(1, 2001):
        if item % 500 == 0:
            mark_index.add_marks(connection, {one: Sketch((7, one + 10)) for one in range(item - 499, item + 1)})
    assert _found(connection, [6, 7, 8], 0) == {6: [], 7: [2000, 1999, 1998, 1997, 1996], 8: []}
    assert _found(connection, [7], 1999) == {7: [2000, 1999]}
    assert len(_found(connection, [7], 0, 1500)[7]) == 1500


def test_items_beyond_32_bits_have_segments_of_their_own(connection: Connection) -> None:
    far = 1 << 36
    mark_index.add_marks(connection, {1: Sketch((5,)), far: Sketch((5,)), 2: Sketch((6,))})
    assert _found(connection, [5, 6], 0) == {5: [far, 1], 6: [2]}


def test_withdrawn_items_are_no_longer_found(connection: Connection) -> None:
    mark_index.void_marks(connection, [1])
    mark_index.add_marks(connection, {1: Sketch((5,)), 2: Sketch((5,))})
    mark_index.void_marks(connection, [2])
    assert _found(connection, [5], 0) == {5: [1]}


def test_pruning_drops_old_fingerprints_and_then_key_terms(connection: Connection) -> None:
    rng = random.Random(3)
    stored = {item: _sketch(rng) for item in range(1, 401)}
    for item in range(0, 400, 40):
        mark_index.add_marks(connection, {one: stored[one] for one in range(item + 1, item + 41)})
    marks = sorted({mark for sketch in stored.values() for mark in _marks(sketch)})

    def prune(oldest: int, oldest_text: int) -> None:
        mark_index.delete_voided(connection, oldest)
        cutoff = mark_index.Cutoff(oldest, oldest_text)
        while trim(connection, cutoff):
            pass

    prune(1, 301)
    recent = {item: _marks(sketch) if item > 300 else set(sketch.key_terms) for item, sketch in stored.items()}
    assert _found(connection, marks, 0, 500) == _expected(recent, marks, 0, 500)
    prune(201, 401)
    remaining = {item: set(sketch.key_terms) for item, sketch in stored.items()}
    assert _found(connection, marks, 201, 500) == _expected(remaining, marks, 201, 500)
    prune(mark_index.NO_ITEM, 401)
    assert connection.execute(text("SELECT count(*) FROM mark_blocks")).scalar_one() == 0
    mark_index.add_marks(connection, {401: Sketch((1,), (FIRST_KEY_TERM,))})
    assert _found(connection, [1, FIRST_KEY_TERM], 0) == {1: [401], FIRST_KEY_TERM: [401]}


def test_a_worker_merges_beside_its_transactions(
    new_postgres: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mark_merging, "MERGE_EVERY", 1)
    with closing(Store.open(new_postgres)) as store:
        for item in range(1, 6):
            with store._write_transaction() as connection:
                mark_index.add_marks(connection, {item: Sketch((5,))})
        with store._write_transaction(settling=True):  # nobody waits for the other
            store.merge_marks()
            store.wait_for_merge()
        with store._read_transaction() as connection:
            assert connection.execute(text("SELECT count(*) FROM mark_segments")).scalar_one() == 1
            assert _found(connection, [5], 0) == {5: [5, 4, 3, 2, 1]}
        monkeypatch.setattr(mark_index, "last_segment", lambda _: 1 / 0)
        store.merge_marks()
        store.wait_for_merge()
    assert "merge_failed" in caplog.text
