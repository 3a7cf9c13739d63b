"""Who runs next: fairness between healthy and ailing sources, and between hosts.

Ailing sources (failing or slow last time) share a quarter of the places, so that hundreds that hang cannot keep the
others waiting; sources that have proven well come before those never met, and have a quarter of the other places to
themselves. A visit that drags on unexpectedly gives its place back after ``PATIENCE`` and merely lingers. No host gets
more visits at a time than it may have, and the ailing ones of a host leave one of its places to the others.
Pure bookkeeping: time is an argument, in seconds of any clock that never goes back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from aggregator.fetching.urls import host_key
from aggregator.model import Poll

HEALTHY, NEW, FAILING = range(3)  # ranks: who comes first

LINGER_AFTER = 1.0  # seconds
MAX_WAITING = 2000
MAX_LINGERING = 400  # beyond these, a dragging visit keeps its place: sockets and memory have an end


@dataclass(slots=True)
class _Waiting:
    poll: Poll
    expires: float  # from then on the lease may be another's


@dataclass(slots=True)
class _Running:
    host: str
    priority: int
    since: float


class PollQueue:
    """Holds claimed polls until they may run. ``concurrency`` places in all, ``per_host`` for one host."""

    def __init__(self, concurrency: int, per_host: int) -> None:
        self._failing_slots = max(1, concurrency // 4)
        self._regular_slots = max(1, concurrency - self._failing_slots)
        self._healthy_reserve = self._regular_slots // 4
        self._per_host = per_host
        self._running: dict[int, _Running] = {}
        self._waiting: dict[int, _Waiting] = {}
        self._queues: dict[tuple[int, str], deque[int]] = {}

    def __contains__(self, source_id: int) -> bool:
        return source_id in self._running or source_id in self._waiting

    def __len__(self) -> int:
        return len(self._running) + len(self._waiting)

    def add(self, poll: Poll, priority: int, *, expires: float) -> None:
        """Take in a claimed poll. One that is here already has only had its lease renewed."""
        number = poll.source.id
        if number in self._running:
            return
        if number not in self._waiting:
            self._queues.setdefault((priority, host_key(poll.url)), deque()).append(number)
        self._waiting[number] = _Waiting(poll, expires)

    def resize(self, concurrency: int, per_host: int) -> list[int]:
        """Other limits from now on. What still waits is let go; returns the numbers of those sources."""
        self._failing_slots = max(1, concurrency // 4)
        self._regular_slots = max(1, concurrency - self._failing_slots)
        self._healthy_reserve = self._regular_slots // 4
        self._per_host = per_host
        dropped = list(self._waiting)
        self._waiting, self._queues = {}, {}
        return dropped

    def free_slots(self, now: float) -> int:
        """How many more polls to claim at this moment."""
        if len(self._waiting) >= MAX_WAITING:
            return 0
        return self._free_for_priority(
            HEALTHY, now
        )  # what is new may have to wait here, lest it hide the proven that are due

    def start_ready(self, now: float, lowest_priority: int = FAILING) -> list[Poll]:
        """Those up to rank ``last`` that may run now, counted as running until ``finished``. What waited longer than
        its lease is dropped: it will be claimed anew."""
        return [poll for rank in range(lowest_priority + 1) for poll in self._start_with_priority(rank, now)]

    def priority_of(self, poll: Poll) -> int:
        """That of a running poll."""
        return self._running[poll.source.id].priority

    def mark_finished(self, poll: Poll) -> None:
        self._running.pop(poll.source.id, None)

    def _start_with_priority(self, priority: int, now: float) -> list[Poll]:
        free = self._free_for_priority(priority, now)
        started: list[Poll] = []
        queues = [(host, queue) for (lane, host), queue in self._queues.items() if lane == priority]
        taken = self._running_by_host()
        while free > 0 and queues:  # one of each host in turn, so that none fills all the places
            left = []
            for host, queue in queues:
                if free > 0 and self._host_has_slot(taken.get(host, []), priority):
                    poll = self._pop_unexpired(queue, now)
                    if poll is None:
                        continue
                    run = _Running(host, priority, now)
                    self._running[poll.source.id] = run
                    taken.setdefault(host, []).append(run)
                    started.append(poll)
                    free -= 1
                    left.append((host, queue))
            queues = left
        self._queues = {key: queue for key, queue in self._queues.items() if queue}
        return started

    def _pop_unexpired(self, queue: deque[int], now: float) -> Poll | None:
        while queue:
            waiting = self._waiting.pop(queue.popleft())
            if waiting.expires > now:
                return waiting.poll
        return None

    def _free_for_priority(self, priority: int, now: float) -> int:
        lane = [run for run in self._running.values() if (run.priority == FAILING) is (priority == FAILING)]
        if priority == FAILING:
            return self._failing_slots - len(lane)
        lingering = min(sum(now - run.since > LINGER_AFTER for run in lane), MAX_LINGERING)
        free = self._regular_slots - (len(lane) - lingering)
        proven = sum(run.priority == HEALTHY for run in lane)
        return free if priority == HEALTHY else free - max(0, self._healthy_reserve - proven)

    def _running_by_host(self) -> dict[str, list[_Running]]:
        taken: dict[str, list[_Running]] = {}
        for run in self._running.values():
            taken.setdefault(run.host, []).append(run)
        return taken

    def _host_has_slot(self, running: list[_Running], priority: int) -> bool:
        if len(running) >= self._per_host:
            return False
        return priority != FAILING or sum(run.priority == FAILING for run in running) < max(1, self._per_host - 1)
