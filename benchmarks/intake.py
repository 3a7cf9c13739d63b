"""An item's whole way through the pipeline: CPU of each part, at a small and at a larger store."""

from __future__ import annotations

import os
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from xml.sax.saxutils import escape

from aggregator.digest import Task, digest, warm
from aggregator.model import Digest, Known, Poll, Source
from aggregator.pipeline import take_in
from aggregator.steps.sanitise import paragraphs
from aggregator.store import Store

PER_DOCUMENT = 20
LIMIT_MS = 10.0  # CPU an item may cost
_CHARACTERS = [chr(code) for code in range(0x4E00, 0x4E00 + 3500)]
_SPOKEN = random.Random(0)
_WORDS = ["".join(_SPOKEN.choices(_CHARACTERS, k=2)) for _ in range(20_000)]
_FREQUENT = list(
    accumulate(1 / rank for rank in range(1, len(_WORDS) + 1))
)  # as in a language: the second word half as often
_PLACES = ("枣庄", "济南", "青岛", "成都", "武汉", "长沙", "西安", "昆明", "哈尔滨", "南宁")


def document(dice: random.Random, number: int) -> bytes:
    """An RSS document of new reports; one in five repeats another outlet's text."""
    items = []
    for n in range(PER_DOCUMENT):
        own = random.Random(dice.randrange(number * PER_DOCUMENT + 1)) if dice.random() < 0.2 else dice
        clauses = ["".join(own.choices(_WORDS, cum_weights=_FREQUENT, k=own.randint(4, 10))) for _ in range(24)]
        place = own.choice(_PLACES)
        text = escape(paragraphs(f"{place}讯 " + "，".join(clauses) + "。"))
        title = f"{place}{clauses[0]}{clauses[1]}"
        items.append(
            f"<item><guid>{number}-{n}</guid><title>{title}</title><link>http://a.example/{number}-{n}</link>"
            f"<description>{text}</description></item>"
        )
    return f"<rss version='2.0'><channel><title>x</title>{''.join(items)}</channel></rss>".encode()


def main() -> None:
    """Fill a store document by document; print CPU per item for reading and for settling, early and late."""
    total = 100_000 if os.environ.get("GEDI_BENCH_FULL") else 5_000
    dice, now = random.Random(1), datetime.now(UTC)
    warm()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/bench.db")
        sources = [Source(0, f"s{n}", f"http://a.example/{n}", f"第{n}报") for n in range(50)]
        ids = store.sync_sources(sources, now, timedelta(0))
        early: list[tuple[float, float]] = []
        late: list[tuple[float, float]] = []
        documents = total // PER_DOCUMENT
        for number in range(documents):
            source = sources[number % len(sources)]
            poll = Poll(Source(ids[source.slug], source.slug, source.url, source.title), source.url)
            at = now + timedelta(seconds=number)
            costs = _costs(store, poll, document(dice, number), at)
            if number < documents // 10:
                early.append(costs)
            elif number >= documents - documents // 10:
                late.append(costs)
        store.close()
    for name, column in (("reading", 0), ("settling", 1)):
        first, last = (1000 * sum(cost[column] for cost in part) / len(part) / PER_DOCUMENT for part in (early, late))
        print(f"   {name:9} {first:6.2f} ms CPU an item in the first tenth, {last:6.2f} in the last of {total:,} "
              f"({last / first:.2f} times)")  # fmt: skip
    whole = sum(1000 * sum(cost) for cost in late) / len(late) / PER_DOCUMENT
    print(f"   together  {whole:6.2f} ms of {LIMIT_MS:.0f} ms allowed ({whole / LIMIT_MS:.0%})")


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
