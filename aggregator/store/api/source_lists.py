"""Store API: followed lists of sources, their polls, and the last good document of each."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import or_, select, true, update

from aggregator.model import SourceState, Validators
from aggregator.model.leases import Lease
from aggregator.model.source_lists import ListPoll, ListPollResult, ListState
from aggregator.store import leases
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.leases import LeaseLostError
from aggregator.store.schema.list_tables import source_lists
from aggregator.store.sql.dialect import insert_for

_DEFAULT_INTERVAL = timedelta(minutes=30)
_columns = source_lists.c


class SourceListsApi(ConnectionMixin):
    """Polls and documents of followed lists."""

    def claim_lists(
        self, urls: Sequence[str], now: datetime, duration: timedelta, owner: str, *, due: bool = True
    ) -> list[ListPoll]:
        """Lease those of the addresses that are due, or with ``due`` false all; new ones are due at once."""
        with self._read_transaction() as connection:
            known = connection.execute(select(_columns.url, _columns.next_poll).where(_columns.url.in_(urls))).all()
        waiting = {url for url, next_poll in known if due and (next_poll is None or next_poll > now)}
        if not set(urls) - waiting:
            return []
        with self._write_transaction(exclusive=False) as connection:
            new = [url for url in urls if url not in {row.url for row in known}]
            if new:
                interval = _DEFAULT_INTERVAL.total_seconds()
                rows = [{"url": url, "interval": interval, "state": SourceState.NEW, "next_poll": now} for url in new]
                connection.execute(insert_for(connection, source_lists).on_conflict_do_nothing(), rows)
            is_free = or_(_columns.leased_until.is_(None), _columns.leased_until <= now)
            query = select(source_lists).where(_columns.url.in_(urls), is_free)
            if due:
                query = query.where(_columns.next_poll <= now)
            found = connection.execute(query.with_for_update(skip_locked=True)).all()
            lease = Lease(owner, now + duration)
            claimed = update(source_lists).where(_columns.url.in_([row.url for row in found]))
            connection.execute(claimed.values(**leases.SOURCE_LISTS.columns(lease)))
            return [
                ListPoll(
                    row.url,
                    Validators(row.etag, row.last_modified, row.body_hash),
                    timedelta(seconds=row.interval),
                    row.failures,
                    row.last_success,
                    row.profile,
                    lease,
                )
                for row in found
            ]

    def record_list_poll(self, result: ListPollResult) -> None:
        """Record a poll; the document, if it brought one, is in force from now on.

        Raises LeaseLostError, and records nothing, if the list was released or claimed again meanwhile.
        """
        values: dict[str, Any] = {
            "leased_until": None,
            "lease_owner": None,
            "last_poll": result.at,
            "state": result.state,
            "next_poll": result.next_poll,
            "interval": result.interval.total_seconds(),
            "failures": result.failures,
            "error": result.error,
            "next_why": result.why,
        }
        if result.error is None:
            values["last_success"] = result.at
        if result.profile is not None:
            values["profile"] = result.profile
        if (validators := result.validators) is not None:
            values["etag"], values["last_modified"] = validators.etag, validators.last_modified
            values["body_hash"] = validators.body_hash
        if (document := result.document) is not None:
            values["body"], values["digest"] = zlib.compress(document.body), sha256(document.body).hexdigest()
            values["source_count"], values["changed"] = document.source_count, result.at
        is_held = leases.SOURCE_LISTS.held(result.lease) if result.lease else true()
        with self._write_transaction(exclusive=False) as connection:
            recorded = update(source_lists).where(_columns.url == result.url, is_held).values(**values)
            if not connection.execute(recorded).rowcount:
                raise LeaseLostError("source_lists")

    def list_digests(self) -> dict[str, str]:
        """Return address -> digest of its last good document."""
        with self._read_transaction() as connection:
            rows = connection.execute(select(_columns.url, _columns.digest).where(_columns.digest.is_not(None)))
            return {row.url: row.digest for row in rows}

    def list_document(self, url: str) -> bytes:
        """Return the last good document of an address."""
        with self._read_transaction() as connection:
            return zlib.decompress(connection.execute(select(_columns.body).where(_columns.url == url)).scalar_one())

    def list_states(self, urls: Sequence[str]) -> list[ListState]:
        """Return the states of these addresses, in this order; those that no worker has seen yet are new."""
        names = ("state", "source_count", "error", "failures", "last_poll", "last_success", "changed", "next_poll")
        columns = [_columns.url, *(_columns[name] for name in names), _columns.next_why]
        with self._read_transaction() as connection:
            rows = connection.execute(select(*columns).where(_columns.url.in_(urls))) if urls else ()
            known = {row.url: ListState(row.url, SourceState(row.state), *row[2:]) for row in rows}
        return [known.get(url, _unseen(url)) for url in urls]


def _unseen(url: str) -> ListState:
    return ListState(url, SourceState.NEW, 0, None, 0, None, None, None, None, None)
