"""Actions of admins: each is applied, logged with who did it, and can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator import corrections
from aggregator.config.load import Config
from aggregator.model import CategoryDecision, Place
from aggregator.model.listing_keys import split_codes
from aggregator.model.moderation import Actor, AdminAction, NewAction, QueueName
from aggregator.store import Store


class CannotUndoError(Exception):
    """An action cannot be undone; the argument is a code: "unknown", "done", "final" or "changed"."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who acts, on which store, and when."""

    store: Store
    config: Config
    actor: Actor
    now: datetime

    def split(self, item_id: int) -> int:
        """Remove an item from its story. Returns the number of its new story."""
        states = self.store.item_states([item_id])
        others = [other for group in self.store.story_members([item_id]) for other in group if other != item_id]
        before = _story(states)
        story = corrections.split(self.store, item_id, self.now)
        undo = {"states": states, "others": others} if others else None
        self._log("split", [item_id], before=before, after=str(story), undo=undo)
        return story

    def merge(self, item_ids: Sequence[int]) -> int:
        """Put items, with their stories, into one story. Returns its number."""
        groups, before = self.store.story_members(item_ids), _story(self.store.item_states(item_ids))
        story = corrections.merge(self.store, item_ids, self.now)
        undo = {"groups": groups, "chosen": [*item_ids]}
        self._log("merge", item_ids, before=before, after=str(story), undo=undo)
        return story

    def take_out_of_series(self, item_id: int) -> int | None:
        """Let an item be of no series. Returns the series that it was of; None if it was of none."""
        left = corrections.take_out_of_series(self.store, item_id, self.now)
        if left is not None:
            self._log("unseries", [item_id], before=str(left), undo={"item": item_id})
        return left

    def dissolve_series(self, series_id: int) -> bool:
        """Let the titles of a series be of no series, now and later; returns False if there is no such series."""
        series = self.store.series(series_id)
        if series is None or not corrections.dissolve_series(self.store, series_id, self.now):
            return False
        action = NewAction("dissolve", f"series/{series_id}", series.name, undo={"series": series_id})
        self.store.record_action(action, self.actor, self.now)
        return True

    def move(self, item_ids: Sequence[int], *, category: str | None = None, place: Place | None = None) -> int:
        """Give items another category, region or both. Returns the number of items."""
        states = self.store.item_states(item_ids)
        count = corrections.move(self.store, item_ids, self.now, category=category, place=place)
        after = [value for value in (category, place and (" ".join(place.regions) or "none")) if value]
        self._log("move", item_ids, before=_placement(states), after=" ".join(after), undo={"states": states})
        return count

    def reset(self, item_ids: Sequence[int]) -> dict[int, tuple[CategoryDecision, Place]]:
        """Let the current rules and model decide again. Returns what they decided."""
        states = self.store.item_states(item_ids)
        decided = corrections.reset(self.store, self.config, item_ids, self.now)
        after = _placement(self.store.item_states(item_ids))
        self._log("reset", item_ids, before=_placement(states), after=after, undo={"states": states})
        return decided

    def remove(self, item_ids: Sequence[int], why: str | None = None) -> int:
        """Withdraw items. Returns the number of items."""
        titles = self._titles(item_ids)
        count = corrections.remove(self.store, item_ids, self.now, why)
        self._log("remove", item_ids, after=why, undo={"ids": [*item_ids]}, title=titles)
        return count

    def retry(self, slug: str) -> bool:
        """Schedule an immediate poll; returns False if there is no such source."""
        if not self.store.poll_now(slug, self.now):
            return False
        self.store.record_action(NewAction("retry", f"source/{slug}"), self.actor, self.now)
        return True

    def set_requests_done(self, ids: Sequence[int], *, done: bool) -> list[int]:
        """Mark correction requests as done or as open again; returns those whose state changed."""
        changed = self.store.set_correction_requests_done(ids, self.now if done else None)
        for number in changed:
            action = NewAction(
                "done" if done else "reopen", f"request/{number}", undo={"number": number, "done": not done}
            )
            self.store.record_action(action, self.actor, self.now)
        return changed

    def dismiss(self, queue: QueueName, subject: str, title: str = "") -> None:
        """Leave a subject of a queue as it is."""
        self.store.dismiss(queue, subject, self.now)
        action = NewAction("dismiss", f"{queue}/{subject}", title, undo={"queue": queue, "subject": subject})
        self.store.record_action(action, self.actor, self.now)

    def admit(self, slug: str, uid: str, title: str = "") -> bool:
        """Let an entry pass the filters of its source; returns False if there is no such source."""
        if not self.store.admit_entry(slug, uid, self.now):
            return False
        self.store.dismiss("filtered", f"{slug}/{uid}", self.now)
        action = NewAction("admit", f"filtered/{slug}/{uid}", title, undo={"slug": slug, "uid": uid})
        self.store.record_action(action, self.actor, self.now)
        return True

    def undo(self, number: int) -> AdminAction:
        """Undo an action; returns it. Raises CannotUndoError."""
        found = self.store.action_to_undo(number)
        if found is None:
            raise CannotUndoError("unknown")
        action, undo = found
        if not action.can_undo:
            raise CannotUndoError("done" if action.undone_by is not None else "final")
        if not _UNDO[action.action](self, undo):
            raise CannotUndoError("changed")
        log = NewAction("undo", action.subject, action.title, before=action.after, after=action.before)
        undone_by = self.store.record_action(log, self.actor, self.now)
        self.store.claim_undo(number, undone_by)
        return action

    def _log(
        self,
        action: str,
        item_ids: Sequence[int],
        *,
        undo: Mapping[str, Any] | None,
        before: str | None = None,
        after: str | None = None,
        title: str = "",
    ) -> None:
        subject = "item/" + ",".join(map(str, sorted(item_ids)))
        new = NewAction(action, subject, title or self._titles(item_ids), before, after, undo)
        self.store.record_action(new, self.actor, self.now)

    def _titles(self, item_ids: Sequence[int]) -> str:
        return " / ".join(card.title for card in self.store.item_cards(sorted(item_ids)[:3]).values())

    def _restore_placement(self, undo: Mapping[str, Any]) -> bool:
        ids = [state["id"] for state in undo["states"]]
        return self._with_feeds(ids, lambda: bool(self.store.restore_placement(undo["states"], self.now)))

    def _undo_split(self, undo: Mapping[str, Any]) -> bool:
        ids = [*(state["id"] for state in undo["states"]), *undo["others"]]
        return self._with_feeds(ids, lambda: self.store.restore_story(undo["states"], undo["others"], self.now))

    def _undo_merge(self, undo: Mapping[str, Any]) -> bool:
        ids = [item_id for group in undo["groups"] for item_id in group]
        return self._with_feeds(ids, lambda: self.store.restore_stories(undo["groups"], undo["chosen"], self.now))

    def _undo_unseries(self, undo: Mapping[str, Any]) -> bool:
        item_id = undo["item"]
        return self._with_feeds([item_id], lambda: self.store.put_back_into_series(item_id, self.now))

    def _undo_dissolve(self, undo: Mapping[str, Any]) -> bool:
        return corrections.dissolve_series(self.store, undo["series"], None)

    def _undo_remove(self, undo: Mapping[str, Any]) -> bool:
        return bool(self.store.readmit(undo["ids"], self.now))

    def _undo_request(self, number: int, done: bool) -> bool:
        return bool(self.store.set_correction_requests_done([number], self.now if done else None))

    def _undo_dismissal(self, undo: Mapping[str, Any]) -> bool:
        self.store.dismiss(undo["queue"], undo["subject"], None)
        return True

    def _undo_admission(self, undo: Mapping[str, Any]) -> bool:
        self.store.dismiss("filtered", f"{undo['slug']}/{undo['uid']}", None)
        return self.store.admit_entry(undo["slug"], undo["uid"], self.now, admitted=False)

    def _with_feeds(self, item_ids: Sequence[int], change: Callable[[], bool]) -> bool:
        """Apply a change, and mark the feeds stale that show the items before or after it."""
        before = corrections.affected_listing_keys(self.store, item_ids)
        if not change():
            return False
        corrections.mark_feeds_stale(self.store, before | corrections.affected_listing_keys(self.store, item_ids))
        return True


_UNDO: dict[str, Callable[[Desk, Mapping[str, Any]], bool]] = {
    "move": Desk._restore_placement,
    "reset": Desk._restore_placement,
    "split": Desk._undo_split,
    "merge": Desk._undo_merge,
    "remove": Desk._undo_remove,
    "unseries": Desk._undo_unseries,
    "dissolve": Desk._undo_dissolve,
    "dismiss": Desk._undo_dismissal,
    "admit": Desk._undo_admission,
    "done": lambda desk, undo: desk._undo_request(undo["number"], undo["done"]),
    "reopen": lambda desk, undo: desk._undo_request(undo["number"], undo["done"]),
}


def _story(states: Sequence[Mapping[str, Any]]) -> str | None:
    stories = sorted({state["story_id"] for state in states if state["story_id"] is not None})
    return ", ".join(map(str, stories)) or None


def _placement(states: Sequence[Mapping[str, Any]]) -> str | None:
    """Return category and regions of the first item."""
    if not states:
        return None
    state = states[0]
    place = Place(state["province"], state["city"], state["county"], further=split_codes(state["further_regions"]))
    return f"{state['category'] or 'none'} {' '.join(place.regions) or 'none'}"
