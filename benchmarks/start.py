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
from pathlib import Path

from benchmarks.fixture_stores import build_filled_store
from benchmarks.servers import cpu, free_port, wait_until

HELP_GOAL, POLL_GOAL, SITE_GOAL = 0.15, 0.5, 1.5  # seconds
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
        _print("gedi demo until the home page, a new database", measure_site(_demo_command, folder), SITE_GOAL)


if __name__ == "__main__":
    main()
