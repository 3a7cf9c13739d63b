"""From what a person has at hand, a number or an address, to the item."""

from __future__ import annotations

import re

from sqlalchemy import Connection, select

from aggregator.store.schema.tables import items

_OURS = re.compile(r"/item/(\d{1,15})(?:[/.?#]|$)")


def find_item_id(connection: Connection, ref: str) -> int | None:
    ref = ref.strip()
    if ref.isdecimal() and len(ref) <= 15:
        return _existing_id(connection, int(ref))
    query = select(items.c.id).where(items.c.url == ref).order_by(items.c.id.desc()).limit(1)
    number: int | None = connection.execute(query).scalar()
    if number is not None:
        return number
    ours = _OURS.search(ref)
    return _existing_id(connection, int(ours[1])) if ours else None


def _existing_id(connection: Connection, number: int) -> int | None:
    found: int | None = connection.execute(select(items.c.id).where(items.c.id == number)).scalar()
    return found


def find_item_ids(connection: Connection, ref: str) -> list[int]:
    """Every item with this address at the publisher; else what ``find`` finds."""
    same = select(items.c.id).where(items.c.url == ref.strip()).order_by(items.c.id)
    found = list(connection.execute(same).scalars())
    one = find_item_id(connection, ref) if not found else None
    return found or ([one] if one is not None else [])
