"""Search in titles and texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import log
from typing import Literal

from sqlalchemy import Connection, select

from aggregator.model import Cursor, ItemCard
from aggregator.steps.fold import fold
from aggregator.store.batches import in_batches
from aggregator.store.dialect import AnyRow, find_in_search, search_place
from aggregator.store.item_lists import cards
from aggregator.store.schema import items, sources, texts
from aggregator.store.search_words import category_tag, characters_of, phrases_of, region_tag, source_tag, terms_of

RANKED = 200  # newest matches that are weighed against each other when the best are wanted
_EVER = 1 << 62
_TITLE = 4.0  # a word in the title says as much as so many in the text


def search(
    connection: Connection,
    query: str,
    limit: int,
    *,
    category: str | None,
    region: str | None,
    source: str | None,
    since: datetime | None,
    sort: Literal["time", "rel"],
    before: Cursor | None,
) -> list[ItemCard]:
    phrases, characters = phrases_of(query), characters_of(query)
    filters = _tags(connection, category, region, source)
    if filters is None or not (phrases or characters):
        return []
    upper = search_place(before.published, before.id) if before and sort == "time" else _EVER
    lower = search_place(since, 0) if since else -_EVER
    wanted = limit if sort == "time" else max(RANKED, limit)
    ids = find_in_search(connection, phrases, [*characters, *filters], upper, lower, wanted)
    if sort == "rel":
        ids = _best(connection, ids, terms_of(query))[:limit]
    found = cards(connection, ids)
    return [found[number] for number in ids if number in found]


def _tags(connection: Connection, category: str | None, region: str | None, source: str | None) -> list[str] | None:
    tags = [category_tag(category)] if category else []
    if region:
        tags.append(region_tag(region))
    if source:
        number = connection.execute(select(sources.c.id).where(sources.c.slug == source)).scalar()
        if number is None:
            return None
        tags.append(source_tag(number))
    return tags


def _best(connection: Connection, ids: Sequence[int], terms: Sequence[str]) -> list[int]:
    """By the words of title and text; of equals the newest. Worked out here, so that both databases agree."""
    scores: dict[int, float] = {}
    query = select(items.c.id, items.c.title, texts.c.text).join(texts, texts.c.item_id == items.c.id)
    for batch in in_batches(ids):
        scores |= {row.id: _score(row, terms) for row in connection.execute(query.where(items.c.id.in_(batch)))}
    return sorted(ids, key=lambda number: -scores.get(number, 0.0))


def _score(row: AnyRow, terms: Sequence[str]) -> float:
    title, body = fold(row.title), row.text
    fullness = 1.0 + log(1.0 + len(body) / 500)
    return sum(_TITLE * (term in title) + log(1.0 + body.count(term)) / fullness for term in terms)
