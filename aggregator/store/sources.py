"""Sources: what config.toml lists, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from aggregator.model import HostQuota, Poll, Source, Validators
from aggregator.store import claims
from aggregator.store.rows import to_source
from aggregator.store.schema.tables import sources
from aggregator.store.sql.dialect import AnyRow
from aggregator.store.sql.statements import in_batches
from aggregator.store.websub_subscriptions import covered_by_push


def listed_sources(connection: Connection) -> list[Source]:
    rows = connection.execute(select(sources).where(sources.c.listed).order_by(sources.c.id))
    return [to_source(row) for row in rows]


def claim_polls(
    connection: Connection,
    now: datetime,
    limit: int,
    lease: timedelta,
    owner: str,
    slugs: Sequence[str] | None,
    all_sources: bool,
    quota: HostQuota | None,
) -> list[Poll]:
    query = select(sources).where(claims.not_leased(now)).order_by(sources.c.next_poll, sources.c.id).limit(limit)
    if slugs is not None:
        query = query.where(sources.c.slug.in_(slugs), sources.c.listed)
    elif all_sources:
        query = query.where(claims.ACTIVE)
    elif quota is not None:
        query = query.where(sources.c.id.in_(claims.claim_due(connection, now, limit, quota)))
    else:
        query = query.where(claims.ACTIVE, sources.c.next_poll <= now)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()  # SQLite has the whole file locked
    pushed: set[int] = set()
    for batch in in_batches([row.id for row in rows]):
        lent = update(sources).where(sources.c.id.in_(batch)).values(leased_until=now + lease, lease_owner=owner)
        connection.execute(lent)
        pushed |= covered_by_push(connection, batch, now)
    return [_to_poll(row, row.id in pushed) for row in rows]


def release_leases(connection: Connection, owner: str) -> None:
    mine = sources.c.leased_until.is_not(None) & (sources.c.lease_owner == owner)
    connection.execute(update(sources).where(mine).values(leased_until=None, lease_owner=None))


def lease_owners(connection: Connection, prefix: str) -> list[str]:
    """Who holds leases, of those whose name begins so."""
    held = sources.c.leased_until.is_not(None) & sources.c.lease_owner.startswith(prefix, autoescape=True)
    return list(connection.scalars(select(sources.c.lease_owner).where(held).distinct()))


def release_claims(connection: Connection, owner: str, numbers: Sequence[int]) -> None:
    for batch in in_batches(numbers):
        mine = sources.c.id.in_(batch) & (sources.c.lease_owner == owner)
        connection.execute(update(sources).where(mine).values(leased_until=None, lease_owner=None))


def next_due(connection: Connection) -> datetime | None:
    waiting = select(func.min(sources.c.next_poll)).where(claims.ACTIVE, sources.c.leased_until.is_(None))
    leased = select(func.min(sources.c.leased_until)).where(claims.ACTIVE, sources.c.leased_until.is_not(None))
    times = [time for query in (waiting, leased) if (time := connection.execute(query).scalar()) is not None]
    return min(times, default=None)


def poll_now(connection: Connection, slug: str, now: datetime) -> bool:
    hit = claims.ACTIVE & (sources.c.slug == slug)
    return bool(connection.execute(update(sources).where(hit).values(next_poll=now)).rowcount)


def _to_poll(row: AnyRow, pushed: bool) -> Poll:
    return Poll(
        source=to_source(row),
        url=row.url_now or row.url,
        validators=Validators(row.etag, row.last_modified, row.body_hash),
        interval=timedelta(seconds=row.interval),
        failures=row.failures,
        last_success=row.last_success,
        moved_to=row.moved_to,
        moved_count=row.moved_count,
        covered_by_push=pushed,
        profile=row.profile,
    )
