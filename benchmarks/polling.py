"""Polling: Gedi beside a script of an afternoon and lemon24/reader, in CPU, time, memory and size of the store.

Each client polls the same generated feeds (GEDI_BENCH_FEEDS, 1,000 unless set), with an empty database of its own: for
the first time, when nothing changed, when a tenth of the feeds has three new entries, and for the first time from
servers that take 100 ms to answer. GEDI_BENCH_FULL=1 adds Gedi with 10,000, 100,000 and 1,000,000 items stored before,
GEDI_BENCH_RECORD=1 appends the figures to polling_runs.tsv.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from aggregator.runtime.clock import now_utc
from benchmarks.feed_origin import Origin, running_origin
from benchmarks.fill_for_polling import copy_filled_store
from benchmarks.news_feeds import NEW, Outlet, load_outlets
from benchmarks.polling_clients import CLIENTS, Client, Gedi
from benchmarks.polling_runs import Run, append_runs, label
from benchmarks.process_tree import TreeUse, by_role, run_measured

DELAY = 0.1  # seconds before each answer in the last phase
SHOWN_THREADS = 5
SIZES = (10_000, 100_000, 1_000_000)  # items stored before


@dataclass(frozen=True, slots=True)
class Phase:
    name: str
    fresh: bool = False  # begins with an empty database
    renewed: bool = False  # a tenth of the feeds has new entries
    delay: float = 0.0


PHASES = (
    Phase("first poll", fresh=True),
    Phase("nothing changed"),
    Phase(f"a tenth has {NEW} new entries", renewed=True),
    Phase(f"first poll, {DELAY * 1000:.0f} ms an answer", fresh=True, delay=DELAY),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a client used in a phase, and what it left."""

    phase: str
    client: str
    use: TreeUse
    store: float  # MB
    items: int
    answers: Counter[str]
    stored: int = 0  # items before


def measure(
    feeds: int,
    now: datetime,
    phases: Sequence[Phase] = PHASES,
    clients: Sequence[type[Client]] = CLIENTS,
    stored: int = 0,
) -> Iterator[list[Measured]]:
    """Run each phase with each client over feeds as new as ``now``; yields the figures of each phase.

    The database of Gedi has ``stored`` items of the time before.
    """
    outlets = load_outlets(feeds)
    with tempfile.TemporaryDirectory(prefix="gedi-bench-") as folder, running_origin(feeds, now) as origin:
        _print_feeds(outlets, now)
        running: dict[str, Client] = {}
        for number, phase in enumerate(phases):
            measured: list[Measured] = []
            for kind in clients:
                if phase.fresh:
                    running[kind.name] = kind(Path(folder) / f"{kind.name}-{number}")
                    running[kind.name].prepare(origin, outlets)
                    if stored:
                        copy_filled_store(stored, outlets, now, running[kind.name].database)
                measured.append(replace(_measure(phase, running[kind.name], origin), stored=stored))
            yield measured


def available_clients() -> list[type[Client]]:
    """Return the clients that can run; prints which are skipped."""
    available = [client for client in CLIENTS if client.is_available()]
    if skipped := [client.name for client in CLIENTS if client not in available]:
        print(f"   skipped, as it cannot be installed: {', '.join(skipped)}")
    return available


def _measure(phase: Phase, client: Client, origin: Origin) -> Measured:
    """Measure a phase; a repeated one begins with the same database each time."""
    before = client.folder.with_suffix(".before")
    if client.repeat > 1:
        shutil.copytree(client.folder, before)
    runs = [_measure_once(phase, client, origin)]
    for _ in range(client.repeat - 1):
        shutil.rmtree(client.folder)
        shutil.copytree(before, client.folder)
        runs.append(_measure_once(phase, client, origin))
    shutil.rmtree(before, ignore_errors=True)
    return min(runs, key=lambda run: run.use.cpu)


def _measure_once(phase: Phase, client: Client, origin: Origin) -> Measured:
    origin.control(renewed=phase.renewed, delay=phase.delay)
    use = run_measured(client.command(), client.folder)
    answers = origin.control()
    return Measured(phase.name, client.name, use, *client.store_size(), answers)


def _print_feeds(outlets: Sequence[Outlet], now: datetime) -> None:
    size = sum(len(outlet.document(now)) for outlet in outlets)
    print(f"   {len(outlets):,} feeds, {size / 1e6:.1f} MB")


def print_phase(measured: Sequence[Measured]) -> None:
    """Print a line per client, with ratios to the first of them, and the processes of the last."""
    base, phase = measured[0].use, measured[0].phase
    columns = (
        f"{'CPU s':>8}{'ratio':>7}{'wall s':>9}{'ratio':>7}{'PSS MB':>9}{'store MB':>10}{'items':>10}{'others':>8}"
    )
    print(f"\n   {phase:30}{columns}   answers")
    for one in measured:
        use = one.use
        answers = ", ".join(f"{count} {status}" for status, count in sorted(one.answers.items()))
        print(f"   {one.client:30}{use.cpu:8.1f}{use.cpu / base.cpu:7.2f}{use.wall:9.1f}{use.wall / base.wall:7.2f}"
              f"{use.memory:9.0f}{one.store:10.1f}{one.items:10,}{use.others:8.1f}   {answers}")  # fmt: skip
    _print_processes(measured[-1].use)


def _print_processes(use: TreeUse) -> None:
    """Print the CPU and memory of each kind of process, with the busiest threads of the main one."""
    for role, processes in by_role(use).items():
        cpu = sum(process.cpu for process in processes)
        threads = {name: cpu for process in processes for name, cpu in process.threads.items() if cpu >= 0.1}
        busiest = sorted(threads.items(), key=lambda pair: -pair[1])[:SHOWN_THREADS]
        detail = ": " + ", ".join(f"{name} {cpu:.1f}" for name, cpu in busiest) if len(processes) == 1 else ""
        largest = max(process.memory for process in processes)
        print(f"      {len(processes)} {role}: {cpu:.1f} s CPU, PSS at most {largest:.0f} MB{detail}")


def record(measured: Sequence[Measured], feeds: int, now: datetime) -> None:
    date, commit = label(now)
    append_runs([
        Run(date, commit, feeds, one.stored, one.phase, one.client, round(one.use.cpu, 2), round(one.use.wall, 2),
            round(one.use.memory, 1), round(one.store, 2), one.items)
        for one in measured
    ])  # fmt: skip


def main() -> None:
    feeds, now = int(os.environ.get("GEDI_BENCH_FEEDS", "1000")), now_utc()
    for measured in measure(feeds, now, clients=available_clients()):
        _report(measured, feeds, now)
    if os.environ.get("GEDI_BENCH_FULL"):
        for stored in SIZES:
            print(f"\n   with {stored:,} items stored before:")
            for measured in measure(feeds, now, PHASES[:3], (Gedi,), stored):
                _report(measured, feeds, now)


def _report(measured: Sequence[Measured], feeds: int, now: datetime) -> None:
    print_phase(measured)
    if os.environ.get("GEDI_BENCH_RECORD"):
        record(measured, feeds, now)


if __name__ == "__main__":
    main()
