"""Search in titles and texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from math import log
from typing import Literal

from sqlalchemy import Connection, bindparam, select

from aggregator.model import Cursor, ItemCard
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.search_query import Query, Term, understand
from aggregator.store.item_lists import cards
from aggregator.store.schema.tables import items, sources, texts
from aggregator.store.search_tokens import category_tag, match_of, open_end, region_tag, source_tag, title_tags
from aggregator.store.sql.batches import in_batches
from aggregator.store.sql.dialect_search import Match, find_in_search, item_at, search_place

RANKED = 100  # newest matches that are weighed against each other when the best are wanted, and as many in titles
_LOOKED_AT = 200  # texts that are read at once where the index cannot tell
_ROUNDS = 5  # ... and how often, for one search
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
    asked = understand(query)
    filters = _tags(connection, category, region, source)
    if filters is None or not asked.wanted:
        return []
    match = match_of(asked, filters)
    upper = search_place(before.published, before.id) if before and sort == "time" else _EVER
    lower = search_place(since, 0) if since else -_EVER
    if sort == "time":
        ids = _newest(connection, asked, match, upper, lower, limit)
    else:
        ids = _best(connection, asked, match, lower, max(RANKED, limit))[:limit]
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


def _newest(connection: Connection, asked: Query, match: Match, upper: int, lower: int, limit: int) -> list[int]:
    wanted = [term for term in asked.wanted if open_end(term)]
    unwanted = [term for term in asked.unwanted if open_end(term)]
    if not (wanted or unwanted):
        return [item_at(place) for place in find_in_search(connection, match, upper, lower, limit)]
    found: list[int] = []
    for _ in range(_ROUNDS):
        places = find_in_search(connection, match, upper, lower, _LOOKED_AT)
        rows = _texts(connection, [item_at(place) for place in places])
        found += [number for number in map(item_at, places) if _fits(rows.get(number), wanted, unwanted)]
        if len(found) >= limit or len(places) < _LOOKED_AT:
            break
        upper = places[-1]
    return found[:limit]


def _fits(texts: _Texts | None, wanted: Sequence[Term], unwanted: Sequence[Term]) -> bool:
    if texts is None:
        return False
    both = (fold(texts[0]), texts[1])
    return all(_holds(both, term) for term in wanted) and not any(_holds(both, term) for term in unwanted)


def _holds(both: tuple[str, str], term: Term) -> bool:
    return any(term.pattern.search(text) for text in both)


def _best(connection: Connection, asked: Query, match: Match, lower: int, most: int) -> list[int]:
    """By the words of title and text; of equals the newest. Worked out here, so that both databases agree."""
    newest = _newest(connection, asked, match, _EVER, lower, most)
    letters = title_tags(asked)
    if len(newest) == most and letters:  # there are older ones, perhaps with the words in their titles
        in_titles = Match(match.phrases, (*match.tags, *letters), match.no_phrases, match.no_tags)
        newest += _newest(connection, asked, in_titles, _EVER, lower, most)
    newest = list(dict.fromkeys(newest))
    patterns = [term.pattern for term in asked.wanted]
    found = _texts(connection, newest)
    scores = {number: _score(fold(title), text, patterns) for number, (title, text) in found.items()}
    return sorted(newest, key=lambda number: -scores.get(number, 0.0))


_Texts = tuple[str, str]  # title as it is shown, text as it is searched


_TEXTS_BY_ID = (
    select(items.c.id, items.c.title, texts.c.text)
    .join(texts, texts.c.item_id == items.c.id)
    .where(items.c.id.in_(bindparam("ids", expanding=True)))
)


def _texts(connection: Connection, ids: Sequence[int]) -> dict[int, _Texts]:
    batches = (connection.execute(_TEXTS_BY_ID, {"ids": batch}).all() for batch in in_batches(ids))
    return {number: (title, text) for rows in batches for number, title, text in rows}


def _score(title: str, body: str, patterns: Sequence[re.Pattern[str]]) -> float:
    fullness = 1.0 + log(1.0 + len(body) / 500)
    return sum(
        _TITLE * bool(pattern.search(title)) + log(1.0 + len(pattern.findall(body))) / fullness for pattern in patterns
    )
