"""Waiting times of sources whose hosts cannot serve them as often as they are due, by the code of the claims.

Time is simulated, the database is real. Each worker claims what it can start at once; a poll takes as long as its
source answers, and holds a slot of its host meanwhile.
"""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path

from aggregator.model import ClaimRoom, HostQuota, Poll, PollResult, Source, SourceState
from aggregator.store import Store

BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
LEASE = timedelta(minutes=2)
SEED = 7


@dataclass(frozen=True, slots=True)
class Host:
    """A host with ``healthy`` and ``failing`` sources, each due ``interval`` seconds after its last poll."""

    healthy: int
    failing: int = 0
    interval: float = 1.5
    answer: float = 0.2  # seconds that a poll of a healthy source takes
    timeout: float = 2.0  # and one of a failing source

    @property
    def sources(self) -> int:
        """Return the number of sources."""
        return self.healthy + self.failing

    def longest_wait(self, per_host: int, tick: float) -> float:
        """Return the bound of the wait of a source: all others are served before it, by the slots that its lane has.

        Each of them holds its slot until a worker claims again.
        """
        slots = max(1, per_host - 1) if self.failing else per_host
        longest = max(self.answer if self.healthy else 0.0, self.timeout if self.failing else 0.0) + tick
        return (self.sources + per_host) / slots * longest + tick


@dataclass(slots=True)
class Waits:
    """Seconds between the due time and the claim of each poll, by host and source."""

    of_sources: defaultdict[int, defaultdict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    of_workers: list[int] = field(default_factory=list)  # polls of each worker
    last_due: dict[str, datetime] = field(default_factory=dict)

    def longest(self, host: int, end: datetime) -> float:
        """Return the longest wait of a source of this host, including one that lasts until ``end``."""
        finished = [wait for waits in self.of_sources[host].values() for wait in waits]
        lasting = [(end - due).total_seconds() for slug, due in self.last_due.items() if _host_of(slug) == host]
        return max([*finished, *lasting], default=0.0)

    def unvisited(self, host: Host, number: int) -> int:
        """Return the number of sources that were never polled."""
        return host.sources - len(self.of_sources[number])


def simulate(
    store: Store, hosts: Sequence[Host], seconds: float, *, per_host: int = 2, workers: int = 1, tick: float = 0.25
) -> Waits:
    """Poll the sources of these hosts for a while, in a store without other sources."""
    rng, waits = random.Random(SEED), Waits(of_workers=[0] * workers)
    store.sync_sources(_sources(hosts), BEGIN, timedelta(0))
    waits.last_due = {source.slug: BEGIN for source in store.sources()}
    running: list[tuple[datetime, int, Poll]] = []
    quota, room = HostQuota(per_host, max(1, per_host - 1)), ClaimRoom(1000, 1000, 1000)
    now, end = BEGIN, BEGIN + timedelta(seconds=seconds)
    while now < end:
        finished = []
        while running and running[0][0] <= now:
            finished.append(heappop(running)[2])
        _record(store, hosts, finished, waits, now, rng)
        for worker in rng.sample(range(workers), workers):
            for poll in store.claim_due(now, room, quota, LEASE, f"worker {worker}").polls:
                slug, host = poll.source.slug, _host_of(poll.source.slug)
                waits.of_sources[host][slug].append((now - waits.last_due.pop(slug)).total_seconds())
                waits.of_workers[worker] += 1
                took = hosts[host].timeout if _fails(slug) else hosts[host].answer
                heappush(running, (now + timedelta(seconds=took), poll.source.id, poll))
        now += timedelta(seconds=tick)
    return waits


def _sources(hosts: Sequence[Host]) -> list[Source]:
    return [
        Source(0, f"h{number}-{'f' if n < host.failing else 's'}{n}", f"http://h{number}.example/{n}", "S")
        for number, host in enumerate(hosts)
        for n in range(host.sources)
    ]


def _host_of(slug: str) -> int:
    return int(slug[1:].partition("-")[0])


def _fails(slug: str) -> bool:
    return "-f" in slug


def _record(
    store: Store, hosts: Sequence[Host], polls: Sequence[Poll], waits: Waits, now: datetime, rng: random.Random
) -> None:
    if not polls:
        return
    results = []
    for poll in polls:
        slug = poll.source.slug
        interval = timedelta(seconds=hosts[_host_of(slug)].interval * rng.uniform(0.7, 1.3))
        waits.last_due[slug] = now + interval
        failed = _fails(slug)
        results.append(
            PollResult(
                source_id=poll.source.id,
                at=now,
                outcome="failed" if failed else "unchanged",
                state=SourceState.FAILING if failed else SourceState.OK,
                next_poll=now + interval,
                interval=interval,
                failures=poll.failures + 1 if failed else 0,
                elapsed=0.1,
            )
        )
    with store.write_transaction() as writer:
        writer.record_poll_results(results)


MIXES: dict[str, tuple[list[Host], int]] = {
    "120 on one host": ([Host(120)], 2),
    "120 on one host, a third fails": ([Host(80, 40)], 2),
    "the same, one slot": ([Host(80, 40)], 1),
    "a crowd beside others": ([Host(400), *[Host(3, 1, 10.0)] * 10], 2),
}


def main() -> None:
    """Print the longest wait for each mix of hosts, and its bound."""
    print(f"   {'':32}{'polls':>7}{'longest wait':>14}{'bound':>9}{'unvisited':>11}")
    for name, (hosts, per_host) in MIXES.items():
        with tempfile.TemporaryDirectory() as folder:
            store = Store.open(f"sqlite:///{Path(folder) / 'gedi.db'}")
            seconds = 1.5 * hosts[0].longest_wait(per_host, 0.25)
            waits = simulate(store, hosts, seconds, per_host=per_host)
            store.close()
        longest = waits.longest(0, BEGIN + timedelta(seconds=seconds))
        unvisited = sum(waits.unvisited(host, number) for number, host in enumerate(hosts))
        bound = hosts[0].longest_wait(per_host, 0.25)
        print(f"   {name:32}{sum(waits.of_workers):7,}{longest:12.1f} s{bound:7.1f} s{unvisited:11}")


if __name__ == "__main__":
    main()
