"""Factories for the tests of the store, with defaults for what a test does not set."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.messages import decisions
from aggregator.model import (
    CategoryDecision,
    Draft,
    ItemCard,
    Place,
    Placement,
    Poll,
    PollResult,
    Relation,
    Sketch,
    Source,
    SourceState,
)
from aggregator.steps.stories.features import build_features
from aggregator.store import Store
from tests.aggregator.store.writing import apply_placements, insert_items

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ids(cards: Sequence[ItemCard]) -> list[int]:
    return [card.id for card in cards]


def copy_database(template: Path, folder: Path) -> str:
    """Copy the migrated, empty SQLite database ``template`` into a folder; return its address."""
    path = folder / "gedi.db"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


@contextmanager
def open_store(database_url: str) -> Iterator[Store]:
    """Yield a store that is closed afterwards."""
    store = Store.open(database_url, migrate=False)
    try:
        yield store
    finally:
        store.close()


def run_workers(database_url: str, count: int, work: Callable[[Store, str], None]) -> None:
    """Call ``work`` with a store and a worker's name in ``count`` threads that start together."""
    start = threading.Barrier(count)

    def run(name: str) -> None:
        with open_store(database_url) as store:
            start.wait()
            work(store, name)

    workers = [threading.Thread(target=run, args=(f"worker {number}",)) for number in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def source(slug: str, **fields: Any) -> Source:
    usual: dict[str, Any] = {"id": 0, "slug": slug, "url": f"http://{slug}.example/feed", "title": slug.title()}
    return Source(**usual | fields)


def draft(
    name: str,
    *,
    title: str = "",
    text: str = "",
    minutes: float = 0,
    category: str | None = None,
    place: Place | None = None,
    marks: Sequence[int] = (),
    topics: Sequence[int] = (),
    **fields: Any,
) -> Draft:
    """Return a draft published ``minutes`` before NOW."""
    values: dict[str, Any] = {
        "uid": hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(),
        "guid": name,
        "url": f"http://news.example/{name}",
        "title": title or f"标题{name}",
        "published": NOW - timedelta(minutes=minutes),
        "dated": True,
        "updated": None,
        "content_hash": hashlib.md5(f"{name}{title}{text}".encode(errors="replace"), usedforsecurity=False).hexdigest(),
        "excerpt": text[:200],
        "html": f"<p>{text}</p>",
        "text": text,
        "length": len(text),
        "decision": CategoryDecision(category, 0.9, decisions.SOURCE()) if category else CategoryDecision(),
        "place": place or Place(),
        "sketch": Sketch(tuple(sorted(marks)), tuple(sorted(topics))),
        "features": build_features(title or f"标题{name}", text),
    }
    return Draft(**values | fields)


def uid(name: str) -> str:
    return draft(name).uid


def outlets(store: Store, *slugs: str) -> dict[str, int]:
    return store.sync_sources([source(slug) for slug in slugs], NOW, timedelta())


def publish(store: Store, slug: str, *drafts: Draft, story: int | None = None, now: datetime = NOW) -> list[int]:
    """Store items of one outlet, each in a story of its own or all in ``story``."""
    source_id = {known.slug: known.id for known in store.sources()}[slug]
    with store.write_transaction() as writer:
        ids = insert_items(writer, source_id, drafts, now)
        numbers = [ids[item.uid] for item in drafts]
        relation = Relation.ORIGINAL if story is None else Relation.FURTHER
        apply_placements(writer, [Placement(number, story, relation) for number in numbers], now)
    return numbers


def place(store: Store, *placements: Placement) -> set[int]:
    with store.write_transaction() as writer:
        return apply_placements(writer, placements, NOW)


def poll_result(poll: Poll, **fields: Any) -> PollResult:
    values: dict[str, Any] = {
        "source_id": poll.source.id,
        "at": NOW,
        "outcome": "changed",
        "state": SourceState.OK,
        "next_poll": NOW + HOUR,
        "interval": HOUR,
        "failures": 0,
        "elapsed": 0.2,
    }
    return PollResult(**values | fields)
