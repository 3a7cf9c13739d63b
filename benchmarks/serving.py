"""Feeds over HTTP: requests a second beside nginx and a Flask view, and the time from arrival to presence in the feed.

The same client asks each server in turn, on this machine: ``gedi serve`` as it is run, nginx with the same bytes as a
file (where nginx is installed), and a Flask view that renders with feedgen, served by granian like ours. Rounds go
through all of them in turn and the best of each counts, for others use the machine too. The client is wrk, or ab, or
else threads of Python; where these are what limits, it says so by both rates being alike.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from aggregator.store import Store
from benchmarks.filling import fill
from benchmarks.pages import FEED, _flask_with_feedgen
from tests.servers import Server, conditional

ITEMS = 10_000
ROUNDS, SECONDS, CLIENTS = 3, 2, 8
EVERYTHING = "/feeds/all.atom"  # whatever category a headline is given
OF_NGINX, OF_FLASK, DELAY = 0.5, 50.0, 2.0  # goals: share of nginx, times the view, seconds


# of nothing in common, or they would be one story
_HEADLINES = (
    "北湾码头开通夜班轮渡",
    "小学生自制水火箭飞上百米",
    "老粮站改成社区图书馆",
    "果农试种蓝莓喜获丰收",
    "地铁七号线盾构机始发",
    "博物馆征集旧照片五千张",
    "消防员从枯井救出小狗",
    "退休医生义诊走遍山村",
    "暴雨致国道塌方已抢通",
    "锅炉厂研制出低氮燃烧器",
    "民警帮走失老人找到家",
)
ARRIVALS = len(_HEADLINES) - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What one server is asked for."""

    name: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gedi-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's workers have to get in
        _throughput(folder)
        _freshness(folder)


# ---------------------------------------------------------------- requests a second
def _throughput(folder: Path) -> None:
    database = f"sqlite:///{folder}/serving.db"
    store = Store.open(database)
    fill(store, 0, ITEMS)
    store.close()
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(_gedi(folder, database)) + FEED
        body, tag = _get(ours)
        asked = [Asked("gedi, whole", ours), Asked("gedi, 304", ours, (("If-None-Match", tag),))]
        if shutil.which("nginx"):
            (folder / "www").mkdir()
            (folder / "www" / "society.atom").write_bytes(body)
            static = stack.enter_context(_nginx(folder)) + "/society.atom"
            asked += [Asked("nginx, whole", static), Asked("nginx, 304", static, (("If-None-Match", _get(static)[1]),))]
        asked.append(Asked("Flask and feedgen", stack.enter_context(_view(database)) + "/feed"))
        rates = _rates(asked)
    _print_rates(rates, len(body))


def _rates(asked: list[Asked]) -> dict[str, float]:
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for each in asked:
            best[each.name] = max(best.get(each.name, 0.0), _rate(each))
    return best


def _rate(asked: Asked) -> float:
    """Requests a second that the server answers, by the best client there is."""
    headers = [word for name, value in asked.headers for word in ("-H", f"{name}: {value}")]
    if wrk := shutil.which("wrk"):
        command = [wrk, "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", *headers, asked.url]
        return _read(r"Requests/sec:\s+([\d.]+)", command)
    if ab := shutil.which("ab"):
        command = [ab, "-q", "-k", f"-c{CLIENTS}", f"-t{SECONDS}", "-n10000000", *headers, asked.url]
        return _read(r"Requests per second:\s+([\d.]+)", command)
    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(_count, [asked] * CLIENTS)) / SECONDS


def _read(pattern: str, command: list[str]) -> float:
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(pattern, told)
    assert found is not None, told
    return float(found[1])


def _count(asked: Asked) -> int:
    place = urlsplit(asked.url)
    connection = http.client.HTTPConnection(place.netloc)
    until, count = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        connection.request("GET", place.path, headers=dict(asked.headers))
        connection.getresponse().read()
        count += 1
    connection.close()
    return count


def _print_rates(rates: dict[str, float], size: int) -> None:
    client = next((name for name in ("wrk", "ab") if shutil.which(name)), "Python")
    print(f"a feed of 100 entries, {size:,} bytes, {CLIENTS} connections, client {client}")
    print(f"{'server':24}{'requests/s':>12}")
    for name, rate in rates.items():
        print(f"{name:24}{rate:12,.0f}")
    if "nginx, whole" in rates:
        for what in ("whole", "304"):
            share = rates[f"gedi, {what}"] / rates[f"nginx, {what}"]
            print(f"   {what}: {share:.2f} of nginx (goal: at least {OF_NGINX})")
    else:
        print("   nginx is not installed: not compared")
    for what in ("whole", "304"):
        times = rates[f"gedi, {what}"] / rates["Flask and feedgen"]
        print(f"   {what}: {times:.0f} times the Flask view (goal: at least {OF_FLASK:.0f})")


# ---------------------------------------------------------------- from arrival to presence
def _freshness(folder: Path) -> None:
    """An outlet publishes; from the moment its document is first fetched with the new item until our feed has it."""
    delays = []
    with Server() as outlet:
        outlet.route("/feed", conditional(_document(0), '"0"'))
        source = f'[[sources]]\nurl = "{outlet.url("/feed")}"\nslug = "outlet"\ncategory = "society"\n'
        with _gedi(folder, f"sqlite:///{folder}/fresh.db", source, command="run") as site:
            _until(lambda: b"http://outlet.example/0" in _get(site + EVERYTHING)[0])  # all is started
            for number in range(1, ARRIVALS + 1):
                delays.append(_delay(outlet, number, site + EVERYTHING))
    print(f"from arrival to presence in the feed, {ARRIVALS} items: median {statistics.median(delays):.2f} s, "
          f"longest {max(delays):.2f} s (goal: a median of at most {DELAY:.0f} s)")  # fmt: skip


def _delay(outlet: Server, number: int, feed: str) -> float:
    """Seconds between the visit that finds a new item and the first answer that has it."""
    before = outlet.count("/feed")
    outlet.route("/feed", conditional(_document(number), f'"{number}"'))
    _until(lambda: outlet.count("/feed") > before)
    start = time.monotonic()
    _until(lambda: f"http://outlet.example/{number}".encode() in _get(feed)[0])
    return time.monotonic() - start


def _document(newest: int) -> bytes:
    now = format_datetime(datetime.now(UTC))
    items = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><title>{_HEADLINES[n]}</title><link>http://outlet.example/{n}</link>"
        f"<pubDate>{now}</pubDate></item>"
        for n in range(newest, -1, -1)
    )
    return f"<rss version='2.0'><channel><title>Outlet</title><link>http://outlet.example/</link>{items}</channel></rss>".encode()


# ---------------------------------------------------------------- servers
@contextlib.contextmanager
def _gedi(folder: Path, database: str, sources: str = "", command: str = "serve") -> Iterator[str]:
    port = _free_port()
    config = folder / f"{command}.toml"
    config.write_text(
        f"""[site]
url = "https://bench.example"
[database]
url = "{database}"
[web]
host = "127.0.0.1"
port = {port}
[polling]
interval = "1s"
minimum = "1s"
maximum = "1s"
spacing = "0s"
allow = ["127.0.0.0/8"]
{sources}"""
    )
    with _running([sys.executable, "-m", "gedi", command, "--config", str(config)], port) as address:
        yield address


@contextlib.contextmanager
def _nginx(folder: Path) -> Iterator[str]:
    port = _free_port()
    file = folder / "nginx.conf"
    file.write_text(
        f"""daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; tcp_nopush on; open_file_cache max=100;
  types {{ application/atom+xml atom; }}
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""
    )
    with _running(["nginx", "-c", str(file), "-p", str(folder)], port) as address:
        yield address


@contextlib.contextmanager
def _view(database: str) -> Iterator[str]:
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--port", str(port)]
    command += ["--blocking-threads", "4", "--log-level", "error", "benchmarks.serving:view"]
    with _running(command, port, GEDI_BENCH_DATABASE=database) as address:
        yield address


def view() -> Flask:
    """The peer, made by granian's worker."""
    app = _flask_with_feedgen(Store.open(os.environ["GEDI_BENCH_DATABASE"], migrate=False))
    assert isinstance(app, Flask)
    return app


@contextlib.contextmanager
def _running(command: list[str], port: int, **environ: str) -> Iterator[str]:
    """A server process; yields its address once it listens."""
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _until(lambda: _listens(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def _until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("a server of the benchmark did not answer in time")
        time.sleep(0.02)


def _get(url: str) -> tuple[bytes, str]:
    """Body and ETag."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)
    connection.request("GET", place.path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return body, answer.getheader("ETag", "")


if __name__ == "__main__":
    main()
