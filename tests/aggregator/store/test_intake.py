"""Storing of new and edited items."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.messages import decisions
from aggregator.model import Listing, MediaFile, Place, PollSelection, Sketch
from aggregator.steps.entries.seen_entries import SeenEntry, pack_seen
from aggregator.store import Store
from aggregator.store.sql.dialect import open_engine
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, poll_result, publish, uid
from tests.aggregator.store.writing import candidates_of, insert_items, update_items


def test_a_stored_draft_is_read_back_unchanged(store: Store) -> None:
    outlets(store, "a")
    original = draft(
        "x",
        title="暴雨 预警",
        text="正文",
        category="emotion/story",
        place=Place("370000", "370400", "370406", decisions.IN_DATELINE(names=("鲁网",))),
        author="张三",
        editor="李四",
        origin="鲁网",
        language="zh-CN",
        rights="©",
        terms=("社会", "天气"),
        media=(MediaFile("http://m.example/1.jpg", "image/jpeg", 10), MediaFile("http://m.example/2.mp3")),
        updated=NOW + HOUR,
    )
    (number,) = publish(store, "a", original)
    item = store.item(number)
    assert item is not None
    for name in ("guid", "html", "text", "length", "editor", "origin", "language", "rights", "terms", "media", "dated"):
        assert getattr(item, name) == getattr(original, name), name
    for name in ("url", "title", "excerpt", "published", "updated", "author", "place"):
        assert getattr(item.card, name) == getattr(original, name), name
    assert (item.decision, item.card.category) == (original.decision, "emotion/story")
    assert (item.card.source, item.card.first_seen, item.card.changed) == ("a", NOW, NOW)
    assert item.removed is None


def test_the_same_uid_is_stored_once_for_each_source(store: Store) -> None:
    ids = outlets(store, "a", "b")
    with store.write_transaction() as writer:
        first = insert_items(writer, ids["a"], [draft("x"), draft("y"), draft("x", title="twice")], NOW)
        second = insert_items(writer, ids["a"], [draft("x"), draft("z")], NOW)
        other = insert_items(writer, ids["b"], [draft("x")], NOW)
    assert set(first) == {uid("x"), uid("y")}
    assert set(second) == {uid("z")}
    assert other[uid("x")] != first[uid("x")]
    assert [health.items for health in store.source_health(NOW, sort="slug")] == [3, 1]


def test_published_is_stored_in_whole_seconds(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", draft("x", published=NOW + timedelta(microseconds=700_000)))
    (card,) = store.items(Listing(), 9)
    assert card.published == NOW


def test_an_edit_keeps_published_and_first_seen(store: Store) -> None:
    ids = outlets(store, "a")
    (number,) = publish(store, "a", draft("x", title="旧题", text="旧文", category="society"))
    edit = draft("x", title="新题", text="新文", minutes=-600, category="tech", place=Place("370000"))
    with store.write_transaction() as writer:
        assert update_items(writer, ids["a"], [edit, draft("unknown")], NOW + HOUR) == {uid("x"): number}
    item = store.item(number)
    assert item is not None
    card = item.card
    assert (card.title, item.text, card.category, card.place.province) == ("新题", "新文", "tech", "370000")
    assert (card.published, card.first_seen, card.changed) == (NOW, NOW, NOW + HOUR)
    assert store.known_items(ids["a"]).content_hashes == {uid("x"): edit.content_hash}
    assert [card.id for card in store.items(Listing(category="tech"), 9)] == [number]


def test_an_edit_replaces_its_fingerprints(store: Store) -> None:
    ids = outlets(store, "a", "b")
    (number,) = publish(store, "a", draft("x", marks=[1, 2], topics=[8]))
    with store.write_transaction() as writer:
        update_items(writer, ids["a"], [draft("x", text="new", marks=[2, 3], topics=[9])], NOW)
        shared = candidates_of(writer, {99: Sketch((1, 2, 3), (8, 9))}, {99: NOW}, HOUR)
    ((candidate, marks, _),) = shared[99]
    assert (candidate.id, marks) == (number, 2)


def test_candidates_lie_within_the_time_window(store: Store) -> None:
    outlets(store, "a")
    old, recent = publish(store, "a", draft("old", marks=[1], minutes=200_000), draft("recent", marks=[1]))
    with store.write_transaction() as writer:
        dates = {98: NOW - 200_030 * (HOUR / 60), 99: NOW}
        candidates = candidates_of(writer, dict.fromkeys(dates, Sketch((1,))), dates, HOUR)
    assert {number: [candidate.id for candidate, *_ in scored] for number, scored in candidates.items()} == {
        98: [old],
        99: [recent],
    }


def test_known_items_are_the_newest(store: Store) -> None:
    ids = outlets(store, "a", "b")
    publish(store, "a", *(draft(str(number), minutes=number) for number in range(5)))
    publish(store, "b", draft("other"))
    assert set(store.known_items(ids["a"], limit=2).content_hashes) == {uid("0"), uid("1")}


@pytest.mark.parametrize("odd", ["a\x00b", "a\ud800b", "😀", "'; DROP TABLE items; --", '"*" AND', "%s %(x)s :name"])
def test_unstorable_characters_do_not_fail_the_batch(store: Store, odd: str) -> None:
    outlets(store, "a")
    original = draft("x", title=odd, text=odd, author=odd, terms=(odd,), media=(MediaFile(odd),), html=odd, guid=odd)
    (number,) = publish(store, "a", original, draft("y"))[:1]
    item = store.item(number)
    assert item is not None
    assert item.card.title == odd.replace("\x00", "").replace("\ud800", "?")
    assert isinstance(store.search_items(odd, 5), list)


def test_a_failed_transaction_is_rolled_back(store: Store) -> None:
    ids = outlets(store, "a")

    def fail() -> None:
        with store.write_transaction() as writer:
            insert_items(writer, ids["a"], [draft("x", text="暴雨", marks=[1])], NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.items(Listing(), 9) == []
    assert store.search_items("暴雨", 9) == []
    assert store.source_health(NOW)[0].items == 0
    publish(store, "a", draft("x"))


def test_readers_do_not_wait_for_a_writer(store: Store) -> None:
    ids = outlets(store, "a")
    publish(store, "a", draft("x"))
    with store.write_transaction() as writer:
        insert_items(writer, ids["a"], [draft("y")], NOW)
        assert len(store.items(Listing(), 9)) == 1
        store.ping()


def test_known_items_grow_with_the_last_document(store: Store) -> None:
    ids = outlets(store, "a")
    publish(store, "a", *(draft(str(number), minutes=number) for number in range(520)))
    assert len(store.known_items(ids["a"]).content_hashes) == 500
    entries = {f"{number:024x}": SeenEntry(frozenset()) for number in range(51)}
    (poll,) = store.claim_polls(NOW, 1, HOUR, "me", PollSelection(all_sources=True))
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(poll, seen_entries=pack_seen(entries)))
    assert len(store.known_items(ids["a"]).content_hashes) == 510


def test_drafts_stored_with_the_same_content_are_no_edits(store: Store) -> None:
    ids = outlets(store, "a")
    publish(store, "a", draft("x", text="one"), draft("y", text="two"))
    changed = draft("y", text="three")
    with store.snapshot() as snapshot:
        drafts = [draft("x", text="one"), changed, draft("z")]
        new, edited, found = snapshot.sort_drafts(ids["a"], drafts, is_full_text=False)
        assert ([one.uid for one in new], edited, list(found)) == ([uid("z")], [changed], [uid("y")])


def test_other_tools_read_items(new_sqlite: str) -> None:
    sqlite_store = Store.open(new_sqlite)
    outlets(sqlite_store, "a")
    url = "http://news.example/x"
    (number,) = publish(sqlite_store, "a", draft("x", title="暴雨", url=url, guid=url))
    (other,) = publish(sqlite_store, "a", draft("y", guid="tag:y"))
    engine = open_engine(new_sqlite)
    with engine.connect() as connection:
        row = connection.execute(text("SELECT url, title, published, guid FROM items WHERE id = 1")).one()
    engine.dispose()
    assert tuple(row) == (url, "暴雨", f"{NOW:%Y-%m-%d %H:%M:%S}", "")  # a guid that is the URL is stored once
    assert [detail and detail.guid for detail in map(sqlite_store.item, (number, other))] == [url, "tag:y"]
    sqlite_store.close()
