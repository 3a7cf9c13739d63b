"""What one visit to a source leaves behind: its memory, its record, its numbers by the hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, insert, or_, select, update

from aggregator.fetching.urls import host_key
from aggregator.model import PollResult, SourceState
from aggregator.store import daily_stats, incidents
from aggregator.store.rows import to_source
from aggregator.store.schema.tables import polls, seen_entries, source_hours, sources
from aggregator.store.sql.statements import upsert

MAX_MOVED_FAILURES = 3  # failures in a row after which an address that a source moved to is given up
CONFIRMED_AFTER = 3  # a permanent redirect seen so often in a row is believed: from then on we go straight there


def record_poll_result(connection: Connection, result: PollResult) -> None:
    if _is_outdated(connection, result):
        _release_lease(connection, result)
        return
    memory = _state_columns(result)
    succeeded = result.outcome in ("changed", "unchanged")
    if succeeded:
        memory["last_success"] = result.at
    if result.profile is not None:
        memory["profile"] = result.profile
    if result.validators is not None:
        memory["etag"] = result.validators.etag
        memory["last_modified"] = result.validators.last_modified
        memory["body_hash"] = result.validators.body_hash
    memory |= {
        name: value for name in ("feed_title", "feed_link", "feed_id") if (value := getattr(result, name)) is not None
    }
    if result.moved_to is not None and result.moved_count >= CONFIRMED_AFTER:
        memory |= {"url_now": result.moved_to, "host": host_key(result.moved_to), "moved_count": 0}
    connection.execute(update(sources).where(sources.c.id == result.source_id).values(**memory))
    if not succeeded and (result.failures >= MAX_MOVED_FAILURES or result.outcome == "gone"):
        _restore_configured_url(connection, result)
    if result.seen_entries is not None:
        store_seen_entries(connection, result.source_id, result.seen_entries)
    _record_poll(connection, result)
    count_in_hour(connection, result.source_id, result.at, polls=1, failures=0 if succeeded else 1)
    daily_stats.count_poll(connection, result)
    incidents.update_source_incident(connection, result)


def _restore_configured_url(connection: Connection, result: PollResult) -> None:
    """Where the address that a source moved to is dead, the one in the config is asked again. Should it still lead to
    the dead one, the visits go on through it."""
    moved = (sources.c.id == result.source_id) & sources.c.url_now.is_not(None)
    home = connection.execute(select(sources.c.url).where(moved)).scalar()
    if home is None:
        return
    memory: dict[str, Any] = {"url_now": None, "host": host_key(home), "moved_to": None, "moved_count": 0}
    memory |= {"etag": None, "last_modified": None}  # they vouched for what the other address sent
    if result.outcome == "gone":
        memory |= {"state": SourceState.FAILING, "next_poll": result.at + result.interval}
    connection.execute(update(sources).where(moved).values(**memory))


def _is_outdated(connection: Connection, result: PollResult) -> bool:
    """Has the config given the source another address, or other rules, while the visit went on?"""
    if result.document_key is None:
        return False
    row = connection.execute(select(sources).where(sources.c.id == result.source_id)).one()
    return to_source(row).document_key != result.document_key


def _release_lease(connection: Connection, result: PollResult) -> None:
    """What such a visit learnt says nothing about the next one."""
    free = {"leased_until": None, "lease_owner": None}
    connection.execute(update(sources).where(sources.c.id == result.source_id).values(**free))
    _record_poll(connection, result)


def store_seen_entries(connection: Connection, source_id: int, seen: bytes) -> None:
    statement = upsert(connection, seen_entries, "source_id", replace="packed")
    connection.execute(statement, {"source_id": source_id, "packed": seen})


def _state_columns(result: PollResult) -> dict[str, Any]:
    return {
        "next_poll": result.next_poll,
        "next_why": result.why,
        "leased_until": None,
        "lease_owner": None,
        "interval": result.interval.total_seconds(),
        "failures": result.failures,
        "state": result.state,
        "error_kind": result.error_kind,
        "error": result.error,
        "last_poll": result.at,
        "elapsed": result.elapsed,
        "moved_to": result.moved_to,
        "moved_count": result.moved_count,
    }


def _record_poll(connection: Connection, result: PollResult) -> None:
    names = ("source_id", "at", "outcome", "status", "error_kind", "error", "elapsed", "entries", "skipped", "filtered")
    connection.execute(insert(polls), {name: getattr(result, name) for name in names})


def hour_of(time: datetime) -> int:
    return int(time.timestamp()) // 3600


def count_in_hour(connection: Connection, source_id: int, at: datetime, **numbers: int) -> None:
    """Add to the source's numbers of this hour: item_count, polls, failures."""
    statement = upsert(connection, source_hours, "source_id hour", increment=" ".join(numbers))
    connection.execute(statement, {"source_id": source_id, "hour": hour_of(at), **numbers})


_OLDER = or_(sources.c.newest.is_(None), sources.c.newest < bindparam("last"))
_NEW_ITEMS = (
    update(sources)
    .where(sources.c.id == bindparam("source"))
    .values(
        item_count=sources.c.item_count + bindparam("number"),
        newest=case((_OLDER, bindparam("last")), else_=sources.c.newest),
    )
)


def count_items(connection: Connection, source_id: int, at: datetime, number: int, newest: datetime) -> None:
    connection.execute(_NEW_ITEMS, {"source": source_id, "number": number, "last": newest})
    count_in_hour(connection, source_id, at, item_count=number)
    daily_stats.count_items(connection, source_id, at, number)


def total_items(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.sum(sources.c.item_count), 0))).scalar_one())
