"""Rewriting large segments on SQLite: what happens between its transactions, and after a kill at any of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from sqlalchemy import Connection, func, select

from aggregator.model import FIRST_KEY_TERM, Sketch
from aggregator.store import Store, mark_index, mark_rewriting, mark_search
from aggregator.store.mark_index import Begin
from aggregator.store.schema.tables import counters, mark_blocks

ITEMS = 160
MARKS = np.array([*range(40), *range(FIRST_KEY_TERM, FIRST_KEY_TERM + 40)], np.int64)


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def store(new_sqlite: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Yield a store whose index has four segments of one size, which are not merged at once."""
    monkeypatch.setattr(mark_index, "SMALL", 500)
    monkeypatch.setattr(mark_index, "AT_ONCE", 1000)
    monkeypatch.setattr(mark_index, "SLICE_BLOCKS", 2)
    monkeypatch.setattr(mark_search, "SLICE_BLOCKS", 2)
    monkeypatch.setattr(mark_rewriting, "SLICE_BLOCKS", 2)
    store = Store.open(new_sqlite)
    rng = random.Random(5)
    for first in range(1, ITEMS + 1, 40):
        add(store, {item: sketch(rng) for item in range(first, first + 40)})
    yield store
    store.close()


def sketch(rng: random.Random) -> Sketch:
    fingerprints, key_terms = rng.sample(range(40), 8), rng.sample(range(40), 8)
    return Sketch(tuple(sorted(fingerprints)), tuple(FIRST_KEY_TERM + term for term in sorted(key_terms)))


def add(store: Store, sketches: dict[int, Sketch]) -> None:
    with store._write_transaction() as connection:
        mark_index.void_marks(connection, sketches)
        mark_index.add_marks(connection, sketches)


def found(store: Store) -> list[list[int]]:
    """Return the items that have each of the marks."""
    with store._read_transaction() as connection:
        holders = mark_search.newest_holders(connection, MARKS, 0, 1000)
    return [
        holders.ids[start : start + count].tolist() for start, count in zip(holders.starts, holders.counts, strict=True)
    ]


def rows(store: Store) -> tuple[int, int, int]:
    """Return the numbers of segments, of blocks that no segment has, and of claims."""
    with store._read_transaction() as connection:
        segments = mark_index.load_segments(connection)
        blocks = connection.execute(select(func.count()).select_from(mark_blocks)).scalar_one()
        claims = connection.execute(select(func.count()).where(counters.c.name == "marks.rewriting")).scalar_one()
    return len(segments), blocks - sum(segment.fences.size for segment in segments), claims


def stepping(store: Store, before_write: Callable[[int], None]) -> tuple[Begin, Begin]:
    """Return how to begin transactions; before each that writes, the function is called with its number."""
    count = 0

    @contextmanager
    def write() -> Iterator[Connection]:
        nonlocal count
        before_write(count)
        count += 1
        with store._write_transaction() as connection:
            yield connection

    return store._read_transaction, write


def merge(store: Store, before_write: Callable[[int], None] = lambda _: None) -> bool:
    return mark_rewriting.merge_large(*stepping(store, before_write))


def test_segments_are_merged_while_others_write(store: Store) -> None:
    rng = random.Random(6)
    assert rows(store)[0] == 4

    def others(number: int) -> None:
        add(store, {number + 1: sketch(rng), ITEMS + number + 1: sketch(rng)})

    assert merge(store, others)
    before, steps = found(store), 0

    def count(_: int) -> None:
        nonlocal steps
        steps += 1

    while merge(store, count):
        pass
    assert found(store) == before
    assert rows(store)[1:] == (0, 0)
    assert not merge(store)


def test_a_kill_at_any_step_loses_nothing(store: Store) -> None:
    before, last = found(store), 0

    def kill_at(step: int) -> Callable[[int], None]:
        def kill(number: int) -> None:
            nonlocal last
            last = number
            if number == step:
                raise Killed

        return kill

    for step in range(1000):
        try:
            done = merge(store, kill_at(step))
        except Killed:
            assert found(store) == before
            if rows(store)[0] == 1:  # killed while it deleted what it had replaced
                break
        else:
            assert done
            break
    assert last > 5
    assert found(store) == before
    add(store, {ITEMS + 1: Sketch((1,), (FIRST_KEY_TERM,))})
    expected = [[item for item in items if item >= 100] for items in found(store)]
    while mark_rewriting.trim(*stepping(store, lambda _: None), mark_index.Cutoff(100, 100)):
        pass
    assert found(store) == expected
    assert rows(store)[1:] == (0, 0)


def test_the_later_of_two_goes_on(store: Store) -> None:
    before = found(store)

    def other(number: int) -> None:
        if number == 5:
            assert merge(store)

    assert not merge(store, other)
    assert found(store) == before
    assert rows(store) == (1, 0, 0)


def test_segments_that_have_changed_are_not_replaced(store: Store) -> None:
    before = found(store)

    def change(number: int) -> None:
        if number == 5:
            with store._write_transaction() as connection:
                first = mark_index.load_segments(connection)[0]
                mark_index.delete_segment(connection, first)

    merge(store, change)
    assert rows(store) == (3, 0, 0)
    assert found(store) == [[item for item in items if item > 40] for items in before]
