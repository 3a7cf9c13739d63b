"""The pipeline from document to stored items: CPU time of each part, and memory, with stores of several sizes.

The sizes are 1,000, 10,000 and 100,000 stored items, with GEDI_BENCH_FULL=1 also a million. With
GEDI_BENCH_POSTGRES=postgresql://…, an empty database on this machine, 10,000 items are stored there instead.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from aggregator.intake.digest import parse_document, preload
from aggregator.intake.document_storage import store_documents
from aggregator.intake.parse_task import ParseTask
from aggregator.model import Document, ParsedDocument, Poll, Source
from aggregator.steps.entries.sanitize import to_paragraphs
from aggregator.store import Store
from benchmarks.fill_for_intake import RECENT, fill_store, server_cpu, sources, stored_texts
from benchmarks.fill_for_reads import FREQUENCIES, WORDS

SIZES = (1_000, 10_000, 100_000)
FULL = (*SIZES, 1_000_000)
PER_DOCUMENT = 20
WARMING, MEASURED = 5, 25  # documents
COPIES = 0.2  # share of the items that reprint a stored one
LIMIT_MS = 10.0  # limit of the CPU time per item
LIMIT_MB = 500
_PLACES = ("枣庄", "济南", "青岛", "成都", "武汉", "长沙", "西安", "昆明", "哈尔滨", "南宁")
Reports = list[tuple[str, str]]  # title, text


def document(rng: random.Random, number: int, stored: Reports, size: int = PER_DOCUMENT) -> bytes:
    """Return an RSS document of new reports, some of which reprint another outlet's text."""
    items = []
    for n in range(size):
        title, text = rng.choice(stored) if stored and rng.random() < COPIES else _report(rng)
        items.append(
            f"<item><guid>{number}-{n}</guid><title>{escape(title)}</title><link>http://a.example/{number}-{n}</link>"
            f"<description>{escape(to_paragraphs(text))}</description></item>"
        )
    return f"<rss version='2.0'><channel><title>x</title>{''.join(items)}</channel></rss>".encode()


def _report(rng: random.Random) -> tuple[str, str]:
    words = rng.choices(WORDS, cum_weights=FREQUENCIES, k=150)
    clauses = ["".join(words[at : at + 6]) for at in range(0, len(words), 6)]
    place = rng.choice(_PLACES)
    return f"{place}{clauses[0]}{clauses[1]}", f"{place}讯 " + "，".join(clauses) + "。"


def main() -> None:
    """Print for each size of the store the CPU time per item for reading and storing, its growth, and the memory."""
    preload()
    address = os.environ.get("GEDI_BENCH_POSTGRES")
    if address:
        print("   PostgreSQL, its server's CPU included:")
        _print_size(10_000, address, None)
        return
    first: float | None = None
    for size in FULL if os.environ.get("GEDI_BENCH_FULL") else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            first = _print_size(size, f"sqlite:///{folder}/bench.db", first)


def _print_size(size: int, address: str, first: float | None) -> float:
    reading, storing, alone = _measure(size, address)
    whole = reading + storing
    first = first or whole
    print(f"   {size:9,} items: {reading:5.2f} ms CPU an item to read, {storing:5.2f} to store, {whole:5.2f} of "
          f"{LIMIT_MS:.0f} ms together ({whole / first:.2f} times the first), {alone:5.2f} where it comes alone; "
          f"{_memory()} of {LIMIT_MB} MB")  # fmt: skip
    return first


def _measure(size: int, address: str) -> tuple[float, float, float]:
    """Return the milliseconds per item to read and to store large documents, and for both in documents of one item."""
    rng = random.Random(1)
    store = Store.open(address)
    listed = sources(50)
    ids = store.sync_sources(listed, datetime.fromisoformat("2026-01-01T00:00Z"), timedelta(0))
    now = fill_store(store, list(ids.values()), size)
    newest = range(max(1, size - RECENT), size)
    stored = stored_texts(store, rng.sample(newest, 200))
    costs: dict[int, list[tuple[float, float]]] = {PER_DOCUMENT: [], 1: []}
    for number in range(2 * (WARMING + MEASURED)):
        source = listed[number % len(listed)]
        poll = Poll(Source(ids[source.slug], source.slug, source.url, source.title), source.url)
        many = PER_DOCUMENT if number < WARMING + MEASURED else 1
        body = document(rng, number, stored, many)
        costs[many].append(_measure_costs(store, poll, body, now + timedelta(seconds=number)))
    store.close()
    reading, storing = (sum(column) / PER_DOCUMENT for column in zip(*costs[PER_DOCUMENT][WARMING:], strict=True))
    alone = sum(map(sum, costs[1][WARMING:]))
    return reading / MEASURED * 1000, storing / MEASURED * 1000, alone / MEASURED * 1000


def _memory() -> int:
    """Return the anonymous memory of the process in MB, which excludes the mapped file of the database."""
    found = re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) // 1024 if found else 0


def _measure_costs(store: Store, poll: Poll, body: bytes, now: datetime) -> tuple[float, float]:
    begun = time.process_time()
    found = parse_document(ParseTask(poll.source, poll.url, {}, body, store.known_items(poll.source.id), now))
    read, served = time.process_time(), server_cpu(store)
    assert isinstance(found, ParsedDocument)
    store_documents(store, [Document(poll.source, found.drafts)], now, lambda *_: None)
    return read - begun, time.process_time() - read + server_cpu(store) - served


if __name__ == "__main__":
    main()
