"""Growth of the store's times and tables with its size: 3,000 and 30,000 items (GEDI_BENCH_FULL=1: also 1,000,000).

SQLite is the default; GEDI_BENCH_DATABASE is the URL of another, empty database. A constant time has the ratio 1, a
time that is linear in the size of the table the ratio 10.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import perf_counter, process_time

import sqlalchemy

from aggregator.messages import decisions
from aggregator.model import CategoryDecision, Draft, Listing, Place, Placement, Relation, SearchFilter, Sketch, Source
from aggregator.store import Store
from aggregator.store.sql.dialect import is_sqlite, key_value_dict
from tests.aggregator.store.writing import apply_placements, candidates_of, insert_items

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
SOURCES = 200
BATCH = 50  # items per poll
A_DAY = 10_000  # items per day, so that time windows contain the same number at every size
CATEGORIES = ("society", "politics", "economy", "sports", "emotion/story", "tech", "culture", "education")
_random = random.Random(7)
_WORDS = ["".join(chr(_random.randint(0x4E00, 0x5FFF)) for _ in range(_random.randint(2, 4))) for _ in range(8000)]


def main() -> None:
    sizes = [3_000, 30_000] + ([1_000_000] if os.environ.get("GEDI_BENCH_FULL") else [])
    with tempfile.TemporaryDirectory(prefix="gedi-bench-") as folder:
        store = Store.open(os.environ.get("GEDI_BENCH_DATABASE", f"sqlite:///{folder}/bench.db"))
        listed = [Source(0, f"s{n}", f"http://s{n}.example/feed", f"Outlet {n}") for n in range(SOURCES)]
        ids = list(store.sync_sources(listed, NOW, timedelta(minutes=5)).values())
        drafts = _drafts(sizes[-1])
        columns: list[dict[str, float]] = []
        tables: list[dict[str, float]] = []
        stored = 0
        for size in sizes:
            columns.append(_fill(store, ids, drafts, size - stored) | _measure(store))
            tables.append({name: size_of / size for name, size_of in table_sizes(store).items()})
            stored = size
        store.close()
    _print(sizes, columns)
    print("bytes an item, with indexes (random characters compress worse than texts)")
    largest = sorted(tables[-1], key=lambda name: -tables[-1][name])
    _print(sizes, [{name: table.get(name, 0.0) for name in largest[:12] if tables[0].get(name)} for table in tables])
    _print(sizes, [{"all tables": sum(table.values())} for table in tables])


def table_sizes(store: Store) -> dict[str, int]:
    """Return table -> its bytes with all its indexes, for tables that have any."""
    with store._write_transaction() as connection:
        if is_sqlite(connection):
            by_table = "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) GROUP BY tbl_name"
        else:
            by_table = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"
        return key_value_dict(connection, sqlalchemy.text(by_table))


def _drafts(total: int) -> Iterator[Draft]:
    """Yield drafts, oldest first; some words are common and most are rare, as in news."""
    for number in range(total):
        published = NOW - timedelta(days=(total - number) / A_DAY)
        common = [_WORDS[int(len(_WORDS) * _random.random() ** 4)] for _ in range(150)]
        title, text = "".join(common[:8]), "，".join("".join(common[at : at + 5]) for at in range(0, 150, 5))
        region = f"{_random.randint(11, 65)}{_random.randint(1, 20):02d}00"
        yield Draft(
            uid=f"{number:032x}",
            guid=f"guid-{number}",
            url=f"http://s.example/{number}",
            title=title,
            published=published,
            dated=True,
            updated=None,
            content_hash=f"{number:016x}",
            excerpt=text[:200],
            html=f"<p>{text}</p>",
            text=text,
            length=len(text),
            decision=CategoryDecision(_random.choice(CATEGORIES), 0.9, decisions.SOURCE()),
            place=Place(region[:2] + "0000", region),
            sketch=_sketch(number),
        )


def _sketch(number: int) -> Sketch:
    rare = tuple(sorted(_random.getrandbits(62) for _ in range(16)))
    topics = {int(200_000 * _random.random() ** 3) for _ in range(18)}
    return Sketch(rare, tuple(sorted(topics)))


def _fill(store: Store, ids: list[int], drafts: Iterator[Draft], total: int) -> dict[str, float]:
    spent = searched = 0.0
    polls = total // BATCH
    for poll in range(polls):
        batch = list(islice(drafts, BATCH))
        now = batch[-1].published
        start = process_time()
        with store.write_transaction() as writer:
            new = insert_items(writer, ids[poll % len(ids)], batch, now)
            before = process_time()
            sketches = {new[draft.uid]: draft.sketch for draft in batch}
            candidates_of(writer, sketches, dict.fromkeys(sketches, now), timedelta(days=3))
            searched += process_time() - before
            numbers = list(new.values())
            placements = [Placement(number, _choose_story(number), Relation.FURTHER) for number in numbers]
            apply_placements(writer, placements, now)
        spent += process_time() - start
    return {
        "write an item: insert and place, µs CPU": (spent - searched) / polls / BATCH * 1e6,
        "candidates of an item, µs CPU": searched / polls / BATCH * 1e6,
    }


def _choose_story(number: int) -> int | None:
    """Return the item whose story this item joins, for one item in five."""
    return max(1, number - _random.randint(1, 500)) if _random.random() < 0.2 else None


def _measure(store: Store) -> dict[str, float]:
    page = store.items(Listing(), 30)
    now = page[0].published
    deep = store.items(Listing(), 30, before=page[-1].cursor)[-1].cursor
    day = Listing(since=now - timedelta(days=1))
    common, rare = _WORDS[0], _WORDS[-1]
    work: dict[str, Callable[[], object]] = {
        "listing: all": lambda: store.items(Listing(), 30),
        "listing: a later page": lambda: store.items(Listing(), 30, before=deep),
        "listing: category": lambda: store.items(Listing(category="sports"), 30),
        "listing: sub-category": lambda: store.items(Listing(category="emotion/story"), 30),
        "listing: province": lambda: store.items(Listing(region="370000"), 30),
        "listing: category and city": lambda: store.items(Listing(category="sports", region="370400"), 30),
        "listing: source": lambda: store.items(Listing(source="s7"), 30),
        "listing: several outlets": lambda: store.items(Listing(multi_source_only=True), 30),
        "home: 8 categories": lambda: store.newest_by_listing({name: Listing(category=name) for name in CATEGORIES}, 6),
        "hot, 24 hours": lambda: store.hot_stories("24h", now, 20),
        "hot, 7 days, one province": lambda: store.hot_stories("7d", now, 20, region="370000"),
        "one item": lambda: store.item(page[0].id),
        "numbers of a day": lambda: store.count_items_and_stories(day),
        "search: a common word": lambda: store.search_items(common, 30),
        "search: a rare word": lambda: store.search_items(rare, 30),
        "search: two words": lambda: store.search_items(f"{common} {_WORDS[1]}", 30),
        "search: a word in a province": lambda: store.search_items(common, 30, filters=SearchFilter(region="370000")),
        "search: best first": lambda: store.search_items(_WORDS[2], 30, sort="rel"),
        "search: one character": lambda: store.search_items(common[0], 30),
        "known items of a source": lambda: store.known_items(1),
    }
    return {f"{name}, µs": _time(call) for name, call in work.items()}


def _time(call: Callable[[], object]) -> float:
    times: list[float] = []
    until = perf_counter() + 0.3
    while len(times) < 5 or perf_counter() < until:
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return sorted(times)[len(times) // 4] * 1e6  # the lower quartile, because the machine has other load


def _print(sizes: list[int], columns: list[dict[str, float]]) -> None:
    print(f"{'store':40}" + "".join(f"{size:>12,}" for size in sizes) + "      growth")
    for name, first in columns[0].items():
        numbers = "".join(f"{column[name]:12,.0f}" for column in columns)
        print(f"{name:40}{numbers}{columns[-1][name] / first:12.2f}")


if __name__ == "__main__":
    main()
