"""Store API: one state of the store, on which placements are decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, Connection, bindparam, select

from aggregator.model import Candidate, Draft, LockedFields, Sketch
from aggregator.store import settlements, story_writes
from aggregator.store.api.partitions import PartitionsApi
from aggregator.store.item_texts import texts_of
from aggregator.store.rows import unpack_fingerprints, unpack_key_terms
from aggregator.store.schema.tables import forgotten, items, sketches, stories, withdrawn
from aggregator.store.sql.dialect import AnyRow, key_value_dict, reserve_item_ids
from aggregator.store.sql.statements import in_batches, in_list
from aggregator.store.story_membership import StoryMember, StoryMembership

if TYPE_CHECKING:  # what places nothing does not load it
    from aggregator.store.candidate_search import CandidatesByItem

MIN_SHARED_FINGERPRINTS, MIN_SHARED_KEY_TERMS = (
    0.3,
    0.4,
)  # shares common to the old and the edited text; below both, it is a different text
_SKETCH = (sketches.c.fingerprints, sketches.c.key_terms)
_MINE: BindParameter[int] = bindparam("source")
_FORGOTTEN = select(forgotten.c.uid).where(forgotten.c.source_id == _MINE, in_list(forgotten.c.uid, "uids"))
_WITHDRAWN = select(withdrawn.c.url).where(in_list(withdrawn.c.url, "urls"))
_STORED = select(items.c.uid, items.c.id, items.c.content_hash, items.c.removed).where(
    items.c.source_id == _MINE, in_list(items.c.uid, "uids")
)
_STORIES = select(items.c.id, items.c.story_id).where(in_list(items.c.id, "ids"))


class Snapshot:
    """Read what placing needs. Others may write meanwhile; ``number`` tells what they had stored before."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.number = settlements.last_number(connection)

    def sort_drafts(
        self, source_id: int, drafts: Iterable[Draft], *, is_full_text: bool
    ) -> tuple[list[Draft], list[Draft], dict[str, int]]:
        """Return (new drafts, drafts that edit a stored item, uid -> id of these items).

        Pruned and withdrawn items are neither; a draft whose item is stored with the same content is not either. With
        ``is_full_text`` it is the other way round: the draft completes the content that it names, and no other.
        """
        by_uid = {draft.uid: draft for draft in drafts}
        parameters = {"source": source_id, "uids": list(by_uid)}
        stored = {row.uid: row for row in self._connection.execute(_STORED, parameters)}
        refused = set(self._connection.execute(_FORGOTTEN, parameters).scalars())
        others = [draft for uid, draft in by_uid.items() if uid not in stored and uid not in refused]
        urls = {"urls": {draft.url for draft in others}}
        blocked = set(self._connection.execute(_WITHDRAWN, urls).scalars()) if others else set()
        edited = [
            by_uid[uid]
            for uid, row in stored.items()
            if row.removed is None and (row.content_hash == by_uid[uid].content_hash) == is_full_text
        ]
        new = [draft for draft in others if draft.url not in blocked and not is_full_text]
        return new, edited, {draft.uid: stored[draft.uid].id for draft in edited}

    def find_misplaced(self, source_id: int, edits: Sequence[Draft]) -> set[str]:
        """Return the uids of edited items whose placement has to be computed again.

        These are items that are alone in their story, and items whose text is replaced by a different one. Items placed
        by an admin are excluded.
        """
        if not edits:
            return set()
        new_sketches = {draft.uid: draft.sketch for draft in edits}
        joined = items.join(sketches, sketches.c.item_id == items.c.id).join(stories, stories.c.id == items.c.story_id)
        query = select(items.c.id, items.c.uid, items.c.story_id, items.c.pinned, stories.c.item_count, *_SKETCH)
        query = query.select_from(joined).where(items.c.source_id == source_id, items.c.removed.is_(None))
        misplaced: set[str] = set()
        for batch in in_batches(list(new_sketches)):
            for row in self._connection.execute(query.where(items.c.uid.in_(batch))):
                alone = row.item_count == 1
                if not row.pinned & LockedFields.STORY and (alone or _is_rewritten(row, new_sketches[row.uid])):
                    misplaced.add(row.uid)
        return misplaced

    def find_candidates(
        self,
        documents: Sequence[Mapping[int, Sketch]],
        dates: Mapping[int, datetime],
        window: timedelta,
        pending: Mapping[int, Candidate],
    ) -> list[CandidatesByItem]:
        """Return the story candidates of the items of each document (``find_candidates_in_turn``)."""
        from aggregator.store.candidate_search import find_candidates_in_turn

        return find_candidates_in_turn(self._connection, documents, dates, window, pending)

    def texts_of(self, item_ids: Collection[int]) -> dict[int, str]:
        """Return the normalized texts of items by id."""
        return texts_of(self._connection, item_ids)

    def stories_of(self, item_ids: Sequence[int]) -> dict[int, int]:
        """Return item -> its story."""
        return key_value_dict(self._connection, _STORIES, {"ids": item_ids}) if item_ids else {}

    def load_membership(
        self, item_ids: Collection[int], story_ids: Collection[int] = (), new: Iterable[StoryMember] = ()
    ) -> StoryMembership:
        """Return these items, their reprints, and all members of the stories concerned, with ``new`` items."""
        return story_writes.load_membership(self._connection, item_ids, story_ids, new)


class SnapshotApi(PartitionsApi):
    """Open snapshots, and reserve what plans made on them use."""

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open a snapshot; the block must not write."""
        with self._read_transaction() as connection:
            yield Snapshot(connection)

    def reserve_item_ids(self, count: int) -> list[int]:
        """Return ``count`` ascending ids for new items, which no other call returns."""
        if not count:
            return []
        with self._write_transaction(exclusive=False) as connection:
            item_ids = reserve_item_ids(connection, count)
        self._last_item_id = item_ids[-1]
        return item_ids


def _is_rewritten(row: AnyRow, new: Sketch) -> bool:
    """Return whether the new text differs in fingerprints and key terms; one that was shortened or completed keeps its
    key terms."""
    return (
        _overlap(unpack_fingerprints(row.fingerprints), new.fingerprints) < MIN_SHARED_FINGERPRINTS
        and _overlap(unpack_key_terms(row.key_terms), new.key_terms) < MIN_SHARED_KEY_TERMS
    )


def _overlap(stored: Sequence[int], after: Sequence[int]) -> float:
    before = set(stored)
    smaller = min(len(before), len(after))
    return len(before.intersection(after)) / smaller if smaller else 1.0
