"""How items hang together: their stories, and the related items that are worked out when an item arrives."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from aggregator.model import ItemCard, Place, RelatedItem
from aggregator.store.batches import in_batches
from aggregator.store.dialect import as_dict
from aggregator.store.item_lists import cards
from aggregator.store.schema import items, related, stories


def stories_of(connection: Connection, item_ids: Collection[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for batch in in_batches(item_ids):
        found |= as_dict(connection, select(items.c.id, items.c.story_id).where(items.c.id.in_(batch)))
    return found


def leads_of(connection: Connection, story_ids: Collection[int]) -> list[tuple[str | None, Place]]:
    found: list[tuple[str | None, Place]] = []
    columns = (stories.c.category, stories.c.province, stories.c.city, stories.c.county)
    for batch in in_batches(story_ids):
        for row in connection.execute(select(*columns).where(stories.c.id.in_(batch))):
            found.append((row.category, Place(row.province, row.city, row.county)))
    return found


def replace(connection: Connection, found: Mapping[int, Sequence[RelatedItem]]) -> None:
    for batch in in_batches(found):
        connection.execute(delete(related).where(related.c.item_id.in_(batch)))
    rows = [
        {"item_id": number, "rank": rank, "other_id": other.item_id, "score": other.score}
        for number, others in found.items()
        for rank, other in enumerate(others)
    ]
    if rows:
        connection.execute(insert(related), rows)


def add_back(connection: Connection, found: Mapping[int, Sequence[RelatedItem]], most: int) -> None:
    backward: dict[int, list[tuple[int, float]]] = {}
    for number, others in found.items():
        for other in others:
            backward.setdefault(other.item_id, []).append((number, other.score))
    rows: list[dict[str, float]] = []
    for batch in in_batches(backward):
        query = select(related.c.item_id, related.c.rank, related.c.other_id).where(related.c.item_id.in_(batch))
        held: dict[int, dict[int, int]] = {}
        for row in connection.execute(query):
            held.setdefault(row.item_id, {})[row.other_id] = row.rank
        for number in batch:
            there = held.get(number, {})
            fresh = [pair for pair in sorted(backward[number], key=lambda pair: -pair[1]) if pair[0] not in there]
            rank = max(there.values(), default=-1) + 1
            for other_id, score in fresh[: max(0, most - len(there))]:
                rows.append({"item_id": number, "rank": rank, "other_id": other_id, "score": score})
                rank += 1
    if rows:
        connection.execute(insert(related), rows)


def of_item(connection: Connection, item_id: int, limit: int) -> list[ItemCard]:
    """One a story, and not those that have since become part of the same one, or were withdrawn."""
    own = select(items.c.story_id).where(items.c.id == item_id).scalar_subquery()
    query = (
        select(related.c.other_id, items.c.story_id)
        .join(items, items.c.id == related.c.other_id)
        .where(related.c.item_id == item_id, items.c.removed.is_(None), items.c.story_id != own)
        .order_by(related.c.rank)
    )
    one_each: dict[int, int] = {}
    for other_id, story_id in connection.execute(query):
        one_each.setdefault(story_id or other_id, other_id)
    ids = list(one_each.values())[:limit]
    found = cards(connection, ids)
    return [found[number] for number in ids if number in found]
