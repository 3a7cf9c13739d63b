"""Which items have an earlier issue of their series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from aggregator.model import ItemCard
from aggregator.steps.stories.series import MAX_GAP
from aggregator.store.schema.tables import items
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import in_list

_older = items.alias("older")
_PREVIOUS_ISSUE = (
    select(_older.c.published)
    .where(
        _older.c.series == items.c.series,
        _older.c.removed.is_(None),
        tuple_(_older.c.published, _older.c.id) < tuple_(items.c.published, items.c.id),
    )
    .order_by(_older.c.published.desc(), _older.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_PREVIOUS_ISSUES = select(items.c.id, _PREVIOUS_ISSUE).where(in_list(items.c.id, "ids"))


def mark_earlier_issues(connection: Connection, cards: Iterable[ItemCard]) -> list[ItemCard]:
    """Return the cards with ``has_earlier_issues`` set, by one query if any is of a series."""
    cards = list(cards)
    issues = [card.id for card in cards if card.series is not None]
    if not issues:
        return cards
    previous = key_value_dict(connection, _PREVIOUS_ISSUES, {"ids": issues})
    return [replace(card, has_earlier_issues=True) if _is_near(previous.get(card.id), card) else card for card in cards]


def _is_near(previous: datetime | None, card: ItemCard) -> bool:
    return previous is not None and card.published - previous <= MAX_GAP
