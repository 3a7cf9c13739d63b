"""Profile of Gedi's first poll of GEDI_BENCH_FEEDS feeds (100 unless set): CPU by process, thread, folder, function.

``python -m benchmarks polling_profile``. Sampling increases the CPU time by some percent.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aggregator.runtime.clock import now_utc
from benchmarks.feed_origin import running_origin
from benchmarks.news_feeds import load_outlets
from benchmarks.polling_clients import Gedi
from benchmarks.process_tree import run_measured

SHOWN = 25  # functions
LEAST = 0.01  # share of the whole that a line must have
SAMPLER = Path(__file__).parent / "cpu_sampler"
Seconds = dict[str, float]


def main() -> None:
    feeds = int(os.environ.get("GEDI_BENCH_FEEDS", "100"))
    with tempfile.TemporaryDirectory(prefix="gedi-bench-") as folder, running_origin(feeds, now_utc()) as origin:
        client = Gedi(Path(folder) / "gedi")
        client.prepare(origin, load_outlets(feeds))
        samples = Path(folder) / "samples"
        samples.mkdir()
        environ = {"GEDI_SAMPLES": str(samples), "PYTHONPATH": str(SAMPLER)}
        use = run_measured(client.command(), client.folder, environ)
        items = client.store_size()[1]
        print(f"   {use.cpu:.1f} s CPU, {use.wall:.1f} s, {items:,} items: {use.cpu / items * 1000:.2f} ms an item")
        _print_profile(json.loads(path.read_text("utf-8")) for path in samples.glob("*.json"))


def _print_profile(processes: Iterable[dict[str, Any]]) -> None:
    own: dict[str, Seconds] = {}
    inclusive: dict[str, Seconds] = {}
    for process in processes:
        kind = "reading" if process["role"].startswith("worker of ") else "main"
        for sums, name in ((own, "own"), (inclusive, "inclusive")):
            for key, spent in process[name].items():
                thread, _, function = key.partition("\t")
                sums.setdefault(f"{kind}, {thread}", defaultdict(float))[function] += spent / 1e9
    whole = sum(sum(sums.values()) for sums in own.values())
    for thread, functions in sorted(own.items(), key=lambda pair: -sum(pair[1].values())):
        total = sum(functions.values())
        if total < LEAST * whole:
            continue
        print(f"\n   {thread}: {total:.2f} s")
        folders: Seconds = defaultdict(float)
        for function, spent in functions.items():
            folders[function.partition(":")[0].rpartition("/")[0] or function] += spent
        _print_sums("by folder", folders, total)
        _print_sums("by function, with library calls", functions, total)
        _print_sums("by function, with all that it calls", inclusive[thread], total)


def _print_sums(title: str, sums: Seconds, total: float) -> None:
    print(f"      {title}")
    for name, spent in sorted(sums.items(), key=lambda pair: -pair[1])[:SHOWN]:
        if spent >= LEAST * total:
            print(f"      {spent:8.2f} s {spent / total:5.0%}  {name}")


if __name__ == "__main__":
    main()
