"""Incidents: failing sources, and failures of the service itself.

Opening and closing an incident marks the incident feed stale in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from aggregator.messages import TEXT, Message
from aggregator.model import PollResult, SourceState
from aggregator.model.health import IncidentSubject
from aggregator.store import rendered_feeds
from aggregator.store.schema.tables import sources, troubles
from aggregator.store.sql.dialect import key_value_dict
from aggregator.store.sql.statements import in_list

MIN_FAILURES = 3  # failures in a row before an incident is opened; most failures end earlier
LISTING_KEY = "status"  # of the incident feed
KEEP_FOR = timedelta(days=90)
LONGEST = 2000  # characters of a text in the detail

IS_OPEN = troubles.c.ended.is_(None)
_END_OF_SOURCES = (
    update(troubles)
    .where(IS_OPEN, in_list(troubles.c.source_id, "ids"))
    .values(ended=bindparam("now", type_=troubles.c.ended.type))
)


def update_source_incident(connection: Connection, result: PollResult) -> None:
    """Open or close the incident of a source after a poll; called when the source's new state has been written."""
    open_of_source = IS_OPEN & (troubles.c.source_id == result.source_id)
    if result.outcome in ("changed", "unchanged"):
        _end(connection, open_of_source, result.at)
        return
    state = connection.execute(select(sources.c.state).where(sources.c.id == result.source_id)).scalar()
    proven = result.failures >= MIN_FAILURES or state == SourceState.GONE
    if proven and connection.execute(select(troubles.c.id).where(open_of_source)).first() is None:
        detail = result.error or TEXT(text="")
        record_incident(connection, "source", result.at, detail, result)


def close_source_incidents(connection: Connection, source_ids: Sequence[int], now: datetime) -> None:
    """Close the open incidents of sources that responded."""
    if connection.execute(_END_OF_SOURCES, {"ids": source_ids, "now": now}).rowcount:
        rendered_feeds.mark_stale(connection, {LISTING_KEY})


def close_incident(connection: Connection, subject: IncidentSubject, now: datetime) -> None:
    """Close the open incident of this subject, if there is one."""
    _end(connection, IS_OPEN & (troubles.c.subject == subject), now)


def record_incident(
    connection: Connection,
    subject: IncidentSubject,
    began: datetime,
    detail: Message,
    poll: PollResult | None = None,
) -> None:
    """Insert an open incident; ``poll`` is the failed poll that caused it, if any."""
    kind, source_id, failures = (poll.error_kind, poll.source_id, poll.failures) if poll else (None, None, 0)
    values = {"subject": subject, "source_id": source_id, "kind": kind, "detail": detail.map_text(_clipped)}
    connection.execute(insert(troubles).values(**values, failures=failures, began=began))
    rendered_feeds.mark_stale(connection, {LISTING_KEY})


def _clipped(text: str) -> str:
    return text[:LONGEST]


def _end(connection: Connection, which: object, now: datetime) -> None:
    if connection.execute(update(troubles).where(which).values(ended=now)).rowcount:  # type: ignore[arg-type]
        rendered_feeds.mark_stale(connection, {LISTING_KEY})


def count_open(connection: Connection) -> dict[str, int]:
    """Return subject -> number of open incidents; disabled sources are not counted."""
    is_active = or_(troubles.c.source_id.is_(None), sources.c.enabled & sources.c.listed)
    query = select(troubles.c.subject, func.count()).outerjoin(sources, sources.c.id == troubles.c.source_id)
    return key_value_dict(connection, query.where(IS_OPEN, is_active).group_by(troubles.c.subject))


def prune(connection: Connection, now: datetime) -> None:
    """Delete incidents closed more than KEEP_FOR ago."""
    connection.execute(delete(troubles).where(troubles.c.ended < now - KEEP_FOR))
