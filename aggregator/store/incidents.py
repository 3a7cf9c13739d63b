"""What an admin is told of: sources that proved to be ill, and what ails the service itself.

A trouble is noted once and ended once; the feed that tells of both is made stale in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, update

from aggregator.messages import TEXT, Message
from aggregator.model import PollResult, State
from aggregator.model.health import Trouble, TroubleSubject
from aggregator.store import rendered_feeds
from aggregator.store.schema.tables import sources, troubles
from aggregator.store.sql.dialect import AnyRow, as_dict

PROVEN = 3  # failures in a row: most hiccups are over by then
LISTING = "status"  # of the feed
KEPT = timedelta(days=90)
LONGEST = 2000  # characters of a text in the detail

_LASTS = troubles.c.ended.is_(None)


def judge(connection: Connection, result: PollResult) -> None:
    """Note that a source has proved to be ill, or is well again; called when its memory has been written."""
    mine = _LASTS & (troubles.c.source_id == result.source_id)
    if result.outcome in ("changed", "unchanged"):
        _end(connection, mine, result.at)
        return
    state = connection.execute(select(sources.c.state).where(sources.c.id == result.source_id)).scalar()
    proven = result.failures >= PROVEN or state == State.GONE
    if proven and connection.execute(select(troubles.c.id).where(mine)).first() is None:
        detail = result.error or TEXT(text="")
        _note(connection, "source", result.at, result.error_kind, detail, result.source_id, result.failures)


def note(connection: Connection, subject: TroubleSubject, detail: Message, began: datetime) -> None:
    """Something of the service itself is wrong. Said again with other words it is another trouble."""
    found = connection.execute(select(troubles.c.detail).where(_LASTS, troubles.c.subject == subject)).scalar()
    if found == detail:
        return
    end(connection, subject, began)
    _note(connection, subject, began, None, detail)


def end(connection: Connection, subject: TroubleSubject, now: datetime) -> None:
    """It is well again."""
    _end(connection, _LASTS & (troubles.c.subject == subject), now)


def _note(
    connection: Connection,
    subject: TroubleSubject,
    began: datetime,
    kind: str | None,
    detail: Message,
    source_id: int | None = None,
    failures: int = 0,
) -> None:
    values = {"subject": subject, "source_id": source_id, "kind": kind, "detail": detail.map_text(_clipped)}
    connection.execute(insert(troubles).values(**values, failures=failures, began=began))
    rendered_feeds.mark_stale(connection, {LISTING})


def _clipped(text: str) -> str:
    return text[:LONGEST]


def _end(connection: Connection, which: object, now: datetime) -> None:
    if connection.execute(update(troubles).where(which).values(ended=now)).rowcount:  # type: ignore[arg-type]
        rendered_feeds.mark_stale(connection, {LISTING})


def latest(connection: Connection, limit: int) -> list[Trouble]:
    """Those that began or ended last, in no order."""
    began = connection.execute(_select().order_by(troubles.c.began.desc(), troubles.c.id.desc()).limit(limit))
    ended = connection.execute(
        _select()
        .where(troubles.c.ended.is_not(None))
        .order_by(troubles.c.ended.desc(), troubles.c.id.desc())
        .limit(limit)
    )
    found: dict[int, Trouble] = {row.id: _trouble(row) for row in (*began, *ended)}
    return list(found.values())


def lasting(connection: Connection, subjects: Sequence[TroubleSubject]) -> list[Trouble]:
    """What is wrong now."""
    query = _select().where(_LASTS, troubles.c.subject.in_(subjects)).order_by(troubles.c.began)
    return [_trouble(row) for row in connection.execute(query)]


def counts(connection: Connection) -> dict[str, int]:
    """What lasts, by subject; sources that were switched off are not counted."""
    there = or_(troubles.c.source_id.is_(None), sources.c.enabled & sources.c.listed)
    query = select(troubles.c.subject, func.count()).outerjoin(sources, sources.c.id == troubles.c.source_id)
    return as_dict(connection, query.where(_LASTS, there).group_by(troubles.c.subject))


def prune(connection: Connection, now: datetime) -> None:
    connection.execute(delete(troubles).where(troubles.c.ended < now - KEPT))


def _select() -> Select[tuple[object, ...]]:
    columns = (sources.c.slug, sources.c.title, sources.c.feed_title)
    return select(troubles, *columns).outerjoin(sources, sources.c.id == troubles.c.source_id)


def _trouble(row: AnyRow) -> Trouble:
    title = row.title or row.feed_title or row.slug
    return Trouble(row.id, row.subject, row.kind, row.detail, row.failures, row.began, row.ended, row.slug, title)
