"""Partitions of PostgreSQL: made ahead, filled, left by pruning and dropped, while readers and writers go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from aggregator.config.load import parse_config
from aggregator.diagnosis.content import Content
from aggregator.store import Store, partition_plan
from aggregator.store.api import partitions as partitions_api
from aggregator.store.api.partitions import PartitionState
from aggregator.store.schema.tables import items, texts
from aggregator.store.sql import partitions
from aggregator.store.sql.partitions import LOWEST, PARTITIONED, POLLS, SKETCHES, SOURCE_HOURS, TEXTS, Partitioned
from tests.aggregator.store.factories import HOUR, NOW, draft, ids, outlets, poll_result
from tests.aggregator.store.writing import insert_items

DAY = timedelta(days=1)
KEEP = 60 * DAY


@pytest.fixture
def store(new_postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Yield an empty store with partitions of ten items, and of calendar months before NOW."""
    monkeypatch.setattr(partition_plan, "FEWEST_IDS", 10)
    monkeypatch.setattr(partitions_api, "_PAUSE", 0)
    with closing(Store.open(new_postgres, migrate=False)) as opened:
        with opened._write_transaction() as connection:
            for table in PARTITIONED:
                months = [datetime(2026, month, 1, tzinfo=UTC) for month in range(2, 9)]
                bounds = [table.key_of(month) for month in months] if table.seconds else [11, 21]
                partitions.lay_out(connection, table, bounds)
        outlets(opened, "a")
        yield opened


def insert(store: Store, first: int, last: int, days: float) -> None:
    """Store items with these ids, first seen and published so many days before NOW."""
    drafts = [draft(str(number), text="运河暴雨", minutes=days * 24 * 60) for number in range(first, last + 1)]
    with store.write_transaction() as writer:
        inserted = insert_items(writer, 1, drafts, NOW - days * DAY)
    assert sorted(inserted.values()) == list(range(first, last + 1))


def counts(store: Store, *names: str) -> list[int]:
    with store._read_transaction() as connection:
        return [connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names]


def ranges(store: Store, table: Partitioned) -> list[tuple[int, int]]:
    with store._read_transaction() as connection:
        return [(each.lower, each.upper) for each in partitions.ranges_of(connection, table)]


def found(store: Store) -> list[int]:
    """Return what a search finds, page by page."""
    page = store.search_page("暴雨", 4)
    item_ids = ids(page.cards)
    while page.end is not None:
        page = store.search_page("暴雨", 4, before=page.end)
        item_ids += ids(page.cards)
    return item_ids


def test_retention_drops_partitions_and_keeps_what_is_not_outdated(store: Store, tmp_path: Path) -> None:
    for first, last, days in ((1, 5, 95), (6, 10, 85), (11, 20, 65), (21, 30, 1)):
        insert(store, first, last, days)
    (poll,) = store.claim_polls(NOW, 1, HOUR, "me")
    for days in (70, 0):
        with store.write_transaction() as writer:
            writer.record_poll_result(poll_result(poll, at=NOW - days * DAY))

    # Half of the first partition is outdated: rows are left to its drop, but no part of the store any more.
    assert store.prune(NOW - 30 * DAY, KEEP) == 5
    assert counts(store, "items", "texts", "sketches", "texts_default") == [25, 30, 30, 0]
    assert store.contradictions().orphans == 0
    store.back_up(tmp_path / "copy.db", lambda step: None)
    with closing(Store.open(f"sqlite:///{tmp_path}/copy.db")) as copy:
        assert counts(copy, "items", "texts", "sketches") == [25, 25, 25]

    # All of it is outdated; of the entries of March those of five items are left.
    assert store.prune(NOW - 23 * DAY, KEEP) == 5
    assert counts(store, "items", "texts", "search") == [20, 20, 25]
    assert found(store) == [*range(30, 10, -1)]

    # A reader keeps a partition from being dropped, and nobody waits for it; one of its items is not outdated.
    with store._write_transaction() as connection:
        connection.execute(update(items).where(items.c.id == 12).values(published=NOW))
    with store._read_transaction() as reader:
        reader.execute(select(func.count()).select_from(texts)).scalar_one()
        assert store.prune(NOW, KEEP) == 9
    assert [(11, 21) in ranges(store, table) for table in (TEXTS, SKETCHES)] == [True, False]
    assert store.prune(NOW, KEEP) == 0
    assert [min(ranges(store, table)) for table in (TEXTS, SKETCHES)] == [(21, 71)] * 2
    assert counts(store, "texts", "sketches", "texts_default", "sketches_default") == [11, 11, 1, 1]
    assert store.item_details([12])[12].text == "运河暴雨"
    assert counts(store, "search", "polls", "source_hours") == [10, 1, 2]
    with store._read_transaction() as connection:
        assert partitions.detached(connection) == []

    assert store.prune(NOW + 61 * DAY, KEEP) == 11
    assert counts(store, "items", "texts", "sketches") == [0, 0, 0]
    with (
        closing(Store.open(f"sqlite:///{tmp_path}/copy.db")) as copy,
        copy._read_transaction() as original,
        store._write_transaction() as connection,
    ):
        partition_plan.lay_out(connection, original, NOW)
    assert ranges(store, TEXTS) == [(LOWEST, 21), (21, 31), (31, 41)]


def test_rows_without_a_partition_are_stored_and_moved(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    insert(store, 1, 30, 3)
    assert counts(store, "texts_default", "search_default") == [10, 0]
    state = store.partition_state()
    assert {"texts", "sketches"} <= set(state.missing)
    assert state.misplaced == ["texts", "sketches"]

    # Too many to be moved while others wait: the next range begins after them.
    monkeypatch.setattr(partition_plan, "MOST_MOVED", 5)
    assert store.reserve_item_ids(1) == [31]
    store.keep_partitions_ahead()
    insert(store, 32, 40, 2)
    assert counts(store, "texts_default") == [10]
    assert ranges(store, TEXTS)[-1] >= (32, 42)
    assert store.partition_state().missing == []
    config = parse_config(b"", Path("config.toml"), {})
    (finding,) = Content(config, store, lambda: NOW).partitions()
    assert "rows of texts, sketches are in the default partition" in finding.text
    assert finding.mend is not None
    finding.mend()
    assert store.partition_state() == PartitionState([], [])
    assert counts(store, "texts", "texts_default", "sketches_default") == [39, 0, 0]
    assert (21, 32) in ranges(store, TEXTS)


def test_partitions_are_made_before_ids_run_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition_plan, "FEWEST_IDS", 80)
    for _ in range(20):
        store.reserve_item_ids(9)
        store.keep_partitions_ahead()
        insert_one(store)
    assert counts(store, "texts", "texts_default") == [20, 0]


def insert_one(store: Store) -> None:
    """Store an item with the next id."""
    with store.write_transaction() as writer:
        insert_items(writer, 1, [draft(f"{time.monotonic_ns()}")], NOW)


def test_periods_begin_on_mondays_and_first_days() -> None:
    sunday = datetime(2026, 12, 6, 23, 59, tzinfo=UTC)
    days = [datetime.fromtimestamp(key, UTC).date().isoformat() for key in POLLS.periods(sunday, 2)]
    assert days == ["2026-11-30", "2026-12-07", "2026-12-14"]
    months = [datetime.fromtimestamp(key * 3600, UTC).date().isoformat() for key in SOURCE_HOURS.periods(sunday, 2)]
    assert months == ["2026-12-01", "2027-01-01", "2027-02-01"]
