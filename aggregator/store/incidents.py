"""What an admin is told of: sources that proved to be ill, and what ails the service itself.

A trouble is noted once and ended once; the feed that tells of both is made stale in the same transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from aggregator.messages import TEXT, Message
from aggregator.model import PollResult, SourceState
from aggregator.model.health import IncidentSubject
from aggregator.store import rendered_feeds
from aggregator.store.schema.tables import sources, troubles
from aggregator.store.sql.dialect import key_value_dict

MIN_FAILURES = 3  # failures in a row: most hiccups are over by then
LISTING_KEY = "status"  # of the feed
KEEP_FOR = timedelta(days=90)
LONGEST = 2000  # characters of a text in the detail

IS_OPEN = troubles.c.ended.is_(None)


def update_source_incident(connection: Connection, result: PollResult) -> None:
    """Note that a source has proved to be ill, or is well again; called when its memory has been written."""
    mine = IS_OPEN & (troubles.c.source_id == result.source_id)
    if result.outcome in ("changed", "unchanged"):
        _end(connection, mine, result.at)
        return
    state = connection.execute(select(sources.c.state).where(sources.c.id == result.source_id)).scalar()
    proven = result.failures >= MIN_FAILURES or state == SourceState.GONE
    if proven and connection.execute(select(troubles.c.id).where(mine)).first() is None:
        detail = result.error or TEXT(text="")
        record_incident(connection, "source", result.at, result.error_kind, detail, result.source_id, result.failures)


def close_incident(connection: Connection, subject: IncidentSubject, now: datetime) -> None:
    """It is well again."""
    _end(connection, IS_OPEN & (troubles.c.subject == subject), now)


def record_incident(
    connection: Connection,
    subject: IncidentSubject,
    began: datetime,
    kind: str | None,
    detail: Message,
    source_id: int | None = None,
    failures: int = 0,
) -> None:
    values = {"subject": subject, "source_id": source_id, "kind": kind, "detail": detail.map_text(_clipped)}
    connection.execute(insert(troubles).values(**values, failures=failures, began=began))
    rendered_feeds.mark_stale(connection, {LISTING_KEY})


def _clipped(text: str) -> str:
    return text[:LONGEST]


def _end(connection: Connection, which: object, now: datetime) -> None:
    if connection.execute(update(troubles).where(which).values(ended=now)).rowcount:  # type: ignore[arg-type]
        rendered_feeds.mark_stale(connection, {LISTING_KEY})


def count_open(connection: Connection) -> dict[str, int]:
    """What lasts, by subject; sources that were switched off are not counted."""
    there = or_(troubles.c.source_id.is_(None), sources.c.enabled & sources.c.listed)
    query = select(troubles.c.subject, func.count()).outerjoin(sources, sources.c.id == troubles.c.source_id)
    return key_value_dict(connection, query.where(IS_OPEN, there).group_by(troubles.c.subject))


def prune(connection: Connection, now: datetime) -> None:
    connection.execute(delete(troubles).where(troubles.c.ended < now - KEEP_FOR))
