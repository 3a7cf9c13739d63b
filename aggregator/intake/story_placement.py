"""Decide where the items of documents belong, on a snapshot of the store and before the transaction that stores them.

sort drafts: new, edited, known             store.snapshot
candidates of new and misplaced items       store.snapshot
reprint, story, merge                       steps.stories.cluster  (pure)
stories as they will be                     store.story_membership (pure)
categories and regions not told by a text   story_hints            (pure)
rows, events, stale feeds                   store.story_changes    (pure)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.intake.story_hints import inherit_categories, inherit_places, with_hints
from aggregator.model import Candidate, CategoryDecision, Document, Draft, LockedFields, Place, Placement, Relation
from aggregator.model.listing_keys import join_codes, listing_keys_of
from aggregator.steps.stories.cluster import CANDIDATE_WINDOW, CandidatesByItem, NewItem, StoryPlacer, as_candidate
from aggregator.store import (
    Edits,
    PlacementPlan,
    PlannedDocument,
    Snapshot,
    StoryMember,
    StoryMembership,
    compute_story_changes,
)


@dataclass(frozen=True, slots=True)
class _Intake:
    """A document with the ids of its items, and those of its edited items that have to be placed again."""

    document: Document
    planned: PlannedDocument
    misplaced: frozenset[int]

    @property
    def items(self) -> list[NewItem]:
        """Return the items to place, with the ids that they have or will have."""
        numbered = [(self.planned.ids[draft.uid], draft) for draft in (*self.planned.new, *self.planned.edited)]
        new = set(self.planned.new_ids.values())
        return [
            to_new_item(item_id, self.planned.source_id, draft)
            for item_id, draft in numbered
            if item_id in new or item_id in self.misplaced
        ]


def plan_placements(
    snapshot: Snapshot, documents: Sequence[Document], reserve_ids: Callable[[int], list[int]]
) -> PlacementPlan:
    """Decide the first of the documents, as many as can be stored in one transaction: at least one.

    The others have to see what these change: a plan ends with a document in which edited items are placed again, and
    before a second document of a source. ``reserve_ids`` returns ids for new items.
    """
    intakes = _sort_documents(snapshot, documents, reserve_ids)
    edited = {item_id: draft for intake in intakes for item_id, draft in _edited(intake)}
    detached = _stories_without_founders(snapshot, intakes)
    items = [intake.items for intake in intakes]
    placer, found = StoryPlacer(snapshot.texts_of), _find_candidates(snapshot, intakes, items, detached)
    for to_place, candidates in zip(items, found, strict=True):
        placer.place(to_place, candidates)
    placements = [
        [one for one in decided if _is_allowed(snapshot, intake, one)]
        for intake, decided in zip(intakes, placer.placements(), strict=True)
    ]
    membership = _load_membership(snapshot, intakes, [one for decided in placements for one in decided])
    moved = apply_edits(membership, edited)
    for intake, decided in zip(intakes, placements, strict=True):
        _detach_founders(membership, intake)
        membership.place(decided)
    drafts = edited | {item_id: draft for intake in intakes for item_id, draft in _new(intake)}
    categories, places = inherit_categories(membership), inherit_places(membership, drafts)
    intakes = [_with_hints(intake, categories, places) for intake in intakes]
    stored = {item_id: decision for item_id, decision in categories.items() if item_id not in drafts}
    return PlacementPlan(
        snapshot=snapshot.number,
        documents=tuple(intake.planned for intake in intakes),
        sketches=tuple(item.sketch for to_place in items for item in to_place),
        membership=membership,
        changes=compute_story_changes(membership, Edits(frozenset(edited), frozenset({*moved, *stored}))),
        stale_listings=frozenset(_stale_listings(intakes, membership)),
        inherited_categories=stored,
    )


def to_new_item(item_id: int, source_id: int, draft: Draft) -> NewItem:
    """Return a draft in the form the story steps take."""
    return NewItem(
        id=item_id,
        source_id=source_id,
        title=draft.title,
        text=draft.text,
        published=draft.published,
        place=draft.place,
        category=draft.decision.category,
        sketch=draft.sketch,
        features=draft.features,
    )


# ---------------------------------------------------------------- documents
def _sort_documents(
    snapshot: Snapshot, documents: Sequence[Document], reserve_ids: Callable[[int], list[int]]
) -> list[_Intake]:
    intakes: list[_Intake] = []
    seen: set[int] = set()
    for document in documents:
        source_id = document.source.id
        if source_id in seen:
            break
        seen.add(source_id)
        intake = _sort_document(snapshot, document)
        intakes.append(intake)
        if intake.misplaced:
            break
    ids = iter(reserve_ids(sum(len(intake.planned.new) for intake in intakes)))
    return [_with_ids(intake, {draft.uid: next(ids) for draft in intake.planned.new}) for intake in intakes]


def _sort_document(snapshot: Snapshot, document: Document) -> _Intake:
    source_id = document.source.id
    if not document.drafts:
        return _Intake(document, PlannedDocument(source_id), frozenset())
    new, edited, ids = snapshot.sort_drafts(source_id, document.drafts, is_full_text=document.is_full_text)
    uids = set(ids) if document.is_full_text else snapshot.find_misplaced(source_id, edited)
    planned = PlannedDocument(source_id, tuple(new), tuple(edited), ids)
    return _Intake(document, planned, frozenset(ids[uid] for uid in uids))


def _with_ids(intake: _Intake, new_ids: Mapping[str, int]) -> _Intake:
    return replace(intake, planned=replace(intake.planned, ids={**intake.planned.ids, **new_ids}))


def _with_hints(intake: _Intake, categories: Mapping[int, CategoryDecision], places: Mapping[int, Place]) -> _Intake:
    planned = intake.planned
    new, edited = (
        tuple(with_hints(drafts, planned.ids, categories, places)) for drafts in (planned.new, planned.edited)
    )
    return replace(intake, planned=replace(planned, new=new, edited=edited))


def _new(intake: _Intake) -> Iterable[tuple[int, Draft]]:
    return [(intake.planned.ids[draft.uid], draft) for draft in intake.planned.new]


def _edited(intake: _Intake) -> Iterable[tuple[int, Draft]]:
    return [(intake.planned.ids[draft.uid], draft) for draft in intake.planned.edited]


# ---------------------------------------------------------------- decisions
def _find_candidates(
    snapshot: Snapshot, intakes: Sequence[_Intake], items: Sequence[Sequence[NewItem]], stories: Mapping[int, int]
) -> Sequence[CandidatesByItem]:
    """Return the candidates of each document's ``items``; ``stories``: items that are in another story than stored."""
    dates = {item.id: item.published for found in items for item in found}
    sketches = [{item.id: item.sketch for item in found} for found in items]
    new = {item_id for intake in intakes for item_id in intake.planned.new_ids.values()}
    pending = {item.id: as_candidate(item) for found in items for item in found if item.id in new}
    candidates = snapshot.find_candidates(sketches, dates, CANDIDATE_WINDOW, pending)
    if not stories:
        return candidates

    def current(candidate: Candidate) -> Candidate:
        """Return the candidate in the story that it will be in."""
        return candidate._replace(story_id=stories.get(candidate.id, candidate.story_id))

    return [
        {
            item_id: [(current(one), marks, overlap) for one, marks, overlap in found]
            for item_id, found in of_document.items()
        }
        for of_document in candidates
    ]


def _stories_without_founders(snapshot: Snapshot, intakes: Iterable[_Intake]) -> dict[int, int]:
    """Return item -> story of the items whose story loses its founder, because that is placed again."""
    intakes = [intake for intake in intakes if intake.misplaced]
    if not intakes:
        return {}
    membership = snapshot.load_membership({item_id for intake in intakes for item_id in intake.misplaced})
    for intake in intakes:
        _detach_founders(membership, intake)
    return {item.id: item.story for item in membership.items_by_id.values() if item.story is not None}


def _detach_founders(membership: StoryMembership, intake: _Intake) -> None:
    """Move items that founded a story of several out of it before they are placed again: their text has changed."""
    if not intake.document.is_full_text:
        membership.detach_founders(intake.misplaced)


def _is_allowed(snapshot: Snapshot, intake: _Intake, placement: Placement) -> bool:
    """Return whether a placement applies. A full text moves its item only if it is alone in its story."""
    if not intake.document.is_full_text or placement.item_id not in intake.misplaced:
        return True
    story = snapshot.stories_of([placement.item_id]).get(placement.item_id)
    alone = len(snapshot.load_membership([placement.item_id]).members[story]) == 1 if story is not None else False
    return placement.story_id is not None and (alone or placement.story_id == story)


# ---------------------------------------------------------------- what changes
def _load_membership(
    snapshot: Snapshot, intakes: Sequence[_Intake], placements: Sequence[Placement]
) -> StoryMembership:
    """Return all items and stories that the placements and edits may change, with the new items."""
    new = [member for intake in intakes for member in _new_members(intake)]
    new_ids = {member.id for member in new}
    item_ids = {item_id for intake in intakes for item_id, _ in _edited(intake)}
    item_ids |= {placement.item_id for placement in placements}
    item_ids |= {item_id for placement in placements for item_id in placement.split_out_items}
    item_ids |= {placement.reprint_of for placement in placements if placement.reprint_of is not None}
    story_ids = {placement.story_id for placement in placements if placement.story_id is not None}
    story_ids |= {story for placement in placements for story in placement.merged_stories}
    return snapshot.load_membership(item_ids - new_ids, story_ids - new_ids, new)


def _new_members(intake: _Intake) -> list[StoryMember]:
    ids, source_id = intake.planned.ids, intake.planned.source_id
    return [new_member(ids[draft.uid], source_id, draft) for draft in intake.planned.new]


def new_member(item_id: int, source_id: int, draft: Draft) -> StoryMember:
    """Return an item that is not stored yet as a member without a story."""
    place = draft.place
    return StoryMember(
        id=item_id,
        source_id=source_id,
        story=None,
        represents=0,
        is_multi_source=False,
        relation=Relation.ORIGINAL,
        reprint_of=None,
        similarity=0.0,
        why=Placement(item_id, None, Relation.ORIGINAL).why,
        locked=LockedFields.NONE,
        removed=False,
        published=draft.published.replace(microsecond=0),
        category=draft.decision.category,
        province=place.province,
        city=place.city,
        county=place.county,
        further_regions=join_codes(place.further),
        is_new=True,
    )


def apply_edits(membership: StoryMembership, edited: Mapping[int, Draft]) -> set[int]:
    """Set category and region of edited items, as far as they are not locked. Returns the items that this moves."""
    moved = set()
    for item_id, draft in edited.items():
        item = membership.items_by_id[item_id]
        before = item.category, item.region_codes
        if not item.locked & LockedFields.CATEGORY:
            item.category = draft.decision.category
        if not item.locked & LockedFields.REGION:
            item.set_place(draft.place)
        if before != (item.category, item.region_codes):
            moved.add(item_id)
        if item.story is not None:
            membership.touched.add(item.story)
    return moved


def _stale_listings(intakes: Iterable[_Intake], membership: StoryMembership) -> set[str]:
    """Return the listings that show one of the drafts or changed stories; a story that is founded here has no feed."""
    new = {item.id for item in membership.items_by_id.values() if item.is_new}
    stale = {f"story/{story}" for story in membership.touched - new}
    for intake in intakes:
        drafts: Collection[Draft] = (*intake.planned.new, *intake.planned.edited)
        if drafts:
            stale |= {"hot", f"source/{intake.document.source.slug}"}
        for draft in drafts:
            stale |= listing_keys_of(draft.decision.category, draft.place)
    for story in membership.touched:
        for item in membership.members[story].values():
            if not item.removed:
                stale |= set(item.listings.values())
    return stale
