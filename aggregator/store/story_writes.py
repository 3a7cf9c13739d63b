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
        board = load_membership(connection, (), story_ids)
        board.touched |= set(story_ids)
        save_membership(connection, board, now)


def load_membership(connection: Connection, item_ids: Collection[int], story_ids: Collection[int]) -> StoryMembership:
    """Return these items, their reprints, and all members of the stories concerned."""
    moves = _load_moves(connection, story_ids)
    reports = {report.id: report for report in _load_members(connection, _BY_ID, item_ids)}
    reports |= {report.id: report for report in _load_members(connection, _BY_REPRINT, item_ids)}
    wanted = {moves.get(story, story) for story in story_ids}
    wanted |= {report.story for report in reports.values() if report.story is not None}
    reports |= {report.id: report for report in _load_members(connection, _BY_STORY, wanted)}
    leads = dict[int, int]()
    if wanted:
        leads = key_value_dict(connection, _LEADS, {"ids": wanted})
    return StoryMembership(reports, leads, moves, cannot_link_pairs(connection, reports))


def _load_members(connection: Connection, query: Select[Any], values: Collection[int]) -> Iterable[StoryMember]:
    rows = connection.execute(query, {"ids": values}).all() if values else ()
    return (StoryMember(*row) for row in rows)


def _load_moves(connection: Connection, story_ids: Collection[int]) -> dict[int, int]:
    return key_value_dict(connection, _MOVES, {"ids": story_ids}) if story_ids else {}


def cannot_link_pairs(connection: Connection, item_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return the pairs with a cannot-link of which an item is one of these."""
    found = connection.execute(_CANNOT_LINK, {"ids": item_ids}).all() if item_ids else ()
    return sorted({(a, b) for a, b in found})


def story_ids_of(connection: Connection, ids: Collection[int]) -> set[int]:
    """Return the stories of these items."""
    found: set[int] = set()
    for batch in in_batches(ids):
        query = select(items.c.story_id).where(items.c.id.in_(batch), items.c.story_id.is_not(None))
        found |= set(connection.execute(query).scalars())
    return found


# ---------------------------------------------------------------- writing
def save_membership(connection: Connection, membership: StoryMembership, now: datetime) -> set[int]:
    """Write the changed items and stories; returns the ids of all stories concerned."""
    alive, rows = [], []
    shown = {report.id: (report.is_lead, report.is_multi_source) for report in membership.reports.values()}
    changed = {report.id for report in membership.reports.values() if report.is_changed}
    for story in membership.touched:
        members = membership.members[story].values()
        if members:
            alive.append(story)
            rows.append(_story_row(story, list(members), membership.leads.get(story)) | {"changed": now})
            changed |= _set_leads(rows[-1], members) | _set_original(rows[-1]["first_id"], members)
    _write_items(connection, [membership.reports[number] for number in sorted(changed)])
    _write_moves(connection, membership, alive)
    for batch in in_batches(membership.touched - set(alive)):
        connection.execute(delete(stories).where(stories.c.id.in_(batch)))
    if rows:
        connection.execute(upsert(connection, stories, "id", replace=_STORY), rows)
    journal.append_events(connection, _new_appearances(membership, shown), now)
    return set(membership.touched)


def _new_appearances(membership: StoryMembership, before: Mapping[int, tuple[bool, bool]]) -> dict[str, list[int]]:
    """Return listing -> items that it shows only since this change, because they have become lead items."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for report in sorted(membership.reports.values(), key=lambda report: report.id):
        lead, many = before[report.id]
        if report.is_lead and not lead:
            for listing in listing_keys_of(report.category, Place(report.province, report.city, report.county)):
                found[listing].append(report.id)
        if report.is_multi_source and not many:
            found["hot"].append(report.id)
    return found


def _story_row(story: int, members: list[StoryMember], lead_id: int | None) -> dict[str, Any]:
    """Return the row of a story. Withdrawn items are not counted; a story with no others keeps a row for their
    tombstones."""
    live = [report for report in members if not report.removed]
    shown = live or members
    by_id = {report.id: report for report in shown}
    lead = by_id.get(lead_id or story) or by_id.get(story) or by_id[min(by_id)]
    first = min(shown, key=lambda report: (report.published, report.id))
    reports = [
        (report.source_id, report.published, report.reprint_of if report.relation == Relation.REPRINT else None)
        for report in shown
    ]
    return {
        "id": story,
        "lead_id": lead.id,
        "first_id": first.id,
        "item_count": len(live),
        "outlets": len({report.source_id for report in live}),
        "first_published": first.published,
        "last_published": max(report.published for report in shown),
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
    for report in members:
        lead = report.id == story["lead_id"] and not report.removed
        many = lead and story["outlets"] >= 2
        if (report.is_lead, report.is_multi_source) != (lead, many):
            report.is_lead, report.is_multi_source = lead, many
            changed.add(report.id)
    return changed


def _set_original(first_id: int, members: Iterable[StoryMember]) -> set[int]:
    """Make the item published first the original, and no other. Returns the items whose relation has changed."""
    live = [report for report in members if not report.removed]
    first = next((report for report in live if report.id == first_id), None)
    if first is None or first.relation == Relation.REPRINT:
        return set()
    former = Relation.REWRITE if first.relation == Relation.REWRITE else Relation.FURTHER
    changed = [report for report in live if (report is first) != (report.relation == Relation.ORIGINAL)]
    for report in changed:
        if report is first:
            report.relation, report.why = Relation.ORIGINAL, decisions.FIRST(evidence=report.why)
        else:
            report.relation, report.similarity = former, report.similarity or first.similarity
            report.why = decisions.AFTER(item=first_id)
    return {report.id for report in changed}


def _write_items(connection: Connection, reports: Sequence[StoryMember]) -> None:
    if not reports:
        return
    connection.execute(
        _UPDATE_MEMBER,
        [
            {
                "this": report.id,
                "story_id": report.story,
                "lead": report.is_lead,
                "many": report.is_multi_source,
                "relation": report.relation,
                "reprint_of": report.reprint_of,
                "similarity": report.similarity,
                "story_why": report.why,
            }
            for report in reports
        ],
    )


def _write_moves(connection: Connection, membership: StoryMembership, alive: Sequence[int]) -> None:
    """Write redirects so that each merged id leads directly to an existing story."""
    if alive:
        connection.execute(_DELETE_MOVES, {"ids": alive})
    moved = {old: membership.resolve(old) for old in membership.redirects if old in membership.touched}
    for old, new in moved.items():
        connection.execute(update(story_moves).where(story_moves.c.new == old).values(new=new))
        connection.execute(delete(story_moves).where(story_moves.c.old == old))
        connection.execute(insert(story_moves).values(old=old, new=new))
