"""Whose turn it is: due sources are lent to a worker, the most overdue first, and no host fills a claim.

What is due is found by the index of ``next_poll``, so a claim costs what it looks at and not what the table holds.
Due sources of a host that has as much in hand as it may are put off for a moment, one after the other: so they make
room at the front for the others, and come evenly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, or_, select, update

from aggregator.model import HostShare
from aggregator.store.schema.tables import sources
from aggregator.store.sql import dialect
from aggregator.store.sql.dialect import AnyRow

ACTIVE = sources.c.enabled & sources.c.listed
LOOKED_AT = 600  # due sources that a claim chooses from, at the least
_PER_PLACE = 8  # ... and for each that it may take

_well = case(((sources.c.failures == 0) & sources.c.last_success.is_not(None), 1), else_=0).label("proven")


def free(now: datetime) -> ColumnElement[bool]:
    """Lent to nobody, or no longer."""
    return or_(sources.c.leased_until.is_(None), sources.c.leased_until <= now)


def due(connection: Connection, now: datetime, limit: int, share: HostShare) -> list[int]:
    """The numbers of up to ``limit`` due sources, to be lent at once. On PostgreSQL workers choose one after the
    other, so that together they keep to ``share``."""
    dialect.lock_claims(connection)
    query = select(sources.c.id, sources.c.host, _well).where(ACTIVE, free(now), sources.c.next_poll <= now)
    window = max(LOOKED_AT, _PER_PLACE * limit)
    rows = connection.execute(query.order_by(sources.c.next_poll, sources.c.id).limit(window)).all()
    chosen, put_off = _chosen(rows, limit, share, _in_hand(connection, now))
    if put_off:
        _put_off(connection, now, put_off, share)
    return chosen


def _in_hand(connection: Connection, now: datetime) -> Counter[tuple[str, bool]]:
    """How many of each host are lent, by whether they have proven well."""
    lent = select(sources.c.host, _well, func.count()).where(sources.c.leased_until > now)
    rows = connection.execute(lent.group_by(sources.c.host, _well))
    return Counter({(host, bool(well)): number for host, well, number in rows})


def _chosen(
    rows: Sequence[AnyRow], limit: int, share: HostShare, in_hand: Counter[tuple[str, bool]]
) -> tuple[list[int], list[tuple[int, str]]]:
    """(taken, put off with their hosts). At first no host takes more than a quarter of the claim; what room is then
    left is for whoever is due."""
    fair = max(1, limit // 4)
    taken: Counter[str] = Counter()
    chosen: list[int] = []
    later: list[int] = []
    put_off: list[tuple[int, str]] = []
    for row in rows:
        if len(chosen) >= limit:
            break
        well, ailing = in_hand[row.host, True], in_hand[row.host, False]
        if well + ailing >= share.most or (not row.proven and ailing >= share.unproven):
            put_off.append((row.id, row.host))
            continue
        in_hand[row.host, bool(row.proven)] += 1
        if taken[row.host] < fair:
            taken[row.host] += 1
            chosen.append(row.id)
        else:
            later.append(row.id)
    return [*chosen, *later[: limit - len(chosen)]], put_off


def _put_off(connection: Connection, now: datetime, put_off: Sequence[tuple[int, str]], share: HostShare) -> None:
    waiting: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    for number, host in put_off:
        rows.append({"number": number, "later": now + share.pause + waiting[host] * share.spacing})
        waiting[host] += 1
    _set_next(connection, rows)


def spread_overdue(connection: Connection, now: datetime, step: timedelta, longest: timedelta) -> int:
    """What is due and not lent comes one after the other, ``step`` apart, the whole within ``longest``."""
    query = select(sources.c.id).where(ACTIVE, free(now), sources.c.next_poll <= now)
    numbers = connection.execute(query.order_by(sources.c.next_poll, sources.c.id)).scalars().all()
    step = min(step, longest / max(len(numbers), 1))
    _set_next(connection, [{"number": number, "later": now + at * step} for at, number in enumerate(numbers)])
    return len(numbers)


def _set_next(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        statement = update(sources).where(sources.c.id == bindparam("number")).values(next_poll=bindparam("later"))
        connection.execute(statement, rows)
