"""The site: feeds per second, compared with a Flask view that renders with feedgen, and the server time of each page.

One thread without sockets, so only our code is measured, in CPU time because the machine has other load. A feed of
100 entries is requested plain, compressed, and with a matching ETag. Pages are measured with 10,000 and with 100,000
items (GEDI_BENCH_FULL=1: also 1,000,000), with their shared lists cached ("warm") and not ("cold", as in the first
request after some seconds).
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from time import process_time
from urllib.parse import quote
from wsgiref.types import WSGIApplication

from feedgen.feed import FeedGenerator
from flask import Flask, Response

from aggregator.config.load import Config, parse_config
from aggregator.model import Listing
from aggregator.store import Store
from benchmarks.fill_for_reads import NOW, WORDS
from benchmarks.fixture_stores import build_filled_store
from web import create_app, create_wsgi

FEED = "/feeds/society.atom"
MEDIAN, HIGHEST = 12.0, 40.0  # limits of a page in milliseconds: median, 99th percentile


def main() -> None:
    sizes = [10_000, 100_000] + ([1_000_000] if os.environ.get("GEDI_BENCH_FULL") else [])
    config = parse_config(
        b'[site]\nurl = "https://bench.example"\n[web]\nsearches_per_minute = 0\n', Path("config.toml"), {}
    )
    columns = []
    for size in sizes:
        store = Store.open(build_filled_store(size))
        columns.append(_pages(store, config))
        if size != sizes[-1]:
            store.close()
    _print_pages(sizes, columns)
    _print_feeds(_feeds(store, config))
    store.close()


# ---------------------------------------------------------------- feeds
def _feeds(store: Store, config: Config) -> list[tuple[str, float, int]]:
    """Return (name, requests per second on one core, bytes of a response) of each kind of request."""
    layer = create_wsgi(store, config, clock=lambda: NOW)
    tag = _ask(layer, FEED, HTTP_ACCEPT_ENCODING="br")[1]["ETag"]
    peer = _flask_with_feedgen(store)
    asked: list[tuple[str, Callable[[], int]]] = [
        ("a feed of 100 entries, brotli", lambda: _size(layer, FEED, HTTP_ACCEPT_ENCODING="br, gzip")),
        ("the same, not compressed", lambda: _size(layer, FEED)),
        ("the same, 304", lambda: _size(layer, FEED, HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=tag)),
        ("Flask and feedgen each time", lambda: _size(peer, "/feed")),
    ]
    return [(name, 1 / _cpu_seconds(call), call()) for name, call in asked]


def _flask_with_feedgen(store: Store) -> WSGIApplication:
    """Return the comparison: a view that renders the feed with feedgen for every request."""
    app = Flask("peer")

    @app.get("/feed")
    def feed() -> Response:
        generator = FeedGenerator()
        generator.id("https://bench.example/feed")
        generator.title("society")
        generator.link(href="https://bench.example/")
        generator.updated(NOW)
        cards = store.items(Listing(category="society"), 100)
        details = store.item_details([card.id for card in cards])
        for card in cards:
            entry = generator.add_entry(order="append")
            entry.id(card.url)
            entry.title(card.title)
            entry.link(href=card.url)
            entry.summary(card.excerpt)
            entry.author(name=card.source_title)
            entry.published(card.published)
            entry.updated(card.changed)
            entry.content(details[card.id].html or "", type="html")
        return Response(generator.atom_str(), content_type="application/atom+xml")

    return app


def _ask(app: WSGIApplication, path: str, **environ: str) -> tuple[bytes, dict[str, str]]:
    seen: dict[str, str] = {}
    path, _, query = path.partition("?")

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        assert status[:3] in ("200", "304"), (path, status)
        seen.update(headers)
        return lambda _: None

    request = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "bench.example",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        **environ,
    }
    answer: Iterable[bytes] = app(request, start_response)
    body = b"".join(answer)
    close = getattr(answer, "close", None)
    if close:
        close()
    return body, seen


def _size(app: WSGIApplication, path: str, **environ: str) -> int:
    return len(_ask(app, path, **environ)[0])


def _cpu_seconds(call: Callable[[], object]) -> float:
    """Return the CPU seconds of one call, the best of five rounds."""
    call()
    rounds = []
    for _ in range(5):
        count, start = 0, process_time()
        while process_time() - start < 0.1:
            call()
            count += 1
        rounds.append((process_time() - start) / count)
    return min(rounds)


# ---------------------------------------------------------------- pages
def _pages(store: Store, config: Config) -> dict[str, tuple[float, float, float, int]]:
    """Return page -> (median warm, 99th percentile warm, median cold, bytes of gzip); times in CPU milliseconds."""
    app = create_app(store, config, clock=lambda: NOW)
    cache = app.extensions["site"].cache
    newest = store.items(Listing(category="society"), 1)[0]
    story = store.items(Listing(multi_source_only=True), 1)[0]
    paths = {
        "home": "/",
        "category": "/category/society",
        "category in a city": "/category/society?region=370400",
        "latest": "/latest",
        "hot": "/hot",
        "region": "/region/370000",
        "item": f"/item/{newest.id}",
        "item of a story": f"/item/{story.id}",
        "story": f"/story/{story.story_id}",
        "source": "/source/s7",
        "search, a common word": f"/search?q={quote(WORDS[0])}",
        "search, a rare word": f"/search?q={quote(WORDS[-1])}",
        "search, best first": f"/search?q={quote(WORDS[9])}&sort=rel",
        "search, nothing found": f"/search?q={quote(WORDS[-1] + WORDS[-2])}&category=society&region=370000",
        "sources": "/sources",
        "feeds": "/feeds",
        "status": "/status",
    }
    return {name: _page(app, path, cache.clear) for name, path in paths.items()}


def _page(app: WSGIApplication, path: str, forget: Callable[[], None]) -> tuple[float, float, float, int]:
    size = _size(app, path, HTTP_ACCEPT_ENCODING="gzip")
    cold, warm = [], []
    for _ in range(12):
        forget()
        cold.append(_once(app, path))
        warm += [_once(app, path) for _ in range(8)]
    warm.sort()
    return warm[len(warm) // 2], warm[-2], sorted(cold)[len(cold) // 2], size


def _once(app: WSGIApplication, path: str) -> float:
    start = process_time()
    _ask(app, path, HTTP_ACCEPT_ENCODING="gzip")
    return (process_time() - start) * 1000


# ---------------------------------------------------------------- tables
def _print_pages(sizes: list[int], columns: list[dict[str, tuple[float, float, float, int]]]) -> None:
    print(f"{'page, CPU ms':24}" + "".join(f"{size:>14,} warm   p99  cold" for size in sizes) + "   gzip KB")
    for name in columns[0]:
        times = "".join("{:19.1f} {:5.1f} {:5.1f}".format(*column[name][:3]) for column in columns)
        print(f"{name:24}{times}{columns[-1][name][3] / 1000:10.1f}")
    last = columns[-1].values()
    print(f"   slowest page: median {max(page[0] for page in last):.1f} of {MEDIAN:.0f} ms allowed, "
          f"p99 {max(page[1] for page in last):.1f} of {HIGHEST:.0f} ms")  # fmt: skip


def _print_feeds(rows: list[tuple[str, float, int]]) -> None:
    peer = rows[-1][1]
    print(f"\n{'feed':36}{'requests/s':>12}{'bytes':>10}{'times the view':>16}")
    for name, rate, size in rows:
        print(f"{name:36}{rate:12,.0f}{size:10,}{rate / peer:16,.0f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
