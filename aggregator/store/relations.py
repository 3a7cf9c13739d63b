"""Related items: worked out when an item arrives, read with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from aggregator.model import ItemCard, RelatedItem
from aggregator.store.batches import in_batches
from aggregator.store.item_lists import cards
from aggregator.store.schema import items, related


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


def of_item(connection: Connection, item_id: int, limit: int) -> list[ItemCard]:
    """Not those that have since become part of the same story, or were withdrawn."""
    own = select(items.c.story_id).where(items.c.id == item_id).scalar_subquery()
    query = (
        select(related.c.other_id)
        .join(items, items.c.id == related.c.other_id)
        .where(related.c.item_id == item_id, items.c.removed.is_(None), items.c.story_id != own)
        .order_by(related.c.rank)
        .limit(limit)
    )
    ids = list(connection.execute(query).scalars())
    found = cards(connection, ids)
    return [found[number] for number in ids if number in found]
