"""The part of the store's face where admins decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from aggregator.model import CategoryDecision, Place
from aggregator.model.corrections import Correction
from aggregator.store import correction_log, correction_undo, corrections
from aggregator.store.api.connection import ConnectionMixin


class ModerationApi(ConnectionMixin):
    def split(self, item_id: int, now: datetime) -> int:
        """Take an item out of its story for good; it gets one of its own, whose id is returned. It and the reports it
        leaves are held apart from then on."""
        with self._write_transaction() as connection:
            found = correction_log.before(connection, [item_id])
            left = correction_undo.other_items_of_story(connection, item_id)
            story = corrections.apply_split(connection, item_id, now)
            correction_log.note(connection, "split", "story", found, now, {item_id: str(story)}, {item_id: left})
        return story

    def merge(self, item_ids: Sequence[int], now: datetime) -> int:
        """Put items (and their stories) into one story for good; returns its id."""
        with self._write_transaction() as connection:
            found = correction_log.before(connection, item_ids)
            story = corrections.apply_merge(connection, item_ids, now)
            others = {number: [other for other in found if other != number] for number in found}
            correction_log.note(connection, "merge", "story", found, now, dict.fromkeys(found, str(story)), others)
        return story

    def move(
        self, item_ids: Sequence[int], now: datetime, *, category: str | None = None, place: Place | None = None
    ) -> int:
        """Give items another category or region for good. Returns how many; withdrawn ones are left alone."""
        with self._write_transaction() as connection:
            found = correction_log.before(connection, correction_undo.existing_ids(connection, item_ids))
            count = corrections.apply_move(connection, item_ids, now, category, place)
            if category is not None:
                correction_log.note(connection, "move", "category", found, now, dict.fromkeys(found, category))
            if place is not None:
                correction_log.note(connection, "move", "region", found, now, dict.fromkeys(found, place.region))
        return count

    def reset(
        self,
        now: datetime,
        *,
        categories: Mapping[int, CategoryDecision] | None = None,
        places: Mapping[int, Place] | None = None,
    ) -> int:
        """Take back what ``move`` decided: items get what is found out about them instead, and later edits may change
        it again. Returns how many there were."""
        with self._write_transaction() as connection:
            return correction_undo.apply_reset(connection, now, categories or {}, places or {})

    def remove(self, item_ids: Sequence[int], now: datetime, why: str | None = None) -> int:
        """Withdraw items: text deleted, a tombstone stays, neither item nor address ever comes back."""
        with self._write_transaction() as connection:
            found = correction_log.before(connection, correction_undo.existing_ids(connection, item_ids))
            count = corrections.apply_removal(connection, item_ids, now, why)
            correction_log.forget_texts(connection, found)
            correction_log.note(connection, "remove", "item", found, now, dict.fromkeys(found))
        return count

    def corrections(self, limit: int = 1000, *, item: int | None = None) -> list[Correction]:
        """What was decided, of all items or of one, the latest first."""
        with self._read_transaction() as connection:
            return correction_log.history(connection, limit, item)

    def category_corrections(self, limit: int) -> Iterator[tuple[str, str]]:
        """(category, title + text) of every move to a category that still holds, the latest first; also of items that
        have been pruned since."""
        with self._read_transaction() as connection:
            yield from correction_log.lessons(connection, limit)
