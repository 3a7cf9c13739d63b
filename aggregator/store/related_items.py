"""How items hang together: their stories, and the related items that are worked out when an item arrives."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from aggregator.model import ItemCard, Place, RelatedItem
from aggregator.store.item_lists import item_cards
from aggregator.store.schema.tables import items, related, stories
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import in_list

_STORIES = select(items.c.id, items.c.story_id).where(in_list(items.c.id, "ids"))
_PLACES = select(stories.c.category, stories.c.province, stories.c.city, stories.c.county).where(
    in_list(stories.c.id, "ids")
)
_NO_MORE = delete(related).where(in_list(related.c.item_id, "ids"))
_EXISTING = select(related.c.item_id, related.c.rank, related.c.other_id).where(in_list(related.c.item_id, "ids"))
_ADDED = insert(related)


def stories_of(connection: Connection, item_ids: Collection[int]) -> dict[int, int]:
    return key_value_dict(connection, _STORIES, {"ids": item_ids}) if item_ids else {}


def lead_listings(connection: Connection, story_ids: Collection[int]) -> list[tuple[str | None, Place]]:
    rows = connection.execute(_PLACES, {"ids": story_ids}) if story_ids else ()
    return [(category, Place(*codes)) for category, *codes in rows]


def replace_related(connection: Connection, found: Mapping[int, Sequence[RelatedItem]]) -> None:
    if found:
        connection.execute(_NO_MORE, {"ids": found})
    rows = [
        {"item_id": number, "rank": rank, "other_id": other.item_id, "score": other.score}
        for number, others in found.items()
        for rank, other in enumerate(others)
    ]
    if rows:
        connection.execute(_ADDED, rows)


def add_related_backlinks(connection: Connection, found: Mapping[int, Sequence[RelatedItem]], limit: int) -> None:
    backward: dict[int, list[tuple[int, float]]] = {}
    for number, others in found.items():
        for other in others:
            backward.setdefault(other.item_id, []).append((number, other.score))
    if not backward:
        return
    rows: list[dict[str, float]] = []
    held: dict[int, dict[int, int]] = {}
    for number, rank, other_id in connection.execute(_EXISTING, {"ids": backward}).all():
        held.setdefault(number, {})[other_id] = rank
    for number in sorted(backward):
        there = held.get(number, {})
        fresh = [pair for pair in sorted(backward[number], key=lambda pair: -pair[1]) if pair[0] not in there]
        rank = max(there.values(), default=-1) + 1
        for other_id, score in fresh[: max(0, limit - len(there))]:
            rows.append({"item_id": number, "rank": rank, "other_id": other_id, "score": score})
            rank += 1
    if rows:
        connection.execute(_ADDED, rows)


def related_items(connection: Connection, item_id: int, limit: int) -> list[ItemCard]:
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
    found = item_cards(connection, ids)
    return [found[number] for number in ids if number in found]
