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

PROVEN, NEW, AILING = range(3)  # ranks: who comes first

PATIENCE = 1.0  # seconds
MOST_WAITING = 2000
MOST_LINGERING = 400  # beyond these, a dragging visit keeps its place: sockets and memory have an end


@dataclass(slots=True)
class _Waiting:
    poll: Poll
    expires: float  # from then on the lease may be another's


@dataclass(slots=True)
class _Running:
    host: str
    rank: int
    since: float


class Lanes:
    """Holds claimed polls until they may run. ``concurrency`` places in all, ``per_host`` for one host."""

    def __init__(self, concurrency: int, per_host: int) -> None:
        self._ailing_places = max(1, concurrency // 4)
        self._healthy_places = max(1, concurrency - self._ailing_places)
        self._proven_places = self._healthy_places // 4
        self._per_host = per_host
        self._running: dict[int, _Running] = {}
        self._waiting: dict[int, _Waiting] = {}
        self._queues: dict[tuple[int, str], deque[int]] = {}

    def __contains__(self, source_id: int) -> bool:
        return source_id in self._running or source_id in self._waiting

    def __len__(self) -> int:
        return len(self._running) + len(self._waiting)

    def add(self, poll: Poll, rank: int, *, expires: float) -> None:
        """Take in a claimed poll. One that is here already has only had its lease renewed."""
        number = poll.source.id
        if number in self._running:
            return
        if number not in self._waiting:
            self._queues.setdefault((rank, host_key(poll.url)), deque()).append(number)
        self._waiting[number] = _Waiting(poll, expires)

    def resize(self, concurrency: int, per_host: int) -> list[int]:
        """Other limits from now on. What still waits is let go; returns the numbers of those sources."""
        self._ailing_places = max(1, concurrency // 4)
        self._healthy_places = max(1, concurrency - self._ailing_places)
        self._proven_places = self._healthy_places // 4
        self._per_host = per_host
        dropped = list(self._waiting)
        self._waiting, self._queues = {}, {}
        return dropped

    def room(self, now: float) -> int:
        """How many more polls to claim at this moment."""
        if len(self._waiting) >= MOST_WAITING:
            return 0
        return self._free(PROVEN, now)  # what is new may have to wait here, lest it hide the proven that are due

    def start(self, now: float, last: int = AILING) -> list[Poll]:
        """Those up to rank ``last`` that may run now, counted as running until ``finished``. What waited longer than
        its lease is dropped: it will be claimed anew."""
        return [poll for rank in range(last + 1) for poll in self._start(rank, now)]

    def rank(self, poll: Poll) -> int:
        """That of a running poll."""
        return self._running[poll.source.id].rank

    def finished(self, poll: Poll) -> None:
        self._running.pop(poll.source.id, None)

    def _start(self, rank: int, now: float) -> list[Poll]:
        free = self._free(rank, now)
        started: list[Poll] = []
        queues = [(host, queue) for (lane, host), queue in self._queues.items() if lane == rank]
        taken = self._by_host()
        while free > 0 and queues:  # one of each host in turn, so that none fills all the places
            left = []
            for host, queue in queues:
                if free > 0 and self._host_has_place(taken.get(host, []), rank):
                    poll = self._next(queue, now)
                    if poll is None:
                        continue
                    run = _Running(host, rank, now)
                    self._running[poll.source.id] = run
                    taken.setdefault(host, []).append(run)
                    started.append(poll)
                    free -= 1
                    left.append((host, queue))
            queues = left
        self._queues = {key: queue for key, queue in self._queues.items() if queue}
        return started

    def _next(self, queue: deque[int], now: float) -> Poll | None:
        while queue:
            waiting = self._waiting.pop(queue.popleft())
            if waiting.expires > now:
                return waiting.poll
        return None

    def _free(self, rank: int, now: float) -> int:
        lane = [run for run in self._running.values() if (run.rank == AILING) is (rank == AILING)]
        if rank == AILING:
            return self._ailing_places - len(lane)
        lingering = min(sum(now - run.since > PATIENCE for run in lane), MOST_LINGERING)
        free = self._healthy_places - (len(lane) - lingering)
        proven = sum(run.rank == PROVEN for run in lane)
        return free if rank == PROVEN else free - max(0, self._proven_places - proven)

    def _by_host(self) -> dict[str, list[_Running]]:
        taken: dict[str, list[_Running]] = {}
        for run in self._running.values():
            taken.setdefault(run.host, []).append(run)
        return taken

    def _host_has_place(self, taken: list[_Running], rank: int) -> bool:
        if len(taken) >= self._per_host:
            return False
        return rank != AILING or sum(run.rank == AILING for run in taken) < max(1, self._per_host - 1)
