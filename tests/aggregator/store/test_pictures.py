"""Pictures: the queue, thumbnails, eviction, and what becomes of them with their items."""

from __future__ import annotations

from datetime import timedelta

from aggregator.model.pictures import ItemPictures, Thumbnails, picture_id
from aggregator.store import Store
from feeds.model import Picture
from tests.aggregator.store.factories import NOW, draft, outlets, publish

LEASE = timedelta(minutes=3)
ONE, TWO, THREE = "https://a.example/1.jpg", "https://a.example/2.jpg", "https://b.example/3.jpg"


def add_items(store: Store, *names: str) -> list[int]:
    outlets(store, "a")
    return publish(store, "a", *(draft(name) for name in names))


def enqueue(store: Store, shown: dict[int, tuple[str | None, tuple[str, ...]]]) -> None:
    with store.write_transaction() as writer:
        pictures = {item: ItemPictures(Picture(lead) if lead else None, texts) for item, (lead, texts) in shown.items()}
        writer.set_pictures(pictures, NOW)


def keep(store: Store, url: str, size: int = 10, age: timedelta = timedelta(0)) -> None:
    with store.write_transaction() as writer:
        writer.store_thumbnails(
            picture_id(url), Thumbnails({240: b"s" * (size // 2), 640: b"l" * (size // 2)}, 640, 360), NOW - age
        )


def thumbnails(store: Store, ids: list[int]) -> list[int | None]:
    cards = store.item_cards(ids)
    return [cards[item].thumbnail for item in ids]


def test_one_picture_of_each_host_is_claimed_and_leased(store: Store) -> None:
    ids = add_items(store, "1", "2", "3")
    enqueue(store, {ids[0]: (ONE, ()), ids[1]: (TWO, ()), ids[2]: (THREE, (ONE,))})
    first = store.claim_pictures(NOW, 4, 1, {}, LEASE, "me")
    assert sorted(job.url for job in first) in ([ONE, THREE], [TWO, THREE])
    second = store.claim_pictures(NOW, 4, 1, {}, LEASE, "me")
    assert len(second) == 1
    assert store.claim_pictures(NOW, 4, 1, {}, LEASE, "me") == []
    again = store.claim_pictures(NOW + LEASE, 4, 1, {"b.example": 1}, LEASE, "me")
    assert [job.attempts for job in again] == [2]


def test_items_show_a_picture_once_it_is_stored(store: Store) -> None:
    ids = add_items(store, "1", "2")
    enqueue(store, {ids[0]: (ONE, (TWO,)), ids[1]: (ONE, ())})
    assert thumbnails(store, ids) == [None, None]
    keep(store, ONE)
    assert thumbnails(store, ids) == [picture_id(ONE)] * 2
    assert store.thumbnail(picture_id(ONE), 240) == b"s" * 5
    assert store.thumbnail(picture_id(ONE), 241) is None
    assert [picture.url for picture in store.pictures_of_item(ids[0])] == [ONE]
    assert store.claim_pictures(NOW, 4, 1, {}, LEASE, "me")[0].url == TWO
    later = add_items(store, "3")
    enqueue(store, {later[0]: (ONE, ())})
    assert thumbnails(store, later) == [picture_id(ONE)]


def test_a_failed_picture_waits_or_is_given_up(store: Store) -> None:
    ids = add_items(store, "1")
    enqueue(store, {ids[0]: (ONE, ())})
    with store.write_transaction() as writer:
        writer.record_picture_failure(picture_id(ONE), NOW + LEASE, "timeout")
    assert store.claim_pictures(NOW, 4, 1, {}, LEASE, "me") == []
    with store.write_transaction() as writer:
        writer.pause_pictures("a.example", NOW + 2 * LEASE)
    assert store.claim_pictures(NOW + LEASE, 4, 1, {}, LEASE, "me") == []
    assert len(store.claim_pictures(NOW + 2 * LEASE, 4, 1, {}, LEASE, "me")) == 1
    with store.write_transaction() as writer:
        writer.record_picture_failure(picture_id(ONE), None, "animated")
    assert store.claim_pictures(NOW + timedelta(days=1), 4, 1, {}, LEASE, "me") == []
    assert store.count_pictures() == (0, 0)


def test_the_least_recently_used_are_evicted(store: Store) -> None:
    ids = add_items(store, "1", "2", "3")
    enqueue(store, {item: (url, ()) for item, url in zip(ids, (ONE, TWO, THREE), strict=True)})
    for hours, url in enumerate((ONE, TWO, THREE)):
        keep(store, url, 100, timedelta(hours=hours + 2))
    store.touch_pictures([picture_id(THREE)], NOW)
    assert store.evict_thumbnails(300) == 0
    assert store.evict_thumbnails(250) == 1
    assert thumbnails(store, ids) == [picture_id(ONE), None, picture_id(THREE)]
    assert store.thumbnail(picture_id(TWO), 240) is None
    assert store.claim_pictures(NOW + timedelta(days=1), 4, 1, {}, LEASE, "me") == []


def test_pictures_of_a_withdrawn_item_are_deleted_at_once(store: Store) -> None:
    ids = add_items(store, "1", "2")
    enqueue(store, {ids[0]: (ONE, (TWO,)), ids[1]: (ONE, ())})
    keep(store, ONE)
    keep(store, TWO)
    store.remove([ids[0]], NOW)
    assert store.thumbnail(picture_id(TWO), 240) is None
    assert store.thumbnail(picture_id(ONE), 240) is not None, "another item shows it"
    store.remove([ids[1]], NOW)
    assert store.thumbnail(picture_id(ONE), 240) is None
    assert store.item(ids[1]).picture is None  # type: ignore[union-attr]


def test_pictures_of_pruned_items_are_deleted(store: Store) -> None:
    ids = add_items(store, "1")
    enqueue(store, {ids[0]: (ONE, ())})
    keep(store, ONE)
    store.prune(NOW + timedelta(days=400), timedelta(days=1))
    assert store.count_pictures() == (0, 0)
    assert store.thumbnail(picture_id(ONE), 240) is None


def test_an_edit_that_removes_the_picture_removes_the_thumbnail(store: Store) -> None:
    ids = add_items(store, "1")
    enqueue(store, {ids[0]: (ONE, ())})
    keep(store, ONE)
    enqueue(store, {ids[0]: (None, ())})
    assert thumbnails(store, ids) == [None]


def test_each_database_has_its_own_secret(store: Store) -> None:
    assert len(store.secret("pictures")) == 32
    assert store.secret("pictures") == store.secret("pictures")
