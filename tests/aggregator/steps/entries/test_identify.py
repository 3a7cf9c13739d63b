"""Identity of entries when publishers keep, repeat, change or omit their ids."""

from __future__ import annotations

from datetime import UTC, datetime

from aggregator.model import KnownItems
from aggregator.steps.entries.identify import assign_uids, content_hash, entry_uid
from feeds.model import Enclosure, Entry

NOTHING = KnownItems()


def uids(*entries: Entry, known: KnownItems = NOTHING) -> list[str]:
    return [uid for uid, _ in assign_uids(entries, known)]


def test_the_ladder_is_id_then_address_then_title_and_date() -> None:
    date = datetime(2026, 10, 12, tzinfo=UTC)
    by_id = Entry(id="1", link="https://a.example/1", title="甲")
    by_link = Entry(link="https://a.example/1", title="甲")
    by_text = Entry(title="甲", published=date)
    assert len({entry_uid(by_id), entry_uid(by_link), entry_uid(by_text)}) == 3
    assert entry_uid(by_id) == entry_uid(Entry(id="1", link="https://a.example/moved", title="乙"))
    assert entry_uid(by_text) != entry_uid(Entry(title="甲", published=datetime(2026, 10, 13, tzinfo=UTC)))


def test_the_same_entry_twice_is_one() -> None:
    entry = Entry(id="1", link="https://a.example/1", title="甲")
    assert len(uids(entry, entry)) == 1


def test_one_id_on_every_entry_falls_back_to_the_address() -> None:
    entries = [Entry(id="0", link=f"https://a.example/{n}", title=str(n)) for n in range(5)]
    assert len(set(uids(*entries))) == 5


def test_a_new_id_for_a_stored_address_is_the_stored_item() -> None:
    old = Entry(id="a", link="https://a.example/1", title="甲")
    known = KnownItems({entry_uid(old): content_hash(old)}, {"https://a.example/1": entry_uid(old)})
    assert uids(Entry(id="b", link="https://a.example/1", title="甲"), known=known) == [entry_uid(old)]


def test_a_new_id_is_a_new_item_where_entries_share_one_address() -> None:
    old = Entry(id="a", link="https://a.example/", title="甲")
    known = KnownItems({entry_uid(old): content_hash(old)}, {"https://a.example/": entry_uid(old)})
    fresh = [Entry(id="b", link="https://a.example/", title="乙"), Entry(id="c", link="https://a.example/", title="丙")]
    assert uids(*fresh, known=known) == [entry_uid(entry) for entry in fresh]


def test_a_new_id_is_a_new_item_while_the_old_one_is_still_there() -> None:
    old = Entry(id="a", link="https://a.example/1", title="甲")
    known = KnownItems({entry_uid(old): content_hash(old)}, {"https://a.example/1": entry_uid(old)})
    moved = Entry(id="a", link="https://a.example/1-old", title="甲")
    fresh = Entry(id="b", link="https://a.example/1", title="乙")
    assert uids(moved, fresh, known=known) == [entry_uid(old), entry_uid(fresh)]


def test_only_what_a_reader_sees_counts_as_an_edit() -> None:
    entry = Entry(id="1", title="甲", content="<p>正文 一</p>", published=datetime(2026, 1, 1, tzinfo=UTC))
    same = Entry(
        id="1", title="甲", content='<div class="x">正文\n一</div>', published=datetime(2026, 1, 2, tzinfo=UTC)
    )
    assert content_hash(entry) == content_hash(same)
    assert content_hash(entry) != content_hash(Entry(id="1", title="甲（更正）", content="<p>正文 一</p>"))
    assert content_hash(entry) != content_hash(Entry(id="1", title="甲", content="<p>正文 二</p>"))
    with_file = Entry(id="1", title="甲", content="<p>正文 一</p>", enclosures=(Enclosure("https://a.example/1.mp3"),))
    assert content_hash(entry) != content_hash(with_file)


UIDS = ["b7c30eb67a9e5d7c29fc80521df9b5d3", "774e35c0fc214b93cb723d5c229c5024", "9a97afc7a44a31d2c2f5c10e11b45d7a"]
HASHES = ["91aff549e34854b6252031ace129a408", "2e5573bfcc110e3c7d48ffea976be921", "71d0aacb690b61280d0c97c6b6a66664"]


def test_what_is_stored_never_changes() -> None:
    """Otherwise every stored entry would be another one, or an edit."""
    first = Entry(
        id="1",
        link="https://a.example/1",
        title="甲\u200b 乙\ufeff",
        content="<p>正文&amp;\ud800 一</p>",
        summary="导语",
    )
    files = Entry(
        title="甲", published=datetime(2026, 1, 1, tzinfo=UTC), enclosures=(Enclosure("https://a.example/1.mp3"),)
    )
    assert [entry_uid(first), entry_uid(Entry(link="https://a.example/1")), entry_uid(files)] == UIDS
    assert [content_hash(first), content_hash(files), content_hash(Entry())] == HASHES
