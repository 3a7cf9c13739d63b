"""What a transaction is to store, as decided on a snapshot before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregator.model import CategoryDecision, Draft, Sketch
from aggregator.store.story_changes import StoryChanges
from aggregator.store.story_membership import StoryMembership


@dataclass(frozen=True, slots=True)
class PlannedDocument:
    """The drafts of a document that are new, and those that edit a stored item."""

    source_id: int
    new: tuple[Draft, ...] = ()
    edited: tuple[Draft, ...] = ()
    ids: Mapping[str, int] = field(default_factory=dict)  # uid -> item, of both

    @property
    def new_ids(self) -> dict[str, int]:
        """Return uid -> item of the new drafts."""
        return {draft.uid: self.ids[draft.uid] for draft in self.new}


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    """Documents and what they change. ``snapshot`` is the entry of ``settlements`` that it is based on."""

    snapshot: int
    documents: tuple[PlannedDocument, ...]
    sketches: tuple[Sketch, ...]  # of the items that are placed
    membership: StoryMembership
    changes: StoryChanges
    stale_listings: frozenset[str]
    inherited_categories: Mapping[int, CategoryDecision] = field(default_factory=dict)  # of stored, undecided items
