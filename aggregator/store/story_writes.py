"""Loading and saving of story membership: reads the rows a change concerns, and writes those that have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select, update

from aggregator.messages import decisions
from aggregator.model import Place, Relation
from aggregator.model.listing_keys import listing_keys_of
from aggregator.steps.stories import hotness
from aggregator.store import journal
from aggregator.store.schema.tables import items, link_constraints, stories, story_moves
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import in_batches, in_list, upsert
from aggregator.store.story_membership import StoryMember, StoryMembership

_MEMBER = (
    items.c.id,
    items.c.source_id,
    items.c.story_id,
    items.c.lead,
    items.c.many,
    items.c.relation,
    items.c.reprint_of,
    items.c.similarity,
    items.c.story_why,
    items.c.pinned,
    items.c.removed.is_not(None).label("gone"),
    items.c.published,
    items.c.category,
    items.c.top,
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
_DELETE_MOVES = delete(story_moves).where(in_list(story_moves.c.old, "ids"))
_STORY = " ".join(column.name for column in stories.c if column.name != "id")


def refresh_stories(connection: Connection, story_ids: Collection[int], now: datetime) -> None:
    """Update stories whose items were changed or deleted."""
    if story_ids:
        membership = load_membership(connection, (), story_ids)
        membership.touched |= set(story_ids)
        save_membership(connection, membership, now)


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
def save_membership(connection: Connection, membership: StoryMembership, now: datetime) -> set[int]:
    """Write the changed items and stories; returns the ids of all stories concerned."""
    existing, rows = [], []
    flags_before = {item.id: (item.is_lead, item.is_multi_source) for item in membership.items_by_id.values()}
    changed = {item.id for item in membership.items_by_id.values() if item.is_changed}
    for story in membership.touched:
        members = membership.members[story].values()
        if members:
            existing.append(story)
            rows.append(_story_row(story, list(members), membership.leads.get(story)) | {"changed": now})
            changed |= _set_leads(rows[-1], members) | _set_original(rows[-1]["first_id"], members)
    _write_items(connection, [membership.items_by_id[item_id] for item_id in sorted(changed)])
    _write_moves(connection, membership, existing)
    for batch in in_batches(membership.touched - set(existing)):
        connection.execute(delete(stories).where(stories.c.id.in_(batch)))
    if rows:
        connection.execute(upsert(connection, stories, "id", replace=_STORY), rows)
    journal.append_events(connection, _new_appearances(membership, flags_before), now)
    return set(membership.touched)


def _new_appearances(
    membership: StoryMembership, flags_before: Mapping[int, tuple[bool, bool]]
) -> dict[str, list[int]]:
    """Return listing -> items that it shows only since this change, because they have become lead items."""
    item_ids_by_listing: defaultdict[str, list[int]] = defaultdict(list)
    for item in sorted(membership.items_by_id.values(), key=lambda item: item.id):
        lead, multi_source = flags_before[item.id]
        if item.is_lead and not lead:
            for listing in listing_keys_of(item.category, Place(item.province, item.city, item.county)):
                item_ids_by_listing[listing].append(item.id)
        if item.is_multi_source and not multi_source:
            item_ids_by_listing["hot"].append(item.id)
    return item_ids_by_listing


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
        "top": lead.top,
        "category": lead.category,
        "province": lead.province,
        "city": lead.city,
        "county": lead.county,
    }


def _set_leads(story: dict[str, Any], members: Iterable[StoryMember]) -> set[int]:
    """Set ``lead`` and ``many`` of the members; returns the changed ones."""
    changed = set()
    for item in members:
        lead = item.id == story["lead_id"] and not item.removed
        multi_source = lead and story["outlets"] >= 2
        if (item.is_lead, item.is_multi_source) != (lead, multi_source):
            item.is_lead, item.is_multi_source = lead, multi_source
            changed.add(item.id)
    return changed


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
    if not members:
        return
    connection.execute(
        _UPDATE_MEMBER,
        [
            {
                "this": item.id,
                "story_id": item.story,
                "lead": item.is_lead,
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
