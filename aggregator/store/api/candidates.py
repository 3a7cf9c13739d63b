"""Store API: search for story candidates, and for items whose placement has to be computed again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from aggregator.model import Draft, LockedFields, Sketch
from aggregator.store.api.connection import WriterMixin
from aggregator.store.item_texts import texts_of
from aggregator.store.rows import unpack_int64s
from aggregator.store.schema.tables import items, stories, texts
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.statements import in_batches

if TYPE_CHECKING:  # a transaction without new items does not load it
    from aggregator.store.candidate_search import CandidatesByItem

MIN_SHARED_FINGERPRINTS, MIN_SHARED_KEY_TERMS = (
    0.3,
    0.4,
)  # shares common to the old and the edited text; below both, it is a different text
_SKETCH = (texts.c.marks, texts.c.topics)


class CandidateSearch(WriterMixin):
    """Search story candidates within a write transaction."""

    def find_candidates(
        self,
        sketches: Mapping[int, Sketch],
        dates: Mapping[int, datetime],
        window: timedelta,
        limit: int | None = None,
    ) -> CandidatesByItem:
        """Return the story candidates of new items (``find_candidates``), by default ``MAX_CANDIDATES`` of each."""
        from aggregator.store.candidate_search import MAX_CANDIDATES, find_candidates

        return find_candidates(self._connection, sketches, dates, window, limit or MAX_CANDIDATES)

    def texts_of(self, item_ids: Collection[int]) -> dict[int, str]:
        """Return the normalized texts of items by id."""
        return texts_of(self._connection, item_ids)

    def find_misplaced(self, source_id: int, edits: Sequence[Draft]) -> set[str]:
        """Return the uids of edited items whose placement has to be computed again.

        These are items that are alone in their story, and items whose text is replaced by a different one. Items placed
        by an admin are excluded.
        """
        if not edits:
            return set()
        sketches = {draft.uid: draft.sketch for draft in edits}
        joined = items.join(texts, texts.c.item_id == items.c.id).join(stories, stories.c.id == items.c.story_id)
        query = select(items.c.id, items.c.uid, items.c.story_id, items.c.pinned, stories.c.item_count, *_SKETCH)
        query = query.select_from(joined).where(items.c.source_id == source_id, items.c.removed.is_(None))
        misplaced: set[str] = set()
        for batch in in_batches(list(sketches)):
            for row in self._connection.execute(query.where(items.c.uid.in_(batch))):
                alone = row.item_count == 1
                if not row.pinned & LockedFields.STORY and (alone or _is_rewritten(row, sketches[row.uid])):
                    misplaced.add(row.uid)
        return misplaced


def _is_rewritten(row: AnyRow, new: Sketch) -> bool:
    """Return whether the new text differs in fingerprints and key terms; one that was shortened or completed keeps its
    key terms."""
    return (
        _overlap_with(row.marks, new.fingerprints) < MIN_SHARED_FINGERPRINTS
        and _overlap_with(row.topics, new.key_terms) < MIN_SHARED_KEY_TERMS
    )


def _overlap_with(packed: bytes, after: Sequence[int]) -> float:
    before = set(unpack_int64s(packed))
    smaller = min(len(before), len(after))
    return len(before.intersection(after)) / smaller if smaller else 1.0
