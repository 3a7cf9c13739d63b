"""Order of claimed polls: fairness between healthy and failing sources, and between hosts.

Failing or slow sources share a quarter of the slots, so that hundreds of hanging servers cannot block the others.
Healthy sources precede sources never polled and have a quarter of the other slots to themselves. A poll that takes
longer than ``LINGER_AFTER`` gives its slot back and lingers. No host gets more concurrent polls than its limit, and its
failing sources leave one of these to the others. Pure bookkeeping: time is an argument, in seconds of a monotonic
clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from aggregator.fetching.urls import host_key
from aggregator.model import ClaimRoom, Poll
from aggregator.runtime.priority import Priority

_PRIORITIES = (Priority.HEALTHY, Priority.NEW, Priority.FAILING)

LINGER_AFTER = 1.0  # seconds
MAX_LINGERING = 400  # beyond this number a slow poll keeps its slot: sockets and memory are limited


@dataclass(slots=True)
class _Waiting:
    poll: Poll
    expires: float  # after this the lease may belong to another worker


@dataclass(slots=True, eq=False)
class _Running:
    host: str
    priority: Priority
    since: float
    is_fetching: bool = True  # or waits to be read


class PollQueue:
    """Holds claimed polls until they may start: ``concurrency`` in total, ``per_host`` for one host."""

    def __init__(self, concurrency: int, per_host: int) -> None:
        self._set_limits(concurrency, per_host)
        self._running: dict[int, _Running] = {}
        self._waiting: dict[int, _Waiting] = {}
        self._queues: dict[Priority, dict[str, deque[int]]] = {priority: {} for priority in _PRIORITIES}  # by host
        self._running_by_host: dict[str, list[_Running]] = {}

    def __contains__(self, source_id: int) -> bool:
        return source_id in self._running or source_id in self._waiting

    def __len__(self) -> int:
        return len(self._running) + len(self._waiting)

    def add(self, poll: Poll, priority: Priority, *, expires: float) -> None:
        """Add a claimed poll; one that is already queued gets the new lease."""
        number = poll.source.id
        if number in self._running:
            return
        if number not in self._waiting:
            self._queues[priority].setdefault(host_key(poll.url), deque()).append(number)
        self._waiting[number] = _Waiting(poll, expires)

    def resize(self, concurrency: int, per_host: int) -> list[int]:
        """Change the limits and drop what waits. Returns the ids of the dropped sources."""
        self._set_limits(concurrency, per_host)
        dropped = list(self._waiting)
        self._waiting, self._queues = {}, {priority: {} for priority in _PRIORITIES}
        return dropped

    def _set_limits(self, concurrency: int, per_host: int) -> None:
        self._failing_slots = max(1, concurrency // 4)
        self._regular_slots = max(1, concurrency - self._failing_slots)
        self._healthy_reserve = self._regular_slots // 4
        self._per_host = per_host

    def claim_room(self, now: float, lowest_priority: Priority = Priority.FAILING) -> ClaimRoom:
        """Return how many more polls could start now: what waits here already comes first."""
        waiting = {priority: sum(map(len, self._queues[priority].values())) for priority in _PRIORITIES}
        regular = self._free_for_priority(Priority.HEALTHY, now) - waiting[Priority.HEALTHY] - waiting[Priority.NEW]
        new = self._free_for_priority(Priority.NEW, now) - waiting[Priority.NEW]
        failing = self._free_for_priority(Priority.FAILING, now) - waiting[Priority.FAILING]
        return ClaimRoom(
            regular=max(0, regular),
            new=max(0, new) if lowest_priority >= Priority.NEW else 0,
            failing=max(0, failing) if lowest_priority >= Priority.FAILING else 0,
        )

    def start_ready(self, now: float, lowest_priority: Priority = Priority.FAILING) -> list[Poll]:
        """Return the polls up to ``lowest_priority`` that may start now, and count them as running until ``finished``.

        Polls that waited longer than their lease are dropped; they will be claimed again.
        """
        return [
            poll
            for priority in _PRIORITIES
            if priority <= lowest_priority and self._queues[priority]
            for poll in self._start_with_priority(priority, now)
        ]

    def priority_of(self, poll: Poll) -> Priority:
        """Return the priority of a running poll."""
        return self._running[poll.source.id].priority

    def mark_fetched(self, poll: Poll) -> None:
        """Give back the slot of a poll whose answer is read and recorded now; its host stays occupied until the end."""
        run = self._running.get(poll.source.id)
        if run is not None:
            run.is_fetching = False

    def mark_finished(self, poll: Poll) -> None:
        run = self._running.pop(poll.source.id, None)
        if run is not None:
            of_host = self._running_by_host[run.host]
            of_host.remove(run)
            if not of_host:
                del self._running_by_host[run.host]

    def _start_with_priority(self, priority: Priority, now: float) -> list[Poll]:
        free = self._free_for_priority(priority, now)
        started: list[Poll] = []
        queues = self._queues[priority]
        progress = True
        while free > len(started) and progress:  # round robin over hosts, so that none takes all slots
            progress = False
            empty = []
            for host, queue in queues.items():
                if free == len(started):
                    break
                if self._host_has_slot(host, priority):
                    poll = self._pop_unexpired(queue, now)
                    if poll is not None:
                        self._mark_running(poll, host, priority, now)
                        started.append(poll)
                        progress = True
                    if not queue:
                        empty.append(host)
            for host in empty:
                del queues[host]
        return started

    def _mark_running(self, poll: Poll, host: str, priority: Priority, now: float) -> None:
        run = _Running(host, priority, now)
        self._running[poll.source.id] = run
        self._running_by_host.setdefault(host, []).append(run)

    def _pop_unexpired(self, queue: deque[int], now: float) -> Poll | None:
        while queue:
            waiting = self._waiting.pop(queue.popleft())
            if waiting.expires > now:
                return waiting.poll
        return None

    def _free_for_priority(self, priority: Priority, now: float) -> int:
        lane = [
            run
            for run in self._running.values()
            if run.is_fetching and (run.priority == Priority.FAILING) is (priority == Priority.FAILING)
        ]
        if priority == Priority.FAILING:
            return self._failing_slots - len(lane)
        lingering = min(sum(now - run.since > LINGER_AFTER for run in lane), MAX_LINGERING)
        free = self._regular_slots - (len(lane) - lingering)
        proven = sum(run.priority == Priority.HEALTHY for run in lane)
        return free if priority == Priority.HEALTHY else free - max(0, self._healthy_reserve - proven)

    def _host_has_slot(self, host: str, priority: Priority) -> bool:
        running = self._running_by_host.get(host, ())
        if len(running) >= self._per_host:
            return False
        return priority != Priority.FAILING or sum(run.priority == Priority.FAILING for run in running) < max(
            1, self._per_host - 1
        )
