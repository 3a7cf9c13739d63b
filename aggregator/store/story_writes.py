"""Loading and saving of story membership: reads the rows a change concerns, and writes those that have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select, update

from aggregator.messages import decisions
from aggregator.model import Relation
from aggregator.model.listing_keys import LEAD_BIT
from aggregator.steps.stories import hotness
from aggregator.steps.stories.representatives import choose_representatives, represented_bits
from aggregator.store import journal
from aggregator.store.schema.tables import items, link_constraints, stories, story_listings, story_moves
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import execute_rows, in_batches, in_list, upsert
from aggregator.store.story_membership import StoryMember, StoryMembership

_MEMBER = (
    items.c.id,
    items.c.source_id,
    items.c.story_id,
    items.c.represents,
    items.c.many,
    items.c.relation,
    items.c.reprint_of,
    items.c.similarity,
    items.c.story_why,
    items.c.pinned,
    items.c.removed.is_not(None).label("gone"),
    items.c.published,
    items.c.category,
    items.c.province,
    items.c.city,
    items.c.county,
)

_BY_ID, _BY_REPRINT, _BY_STORY = (
    select(*_MEMBER).where(in_list(column, "ids")) for column in (items.c.id, items.c.reprint_of, items.c.story_id)
)
_LEADS = select(stories.c.id, stories.c.lead_id).where(in_list(stories.c.id, "ids"))
_MOVES = select(story_moves.c.old, story_moves.c.new).where(in_list(story_moves.c.old, "ids"))
_CANNOT_LINK = select(link_constraints.c.a, link_constraints.c.b).where(
    or_(in_list(link_constraints.c.a, "ids"), in_list(link_constraints.c.b, "ids")), ~link_constraints.c.same
)
_UPDATE_MEMBER = update(items).where(items.c.id == bindparam("this"))
_LISTINGS = insert(story_listings)
_DELETE_LISTINGS = delete(story_listings).where(in_list(story_listings.c.story_id, "ids"))
_DELETE_MOVES = delete(story_moves).where(in_list(story_moves.c.old, "ids"))
_STORY = " ".join(column.name for column in stories.c if column.name != "id")


@dataclass(frozen=True, slots=True)
class Edits:
    """Items that a transaction has changed: their content, or also the category or region they belong to."""

    edited: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()


NO_EDITS = Edits()


def refresh_stories(connection: Connection, story_ids: Collection[int], now: datetime, edits: Edits = NO_EDITS) -> None:
    """Update stories whose items were changed or deleted, and record the edits in the journals of their listings."""
    if story_ids:
        membership = load_membership(connection, (), story_ids)
        membership.touched |= set(story_ids)
        save_membership(connection, membership, now, edits)


def load_membership(connection: Connection, item_ids: Collection[int], story_ids: Collection[int]) -> StoryMembership:
    """Return these items, their reprints, and all members of the stories concerned."""
    moves = _load_moves(connection, story_ids)
    items_by_id = {item.id: item for item in _load_members(connection, _BY_ID, item_ids)}
    items_by_id |= {item.id: item for item in _load_members(connection, _BY_REPRINT, item_ids)}
    needed_stories = {moves.get(story, story) for story in story_ids}
    needed_stories |= {item.story for item in items_by_id.values() if item.story is not None}
    items_by_id |= {item.id: item for item in _load_members(connection, _BY_STORY, needed_stories)}
    leads = dict[int, int]()
    if needed_stories:
        leads = key_value_dict(connection, _LEADS, {"ids": needed_stories})
    return StoryMembership(items_by_id, leads, moves, cannot_link_pairs(connection, items_by_id))


def _load_members(connection: Connection, query: Select[Any], values: Collection[int]) -> Iterable[StoryMember]:
    rows = connection.execute(query, {"ids": values}).all() if values else ()
    return (StoryMember(*row) for row in rows)


def _load_moves(connection: Connection, story_ids: Collection[int]) -> dict[int, int]:
    return key_value_dict(connection, _MOVES, {"ids": story_ids}) if story_ids else {}


def cannot_link_pairs(connection: Connection, item_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return the pairs with a cannot-link of which an item is one of these."""
    rows = connection.execute(_CANNOT_LINK, {"ids": item_ids}).all() if item_ids else ()
    return sorted({(a, b) for a, b in rows})


def story_ids_of(connection: Connection, ids: Collection[int]) -> set[int]:
    """Return the stories of these items."""
    stories_found: set[int] = set()
    for batch in in_batches(ids):
        query = select(items.c.story_id).where(items.c.id.in_(batch), items.c.story_id.is_not(None))
        stories_found |= set(connection.execute(query).scalars())
    return stories_found


# ---------------------------------------------------------------- writing
def save_membership(
    connection: Connection, membership: StoryMembership, now: datetime, edits: Edits = NO_EDITS
) -> set[int]:
    """Write the changed items and stories; returns the ids of all stories concerned."""
    existing, rows, listing_rows = [], [], []
    events: defaultdict[str, list[int]] = defaultdict(list)
    changed = {item.id for item in membership.items_by_id.values() if item.is_changed}
    for story in sorted(membership.touched):
        members = membership.members[story].values()
        if members:
            existing.append(story)
            row = _story_row(story, list(members), membership.leads.get(story)) | {"changed": now}
            rows.append(row)
            changed |= _set_original(row["first_id"], members)
            live = [item for item in members if not item.removed]
            representatives = choose_representatives(live, row["lead_id"])
            changed |= _set_representatives(row, members, representatives)
            listing_rows += _listing_rows(row, representatives)
            for listing, item_id in _appearances(membership, live, representatives, edits):
                events[listing].append(item_id)
    _write_items(connection, [membership.items_by_id[item_id] for item_id in sorted(changed)])
    _write_moves(connection, membership, existing)
    for batch in in_batches(membership.touched - set(existing)):
        connection.execute(delete(stories).where(stories.c.id.in_(batch)))
    execute_rows(connection, upsert(connection, stories, "id", replace=_STORY), rows)
    if membership.touched:
        connection.execute(_DELETE_LISTINGS, {"ids": membership.touched})
    execute_rows(connection, _LISTINGS, listing_rows)
    journal.append_events(connection, {listing: sorted(item_ids) for listing, item_ids in events.items()}, now)
    return set(membership.touched)


def _appearances(
    membership: StoryMembership, story: Collection[StoryMember], representatives: Mapping[str, int], edits: Edits
) -> set[tuple[str, int]]:
    """Return (listing, item) of the items that appear there, or appear again, by this change.

    These are items that have begun to represent the story or were edited, and representatives of a report that is new
    in the story or in the listing. Archives and deltas so contain every report, itself or with its representative.
    """
    before = membership.before
    found = set()
    for item in story:
        story_before, bits_before, was_hot = before[item.id]
        for bit, listing in item.listings.items():
            representative = representatives[listing]
            if item.id in edits.moved:
                found.add((listing, representative))
            elif representative == item.id:
                if item.id in edits.edited or not bits_before & bit:
                    found.add((listing, item.id))
            elif story_before != before[representative][0]:
                found.add((listing, representative))
        is_hot = bool(item.represents & LEAD_BIT) and item.is_multi_source
        if is_hot and (item.id in edits.edited | edits.moved or not (was_hot and bits_before & LEAD_BIT)):
            found.add(("hot", item.id))
    return found


def _story_row(story: int, members: list[StoryMember], lead_id: int | None) -> dict[str, Any]:
    """Return the row of a story. Withdrawn items are not counted; a story with no others keeps a row for their
    tombstones."""
    live = [item for item in members if not item.removed]
    counted = live or members
    by_id = {item.id: item for item in counted}
    lead = by_id.get(lead_id or story) or by_id.get(story) or by_id[min(by_id)]
    earliest = min(counted, key=lambda item: (item.published, item.id))
    reports = [
        (item.source_id, item.published, item.reprint_of if item.relation == Relation.REPRINT else None)
        for item in counted
    ]
    return {
        "id": story,
        "lead_id": lead.id,
        "first_id": earliest.id,
        "item_count": len(live),
        "outlets": len({item.source_id for item in live}),
        "first_published": earliest.published,
        "last_published": max(item.published for item in counted),
        "heat_day": hotness.hotness(reports, hotness.DAY_TAU),
        "heat_week": hotness.hotness(reports, hotness.WEEK_TAU),
    }


def _set_representatives(
    story: dict[str, Any], members: Iterable[StoryMember], representatives: Mapping[str, int]
) -> set[int]:
    """Set ``represents`` and ``many`` of the members; returns the changed ones."""
    changed = set()
    for item in members:
        bits = 0 if item.removed else represented_bits(item, representatives)
        multi_source = bits > 0 and story["outlets"] >= 2
        if (item.represents, item.is_multi_source) != (bits, multi_source):
            item.represents, item.is_multi_source = bits, multi_source
            changed.add(item.id)
    return changed


def _listing_rows(story: dict[str, Any], representatives: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the rows of a story of several outlets in the listings of categories and regions."""
    if story["outlets"] < 2:
        return []
    heat = {name: story[name] for name in ("heat_day", "heat_week")}
    return [
        {"story_id": story["id"], "listing": listing, "item_id": item_id} | heat
        for listing, item_id in representatives.items()
        if listing != "all"
    ]


def _set_original(first_id: int, members: Iterable[StoryMember]) -> set[int]:
    """Make the item published first the original, and no other. Returns the items whose relation has changed."""
    live = [item for item in members if not item.removed]
    original = next((item for item in live if item.id == first_id), None)
    if original is None or original.relation == Relation.REPRINT:
        return set()
    former = Relation.REWRITE if original.relation == Relation.REWRITE else Relation.FURTHER
    changed = [item for item in live if (item is original) != (item.relation == Relation.ORIGINAL)]
    for item in changed:
        if item is original:
            item.relation, item.why = Relation.ORIGINAL, decisions.FIRST(evidence=item.why)
        else:
            item.relation, item.similarity = former, item.similarity or original.similarity
            item.why = decisions.AFTER(item=first_id)
    return {item.id for item in changed}


def _write_items(connection: Connection, members: Sequence[StoryMember]) -> None:
    execute_rows(
        connection,
        _UPDATE_MEMBER,
        [
            {
                "this": item.id,
                "story_id": item.story,
                "represents": item.represents,
                "many": item.is_multi_source,
                "relation": item.relation,
                "reprint_of": item.reprint_of,
                "similarity": item.similarity,
                "story_why": item.why,
            }
            for item in members
        ],
    )


def _write_moves(connection: Connection, membership: StoryMembership, existing: Sequence[int]) -> None:
    """Write redirects so that each merged id leads directly to an existing story."""
    if existing:
        connection.execute(_DELETE_MOVES, {"ids": existing})
    moved = {old: membership.resolve(old) for old in membership.redirects if old in membership.touched}
    for old, new in moved.items():
        connection.execute(update(story_moves).where(story_moves.c.new == old).values(new=new))
        connection.execute(delete(story_moves).where(story_moves.c.old == old))
        connection.execute(insert(story_moves).values(old=old, new=new))
