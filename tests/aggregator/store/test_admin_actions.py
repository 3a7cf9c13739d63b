"""Actions of admins and the queues: what is logged, and that undoing restores what was there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config.load import Config, parse_config
from aggregator.messages import decisions, fetch_errors
from aggregator.model import (
    CategoryDecision,
    Listing,
    LockedFields,
    Place,
    Placement,
    PollResult,
    Relation,
    SourceState,
)
from aggregator.model.correction_requests import RequestText
from aggregator.model.filters import FilteredEntry, FilterReason
from aggregator.model.moderation import Actor
from aggregator.moderation.actions import CannotUndoError, Desk
from aggregator.moderation.queues import UnknownDecisionError, decide, queue_entries, queue_lengths
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, place, publish
from tests.aggregator.store.writing import insert_items

LI = Actor("li", "site")


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, config(), LI, NOW)


def config() -> Config:
    return parse_config(b"", Path("config.toml"), {})


def story_of(store: Store, item_id: int) -> int:
    return store.item_cards([item_id])[item_id].story_id


def state(store: Store, *item_ids: int) -> list[dict[str, Any]]:
    return sorted(store.item_states(item_ids), key=lambda each: each["id"])


def two_stories(store: Store) -> tuple[int, int, int]:
    """Return (a, b, c): b was put into the story of a, c is alone."""
    outlets(store, "a", "b")
    (a,) = publish(store, "a", draft("a", text="暴雨"))
    (b,) = publish(store, "b", draft("b", text="大雨"))
    (c,) = publish(store, "b", draft("c", text="晴天"))
    why = decisions.LIKENESS(likeness=0.15, item=a)
    place(store, Placement(b, a, Relation.FURTHER, None, 0.15, why))
    return a, b, c


def test_a_move_is_logged_and_undone_exactly(store: Store, desk: Desk) -> None:
    a, _, _ = two_stories(store)
    before = state(store, a)
    desk.move([a], category="tech", place=Place("370000", "370400"))
    desk.move([a], category="sports")
    last, first = store.admin_actions(9)
    assert (first.who, first.via, first.action, first.subject) == ("li", "site", "move", f"item/{a}")
    assert (first.before, first.after) == ("none none", "tech 370400")
    desk.undo(last.id)
    card = store.item_cards([a])[a]
    assert (card.category, card.place.city) == ("tech", "370400")
    assert {one.after for one in store.corrections(item=a) if one.holds} == {"tech", "370400"}
    desk.undo(first.id)
    assert state(store, a) == before
    assert [one.subject for one in store.corrections(item=a) if one.holds and one.verb == "move"] == []
    assert store.admin_actions(1)[0].action == "undo"


def test_an_item_is_moved_to_several_regions_and_back(store: Store, desk: Desk) -> None:
    a, b, _ = two_stories(store)
    before = state(store, a, b)
    several = Place("370000", "370400", further=("320000", "320300"))
    desk.move([a, b], place=several)
    assert [item.id for item in store.items(Listing(region="320300"), 9)] == [a]
    desk.move([b], place=Place("320000", "320300"))  # no longer in the other
    assert store.item_cards([b])[b].place.regions == ("320300",)
    last, first = store.admin_actions(9)
    assert (first.after, last.before) == ("370400 320300", "none 370400 320300")
    desk.undo(last.id)
    assert store.item_cards([b])[b].place.regions == ("370400", "320300")
    assert {one.after for one in store.corrections(item=b) if one.holds} == {"370400 320300"}
    desk.undo(first.id)
    assert state(store, a, b) == before
    assert store.items(Listing(region="320300"), 9) == []


def test_an_action_is_undone_once(store: Store, desk: Desk) -> None:
    a, _, _ = two_stories(store)
    desk.move([a], category="tech")
    (action,) = store.admin_actions(9)
    desk.undo(action.id)
    undo, undone = store.admin_actions(9)
    assert undone.undone_by == undo.id
    for number, code in ((action.id, "done"), (undo.id, "final"), (999, "unknown")):
        with pytest.raises(CannotUndoError, match=code):
            desk.undo(number)


def test_a_split_is_undone(store: Store, desk: Desk) -> None:
    a, b, _ = two_stories(store)
    before = state(store, a, b)
    desk.split(b)
    assert story_of(store, a) != story_of(store, b)
    desk.undo(store.admin_actions(1)[0].id)
    assert state(store, a, b) == before
    place(store, Placement(b, a, Relation.FURTHER, None, 0.2))
    assert story_of(store, a) == story_of(store, b)  # no constraint is left


def test_the_founder_of_a_story_comes_back(store: Store, desk: Desk) -> None:
    a, b, _ = two_stories(store)
    desk.split(a)
    desk.undo(store.admin_actions(1)[0].id)
    assert story_of(store, a) == story_of(store, b) == a


def test_a_merge_is_undone(store: Store, desk: Desk) -> None:
    a, b, c = two_stories(store)
    desk.merge([b, c])
    assert story_of(store, c) == story_of(store, a)
    desk.undo(store.admin_actions(1)[0].id)
    assert (story_of(store, a), story_of(store, b), story_of(store, c)) == (a, a, c)
    assert all(not each["pinned"] & LockedFields.STORY for each in state(store, a, b, c))
    action = store.admin_actions(9)[1]
    assert action.action == "merge"
    assert not action.can_undo


def test_a_merge_that_was_split_since_is_not_undone(store: Store, desk: Desk) -> None:
    _, b, c = two_stories(store)
    desk.merge([b, c])
    merged = store.admin_actions(1)[0].id
    desk.split(c)
    with pytest.raises(CannotUndoError, match="changed"):
        desk.undo(merged)


def test_a_withdrawn_item_may_come_again(store: Store, desk: Desk) -> None:
    a, _, _ = two_stories(store)
    one = draft("a", text="暴雨")
    desk.remove([a], "asked")
    source_id = {each.slug: each.id for each in store.sources()}["a"]
    with store.write_transaction() as writer:
        assert insert_items(writer, source_id, [one], NOW) == {}
    desk.undo(store.admin_actions(1)[0].id)
    assert store.item(a) is None
    (again,) = publish(store, "a", one)
    assert again != a
    assert store.source_health(NOW)[0].items + store.source_health(NOW)[1].items == 3


def test_the_queue_of_items_without_a_category(store: Store, desk: Desk) -> None:
    outlets(store, "a")
    ids = publish(store, "a", *(draft(f"item {n}", minutes=n, decision=CategoryDecision()) for n in range(3)))
    entries = queue_entries(store, "uncategorized", NOW, 9)
    assert sorted(entry.subject for entry in entries) == sorted(map(str, ids))
    assert queue_lengths(store, NOW)["uncategorized"] == 3
    decide(desk, "uncategorized", str(ids[0]), "society")
    decide(desk, "uncategorized", str(ids[1]), "leave")
    assert [entry.subject for entry in queue_entries(store, "uncategorized", NOW, 9)] == [str(ids[2])]
    assert store.item_cards([ids[0]])[ids[0]].category == "society"
    for action in store.admin_actions(2):
        desk.undo(action.id)
    assert queue_lengths(store, NOW)["uncategorized"] == 3
    assert queue_lengths(store, NOW + timedelta(days=31))["uncategorized"] == 0
    for subject, choice in ((str(ids[0]), "no/such"), ("x", "society"), ("", "society"), ("9" * 30, "leave")):
        with pytest.raises(UnknownDecisionError):
            decide(desk, "uncategorized", subject, choice)


@pytest.mark.parametrize("choice", ["same", "apart"])
def test_the_queue_of_doubtful_merges(store: Store, desk: Desk, choice: str) -> None:
    a, b, _ = two_stories(store)
    (entry,) = queue_entries(store, "merges", NOW, 9)
    assert (entry.subject, entry.other_path) == (str(b), f"/item/{a}")
    decide(desk, "merges", str(b), choice)
    assert (story_of(store, a) == story_of(store, b)) == (choice == "same")
    assert queue_lengths(store, NOW)["merges"] == 0
    desk.undo(store.admin_actions(1)[0].id)
    assert queue_lengths(store, NOW)["merges"] == 1


def test_the_queue_of_filtered_entries(store: Store, desk: Desk) -> None:
    ids = outlets(store, "a")
    reason = FilterReason("exclude", decisions.EXCLUDED_IN_TITLE(rule="推广"))
    with store.write_transaction() as writer:
        rows = [FilteredEntry(f"u/{n}", f"推广{n}", "https://a.example/", reason) for n in range(2)]
        writer.record_filtered_entries(ids["a"], rows, NOW)
    assert queue_lengths(store, NOW)["filtered"] == 2
    decide(desk, "filtered", "a/u/0", "right")
    decide(desk, "filtered", "a/u/1", "admit")
    assert queue_entries(store, "filtered", NOW, 9) == []
    assert store.known_items(ids["a"]).admitted == {"u/1"}
    desk.undo(store.admin_actions(1)[0].id)
    assert store.known_items(ids["a"]).admitted == frozenset()
    assert [entry.subject for entry in queue_entries(store, "filtered", NOW, 9)] == ["a/u/1"]
    with pytest.raises(UnknownDecisionError):
        decide(desk, "filtered", "a/u/9", "admit")


def test_the_queue_of_failing_sources(store: Store, desk: Desk) -> None:
    ids = outlets(store, "a")
    error = fetch_errors.DNS(host="a.example")
    result = PollResult(ids["a"], NOW, "failed", SourceState.FAILING, NOW + HOUR, HOUR, 3, 0.2, error=error)
    with store.write_transaction() as writer:
        writer.record_poll_result(result)
    (entry,) = queue_entries(store, "failing", NOW, 9)
    assert entry.about == error
    decide(desk, "failing", entry.subject, "retry")
    assert store.source_health(NOW)[0].next_poll == NOW
    decide(desk, "failing", entry.subject, "known")
    assert queue_lengths(store, NOW)["failing"] == 0
    with pytest.raises(UnknownDecisionError):
        decide(desk, "failing", "nowhere@never", "retry")


def test_the_queue_of_requests(store: Store, desk: Desk) -> None:
    number = store.add_correction_request(RequestText("某条新闻", "日期错了", "", ""), NOW)
    assert [entry.subject for entry in queue_entries(store, "requests", NOW, 9)] == [str(number)]
    decide(desk, "requests", str(number), "done")
    assert queue_lengths(store, NOW)["requests"] == 0
    desk.undo(store.admin_actions(1)[0].id)
    assert queue_lengths(store, NOW)["requests"] == 1
    with pytest.raises(UnknownDecisionError):
        decide(desk, "requests", "999", "done")


def test_admissions_of_unlisted_sources_and_old_dismissals_are_deleted(store: Store, desk: Desk) -> None:
    ids = outlets(store, "a")
    assert desk.admit("a", "u", "title")
    desk.dismiss("uncategorized", "7")
    store.prune(NOW + timedelta(days=30), timedelta(days=1000))
    assert store.known_items(ids["a"]).admitted == {"u"}
    assert store.dismissals("uncategorized") == {"7"}
    outlets(store, "b")
    store.prune(NOW + timedelta(days=366), timedelta(days=1000))
    assert store.known_items(ids["a"]).admitted == frozenset()
    assert store.dismissals("uncategorized") == set()


def test_old_actions_are_deleted(store: Store, desk: Desk) -> None:
    two_stories(store)
    desk.retry("a")
    assert not store.admin_actions(9)[0].can_undo
    store.prune(NOW + timedelta(days=366), timedelta(days=1000))
    assert store.admin_actions(9) == []
