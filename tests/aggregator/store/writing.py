"""Write items and placements that a test chooses, past the steps that decide them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from aggregator.intake.document_storage import store_documents
from aggregator.intake.story_placement import apply_edits, new_member
from aggregator.model import FIRST_KEY_TERM, Document, Draft, Placement, Sketch, Source
from aggregator.store import (
    Edits,
    PlacementPlan,
    PlannedDocument,
    Store,
    StoryMembership,
    Writer,
    compute_story_changes,
)
from aggregator.store.candidate_search import MAX_CANDIDATES, CandidatesByItem, find_candidates
from aggregator.store.mark_search import newest_holders
from aggregator.store.story_writes import save_membership


def insert_items(writer: Writer, source_id: int, drafts: Iterable[Draft], now: datetime) -> dict[str, int]:
    """Store new items that are in no story yet. Returns uid -> id of those that were new."""
    new, _, _ = writer.snapshot().sort_drafts(source_id, drafts, is_full_text=False)
    ids = dict(zip([draft.uid for draft in new], writer.reserve_item_ids(len(new)), strict=True))
    members = [new_member(ids[draft.uid], source_id, draft) for draft in new]
    membership = writer.snapshot().load_membership((), (), members)
    _store(writer, PlannedDocument(source_id, tuple(new), (), ids), membership, now)
    return ids


def update_items(writer: Writer, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
    """Store edits of existing items, whose placement stays. Returns uid -> id."""
    _, edited, ids = writer.snapshot().sort_drafts(source_id, drafts, is_full_text=False)
    membership = writer.snapshot().load_membership(list(ids.values()))
    moved = apply_edits(membership, {ids[draft.uid]: draft for draft in edited})
    edits = Edits(frozenset(ids.values()), frozenset(moved))
    _store(writer, PlannedDocument(source_id, (), tuple(edited), ids), membership, now, edits)
    return ids


def apply_placements(writer: Writer, placements: Sequence[Placement], now: datetime) -> set[int]:
    """Place items that are stored. Returns the ids of all changed stories."""
    item_ids = {placement.item_id for placement in placements}
    item_ids |= {item_id for placement in placements for item_id in placement.split_out_items}
    item_ids |= {placement.reprint_of for placement in placements if placement.reprint_of is not None}
    story_ids = {placement.story_id for placement in placements if placement.story_id is not None}
    story_ids |= {story for placement in placements for story in placement.merged_stories}
    membership = writer.snapshot().load_membership(item_ids, story_ids)
    membership.place(placements)
    return save_membership(writer._connection, membership, now)


def store_drafts(store: Store, source: Source, drafts: Sequence[Draft], now: datetime) -> tuple[Draft, ...]:
    """Store and place drafts as a visit does. Returns the new ones."""
    return store_documents(store, [Document(source, tuple(drafts))], now, lambda _, plan: plan.documents[0].new)


def candidates_of(
    writer: Writer, sketches: Mapping[int, Sketch], dates: Mapping[int, datetime], window: timedelta
) -> CandidatesByItem:
    """Return the story candidates of items."""
    return find_candidates(writer._connection, sketches, dates, window, MAX_CANDIDATES)


def index_entries(connection: Connection) -> dict[int, set[int]]:
    """Return item -> its fingerprints and key terms in the index."""
    every_mark = np.arange(1 << 16)
    marks = np.unique(np.concatenate([every_mark, every_mark + FIRST_KEY_TERM]))
    holders = newest_holders(connection, marks, 0, 1 << 20)
    found: dict[int, set[int]] = {}
    for mark, start, count in zip(holders.marks.tolist(), holders.starts, holders.counts, strict=True):
        for item_id in holders.ids[start : start + count].tolist():
            found.setdefault(item_id, set()).add(mark)
    return found


def _store(
    writer: Writer, document: PlannedDocument, membership: StoryMembership, now: datetime, edits: Edits | None = None
) -> None:
    snapshot, changes = writer.snapshot().number, compute_story_changes(membership, edits or Edits())
    writer.store_plan(PlacementPlan(snapshot, (document,), (), membership, changes, frozenset()), now)
