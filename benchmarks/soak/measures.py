"""What is measured of the running service: its process tree, its files, its queues, and the latency of pages."""

from __future__ import annotations

import contextlib
import http.client
import math
import os
import re
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.process_tree import process_tree, proportional_set_size
from benchmarks.soak.curves import PAGES, Row, percentile

PROBE_EVERY = 0.5  # seconds between two requests
_METRICS = {
    "items": "gedi_items",
    "overdue": "gedi_sources_overdue",
    "stale": "gedi_feeds_stale",
    "articles": "gedi_articles_waiting",
    "pictures": "gedi_pictures_waiting",
    "new_items": "gedi_new_items_total",
}
_QUEUES = {
    "outbox": "SELECT count(*) FROM notify_messages WHERE ended IS NULL",
    "deliveries": "SELECT count(*) FROM subscribers WHERE next_at IS NOT NULL",
}


def measure_tree(root: int) -> Row:
    """Return PSS, open handles and threads of a process with its descendants."""
    row = {"memory": 0.0, "handles": 0.0, "threads": 0.0}
    for number in process_tree(root):
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            memory = proportional_set_size(number)
            handles = sum(1 for _ in Path(f"/proc/{number}/fd").iterdir())
            threads = sum(1 for _ in Path(f"/proc/{number}/task").iterdir())
            row["memory"] += memory
            row["handles"] += handles
            row["threads"] += threads
    return row


def tree_cpu(root: int) -> float:
    """Return the CPU seconds of a process with its descendants, also of those that have ended."""
    ticks = 0
    for number in process_tree(root):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure_store(database: Path) -> Row:
    """Return the sizes of the database and its write-ahead log in MB, and the lengths of queues without a metric."""
    row = {"store": _megabytes(database), "wal": _megabytes(database.with_name(database.name + "-wal"))}
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        for name, query in _QUEUES.items():
            row[name] = float(connection.execute(query).fetchone()[0])
    return row


def _megabytes(file: Path) -> float:
    with contextlib.suppress(FileNotFoundError):
        return file.stat().st_size / 1e6
    return 0.0


def measure_queues(site: str) -> Row:
    """Return what ``/metrics`` says of queues; not a number where it says nothing."""
    body = get(f"{site}/metrics").decode()
    found = dict(re.findall(r"^(\w+)(?:\{\})? (\S+)$", body, re.M))
    return {name: float(found.get(metric, math.nan)) for name, metric in _METRICS.items()}


def get(address: str) -> bytes:
    """Return the body of a response; raise OSError unless it is 200."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)
    try:
        connection.request("GET", f"{place.path or '/'}?{place.query}" if place.query else place.path or "/")
        answer = connection.getresponse()
        body = answer.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise OSError(f"{address}: status {answer.status}")
    return body


class PageProbe:
    """Requests the home page, a feed, a search and a story in turn, in a thread of its own."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._times: dict[str, list[float]] = defaultdict(list)
        self._failures = 0
        self._story, self._words = "/hot", "公布"
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> PageProbe:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def take(self) -> Row:
        """Return median and 99th percentile of each page in ms since the last call, and the failed requests."""
        with self._lock:
            times, self._times = self._times, defaultdict(list)
            failures, self._failures = self._failures, 0
        return {"failures": float(failures), **dict(_percentiles(times))}

    def _run(self) -> None:
        while not self._stopping.is_set():
            for page in PAGES:
                self._request(page)
                if self._stopping.wait(PROBE_EVERY):
                    return

    def _request(self, page: str) -> None:
        path = {"home": "/", "feed": "/feeds/all.atom", "search": f"/search?q={quote(self._words)}"}
        begun = time.perf_counter()
        try:
            body = get(self._site + path.get(page, self._story))
        except OSError:
            with self._lock:
                self._failures += 1
            self._story = "/hot"  # the story may have been deleted or merged
            return
        with self._lock:
            self._times[page].append((time.perf_counter() - begun) * 1000)
        if page == "home":
            self._look_at(body.decode())

    def _look_at(self, home: str) -> None:
        """Take the next story and the next words to search for from the home page."""
        if found := re.findall(r'href="(/story/\d+)"', home):
            self._story = found[0]
        if titles := re.findall(r">([\u4e00-\u9fff]{8,})<", home):
            self._words = titles[-1][2:5]


def _percentiles(times: Mapping[str, list[float]]) -> Iterator[tuple[str, float]]:
    for page in PAGES:
        yield f"{page}_p50", percentile(times.get(page, []), 0.5)
        yield f"{page}_p99", percentile(times.get(page, []), 0.99)
