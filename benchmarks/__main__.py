"""``make bench``: run every speed benchmark, or those named (``python -m benchmarks store fetch``)."""

from __future__ import annotations

import importlib
import sys
import time

SPEED = (
    *("read_feeds", "reading_steps", "fetch", "store", "search", "intake", "pages", "serving", "freshness", "rhythm"),
    *("host_queues", "polling", "start", "scale"),
)


def run(names: list[str]) -> None:
    """Run benchmark modules one after the other, each under its title."""
    for name in names:
        module = importlib.import_module(f"benchmarks.{name}")
        title = (module.__doc__ or name).strip().splitlines()[0]
        print(f"\n== {name}: {title}")
        started = time.perf_counter()
        module.main()
        print(f"   ({time.perf_counter() - started:.0f} s)")


if __name__ == "__main__":
    run(sys.argv[1:] or list(SPEED))
