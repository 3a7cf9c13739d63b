"""An item's whole way through the pipeline: CPU of each part at stores of several sizes, and memory.

1,000, 10,000 and 100,000 stored items; with GEDI_BENCH_FULL=1 a million, too.
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

from aggregator.digest import Task, digest, warm
from aggregator.model import Digest, Known, Poll, Source
from aggregator.pipeline import take_in
from aggregator.steps.sanitise import paragraphs
from aggregator.store import Store
from benchmarks.filling import FREQUENCIES, WORDS
from benchmarks.stocking import RECENT, sources, stock, stored_texts

SIZES = (1_000, 10_000, 100_000)
FULL = (*SIZES, 1_000_000)
PER_DOCUMENT = 20
WARMING, MEASURED = 5, 25  # documents
COPIES = 0.2  # of the items repeat what is stored
LIMIT_MS = 10.0  # CPU an item may cost
LIMIT_MB = 500
_PLACES = ("枣庄", "济南", "青岛", "成都", "武汉", "长沙", "西安", "昆明", "哈尔滨", "南宁")
Reports = list[tuple[str, str]]  # title, text


def document(dice: random.Random, number: int, stored: Reports) -> bytes:
    """An RSS document of new reports; some repeat another outlet's text."""
    items = []
    for n in range(PER_DOCUMENT):
        title, text = dice.choice(stored) if stored and dice.random() < COPIES else _report(dice)
        items.append(
            f"<item><guid>{number}-{n}</guid><title>{escape(title)}</title><link>http://a.example/{number}-{n}</link>"
            f"<description>{escape(paragraphs(text))}</description></item>"
        )
    return f"<rss version='2.0'><channel><title>x</title>{''.join(items)}</channel></rss>".encode()


def _report(dice: random.Random) -> tuple[str, str]:
    words = dice.choices(WORDS, cum_weights=FREQUENCIES, k=150)
    clauses = ["".join(words[at : at + 6]) for at in range(0, len(words), 6)]
    place = dice.choice(_PLACES)
    return f"{place}{clauses[0]}{clauses[1]}", f"{place}讯 " + "，".join(clauses) + "。"


def main() -> None:
    """Fill a store of each size; print CPU per item for reading and for settling, how it grows, and the memory."""
    warm()
    first: float | None = None
    for size in FULL if os.environ.get("GEDI_BENCH_FULL") else SIZES:
        reading, settling = _measured(size)
        whole = reading + settling
        first = first or whole
        print(f"   {size:9,} items: {reading:5.2f} ms CPU an item to read, {settling:5.2f} to settle, {whole:5.2f} of "
              f"{LIMIT_MS:.0f} ms together ({whole / first:.2f} times the first); "
              f"{_memory()} of {LIMIT_MB} MB")  # fmt: skip


def _measured(size: int) -> tuple[float, float]:
    """Milliseconds an item, to read and to settle."""
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/bench.db")
        listed = sources(50)
        ids = store.sync_sources(listed, datetime.fromisoformat("2026-01-01T00:00Z"), timedelta(0))
        now = stock(store, list(ids.values()), size)
        newest = range(max(1, size - RECENT), size)
        stored = stored_texts(store, dice.sample(newest, 200))
        costs = []
        for number in range(WARMING + MEASURED):
            source = listed[number % len(listed)]
            poll = Poll(Source(ids[source.slug], source.slug, source.url, source.title), source.url)
            costs.append(_costs(store, poll, document(dice, number, stored), now + timedelta(seconds=number)))
        store.close()
    items = PER_DOCUMENT * MEASURED / 1000
    reading, settling = (sum(column) / items for column in zip(*costs[WARMING:], strict=True))
    return reading, settling


def _memory() -> int:
    """MB that the process holds now, the mapped file of the database left out."""
    found = re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) // 1024 if found else 0


def _costs(store: Store, poll: Poll, body: bytes, now: datetime) -> tuple[float, float]:
    begun = time.process_time()
    found = digest(Task(poll.source, poll.url, {}, body, Known(), now))
    read = time.process_time()
    assert isinstance(found, Digest)
    with store.writing() as writer:
        take_in(writer, poll, found.drafts, now)
    return read - begun, time.process_time() - read


if __name__ == "__main__":
    main()
