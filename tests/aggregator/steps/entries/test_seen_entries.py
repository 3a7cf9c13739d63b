"""The memory of the entries of a document, which is stored with its source."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import KnownItems
from aggregator.steps.entries.identify import assign_uids, entry_uid, link_uid
from aggregator.steps.entries.seen_entries import (
    SeenEntry,
    count_entries,
    entry_keys,
    pack_seen,
    reading_salt,
    share_keys,
    unpack_seen,
)
from feeds.model import Entry
from tests.entry_factories import source

MARKS = st.binary(min_size=12, max_size=12).map(bytes.hex)
KEYS = st.binary(min_size=8, max_size=8).filter(any)


@given(st.dictionaries(MARKS, st.builds(SeenEntry, st.frozensets(KEYS, max_size=3), st.booleans()), max_size=5))
def test_it_is_read_as_it_was_stored(seen: dict[str, SeenEntry]) -> None:
    packed = pack_seen(seen)
    assert unpack_seen(packed) == seen
    assert len(packed) == 37 * len(seen)
    assert count_entries(packed) == len(seen)
    assert unpack_seen(packed + b"\0") == {}


def test_an_entry_is_tied_to_others_by_its_ids_and_its_address() -> None:
    entry = Entry(id="1", link="https://a.example/1", title="甲")
    uid = "f" * 32
    expected = {bytes.fromhex(one)[:8] for one in (uid, entry_uid(entry), link_uid("https://a.example/1"))}
    assert entry_keys(entry, uid) == expected
    assert len(expected) == 3
    assert len(entry_keys(Entry(id="1", title="甲"), entry_uid(entry))) == 1


def test_a_new_entry_may_share_an_id_or_an_address_with_one_that_is_left_out() -> None:
    [(uid, old)] = assign_uids([Entry(id="1", link="https://a.example/1", title="甲")], KnownItems())
    left_out = entry_keys(old, uid)
    other = Entry(id="2", link="https://a.example/2", title="乙")
    assert share_keys([other, Entry(id="1", title="丙")], left_out, KnownItems())
    assert share_keys([Entry(id="3", link="https://a.example/1")], left_out, KnownItems())
    assert not share_keys([other], left_out, KnownItems())
    assert not share_keys([old], frozenset(), KnownItems())
    stored = KnownItems({}, {"https://a.example/2": uid})  # the item that it would be has the id
    assert share_keys([other], left_out, stored)


def test_whatever_changes_how_a_source_is_read_changes_the_salt() -> None:
    salts = {reading_salt(source()), reading_salt(source(exclude=("推广",))), reading_salt(source(title="乙报"))}
    assert len(salts) == 3
    assert reading_salt(source()) == reading_salt(source())
