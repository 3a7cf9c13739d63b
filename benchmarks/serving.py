"""Feeds over HTTP: requests per second, compared with nginx and a Flask view.

One client requests the feed from each server on this machine: ``gedi serve``, nginx with the same bytes as a file
(if nginx is installed), and a Flask view that renders with feedgen, served by granian. Because the machine has other
load, the servers alternate in short rounds, rates are compared within a round, the median of the rounds counts, and
the CPU time of the servers is printed as well. The client is wrk, else ab, else Python threads; where the client is
the bottleneck, all servers have about the same rate.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from aggregator.model.pictures import SMALL, ItemPictures, Thumbnails, picture_id
from aggregator.store import Store
from benchmarks.fill_for_reads import NOW
from benchmarks.fixture_stores import build_filled_store
from benchmarks.pages import FEED, _flask_with_feedgen
from benchmarks.servers import cpu, free_port, gedi, get, run_server
from feeds.model import Picture
from web.pictures.addresses import SECRET, PictureSigner

ITEMS = 10_000
ROUNDS, SECONDS, CLIENTS = 5, 1, 8
KINDS = ("whole", "gzip", "304")
GZIP = (("Accept-Encoding", "gzip"),)
THUMBNAIL, THUMBNAIL_BYTES = "gedi, thumbnail", 8_000
OF_THUMBNAILS = 5_000  # goal: requests per second
OF_NGINX, OF_FLASK = 0.5, 50.0  # goals: share of nginx's rate, multiple of the view's


@dataclass(frozen=True, slots=True)
class Request:
    """A request to one server."""

    name: str
    url: str
    process: int
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests per second, and CPU microseconds of the server's processes per request."""

    a_second: float
    cpu: float


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gedi-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's workers run as another user
        _throughput(folder)


# ---------------------------------------------------------------- requests a second
def _throughput(folder: Path) -> None:
    database = build_filled_store(ITEMS)
    with contextlib.ExitStack() as stack:
        ours, process = stack.enter_context(gedi(folder, database))
        sizes = [len(get(ours + FEED, headers)[0]) for headers in ((), GZIP)]
        asked = _requests_to("gedi", ours + FEED, process)
        thumbnail = Request(THUMBNAIL, ours + _store_thumbnail(database), process)
        if shutil.which("nginx"):
            (folder / "www").mkdir()
            for suffix, headers in (("", ()), (".gz", GZIP)):
                (folder / "www" / f"society.atom{suffix}").write_bytes(get(ours + FEED, headers)[0])
            address, process = stack.enter_context(_nginx(folder))
            peer = _requests_to("nginx", address + "/society.atom", process)
            asked = [each for pair in zip(asked, peer, strict=True) for each in pair]
        address, process = stack.enter_context(_run_flask(database))
        asked.append(thumbnail)
        asked.append(Request("Flask and feedgen", address + "/feed", process))
        rounds = [{each.name: _measure_rate(each) for each in asked} for _ in range(ROUNDS)]
    _print_rates(rounds, *sizes)


def _store_thumbnail(database: str) -> str:
    """Store a thumbnail of usual size; return its path."""
    store, url, now = Store.open(database), "https://news.example/1.jpg", NOW
    with store.write_transaction() as writer:
        writer.set_pictures({1: ItemPictures(Picture(url))}, now)
        writer.store_thumbnails(picture_id(url), Thumbnails({SMALL: bytes(THUMBNAIL_BYTES)}, 640, 480), now)
    path = PictureSigner(store.secret(SECRET)).path(picture_id(url), SMALL)
    store.close()
    return path


def _requests_to(name: str, url: str, process: int) -> list[Request]:
    """Return the three requests to a server, in the order of KINDS."""
    same = (*GZIP, ("If-None-Match", get(url, GZIP)[1]))
    return [
        Request(f"{name}, {kind}", url, process, headers) for kind, headers in zip(KINDS, ((), GZIP, same), strict=True)
    ]


def _measure_rate(asked: Request) -> Rate:
    """Measure the server's rate with the fastest client available."""
    before, start = cpu(asked.process), time.monotonic()
    a_second = _requests_per_second(asked)
    used, took = cpu(asked.process) - before, time.monotonic() - start
    return Rate(a_second, used / (a_second * took) * 1e6 if a_second else 0.0)


def _requests_per_second(asked: Request) -> float:
    """Return the requests per second."""
    headers = [word for name, value in asked.headers for word in ("-H", f"{name}: {value}")]
    if wrk := shutil.which("wrk"):
        command = [wrk, "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", *headers, asked.url]
        return _run_client(r"Requests/sec:\s+([\d.]+)", command)
    if ab := shutil.which("ab"):
        command = [ab, "-q", "-k", f"-c{CLIENTS}", f"-t{SECONDS}", "-n10000000", *headers, asked.url]
        return _run_client(r"Requests per second:\s+([\d.]+)", command)
    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(_count_requests, [asked] * CLIENTS)) / SECONDS


def _run_client(pattern: str, command: list[str]) -> float:
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(pattern, output)
    assert found is not None, output
    return float(found[1])


def _count_requests(asked: Request) -> int:
    place = urlsplit(asked.url)
    connection = http.client.HTTPConnection(place.netloc)
    until, count = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        connection.request("GET", place.path, headers=dict(asked.headers))
        connection.getresponse().read()
        count += 1
    connection.close()
    return count


def _print_rates(rounds: list[dict[str, Rate]], size: int, packed: int) -> None:
    client = next((name for name in ("wrk", "ab") if shutil.which(name)), "Python")
    print(f"a feed of 100 entries, {size:,} bytes, {packed:,} compressed by gzip")
    print(f"{CLIENTS} connections of {client}, {len(rounds)} rounds")
    print(f"{'server':24}{'requests/s, best':>18}{'median':>10}{'CPU us each':>14}")
    for name in rounds[0]:
        rates = [each[name].a_second for each in rounds]
        used = statistics.median(each[name].cpu for each in rounds)
        print(f"{name:24}{max(rates):18,.0f}{statistics.median(rates):10,.0f}{used:14.1f}")
    thumbnails = max(each[THUMBNAIL].a_second for each in rounds)
    print(f"   thumbnails: {thumbnails:,.0f} a second (goal: at least {OF_THUMBNAILS:,})")
    for what in KINDS:
        if "nginx, whole" in rounds[0]:
            share = _median_ratio(rounds, f"gedi, {what}", f"nginx, {what}", lambda rate: rate.a_second)
            of_cpu = _median_ratio(rounds, f"nginx, {what}", f"gedi, {what}", lambda rate: rate.cpu)
            print(f"   {what}: {share:.2f} of nginx, {of_cpu:.2f} by CPU (goal: at least {OF_NGINX})")
        times = _median_ratio(rounds, f"gedi, {what}", "Flask and feedgen", lambda rate: rate.a_second)
        print(f"   {what}: {times:.0f} times the Flask view (goal: at least {OF_FLASK:.0f})")
    if "nginx, whole" not in rounds[0]:
        print("   nginx is not installed: not compared")


def _median_ratio(rounds: list[dict[str, Rate]], first: str, second: str, of: Callable[[Rate], float]) -> float:
    """Return the median over the rounds of the ratio within a round."""
    return statistics.median(of(each[first]) / (of(each[second]) or 1.0) for each in rounds)


# ---------------------------------------------------------------- peers
@contextlib.contextmanager
def _nginx(folder: Path) -> Iterator[tuple[str, int]]:
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(
        f"""daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; tcp_nopush on; gzip_static on; open_file_cache max=100;
  types {{ application/atom+xml atom; }}
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""
    )
    with run_server(["nginx", "-c", str(file), "-p", str(folder)], port) as server:
        yield server


@contextlib.contextmanager
def _run_flask(database: str) -> Iterator[tuple[str, int]]:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--port", str(port)]
    command += ["--blocking-threads", "4", "--log-level", "error", "benchmarks.serving:create_flask_app"]
    with run_server(command, port, GEDI_BENCH_DATABASE=database) as server:
        yield server


def create_flask_app() -> Flask:
    """Return the Flask app that is compared; granian's worker calls this."""
    app = _flask_with_feedgen(Store.open(os.environ["GEDI_BENCH_DATABASE"], migrate=False))
    assert isinstance(app, Flask)
    return app


if __name__ == "__main__":
    main()
