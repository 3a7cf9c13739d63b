"""Which items belong together: loads what a change touches, lets ``board`` settle it, writes what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select, update

from aggregator.messages import decisions
from aggregator.model import Place, Placement, Relation
from aggregator.model.listing_keys import listings_of
from aggregator.steps.stories import hotness
from aggregator.store import journal
from aggregator.store.schema.tables import items, stories, story_moves, verdicts
from aggregator.store.sql.batches import in_batches
from aggregator.store.sql.dialect import as_dict
from aggregator.store.sql.statements import among, upsert
from aggregator.store.story_membership import Board, Report

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

_THEMSELVES, _REPRINTS, _MEMBERS = (
    select(*_MEMBER).where(among(column, "ids")) for column in (items.c.id, items.c.reprint_of, items.c.story_id)
)
_LEADS = select(stories.c.id, stories.c.lead_id).where(among(stories.c.id, "ids"))
_MOVES = select(story_moves.c.old, story_moves.c.new).where(among(story_moves.c.old, "ids"))
_APART = select(verdicts.c.a, verdicts.c.b).where(
    or_(among(verdicts.c.a, "ids"), among(verdicts.c.b, "ids")), ~verdicts.c.same
)
_PLACED = update(items).where(items.c.id == bindparam("this"))
_NOT_MOVED = delete(story_moves).where(among(story_moves.c.old, "ids"))
_STORY = " ".join(column.name for column in stories.c if column.name != "id")


def place(connection: Connection, placements: Sequence[Placement], now: datetime) -> set[int]:
    asked = {placement.item_id for placement in placements}
    asked |= {number for placement in placements for number in placement.parted}
    repeated = {placement.reprint_of for placement in placements if placement.reprint_of is not None}
    named = {placement.story_id for placement in placements if placement.story_id is not None}
    named |= {story for placement in placements for story in placement.merge}
    board = load(connection, asked | repeated, named)
    for placement in placements:
        board.part(placement.parted)
    for placement in placements:
        board.settle(placement)
    return save(connection, board, now)


def leave(connection: Connection, item_ids: Collection[int], now: datetime) -> set[int]:
    """Take founders out of their stories; what they leave takes the number of its oldest item. Returns the stories
    that were touched."""
    board = load(connection, item_ids, ())
    for report in (board.reports[number] for number in item_ids if number in board.reports):
        if report.story == report.id and len(board.members[report.id]) > 1:
            board.separate(report)
    return save(connection, board, now)


def refresh(connection: Connection, story_ids: Collection[int], now: datetime) -> None:
    """Bring stories up to date whose items have changed or gone."""
    if story_ids:
        board = load(connection, (), story_ids)
        board.touched |= set(story_ids)
        save(connection, board, now)


def load(connection: Connection, item_ids: Collection[int], story_ids: Collection[int]) -> Board:
    moves = _moves(connection, story_ids)
    reports = {report.id: report for report in _reports(connection, _THEMSELVES, item_ids)}
    reports |= {report.id: report for report in _reports(connection, _REPRINTS, item_ids)}
    wanted = {moves.get(story, story) for story in story_ids}
    wanted |= {report.story for report in reports.values() if report.story is not None}
    reports |= {report.id: report for report in _reports(connection, _MEMBERS, wanted)}
    leads = dict[int, int]()
    if wanted:
        leads = as_dict(connection, _LEADS, {"ids": wanted})
    return Board(reports, leads, moves, pairs_apart(connection, reports))


def _reports(connection: Connection, query: Select[Any], values: Collection[int]) -> Iterable[Report]:
    rows = connection.execute(query, {"ids": values}).all() if values else ()
    return (Report(*row) for row in rows)


def _moves(connection: Connection, story_ids: Collection[int]) -> dict[int, int]:
    return as_dict(connection, _MOVES, {"ids": story_ids}) if story_ids else {}


def pairs_apart(connection: Connection, item_ids: Collection[int]) -> list[tuple[int, int]]:
    found = connection.execute(_APART, {"ids": item_ids}).all() if item_ids else ()
    return sorted({(a, b) for a, b in found})


# ---------------------------------------------------------------- writing
def save(connection: Connection, board: Board, now: datetime) -> set[int]:
    alive, rows = [], []
    shown = {report.id: (report.lead, report.many) for report in board.reports.values()}
    changed = {report.id for report in board.reports.values() if report.moved}
    for story in board.touched:
        members = board.members[story].values()
        if members:
            alive.append(story)
            rows.append(_story_row(story, list(members), board.leads.get(story)) | {"changed": now})
            changed |= _point_at(rows[-1], members) | _name_first(rows[-1]["first_id"], members)
    _write_items(connection, [board.reports[number] for number in sorted(changed)])
    _write_moves(connection, board, alive)
    for batch in in_batches(board.touched - set(alive)):
        connection.execute(delete(stories).where(stories.c.id.in_(batch)))
    if rows:
        connection.execute(upsert(connection, stories, "id", fresh=_STORY), rows)
    journal.append(connection, _appeared(board, shown), now)
    return set(board.touched)


def _appeared(board: Board, before: Mapping[int, tuple[bool, bool]]) -> dict[str, list[int]]:
    """Listing -> the items that it has shown only since this change: those that stand for their stories now."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for report in sorted(board.reports.values(), key=lambda report: report.id):
        lead, many = before[report.id]
        if report.lead and not lead:
            for listing in listings_of(report.category, Place(report.province, report.city, report.county)):
                found[listing].append(report.id)
        if report.many and not many:
            found["hot"].append(report.id)
    return found


def _story_row(story: int, members: list[Report], lead_id: int | None) -> dict[str, Any]:
    """Withdrawn items count for nothing; a story of which nothing else is left keeps a row for their tombstones."""
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
        "heat_day": hotness.heat(reports, hotness.DAY),
        "heat_week": hotness.heat(reports, hotness.WEEK),
        "top": lead.top,
        "category": lead.category,
        "province": lead.province,
        "city": lead.city,
        "county": lead.county,
    }


def _point_at(story: dict[str, Any], members: Iterable[Report]) -> set[int]:
    """Sets ``lead`` and ``many`` of the members; returns those for whom they are new."""
    changed = set()
    for report in members:
        lead = report.id == story["lead_id"] and not report.removed
        many = lead and story["outlets"] >= 2
        if (report.lead, report.many) != (lead, many):
            report.lead, report.many = lead, many
            changed.add(report.id)
    return changed


def _name_first(first_id: int, members: Iterable[Report]) -> set[int]:
    """The report published first is the original, whenever it arrived, and no other one is. Returns those whose
    relation is new."""
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


def _write_items(connection: Connection, reports: Sequence[Report]) -> None:
    if not reports:
        return
    connection.execute(
        _PLACED,
        [
            {
                "this": report.id,
                "story_id": report.story,
                "lead": report.lead,
                "many": report.many,
                "relation": report.relation,
                "reprint_of": report.reprint_of,
                "similarity": report.similarity,
                "story_why": report.why,
            }
            for report in reports
        ],
    )


def _write_moves(connection: Connection, board: Board, alive: Sequence[int]) -> None:
    """Every old number leads straight to a story that is there."""
    if alive:
        connection.execute(_NOT_MOVED, {"ids": alive})
    moved = {old: board.resolve(old) for old in board.moves if old in board.touched}
    for old, new in moved.items():
        connection.execute(update(story_moves).where(story_moves.c.new == old).values(new=new))
        connection.execute(delete(story_moves).where(story_moves.c.old == old))
        connection.execute(insert(story_moves).values(old=old, new=new))
