"""Loading and saving of story membership: reads the rows a change concerns, and writes those that have changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select, update

from aggregator.store import journal, settlements
from aggregator.store.schema.tables import items, link_constraints, stories, story_listings, story_moves
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import execute_rows, in_batches, in_list, upsert
from aggregator.store.story_changes import NO_EDITS, Edits, StoryChanges, compute_story_changes
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
    items.c.further_regions,
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


def refresh_stories(connection: Connection, story_ids: Collection[int], now: datetime, edits: Edits = NO_EDITS) -> None:
    """Update stories whose items were changed or deleted, and record the edits in the journals of their listings."""
    if story_ids:
        membership = load_membership(connection, (), story_ids)
        membership.touched |= set(story_ids)
        save_membership(connection, membership, now, edits)


def load_membership(
    connection: Connection, item_ids: Collection[int], story_ids: Collection[int], new: Iterable[StoryMember] = ()
) -> StoryMembership:
    """Return these items, their reprints, and all members of the stories concerned, with ``new`` items."""
    moves = _load_moves(connection, story_ids)
    items_by_id = {item.id: item for item in _load_members(connection, _BY_ID, item_ids)}
    items_by_id |= {item.id: item for item in _load_members(connection, _BY_REPRINT, item_ids)}
    needed_stories = {moves.get(story, story) for story in story_ids}
    needed_stories |= {item.story for item in items_by_id.values() if item.story is not None}
    items_by_id |= {item.id: item for item in _load_members(connection, _BY_STORY, needed_stories)}
    leads = dict[int, int]()
    if needed_stories:
        leads = key_value_dict(connection, _LEADS, {"ids": needed_stories})
    cannot_link = cannot_link_pairs(connection, items_by_id)
    items_by_id |= {item.id: item for item in new}
    return StoryMembership(items_by_id, leads, moves, cannot_link)


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
    write_changes(connection, membership, compute_story_changes(membership, edits), now)
    return set(membership.touched)


def write_changes(connection: Connection, membership: StoryMembership, changes: StoryChanges, now: datetime) -> None:
    """Write the rows of changed items and stories, except those of new items."""
    existing = [row["id"] for row in changes.stories]
    _write_items(connection, [item for item in changes.items if not item.is_new])
    _write_moves(connection, membership, existing)
    for batch in in_batches(membership.touched.difference(existing)):
        connection.execute(delete(stories).where(stories.c.id.in_(batch)))
    rows = [row | {"changed": now} for row in changes.stories]
    execute_rows(connection, upsert(connection, stories, "id", replace=_STORY), rows)
    if changes.former_stories:
        connection.execute(_DELETE_LISTINGS, {"ids": changes.former_stories})
    execute_rows(connection, _LISTINGS, changes.listings)
    journal.append_events(connection, changes.events, now)
    settlements.record(connection, changes.arrivals, membership.touched)


def _write_items(connection: Connection, members: Sequence[StoryMember]) -> None:
    execute_rows(connection, _UPDATE_MEMBER, [{"this": item.id, **member_columns(item)} for item in members])


def member_columns(item: StoryMember) -> dict[str, Any]:
    """Return the columns of an item that hold its place in its story."""
    return {
        "story_id": item.story,
        "represents": item.represents,
        "many": item.is_multi_source,
        "relation": item.relation,
        "reprint_of": item.reprint_of,
        "similarity": item.similarity,
        "story_why": item.why,
    }


def _write_moves(connection: Connection, membership: StoryMembership, existing: Sequence[int]) -> None:
    """Write redirects so that each merged id leads directly to an existing story."""
    if existing:
        connection.execute(_DELETE_MOVES, {"ids": existing})
    moved = {old: membership.resolve(old) for old in membership.redirects if old in membership.touched}
    for old, new in moved.items():
        connection.execute(update(story_moves).where(story_moves.c.new == old).values(new=new))
        connection.execute(delete(story_moves).where(story_moves.c.old == old))
        connection.execute(insert(story_moves).values(old=old, new=new))
