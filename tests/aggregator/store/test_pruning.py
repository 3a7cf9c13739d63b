"""Pruning deletes everything of an item, and a pruned item is not stored again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from aggregator.model import FIRST_KEY_TERM, Listing, Placement, Relation, RenderedDocument, Sketch
from aggregator.store import Store
from aggregator.store.schema.tables import metadata
from aggregator.store.sql.dialect import open_engine
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, place, poll_result, publish, uid
from tests.aggregator.store.writing import candidates_of, index_entries, insert_items, update_items

DAY = timedelta(days=1)
TERM = FIRST_KEY_TERM + 9


def rows(database_url: str) -> dict[str, int]:
    """Return the number of rows of each table that has any."""
    engine = open_engine(database_url)
    with engine.connect() as connection:
        count = "SELECT count(*) FROM {}"
        found = {name: connection.execute(text(count.format(name))).scalar_one() for name in metadata.tables}
    engine.dispose()
    return {name: number for name, number in found.items() if number}


def test_pruning_deletes_everything_of_an_item(store: Store, database_url: str) -> None:
    outlets(store, "a", "b")
    before = rows(database_url)
    (a,) = publish(store, "a", draft("a", text="暴雨", marks=[1], topics=[2], minutes=3000))
    (b,) = publish(store, "b", draft("b", text="暴雨", marks=[1], topics=[2], minutes=3000), story=a)
    (c,) = publish(store, "b", draft("c", text="暴雨", marks=[1], topics=[2], minutes=3000))
    place(store, Placement(c, a, Relation.REPRINT, a))
    store.split(b, NOW)
    store.put_documents([RenderedDocument(f"/feeds/story/{a}.atom", f"story/{a}", "x", b"x", "tag", NOW)], NOW)
    assert store.prune(NOW, DAY, batch=2) == 3
    remaining = rows(database_url)
    assert remaining.pop("forgotten") == 3
    assert remaining.pop("source_hours") == remaining.pop("source_days") == 2
    assert remaining.pop("service_hours") == remaining.pop("counters") == 1
    assert remaining.pop("feed_journals") == 4  # a page is pruned when it is full and old
    assert remaining.pop("corrections") == 1
    assert remaining.pop("settlements") == 7
    assert remaining.pop("mark_segments") == 1  # the newest one stays, empty
    assert remaining == before
    assert store.search_items("暴雨", 9) == []
    assert [health.items for health in store.source_health(NOW)] == [0, 0]


def test_pruning_keeps_younger_items(store: Store) -> None:
    outlets(store, "a", "b")
    (old,) = publish(store, "a", draft("old", text="暴雨", minutes=3000))
    (young,) = publish(store, "b", draft("young", text="暴雨"), story=old)
    place(store, Placement(young, old, Relation.REPRINT, old))
    assert store.prune(NOW, DAY) == 1
    (card,) = store.items(Listing(), 9)
    assert (card.id, card.is_lead, card.reprint_of, card.story_items) == (young, True, None, 1)
    story = store.story(old)
    assert story is not None
    assert (story.lead.id, story.first_item_id) == (young, young)
    assert [card.id for card in store.search_items("暴雨", 9)] == [young]


def test_pruned_items_leave_nothing_in_the_search_index(store: Store, database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL's autovacuum does it")
    outlets(store, "a")
    empty = index_bytes(database_url)
    for number in range(6):
        publish(store, "a", draft(f"old {number}", text=f"暴雨 {number}", minutes=3000))
    publish(store, "a", draft("young", text="暴雨"))
    store.prune(NOW, DAY, batch=2)
    with_one = index_bytes(database_url)
    assert len(store.search_items("暴雨", 9)) == 1
    store.prune(NOW + 2 * DAY, DAY)
    assert index_bytes(database_url) <= empty + 20 < with_one < empty + 500


def index_bytes(database_url: str) -> int:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        size: int = connection.execute(text("SELECT sum(length(block)) FROM search_tokens_data")).scalar_one()
    engine.dispose()
    return size


def test_a_pruned_item_is_not_stored_again(store: Store) -> None:
    ids = outlets(store, "a")
    publish(store, "a", draft("x", minutes=3000))
    store.prune(NOW, DAY)
    assert store.known_items(ids["a"]).content_hashes == {uid("x"): draft("x").content_hash}
    with store.write_transaction() as writer:
        assert insert_items(writer, ids["a"], [draft("x")], NOW) == {}
    store.prune(NOW + timedelta(days=366), DAY)
    with store.write_transaction() as writer:
        assert set(insert_items(writer, ids["a"], [draft("x")], NOW)) == {uid("x")}


def test_ids_are_never_reused(store: Store) -> None:
    outlets(store, "a")
    (number,) = publish(store, "a", draft("x", minutes=3000))
    store.prune(NOW, DAY)
    assert publish(store, "a", draft("y"))[0] > number


def test_poll_records_are_pruned_after_two_weeks(store: Store, database_url: str) -> None:
    outlets(store, "a")
    (poll,) = store.claim_polls(NOW, 1, HOUR, "me")
    for days in (0, 13, 15):
        with store.write_transaction() as writer:
            writer.record_poll_result(poll_result(poll, at=NOW - timedelta(days=days)))
    store.prune(NOW, DAY)
    assert rows(database_url)["polls"] == 2


def test_stats(store: Store) -> None:
    outlets(store, "a", "b")
    (a,) = publish(store, "a", draft("a", minutes=1))
    (b,) = publish(store, "b", draft("b"))
    place(store, Placement(b, a, Relation.REPRINT, a))
    stats = store.stats(NOW)
    assert stats["bytes"] > 0
    expected = {"sources": 2, "items": 2, "stories": 1, "stories_of_several": 1, "reprints": 1, "newest": NOW}
    today = {"items_today": 1, "stories_today": 1, "uncategorised": 1}
    assert stats.items() >= (expected | today).items()


def test_a_backup_is_a_complete_database(new_sqlite: str, tmp_path: Path) -> None:
    store = Store.open(new_sqlite)
    outlets(store, "a")
    (number,) = publish(store, "a", draft("x", text="暴雨"))
    with store.write_transaction() as writer:
        writer.mark_stale(["society"])
        store.back_up(tmp_path / "copy.db", lambda step: None)  # while a transaction is open
    store.close()
    copy = Store.open(f"sqlite:///{tmp_path}/copy.db")
    assert [card.id for card in copy.search_items("暴雨", 9)] == [number]
    copy.close()


def test_nested_write_transactions_raise(store: Store) -> None:
    with store.write_transaction(), pytest.raises(RuntimeError, match="nested"), store.write_transaction():
        pass
    store.prune(NOW, DAY)


def test_fingerprints_leave_the_index_when_they_are_too_old_for_candidates(store: Store, database_url: str) -> None:
    outlets(store, "a", "b")
    with store.write_transaction() as writer:
        for days in (100, 50, 20, 0):
            insert_items(writer, 1, [draft(f"{days}", text="暴雨", marks=[days, 7], topics=[TERM])], NOW - days * DAY)
    assert store.prune(NOW, 180 * DAY, batch=1) == 0
    assert marks_of(database_url) == {1: {TERM}, 2: {TERM}, 3: {20, 7, TERM}, 4: {0, 7, TERM}}
    assert store.prune(NOW + 30 * DAY, 180 * DAY) == 0
    assert marks_of(database_url) == {1: {TERM}, 2: {TERM}, 3: {TERM}, 4: {0, 7, TERM}}
    with store.write_transaction() as writer:
        found = candidates_of(writer, {4: Sketch((0, 7), ())}, {4: NOW}, 30 * DAY)
        assert found == {4: []}
        assert writer.snapshot().find_misplaced(1, [draft("50", text="台风", marks=[1], topics=[2])]) == set()
        update_items(writer, 1, [draft("50", text="台风", marks=[1], topics=[2])], NOW)
    place(store, Placement(1, None, Relation.ORIGINAL), Placement(2, 1, Relation.FURTHER))
    assert store.split(2, NOW) == 2
    assert store.merge([1, 2], NOW) == 1
    assert store.prune(NOW + 300 * DAY, DAY) == 4
    assert marks_of(database_url) == {}


def marks_of(database_url: str) -> dict[int, set[int]]:
    """Return item -> its fingerprints and key terms in the index."""
    engine = open_engine(database_url)
    with engine.connect() as connection:
        found = index_entries(connection)
    engine.dispose()
    return found
