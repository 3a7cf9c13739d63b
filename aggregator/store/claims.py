"""Choice of the due sources that a worker may poll: those that have waited longest, limited for each host and lane.

A source that is due while its host is at its limit joins the queue of its host. It keeps its due time, which alone
decides its place there: the free slots of a host go to the sources that have been due for longest, so that none waits
longer than the host takes to serve those that were due before. A claim reads the queues of hosts with free slots, and
of each no more rows than the host has slots; due sources in no queue are found by the index of lane and ``next_poll``.
So the cost of a claim depends on what it may choose, not on what waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, bindparam, exists, func, or_, select, update

from aggregator.model import ClaimRoom, HostQuota
from aggregator.runtime.priority import Priority
from aggregator.store.schema.tables import sources
from aggregator.store.sql import locks
from aggregator.store.sql.dialect import AnyRow, UTC_DateTime
from aggregator.store.sql.statements import in_batches

ACTIVE = sources.c.enabled & sources.c.listed
LANES = tuple(int(lane) for lane in (Priority.HEALTHY, Priority.NEW, Priority.FAILING))
MIN_SCANNED = 200  # due sources of a lane that a claim reads at once, at least
_SCANNED_PER_SLOT = 4  # and for each slot
_MAX_SCANS = 5  # reads of a claim that finds only sources of hosts at their limit

_EVER = datetime.min.replace(tzinfo=UTC)
_IS_QUEUED = ACTIVE & sources.c.host_queue.is_not(None)
_NOW, _LIMIT = bindparam("now", type_=UTC_DateTime), bindparam("limit", type_=Integer)
_COLUMNS = [sources.c[name] for name in ("id", "host", "lane", "host_queue", "next_poll", "last_poll")]


def not_leased(now: datetime | ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a source is not leased, or its lease has expired."""
    return or_(sources.c.leased_until.is_(None), sources.c.leased_until <= now)


_IS_DUE = (sources.c.next_poll <= _NOW) & not_leased(_NOW)
_LANE = (
    select(*_COLUMNS)
    .where(ACTIVE, sources.c.host_queue.is_(None), sources.c.lane == bindparam("lane"), _IS_DUE)
    .order_by(sources.c.next_poll)
    .limit(_LIMIT)
)
_QUEUE = (
    select(*_COLUMNS)
    .where(_IS_QUEUED, sources.c.host_queue == bindparam("queue"), _IS_DUE)
    .order_by(sources.c.next_poll)
    .limit(_LIMIT)
)
_LEASED = (
    select(sources.c.host, sources.c.lane, func.count())
    .where(sources.c.leased_until > _NOW)
    .group_by(sources.c.host, sources.c.lane)
)


def _queues_query() -> Any:
    """Return the query for the (name, first due time) of each queue, which reads one row of each."""
    names = select(func.min(sources.c.host_queue).label("name")).where(_IS_QUEUED).cte("queues", recursive=True)
    following = select(func.min(sources.c.host_queue)).where(_IS_QUEUED, sources.c.host_queue > names.c.name)
    names = names.union_all(select(following.scalar_subquery()).where(names.c.name.is_not(None)))
    first = select(func.min(sources.c.next_poll)).where(_IS_QUEUED, sources.c.host_queue == names.c.name)
    return select(names.c.name, first.scalar_subquery()).where(names.c.name.is_not(None))


_QUEUES = _queues_query()
_ANY_WAITS = select(
    or_(
        exists().where(_IS_QUEUED),
        *(exists().where(ACTIVE, sources.c.host_queue.is_(None), sources.c.lane == lane, _IS_DUE) for lane in LANES),
    )
)


def any_waits(connection: Connection, now: datetime) -> bool:
    """Return whether a source is due that is not leased, or a host has a queue."""
    return bool(connection.execute(_ANY_WAITS, {"now": now}).scalar())


def claim_due(connection: Connection, now: datetime, room: ClaimRoom, quota: HostQuota) -> tuple[list[int], bool]:
    """Return the ids of due sources that fit ``room``, to be leased in the same transaction, and whether others wait
    for their host.

    On PostgreSQL workers choose one after the other, so that the quota holds for all of them together.
    """
    locks.lock_claims(connection)
    choice = _Choice(room, quota)
    for host, lane, count in connection.execute(_LEASED, {"now": now}):
        choice.count(host, lane, count)
    queues = connection.execute(_QUEUES, {}).all()
    queued = _first_in_queues(connection, now, queues, choice)
    window = max(MIN_SCANNED, _SCANNED_PER_SLOT * room.total)
    for _ in range(_MAX_SCANS):
        free_lanes = [lane for lane in LANES if choice.room_in(lane) > 0]
        due = [_due_in_lane(connection, now, lane, window) for lane in free_lanes]
        choice.choose(sorted([*queued, *(row for rows in due for row in rows)], key=_age))
        enqueued = _enqueue(connection, choice.put_off)
        if not enqueued or all(len(rows) < window for rows in due):
            break
        queued = []
    return choice.chosen, bool(queues or choice.is_any_put_off)


def enqueue_key(lane: int, host: str) -> str:
    """Return the name of the queue of a host for sources of one lane."""
    return f"{lane} {host}"


def _age(row: AnyRow) -> tuple[datetime, datetime, int]:
    """Sort by due time; of sources that were due at once, the one whose last poll is longer ago comes first."""
    return row.next_poll, row.last_poll or _EVER, row.id


@dataclass(slots=True)
class _Choice:
    """What has been chosen so far, within the limits of hosts and of the worker."""

    room: ClaimRoom
    quota: HostQuota
    chosen: list[int] = field(default_factory=list)
    put_off: list[AnyRow] = field(default_factory=list)  # since the last call of ``choose``
    is_any_put_off: bool = False
    _seen: set[int] = field(default_factory=set)
    _taken: Counter[int] = field(default_factory=Counter)  # of each lane
    _of_host: Counter[str] = field(default_factory=Counter)  # leased sources
    _failing: Counter[str] = field(default_factory=Counter)  # those of them that failed last time

    def count(self, host: str, lane: int, number: int = 1) -> None:
        """Count leased sources."""
        self._of_host[host] += number
        if lane == Priority.FAILING:
            self._failing[host] += number

    def room_in(self, lane: int) -> int:
        """Return how many more sources of a lane the worker takes."""
        if lane == Priority.FAILING:
            return self.room.failing - self._taken[lane]
        regular = self.room.regular - self._taken[Priority.HEALTHY] - self._taken[Priority.NEW]
        return min(regular, self.room.new - self._taken[lane]) if lane == Priority.NEW else regular

    def slots_of(self, host: str, lane: int) -> int:
        """Return how many more sources of a host and lane may be leased."""
        free = self.quota.max_leased - self._of_host[host]
        return min(free, self.quota.max_leased_failing - self._failing[host]) if lane == Priority.FAILING else free

    def choose(self, rows: Iterable[AnyRow]) -> None:
        """Choose among rows in order of age."""
        self.put_off = []
        for row in rows:
            if row.id in self._seen:
                continue
            self._seen.add(row.id)
            if self.slots_of(row.host, row.lane) <= 0:
                self.put_off.append(row)
            elif self.room_in(row.lane) > 0:
                self.count(row.host, row.lane)
                self._taken[row.lane] += 1
                self.chosen.append(row.id)
        self.is_any_put_off |= bool(self.put_off)


def _first_in_queues(connection: Connection, now: datetime, queues: Sequence[AnyRow], choice: _Choice) -> list[AnyRow]:
    """Return the first of each queue as far as its host has slots, from the queues that have waited longest."""
    rows: list[AnyRow] = []
    for name, _ in sorted(queues, key=lambda queue: (queue[1], queue[0])):
        lane_text, _, host = name.partition(" ")
        count = min(choice.slots_of(host, int(lane_text)), choice.room_in(int(lane_text)))
        if count > 0:
            rows += connection.execute(_QUEUE, {"queue": name, "now": now, "limit": count})
        if len(rows) >= choice.room.total:
            break
    return rows


def _due_in_lane(connection: Connection, now: datetime, lane: int, limit: int) -> Sequence[AnyRow]:
    return connection.execute(_LANE, {"lane": lane, "now": now, "limit": limit}).all()


def _enqueue(connection: Connection, rows: Iterable[AnyRow]) -> int:
    """Let sources join the queues of their hosts. Returns the number of those that were not there."""
    by_queue: dict[str, list[int]] = {}
    for row in rows:
        name = enqueue_key(row.lane, row.host)
        if row.host_queue != name:
            by_queue.setdefault(name, []).append(row.id)
    for name, source_ids in sorted(by_queue.items()):
        for batch in in_batches(source_ids):
            connection.execute(update(sources).where(sources.c.id.in_(batch)).values(host_queue=name))
    return sum(map(len, by_queue.values()))


def set_next_polls(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Set ``next_poll`` of each source ``number`` to ``later``."""
    if rows:
        statement = update(sources).where(sources.c.id == bindparam("number")).values(next_poll=bindparam("later"))
        connection.execute(statement, rows)
