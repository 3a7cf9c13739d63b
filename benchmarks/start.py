"""Start: how long commands take that have nothing to do, and from ``gedi run`` or ``gedi demo`` to the first page.

Each figure is the best of several runs, in CPU and wall time. CPU until the first page is that of all processes, some
of which work beside the site. ``GEDI_BENCH_ITEMS`` is the number of items in the existing database, 10,000 unless set.
"""

from __future__ import annotations

import http.client
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks import invented_sources
from benchmarks.fixture_stores import build_filled_store
from benchmarks.servers import cpu, free_port, wait_until

HELP_GOAL, POLL_GOAL, SITE_GOAL = 0.15, 0.5, 1.5  # seconds
SOURCES, LOAD_GOAL = 10_000, 1.0  # sources in lists, and seconds for loading them
_NOW, _NO_TIME = datetime(2026, 1, 1, tzinfo=UTC), timedelta(0)
COMMAND_RUNS, SITE_RUNS = 8, 5
GEDI = (sys.executable, "-m", "gedi")


@dataclass(frozen=True, slots=True)
class Started:
    """What a start took, in seconds."""

    cpu: float
    wall: float


def measure_command(command: Sequence[str], folder: Path, runs: int = COMMAND_RUNS) -> Started:
    """Return the least CPU and wall seconds of a command that ends by itself."""
    used = [_run(command, folder) for _ in range(runs)]
    return Started(min(one.cpu for one in used), min(one.wall for one in used))


def measure_site(command: Callable[[int], Sequence[str]], folder: Path, runs: int = SITE_RUNS) -> Started:
    """Return the least seconds from executing a command until the home page answers 200 on the port given to it."""
    used = [_run_until_served(command, folder) for _ in range(runs)]
    return Started(min(one.cpu for one in used), min(one.wall for one in used))


def _run(command: Sequence[str], folder: Path) -> Started:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Started(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def _run_until_served(command: Callable[[int], Sequence[str]], folder: Path) -> Started:
    port = free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(
        command(port), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_until(lambda: _is_served(port))
        return Started(cpu(process.pid), time.perf_counter() - begun)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(20)


def _is_served(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _run_command(folder: Path, database: str, port: int) -> list[str]:
    config = folder / "run.toml"
    config.write_text(f'[database]\nurl = "{database}"\n[web]\nport = {port}\n', "utf-8")
    return [*GEDI, "run", "--config", str(config)]


def _demo_command(port: int) -> list[str]:
    return [*GEDI, "demo", "--port", str(port), "--folder", tempfile.mkdtemp(prefix="gedi-bench-")]


def _print(name: str, started: Started, goal: float) -> None:
    print(f"   {name:55}{started.cpu:6.2f} s CPU{started.wall:7.2f} s, goal {goal:g} s")


def _measure_sources(folder: Path) -> None:
    """Print what loading ``SOURCES`` sources takes, from one file of each kind and from a file for each."""
    from aggregator.config.load import Config, read_config
    from aggregator.config.watcher import ConfigWatcher
    from aggregator.store import Store

    written = invented_sources.write_lists(folder, SOURCES)
    for name, path in written.items():
        _print(f"{SOURCES:,} sources from {name}", _timed(partial(read_config, path)), LOAD_GOAL)
    config = read_config(written["a file each"])
    store = Store.open(f"sqlite:///{folder / 'gedi.db'}")
    store.sync_sources(config.sources, _NOW, timedelta(0))
    _print(
        "comparing them with the database",
        _timed(lambda: store.sync_sources(config.sources, _NOW, _NO_TIME)),
        LOAD_GOAL,
    )
    watcher, changes = ConfigWatcher(config, lambda: _NOW), iter(range(1000))

    def change_one() -> None:
        invented_sources.change_one(folder, next(changes))
        before, new = watcher.config, None
        while new is None:
            watcher._lists_due = 0.0  # a look is due, however long the one before took
            new = watcher.poll()
        assert isinstance(new, Config)
        store.sync_sources(new.sources, _NOW, _NO_TIME, before.sources)

    _print("a change of one, noticed and synchronized", _timed(change_one), LOAD_GOAL)
    store.close()


def _timed(work: Callable[[], object], runs: int = 3) -> Started:
    used = []
    for _ in range(runs):
        cpu_before, begun = time.process_time(), time.perf_counter()
        work()
        used.append(Started(time.process_time() - cpu_before, time.perf_counter() - begun))
    return Started(min(one.cpu for one in used), min(one.wall for one in used))


def main() -> None:
    items = int(os.environ.get("GEDI_BENCH_ITEMS", "10000"))
    with tempfile.TemporaryDirectory(prefix="gedi-bench-") as name:
        folder = Path(name)
        (folder / "config.toml").write_text('[database]\nurl = "sqlite:///gedi.db"\n', "utf-8")
        _run([*GEDI, "poll"], folder)  # creates the database
        _print("gedi --help", measure_command([*GEDI, "--help"], folder), HELP_GOAL)
        _print("gedi poll, nothing due", measure_command([*GEDI, "poll"], folder), POLL_GOAL)
        database = build_filled_store(items)
        site = measure_site(lambda port: _run_command(folder, database, port), folder)
        _print(f"gedi run until the home page, {items:,} items", site, SITE_GOAL)
        _measure_sources(folder / "sources")
        _print("gedi demo until the home page, a new database", measure_site(_demo_command, folder), SITE_GOAL)


if __name__ == "__main__":
    main()
