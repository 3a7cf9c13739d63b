"""Choice of the due sources that a worker may poll: most overdue first, limited for each host.

Due sources are found by the index of ``next_poll``, so the cost depends on the rows read and not on the size of the
table. Due sources of a host at its limit are postponed a little, one after the other: this frees the front of the queue
for other hosts and spreads the host's polls evenly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, or_, select, update

from aggregator.model import HostQuota
from aggregator.store.schema.tables import sources
from aggregator.store.sql import dialect
from aggregator.store.sql.dialect import AnyRow

ACTIVE = sources.c.enabled & sources.c.listed
MIN_SCANNED = 600  # due sources that a claim chooses from at least
_SCANNED_PER_CLAIM = 8  # and for each source it may choose

_is_proven = case(((sources.c.failures == 0) & sources.c.last_success.is_not(None), 1), else_=0).label("proven")


def not_leased(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a source is not leased, or its lease has expired."""
    return or_(sources.c.leased_until.is_(None), sources.c.leased_until <= now)


def claim_due(connection: Connection, now: datetime, limit: int, quota: HostQuota) -> list[int]:
    """Return the ids of up to ``limit`` due sources, to be leased in the same transaction.

    On PostgreSQL workers choose one after the other, so that the quota holds for all of them together.
    """
    dialect.lock_claims(connection)
    query = select(sources.c.id, sources.c.host, _is_proven).where(ACTIVE, not_leased(now), sources.c.next_poll <= now)
    window = max(MIN_SCANNED, _SCANNED_PER_CLAIM * limit)
    rows = connection.execute(query.order_by(sources.c.next_poll, sources.c.id).limit(window)).all()
    chosen, put_off = _choose(rows, limit, quota, _leased_by_host(connection, now))
    if put_off:
        _postpone(connection, now, put_off, quota)
    return chosen


def _leased_by_host(connection: Connection, now: datetime) -> Counter[tuple[str, bool]]:
    """Return (host, healthy) -> number of leased sources."""
    query = select(sources.c.host, _is_proven, func.count()).where(sources.c.leased_until > now)
    rows = connection.execute(query.group_by(sources.c.host, _is_proven))
    return Counter({(host, bool(healthy)): count for host, healthy, count in rows})


def _choose(
    rows: Sequence[AnyRow], limit: int, quota: HostQuota, leased: Counter[tuple[str, bool]]
) -> tuple[list[int], list[tuple[int, str]]]:
    """Return (chosen ids, (id, host) of postponed ones).

    First each host gets at most a quarter of the claim; the remaining places go to any due source.
    """
    host_limit = max(1, limit // 4)
    claimed: Counter[str] = Counter()
    chosen: list[int] = []
    over_limit: list[int] = []
    put_off: list[tuple[int, str]] = []
    for row in rows:
        if len(chosen) >= limit:
            break
        healthy_leased, failing_leased = leased[row.host, True], leased[row.host, False]
        if healthy_leased + failing_leased >= quota.max_leased or (
            not row.proven and failing_leased >= quota.max_leased_unproven
        ):
            put_off.append((row.id, row.host))
            continue
        leased[row.host, bool(row.proven)] += 1
        if claimed[row.host] < host_limit:
            claimed[row.host] += 1
            chosen.append(row.id)
        else:
            over_limit.append(row.id)
    return [*chosen, *over_limit[: limit - len(chosen)]], put_off


def _postpone(connection: Connection, now: datetime, postponed: Sequence[tuple[int, str]], quota: HostQuota) -> None:
    postponed_of_host: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    for source_id, host in postponed:
        rows.append({"number": source_id, "later": now + quota.pause + postponed_of_host[host] * quota.spacing})
        postponed_of_host[host] += 1
    set_next_polls(connection, rows)


def set_next_polls(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Set ``next_poll`` of each source ``number`` to ``later``."""
    if rows:
        statement = update(sources).where(sources.c.id == bindparam("number")).values(next_poll=bindparam("later"))
        connection.execute(statement, rows)
