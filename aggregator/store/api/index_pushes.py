"""Store API: which stories' addresses were sent to which search engine.

There is no queue to fill: what is to be sent are the recent stories of several outlets without a row in
``index_pushes``. The row is written after the answer, so a killed worker loses nothing and repeats one batch at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, true, update

from aggregator.model.index_push import IndexClaim, IndexPushResult, IndexState
from aggregator.model.leases import Lease
from aggregator.model.listing_keys import LEAD_BIT
from aggregator.store import leases
from aggregator.store.api.connection import ConnectionMixin
from aggregator.store.item_lists import represents
from aggregator.store.leases import LeaseLostError
from aggregator.store.schema.tables import index_pushes, index_services, items, stories
from aggregator.store.sql.dialect import insert_for

KEEP_PUSHES = timedelta(days=30)  # far longer than a story counts as new
_columns = index_services.c


class IndexPushesApi(ConnectionMixin):
    """Pushes to search engines, and their state."""

    def claim_index_services(
        self, services: Sequence[str], now: datetime, duration: timedelta, owner: str
    ) -> list[IndexClaim]:
        """Lease those of the search engines that are due; new ones are due at once."""
        with self._read_transaction() as connection:
            query = select(_columns.service, _columns.next_at, _columns.leased_until)
            known = {row.service: row for row in connection.execute(query)}
        waiting = {
            name for name, row in known.items() if row.next_at > now or (row.leased_until and row.leased_until > now)
        }
        if not set(services) - waiting:
            return []
        with self._write_transaction(exclusive=False) as connection:
            new = [{"service": name, "next_at": now} for name in services if name not in known]
            if new:
                connection.execute(insert_for(connection, index_services).on_conflict_do_nothing(), new)
            is_free = or_(_columns.leased_until.is_(None), _columns.leased_until <= now)
            is_due = _columns.service.in_(services) & (_columns.next_at <= now) & is_free
            found = connection.execute(select(index_services).where(is_due).with_for_update(skip_locked=True)).all()
            lease = Lease(owner, now + duration)
            claimed = update(index_services).where(_columns.service.in_([row.service for row in found]))
            connection.execute(claimed.values(**leases.INDEX_SERVICES.columns(lease)))
            return [IndexClaim(row.service, row.day, row.sent, row.remain, row.failures, lease) for row in found]

    def stories_to_push(self, service: str, since: datetime, limit: int) -> list[int]:
        """Return stories of several outlets that began at or after ``since`` and were not sent, newest first.

        These are the stories that search engines may index, without advertorials.
        """
        pushed = select(index_pushes.c.story_id).where(
            index_pushes.c.service == service, index_pushes.c.story_id == items.c.story_id
        )
        query = (
            select(items.c.story_id)
            .select_from(items.join(stories, items.c.story_id == stories.c.id))
            .where(represents(LEAD_BIT), items.c.many, items.c.published >= since, stories.c.first_published >= since)
            .where(items.c.advertorial.is_(None), ~pushed.exists())
            .order_by(items.c.published.desc(), items.c.id.desc())
            .limit(limit)
        )
        with self._read_transaction() as connection:
            return list(connection.execute(query).scalars())

    def record_index_push(self, result: IndexPushResult) -> None:
        """Record a push. Raises LeaseLostError, and records nothing, if it was released or claimed again meanwhile."""
        values = {name: getattr(result, name) for name in ("next_at", "day", "sent", "remain", "failures", "error")}
        values |= {"leased_until": None, "lease_owner": None}
        if result.stories and result.error is None:
            values["last_success"] = result.at
        is_held = leases.INDEX_SERVICES.held(result.lease) if result.lease else true()
        with self._write_transaction(exclusive=False) as connection:
            recorded = update(index_services).where(_columns.service == result.service, is_held).values(**values)
            if not connection.execute(recorded).rowcount:
                raise LeaseLostError("index_services")
            if result.stories:
                rows = [{"service": result.service, "story_id": story, "at": result.at} for story in result.stories]
                connection.execute(insert_for(connection, index_pushes).on_conflict_do_nothing(), rows)
                connection.execute(delete(index_pushes).where(index_pushes.c.at < result.at - KEEP_PUSHES))

    def index_states(self, services: Sequence[str]) -> list[IndexState]:
        """Return the states of these search engines, in this order, as far as a worker has begun with them."""
        names = ("service", "day", "sent", "remain", "failures", "error", "last_success", "next_at")
        query = select(*(_columns[name] for name in names)).where(_columns.service.in_(services))
        with self._read_transaction() as connection:
            known = {row.service: IndexState(*row) for row in connection.execute(query)}
        return [known[name] for name in services if name in known]
