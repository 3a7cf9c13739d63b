"""Sources: what config.toml lists, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from aggregator.model import Poll, Source, State, Validators
from aggregator.store.dialect import AnyRow, as_dict
from aggregator.store.schema import sources
from aggregator.urls import host_key
from feeds.selection import Selection

DEFAULT_INTERVAL = timedelta(minutes=30)
_ACTIVE = sources.c.enabled & sources.c.listed


def sync(connection: Connection, wanted: Sequence[Source], now: datetime, spread: timedelta) -> dict[str, int]:
    known = {row.slug: row for row in connection.execute(select(sources))}
    fresh = [source for source in wanted if source.slug not in known]
    step = spread / max(len(fresh), 1)
    for number, source in enumerate(fresh):
        interval = (source.interval or DEFAULT_INTERVAL).total_seconds()
        memory = {"next_poll": now + number * step, "interval": interval, "state": State.NEW}
        connection.execute(insert(sources).values(**_config(source), **memory))
    for source in wanted:
        if source.slug in known:
            _refresh(connection, known[source.slug], source, now)
    gone = known.keys() - {source.slug for source in wanted}
    if gone:
        connection.execute(update(sources).where(sources.c.slug.in_(gone)).values(listed=False))
    slugs = [source.slug for source in wanted]
    return as_dict(connection, select(sources.c.slug, sources.c.id).where(sources.c.slug.in_(slugs)))


def _config(source: Source) -> dict[str, Any]:
    return {
        "slug": source.slug,
        "url": source.url,
        "title": source.title,
        "category": source.category,
        "region": source.region,
        "language": source.language,
        "timezone": source.timezone,
        "encoding": source.encoding,
        "every": source.interval.total_seconds() if source.interval else None,
        "content": source.content,
        "include": list(source.include),
        "exclude": list(source.exclude),
        "enabled": source.enabled,
        "listed": True,
        "kind": source.kind,
        "selectors": source.select.as_dict() or None,
        "articles": source.articles,
        "host": host_key(source.url),
    }


def _refresh(connection: Connection, row: AnyRow, source: Source, now: datetime) -> None:
    values = _config(source) | {"host": host_key(row.url_now or source.url)}
    if row.url != source.url:  # another document: what vouched for the old one says nothing about it
        forget = ("etag", "last_modified", "body_hash", "url_now", "moved_to", "error", "error_kind")
        values |= dict.fromkeys(forget) | {"moved_count": 0, "failures": 0, "state": State.NEW, "next_poll": now}
        values["host"] = host_key(source.url)
    elif _read_otherwise(row, values):  # the same document says something else now
        values |= dict.fromkeys(("etag", "last_modified", "body_hash")) | {"next_poll": now}
    elif source.enabled and row.next_poll is None and row.state != State.GONE:
        values["next_poll"] = now
    if values["every"] != row.every and values["every"] is not None:
        values["interval"] = values["every"]
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        connection.execute(update(sources).where(sources.c.id == row.id).values(**changed))


def _read_otherwise(row: AnyRow, values: dict[str, Any]) -> bool:
    return any(getattr(row, name) != values[name] for name in ("kind", "selectors", "encoding"))


def listed(connection: Connection) -> list[Source]:
    rows = connection.execute(select(sources).where(sources.c.listed).order_by(sources.c.id))
    return [to_source(row) for row in rows]


def claim(
    connection: Connection,
    now: datetime,
    limit: int,
    lease: timedelta,
    owner: str,
    slugs: Sequence[str] | None,
    all_of_them: bool,
) -> list[Poll]:
    free = or_(sources.c.leased_until.is_(None), sources.c.leased_until <= now)
    query = select(sources).where(free).order_by(sources.c.next_poll, sources.c.id).limit(limit)
    if slugs is not None:
        query = query.where(sources.c.slug.in_(slugs), sources.c.listed)
    elif all_of_them:
        query = query.where(_ACTIVE)
    else:
        query = query.where(_ACTIVE, sources.c.next_poll <= now)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()  # SQLite has the whole file locked
    chosen = [row.id for row in rows]
    if chosen:
        lent = update(sources).where(sources.c.id.in_(chosen)).values(leased_until=now + lease, lease_owner=owner)
        connection.execute(lent)
    return [_to_poll(row) for row in rows]


def release(connection: Connection, owner: str) -> None:
    mine = sources.c.leased_until.is_not(None) & (sources.c.lease_owner == owner)
    connection.execute(update(sources).where(mine).values(leased_until=None, lease_owner=None))


def next_due(connection: Connection) -> datetime | None:
    waiting = select(func.min(sources.c.next_poll)).where(_ACTIVE, sources.c.leased_until.is_(None))
    leased = select(func.min(sources.c.leased_until)).where(_ACTIVE, sources.c.leased_until.is_not(None))
    times = [time for query in (waiting, leased) if (time := connection.execute(query).scalar()) is not None]
    return min(times, default=None)


def retry(connection: Connection, slug: str, now: datetime) -> bool:
    hit = _ACTIVE & (sources.c.slug == slug)
    return bool(connection.execute(update(sources).where(hit).values(next_poll=now)).rowcount)


def to_source(row: AnyRow) -> Source:
    return Source(
        id=row.id,
        slug=row.slug,
        url=row.url,
        title=row.title,
        category=row.category,
        region=row.region,
        language=row.language,
        timezone=row.timezone,
        encoding=row.encoding,
        interval=None if row.every is None else timedelta(seconds=row.every),
        content=row.content,
        enabled=row.enabled,
        include=tuple(row.include),
        exclude=tuple(row.exclude),
        kind=row.kind,
        select=Selection(**(row.selectors or {})),
        articles=row.articles,
    )


def _to_poll(row: AnyRow) -> Poll:
    return Poll(
        source=to_source(row),
        url=row.url_now or row.url,
        validators=Validators(row.etag, row.last_modified, row.body_hash),
        interval=timedelta(seconds=row.interval),
        failures=row.failures,
        last_success=row.last_success,
        moved_to=row.moved_to,
        moved_count=row.moved_count,
        profile=row.profile,
    )
