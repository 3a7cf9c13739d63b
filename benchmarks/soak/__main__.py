"""``make soak``: two weeks of the service in an hour (GEDI_SOAK_DAYS in GEDI_SOAK_MINUTES), every curve flat or not.

A line a minute, all figures in the file GEDI_SOAK_FILE (build/soak.tsv), and a verdict; exit code 1 if a curve grows.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from aggregator.runtime.clock import now_utc
from benchmarks.servers import free_port, wait_until
from benchmarks.soak.curves import CURVES, PAGES, Row, mean, report, write_row
from benchmarks.soak.fast_clock import FastClock
from benchmarks.soak.measures import PageProbe, get, measure_queues, measure_store, measure_tree, tree_cpu
from benchmarks.soak.receiver import Receiver
from samples.config import demo_config

SAMPLE_EVERY = 5.0  # seconds; a row has the mean of a minute, of the write-ahead log the maximum
FEEDS = ("/feeds/all.atom", "/feeds/society.atom", "/feeds/tech.atom", "/feeds/all/370000.atom")
_POLLING = {  # of the demo -> as an admin would have it, in simulated time
    'interval = "5s"': 'interval = "15m"',
    'minimum = "2s"': 'minimum = "10m"',
    'maximum = "30s"': 'maximum = "3h"',
    'timeout = "15s"': 'timeout = "5m"',
    'content = "full"\n': 'content = "full"\nhub = "self"\n',
    "[web]\n": "[web]\nsearches_per_minute = 0\n",
}
_MORE = """
[retention]
items = "1d"

[[notify]]
url = "RECEIVER/hot"
what = "hot"
secret = "${GEDI_SOAK_SECRET}"
name = "hot"

[[notify]]
url = "RECEIVER/society"
what = "category/society"
secret = "${GEDI_SOAK_SECRET}"
name = "society"
batch = "30m"
"""


def main() -> int:
    minutes = float(os.environ.get("GEDI_SOAK_MINUTES", "60"))
    days = float(os.environ.get("GEDI_SOAK_DAYS", "14"))
    file = Path(os.environ.get("GEDI_SOAK_FILE", "build/soak.tsv"))
    file.parent.mkdir(parents=True, exist_ok=True)
    clock = FastClock.begin(now_utc(), round(days * 24 * 60 / minutes))
    print(f"{days:g} days in {minutes:g} minutes: the clock runs {clock.factor} times as fast; figures in {file}")
    with tempfile.TemporaryDirectory(prefix="gedi-soak-") as folder:
        rows = _run(Path(folder), file, clock, minutes)
    table, kept = report(rows)
    print(table)
    return 0 if kept else 1


def _run(folder: Path, file: Path, clock: FastClock, minutes: float) -> list[Row]:
    rows = []
    with Receiver() as receiver, _outlets(clock) as outlets, _service(folder, outlets, receiver, clock) as (site, root):
        wait_until(lambda: all(_answers(site + path) for path in FEEDS))
        receiver.subscribe(site, FEEDS)
        with PageProbe(site) as probe, file.open("w", encoding="utf-8", newline="") as target:
            end = time.monotonic() + minutes * 60 - clock.elapsed().total_seconds() / clock.factor
            number = 0
            while time.monotonic() + SAMPLE_EVERY < end:
                row = _minute(site, root, folder / "gedi.db", end)
                number += 1
                row |= probe.take() | {"minute": number, "day": clock.elapsed().total_seconds() / 86400}
                row["published"] = receiver.received
                rows.append(row)
                write_row(target, row)
                print(_line(row), flush=True)
    return rows


def _minute(site: str, root: int, database: Path, end: float) -> Row:
    """Return the figures of a minute, shorter at the end of the run."""
    begun, spent, samples = time.monotonic(), tree_cpu(root), []
    while (now := time.monotonic()) < min(begun + 60, end):
        time.sleep(max(min(SAMPLE_EVERY, end - now), 0))
        with contextlib.suppress(OSError):  # the site may be busy; its probe counts failures
            samples.append(measure_tree(root) | measure_store(database) | measure_queues(site))
    row = {name: mean(sample[name] for sample in samples) for name in samples[0]}
    row["wal"] = max(sample["wal"] for sample in samples)
    row["new_items"] = samples[-1]["new_items"]
    row["cpu"] = (tree_cpu(root) - spent) / (time.monotonic() - begun) * 60
    return row


def _line(row: Row) -> str:
    pages = " ".join(f"{page} {row[f'{page}_p50']:.0f}/{row[f'{page}_p99']:.0f}" for page in PAGES)
    shown = [curve for curve in CURVES if "_p" not in curve.name]
    figures = " ".join(f"{curve.name} {row[curve.name]:.4g}" for curve in shown)
    return f"{row['minute']:3.0f} day {row['day']:.2f} {figures} ms {pages} failures {row['failures']:.0f}"


@contextlib.contextmanager
def _outlets(clock: FastClock) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.soak.outlets"],
        env={**os.environ, **clock.environment()}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


@contextlib.contextmanager
def _service(folder: Path, outlets: str, receiver: Receiver, clock: FastClock) -> Iterator[tuple[str, int]]:
    """Run ``gedi run``; yield the address of its site and its process id."""
    port = free_port()
    config = folder / "config.toml"
    config.write_text(soak_config(outlets, receiver.url, port, folder), "utf-8")
    log = Path(os.environ.get("GEDI_SOAK_LOG", folder / "log"))
    site = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gedi", "run", "--config", str(config)],
            env={**os.environ, **clock.environment(), "GEDI_SOAK_SECRET": secrets.token_hex(16)},
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_until(lambda: process.poll() is not None or _answers(f"{site}/healthz?part=live"), 120.0)
            if process.poll() is not None:
                raise RuntimeError(f"the service ended: {log.read_text('utf-8', 'replace')[-2000:]}")
            yield site, process.pid
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()


def soak_config(outlets: str, receiver: str, port: int, folder: Path) -> str:
    """Return the demo's config with intervals of simulated time, a day's retention, a hub and notifications."""
    head, sources, rest = demo_config(outlets, port, folder).partition("\n[[sources]]")
    for demo, soak in _POLLING.items():
        head = head.replace(demo, soak)
    return head + _MORE.replace("RECEIVER", receiver) + sources + rest


def _answers(address: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(get(address))
    return False


if __name__ == "__main__":
    sys.exit(main())
