"""The record of a poll, and of many successful polls in few statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select, update

from aggregator.model import Lease, PollResult
from aggregator.runtime.priority import Priority
from aggregator.store import daily_stats, incidents
from aggregator.store.poll_results import hour_of
from aggregator.store.rows import document_key_of
from aggregator.store.schema.tables import polls, seen_entries, source_days, source_hours, sources
from aggregator.store.sql.statements import in_list, upsert

_RECORD = ("source_id", "at", "outcome", "status", "error_kind", "error", "elapsed", "entries", "skipped", "filtered")
_STATE_COLUMNS = (
    "next_poll", "next_why", "leased_until", "lease_owner", "interval", "failures", "state", "error_kind", "error",
    "last_poll", "elapsed", "moved_to", "moved_count", "last_success", "lane",
)  # fmt: skip
_VALIDATOR_COLUMNS = ("etag", "last_modified", "body_hash")
_KEPT_COLUMNS = ("profile", "feed_title", "feed_link", "feed_id")  # without a new value they stay


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=sources.c[name].type)


_SET_STATE = (
    update(sources)
    .where(sources.c.id == bindparam("source"))
    .values(
        {name: _new(name) for name in _STATE_COLUMNS} | {"profile": func.coalesce(_new("profile"), sources.c.profile)}
    )
)
_SET_READ = _SET_STATE.values(
    {name: _new(name) for name in _VALIDATOR_COLUMNS}
    | {name: func.coalesce(_new(name), sources.c[name]) for name in _KEPT_COLUMNS}
)
_KEYS_BY_IDS = (
    select(
        *(sources.c[name] for name in ("id", "url", "kind", "encoding", "selectors", "include", "exclude")),
        *(sources.c[name] for name in ("advertorial", "request", "lease_owner", "leased_until")),
    )
    .where(in_list(sources.c.id, "ids"))
    .order_by(sources.c.id)
    .with_for_update()
)


def check_sources(connection: Connection, results: Sequence[PollResult]) -> tuple[set[int], set[int]]:
    """Return the sources whose URL or reading rules the config has changed since their poll was claimed, and those
    whose lease was lost. The leases of the others are held until the transaction ends.
    """
    keys = {result.source_id: result.document_key for result in results if result.document_key is not None}
    leases = {result.source_id: result.lease for result in results if result.lease is not None}
    rows = connection.execute(_KEYS_BY_IDS, {"ids": [*{*keys, *leases}]}).all()
    held = {row.id: Lease(row.lease_owner, row.leased_until) for row in rows}
    outdated = {row.id for row in rows if row.id in keys and document_key_of(row) != keys[row.id]}
    return outdated, {source_id for source_id, lease in leases.items() if held.get(source_id) != lease}


def record_successes(connection: Connection, results: Sequence[PollResult]) -> None:
    """Write the records of successful polls, the new states of their sources and the counts, and release the leases.

    ``results`` have validators if a document was read.
    """
    unread = [_state_parameters(result) for result in results if result.validators is None]
    read = [_state_parameters(result) | _read_parameters(result) for result in results if result.validators is not None]
    for statement, parameters in ((_SET_STATE, unread), (_SET_READ, read)):
        if parameters:
            connection.execute(statement, parameters)
    store_seen_entries(connection, results)
    insert_records(connection, results)
    hours = [
        {"source_id": result.source_id, "hour": hour_of(result.at), "polls": 1, "failures": 0} for result in results
    ]
    connection.execute(upsert(connection, source_hours, "source_id hour", increment="polls failures"), hours)
    days = [
        {
            "source_id": result.source_id,
            "day": daily_stats.day_of(result.at),
            "polls": 1,
            "not_modified": int(result.status == 304),
            "failures": 0,
            "elapsed": result.elapsed,
        }
        for result in results
    ]
    count_in_days = upsert(connection, source_days, "source_id day", increment="polls not_modified failures elapsed")
    connection.execute(count_in_days, days)
    totals = Counter[str]()
    for result in results:
        totals[f"visits.{result.outcome}"] += 1
        totals["visits.ms"] += round(result.elapsed * 1000)
    daily_stats.add_to_counters(connection, totals)
    incidents.close_source_incidents(connection, [result.source_id for result in results], results[-1].at)


def store_seen_entries(connection: Connection, results: Sequence[PollResult]) -> None:
    """Store the entries of the documents that were read."""
    rows = [
        {"source_id": result.source_id, "packed": result.seen_entries}
        for result in results
        if result.seen_entries is not None
    ]
    if rows:
        connection.execute(upsert(connection, seen_entries, "source_id", replace="packed"), rows)


def state_columns(result: PollResult) -> dict[str, Any]:
    """Return the columns of the source that every poll sets."""
    return {
        "next_poll": result.next_poll,
        "next_why": result.why,
        "leased_until": None,
        "lease_owner": None,
        "interval": result.interval.total_seconds(),
        "failures": result.failures,
        "lane": int(Priority.FAILING if result.failures else Priority.HEALTHY),
        "state": result.state,
        "error_kind": result.error_kind,
        "error": result.error,
        "last_poll": result.at,
        "elapsed": result.elapsed,
        "moved_to": result.moved_to,
        "moved_count": result.moved_count,
    }


def insert_records(connection: Connection, results: Sequence[PollResult]) -> None:
    """Insert the record of each poll."""
    connection.execute(insert(polls), [{name: getattr(result, name) for name in _RECORD} for result in results])


def _state_parameters(result: PollResult) -> dict[str, Any]:
    values = {**state_columns(result), "last_success": result.at, "profile": result.profile}
    return {"source": result.source_id, **{f"new_{name}": value for name, value in values.items()}}


def _read_parameters(result: PollResult) -> dict[str, Any]:
    assert result.validators is not None
    validators = {f"new_{name}": getattr(result.validators, name) for name in _VALIDATOR_COLUMNS}
    return validators | {f"new_{name}": getattr(result, name) for name in _KEPT_COLUMNS}
