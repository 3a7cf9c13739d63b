"""Store API: sources, claims of due polls, and poll results."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from aggregator.fetching.urls import host_key
from aggregator.model import (
    Claim,
    ClaimRoom,
    HostQuota,
    Lease,
    Poll,
    PollResult,
    PollSelection,
    Source,
    SourceState,
    SubscriptionState,
    Validators,
)
from aggregator.model.filters import FilteredEntry
from aggregator.store import claims, daily_stats, incidents, leases, poll_records
from aggregator.store.api.connection import ConnectionMixin, WriterMixin
from aggregator.store.claims import ACTIVE, not_leased, set_next_polls
from aggregator.store.poll_results import count_in_hour
from aggregator.store.rows import to_source
from aggregator.store.schema.tables import kept_out, sources, subscriptions
from aggregator.store.sql.dialect import AnyRow, insert_for, key_value_dict, storable
from aggregator.store.sql.statements import in_batches

LONGEST = 500  # characters of a rule or of its match
MAX_MOVED_FAILURES = 3  # failures in a row after which a new URL that the source moved to is given up
CONFIRMED_AFTER = 3  # permanent redirects seen in a row before the new URL is used directly
_DUE = PollSelection()


class PollsApi(ConnectionMixin):
    """Claim polls and release leases."""

    def sources(self) -> list[Source]:
        """Return the sources listed in the config."""
        with self._read_transaction() as connection:
            rows = connection.execute(select(sources).where(sources.c.listed).order_by(sources.c.id))
            return [to_source(row) for row in rows]

    def slug_by_id(self) -> dict[int, str]:
        """Return id -> slug of the sources listed in the config."""
        with self._read_transaction() as connection:
            return key_value_dict(connection, select(sources.c.id, sources.c.slug).where(sources.c.listed))

    def claim_polls(
        self,
        now: datetime,
        limit: int,
        lease: timedelta,
        owner: str,
        selection: PollSelection = _DUE,
    ) -> list[Poll]:
        """Lease up to ``limit`` selected sources for polling, most overdue first, whatever their hosts.

        An expired lease is claimed again. PostgreSQL: FOR UPDATE SKIP LOCKED.
        """
        with self._write_transaction(exclusive=False) as connection:
            query = (
                select(sources).where(claims.not_leased(now)).order_by(sources.c.next_poll, sources.c.id).limit(limit)
            )
            if selection.slugs is not None:
                query = query.where(sources.c.slug.in_(selection.slugs), sources.c.listed)
            elif selection.all_sources:
                query = query.where(claims.ACTIVE)
            else:
                query = query.where(claims.ACTIVE, sources.c.next_poll <= now)
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()  # SQLite locks the whole file
            return _lease(connection, rows, now, lease, owner)

    def claim_due(self, now: datetime, room: ClaimRoom, quota: HostQuota, lease: timedelta, owner: str) -> Claim:
        """Lease due sources that a worker can poll at once, those that have waited longest first.

        The quota of a host holds for all workers together. Sources beyond it wait in a queue of their host.
        """
        with self._read_transaction() as connection:
            if not claims.any_waits(connection, now):
                return Claim((), others_wait=False)
        with self._write_transaction(exclusive=False) as connection:
            source_ids, others_wait = claims.claim_due(connection, now, room, quota)
            if not source_ids:
                return Claim((), others_wait)
            query = select(sources).where(sources.c.id.in_(source_ids), claims.not_leased(now))
            rows = connection.execute(query.order_by(sources.c.next_poll).with_for_update(skip_locked=True)).all()
            return Claim(_lease(connection, rows, now, lease, owner), others_wait)

    def spread_overdue(self, now: datetime, step: timedelta, longest: timedelta) -> int:
        """Spread overdue polls ``step`` apart, all within ``longest``; used at the start after a long pause. Returns
        their number.

        Sources that wait in the queue of their host keep their place there.
        """
        with self._write_transaction(exclusive=False) as connection:
            is_overdue = (sources.c.next_poll <= now) & sources.c.host_queue.is_(None)
            query = select(sources.c.id).where(ACTIVE, not_leased(now), is_overdue)
            source_ids = connection.execute(query.order_by(sources.c.next_poll, sources.c.id)).scalars().all()
            step = min(step, longest / max(len(source_ids), 1))
            set_next_polls(
                connection,
                [
                    {"number": source_id, "later": now + position * step}
                    for position, source_id in enumerate(source_ids)
                ],
            )
            return len(source_ids)

    def release_leases(self, owner: str) -> None:
        """Release every lease of this owner."""
        with self._write_transaction(exclusive=False) as connection:
            is_owned = sources.c.leased_until.is_not(None) & (sources.c.lease_owner == owner)
            connection.execute(update(sources).where(is_owned).values(leased_until=None, lease_owner=None))

    def lease_owners(self, prefix: str) -> list[str]:
        """Return the owners of leases whose name has this prefix."""
        with self._read_transaction() as connection:
            is_leased = sources.c.leased_until.is_not(None) & sources.c.lease_owner.startswith(prefix, autoescape=True)
            return list(connection.scalars(select(sources.c.lease_owner).where(is_leased).distinct()))

    def release_claims(self, owner: str, source_ids: Sequence[int]) -> None:
        """Release the leases of sources that were claimed but not polled."""
        with self._write_transaction(exclusive=False) as connection:
            for batch in in_batches(source_ids):
                is_owned = sources.c.id.in_(batch) & (sources.c.lease_owner == owner)
                connection.execute(update(sources).where(is_owned).values(leased_until=None, lease_owner=None))

    def recall_polls(self, now: datetime, latest: datetime) -> int:
        """Make the sources due whose next poll is after ``latest``. Returns their number."""
        with self._write_transaction(exclusive=False) as connection:
            is_far = sources.c.next_poll > latest
            return connection.execute(update(sources).where(is_far).values(next_poll=now)).rowcount

    def next_due(self) -> datetime | None:
        """Return the time of the next poll or end of a lease; None if there is none."""
        with self._read_transaction() as connection:
            first_poll = select(func.min(sources.c.next_poll)).where(claims.ACTIVE, sources.c.leased_until.is_(None))
            first_expiry = select(func.min(sources.c.leased_until)).where(
                claims.ACTIVE, sources.c.leased_until.is_not(None)
            )
            times = [
                time for query in (first_poll, first_expiry) if (time := connection.execute(query).scalar()) is not None
            ]
            return min(times, default=None)

    def poll_now(self, slug: str, now: datetime) -> bool:
        """Make an enabled source due now; returns False if there is none of this slug."""
        with self._write_transaction(exclusive=False) as connection:
            is_active = claims.ACTIVE & (sources.c.slug == slug)
            return bool(connection.execute(update(sources).where(is_active).values(next_poll=now)).rowcount)


class PollWriter(WriterMixin):
    """Write poll results within a write transaction."""

    def record_poll_result(self, result: PollResult) -> None:
        """Write the poll's record, the new state of the source and the hourly counts, and release the lease.

        A permanent redirect (RFC 9110 15.4) seen CONFIRMED_AFTER times in a row replaces the URL. If the config changed
        the source during the poll, only the record is written; if the lease was lost, nothing.
        """
        outdated, lost = poll_records.check_sources(self._connection, [result])
        if lost:
            return
        if outdated:
            _release_lease(self._connection, result)
            return
        columns = poll_records.state_columns(result)
        succeeded = result.outcome in ("changed", "unchanged")
        if succeeded:
            columns["last_success"] = result.at
        if result.profile is not None:
            columns["profile"] = result.profile
        if result.validators is not None:
            columns["etag"] = result.validators.etag
            columns["last_modified"] = result.validators.last_modified
            columns["body_hash"] = result.validators.body_hash
        columns |= {
            name: value
            for name in ("feed_title", "feed_link", "feed_id")
            if (value := getattr(result, name)) is not None
        }
        if result.moved_to is not None and result.moved_count >= CONFIRMED_AFTER:
            columns |= {"url_now": result.moved_to, "host": host_key(result.moved_to), "moved_count": 0}
        self._connection.execute(update(sources).where(sources.c.id == result.source_id).values(**columns))
        if not succeeded and (result.failures >= MAX_MOVED_FAILURES or result.outcome == "gone"):
            _restore_configured_url(self._connection, result)
        poll_records.store_seen_entries(self._connection, [result])
        poll_records.insert_records(self._connection, [result])
        count_in_hour(self._connection, result.source_id, result.at, polls=1, failures=0 if succeeded else 1)
        daily_stats.count_poll(self._connection, result)
        incidents.update_source_incident(self._connection, result)

    def record_poll_results(self, results: Sequence[PollResult]) -> None:
        """``record_poll_result`` for polls of different sources, together as far as they succeeded."""
        outdated, lost = poll_records.check_sources(self._connection, results)
        together = []
        for result in results:
            succeeded = result.outcome in ("changed", "unchanged") and result.moved_count < CONFIRMED_AFTER
            if result.source_id in lost:
                continue
            if succeeded and result.source_id not in outdated:
                together.append(result)
            else:
                self.record_poll_result(result)
        if together:
            poll_records.record_successes(self._connection, together)

    def record_filtered_entries(self, source_id: int, entries: Sequence[FilteredEntry], now: datetime) -> None:
        """Record entries that were filtered out, one row each, until the entry is stored after all."""
        rows = {
            entry.uid: {
                "source_id": source_id,
                "uid": entry.uid,
                "title": storable(entry.title),
                "url": storable(entry.url),
                "rule": entry.reason.rule,
                "evidence": entry.reason.evidence.map_text(_clipped),
                "at": now,
            }
            for entry in entries
        }
        if not rows:
            return
        statement = insert_for(self._connection, kept_out)
        new_values = {name: statement.excluded[name] for name in ("title", "url", "rule", "evidence")}
        upsert_statement = statement.on_conflict_do_update(index_elements=["source_id", "uid"], set_=new_values)
        self._connection.execute(upsert_statement, list(rows.values()))


def _clipped(text: str) -> str:
    return text[:LONGEST]


def _restore_configured_url(connection: Connection, result: PollResult) -> None:
    """Return to the configured URL because the one that the source moved to has failed.

    If the configured URL still redirects there, polls follow it again.
    """
    moved = (sources.c.id == result.source_id) & sources.c.url_now.is_not(None)
    configured_url = connection.execute(select(sources.c.url).where(moved)).scalar()
    if configured_url is None:
        return
    columns: dict[str, Any] = {"url_now": None, "host": host_key(configured_url), "moved_to": None, "moved_count": 0}
    columns |= {"etag": None, "last_modified": None}  # validators of the other URL's document
    if result.outcome == "gone":
        columns |= {"state": SourceState.FAILING, "next_poll": result.at + result.interval}
    connection.execute(update(sources).where(moved).values(**columns))


def _release_lease(connection: Connection, result: PollResult) -> None:
    """Release the lease of an outdated poll; its result does not apply to the source as configured now."""
    no_lease = {"leased_until": None, "lease_owner": None}
    connection.execute(update(sources).where(sources.c.id == result.source_id).values(**no_lease))
    poll_records.insert_records(connection, [result])


def _lease(connection: Connection, rows: Sequence[AnyRow], now: datetime, lease: timedelta, owner: str) -> list[Poll]:
    pushed: set[int] = set()
    claimed = Lease(owner, now + lease)
    values = leases.SOURCES.columns(claimed) | {"host_queue": None}
    for batch in in_batches([row.id for row in rows]):
        connection.execute(update(sources).where(sources.c.id.in_(batch)).values(**values))
        pushed |= _covered_by_push(connection, batch, now)
    return [_to_poll(row, row.id in pushed, claimed) for row in rows]


def _to_poll(row: AnyRow, pushed: bool, lease: Lease) -> Poll:
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
        lease=lease,
    )


def _covered_by_push(connection: Connection, source_ids: Collection[int], now: datetime) -> set[int]:
    """Return those of the sources whose news arrive by push (``model.push.carries``)."""
    current = subscriptions.c.source_id.in_(source_ids) & subscriptions.c.current & (subscriptions.c.strikes == 0)
    active = (subscriptions.c.standing == SubscriptionState.ACTIVE.value) & (subscriptions.c.lease_ends > now)
    return set(connection.execute(select(subscriptions.c.source_id).where(current, active)).scalars())
