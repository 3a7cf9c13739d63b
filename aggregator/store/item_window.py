"""Which items were first seen since a time: ids increase with ``first_seen``, so a bisection of the key finds them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Connection, Select, bindparam, case, func, literal, select

from aggregator.store.schema.tables import items


def _window_query() -> Select[int, int]:
    """Return the query for (a number below all ids first seen since the time, and not below the others; highest id).

    Item ids increase with ``first_seen``, so a recursive query finds the number by bisection.
    """
    zero = literal(0, BigInteger)
    ends = select(zero.label("low"), func.coalesce(func.max(items.c.id), zero).label("high"))
    halves = ends.cte("halves", recursive=True)
    middle = (halves.c.low + halves.c.high) // 2
    following = select(items.c.id, items.c.first_seen).where(items.c.id > middle).order_by(items.c.id).limit(1)
    is_early = following.with_only_columns(items.c.first_seen).scalar_subquery() < bindparam("since")
    next_id = following.with_only_columns(items.c.id).scalar_subquery()
    half = select(case((is_early, next_id), else_=halves.c.low), case((is_early, halves.c.high), else_=middle))
    halves = halves.union_all(half.where(halves.c.low < halves.c.high))
    return select(halves.c.low, select(func.max(items.c.id)).scalar_subquery()).where(halves.c.low >= halves.c.high)


_WINDOW = _window_query()


def item_window(connection: Connection, since: datetime) -> tuple[int, int]:
    """Return (lowest id first seen since the time, number of items from it on); what was published since was first seen
    since."""
    last_early, last = connection.execute(_WINDOW, {"since": since}).one()
    return last_early + 1, max((last or 0) - last_early, 1)
