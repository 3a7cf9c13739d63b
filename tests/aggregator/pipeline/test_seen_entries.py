"""Entries of the previous document are not read again, and the result of a poll is the same as without this."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.intake.digest import parse_document
from aggregator.intake.parse_task import ParseTask
from aggregator.model import KnownItems, ParsedDocument, PollResult, Source, SourceState
from aggregator.steps.entries.seen_entries import SeenEntry, pack_seen, reading_salt, unpack_seen
from aggregator.store import Store
from tests.rss import item, rss

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source(1, "a", "https://a.example/feed", "甲报")


class Visits:
    """Successive polls of one source, as the pipeline makes them; ``bare``: without known entries."""

    def __init__(self, source: Source = SOURCE, *, bare: bool = False) -> None:
        self.source, self.bare = source, bare
        self.known = KnownItems()

    def poll(self, *items: str) -> ParsedDocument:
        found = parse_document(ParseTask(self.source, self.source.url, {}, rss("甲报", *items), self.known, NOW))
        assert isinstance(found, ParsedDocument)
        hashes = {**self.known.content_hashes, **{draft.uid: draft.content_hash for draft in found.drafts}}
        addresses = {**self.known.uids_by_url, **{draft.url: draft.uid for draft in found.drafts}}
        self.known = KnownItems(hashes, addresses, b"" if self.bare else found.seen_entries)
        return found


def make_items(*numbers: int) -> list[str]:
    return [item(str(number), f"第{number}条", "正文", NOW - timedelta(hours=number)) for number in numbers]


def test_what_was_there_is_left_out_and_what_is_new_is_found() -> None:
    visits = Visits()
    assert len(visits.poll(*make_items(*range(10))).drafts) == 10
    later = visits.poll(*make_items(20, 21, 22, *range(10)))
    assert sorted(draft.title for draft in later.drafts) == ["第20条", "第21条", "第22条"]
    assert (later.entry_count, later.unchanged_uids) == (13, ())
    assert len(unpack_seen(visits.known.seen_entries)) == 13
    assert len(unpack_seen(visits.poll(*make_items(20)).seen_entries)) == 1


def test_an_edit_is_found() -> None:
    visits = Visits()
    visits.poll(*make_items(1, 2))
    found = visits.poll(*make_items(1), item("2", "第2条（更正）", "正文"))
    assert [draft.title for draft in found.drafts] == ["第2条（更正）"]


@pytest.mark.parametrize(
    "later",
    [
        [item("1", "甲"), item("1", "乙").replace("1.html", "2.html")],  # one id on two entries
        [item("1", "甲"), item("9", "乙").replace("9.html", "1.html")],  # one address on two entries
        [item("1", "甲"), item("1", "甲")],
        [item("2", "乙"), item("1", "甲"), item("3", "丙").replace("3.html", "1.html")],
    ],
)
def test_neighbours_that_are_left_out_still_count(later: list[str]) -> None:
    remembering, bare = Visits(), Visits(bare=True)
    for visits in (remembering, bare):
        visits.poll(item("1", "甲"))
    for _ in range(2):
        found, expected = remembering.poll(*later), bare.poll(*later)
        assert found.drafts == expected.drafts
        assert found.entry_count == expected.entry_count


def test_an_entry_that_cannot_be_kept_is_looked_at_each_time_and_a_filtered_one_counted() -> None:
    visits = Visits(replace(SOURCE, exclude=("广告",)))
    bad = "<item><title>无址</title><link>ftp://a.example/1</link></item>"
    for _ in range(2):
        found = visits.poll(bad, *make_items(1), item("8", "广告一则"))
        assert (found.entry_count, found.skipped, found.filtered) == (3, 1, 1)
    assert len(unpack_seen(visits.known.seen_entries)) == 2


def test_other_settings_of_the_source_make_every_entry_come_again() -> None:
    visits = Visits(replace(SOURCE, exclude=("广告",)))
    visits.poll(item("8", "广告一则"))
    visits.source = SOURCE
    assert [draft.title for draft in visits.poll(item("8", "广告一则")).drafts] == ["广告一则"]
    assert reading_salt(SOURCE) != reading_salt(replace(SOURCE, timezone="UTC"))


def test_what_is_remembered_is_small_and_comes_back() -> None:
    seen = {
        f"{number:024x}": SeenEntry(frozenset(bytes([key] * 8) for key in range(1, number + 1)), number == 2)
        for number in range(4)
    }
    assert unpack_seen(pack_seen(seen)) == seen
    assert len(pack_seen(seen)) == 37 * 4
    assert unpack_seen(b"something else") == {}


def test_the_store_keeps_it_with_the_poll(store: Store) -> None:
    number = store.sync_sources([SOURCE], NOW, timedelta(0))["a"]
    result = PollResult(
        number,
        NOW,
        "changed",
        SourceState.OK,
        NOW,
        timedelta(hours=1),
        0,
        0.1,
        seen_entries=pack_seen({"0" * 24: SeenEntry(frozenset())}),
    )
    for seen, kept in ((result.seen_entries, result.seen_entries), (None, result.seen_entries), (b"", b"")):
        with store.write_transaction() as writer:
            writer.record_poll_result(replace(result, seen_entries=seen))
        assert store.known_items(number).seen_entries == kept
