"""Search over 10,000 and 100,000 items (GEDI_BENCH_FULL=1: also 1,000,000); no search may take over 50 ms.

By default SQLite is measured in CPU time, because the machine has other load. GEDI_BENCH_DATABASE is the URL of
another, empty database, which is measured in elapsed time. Every search uses new words.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from time import perf_counter, process_time

from aggregator.model import SearchFilter
from aggregator.store import Store
from benchmarks.fill_for_reads import NOW, WORDS, fill
from benchmarks.fixture_stores import build_filled_store

Column = dict[str, tuple[float, float]]  # kind of search -> (median, slowest), milliseconds
LIMIT_MS = 50.0
PAGE = 21
ASKED = 24  # queries of each kind
COMMON, FREQUENT, RARE = WORDS[:ASKED], WORDS[1000 : 1000 + ASKED], WORDS[-ASKED:]
LAST_MONTH = SearchFilter(since=NOW - timedelta(days=30))
IN_CITY = SearchFilter("sports", "370400")
NEVER = [first + second for first, second in pairwise(WORDS[: ASKED + 1])]  # both halves are frequent


def main() -> None:
    sizes = [10_000, 100_000] + ([1_000_000] if os.environ.get("GEDI_BENCH_FULL") else [])
    url = os.environ.get("GEDI_BENCH_DATABASE")
    report(sizes, _measure_url(url, sizes) if url else [_measure_sqlite(size) for size in sizes])


def _measure_sqlite(size: int) -> Column:
    store = Store.open(build_filled_store(size))
    column = measure(store, process_time)
    store.close()
    return column


def _measure_url(url: str, sizes: Sequence[int]) -> list[Column]:
    store, stored, columns = Store.open(url), 0, []
    for size in sizes:
        fill(store, stored, size)
        stored = size
        columns.append(measure(store, process_time if url.startswith("sqlite") else perf_counter))
    store.close()
    return columns


def measure(store: Store, clock: Callable[[], float]) -> Column:
    later = store.search_items(COMMON[0], PAGE)[-1].cursor
    asked: dict[str, tuple[Sequence[str], Callable[[str], object]]] = {
        "a common word": (COMMON, lambda word: store.search_items(word, PAGE)),
        "a frequent word": (FREQUENT, lambda word: store.search_items(word, PAGE)),
        "a rare word": (RARE, lambda word: store.search_items(word, PAGE)),
        "a later page": (COMMON, lambda word: store.search_items(word, PAGE, before=later)),
        "the last month": (FREQUENT, lambda word: store.search_items(word, PAGE, filters=LAST_MONTH)),
        "two words, a common and a frequent": (FREQUENT, lambda word: store.search_items(f"{COMMON[1]} {word}", PAGE)),
        "two frequent words": (FREQUENT, lambda word: store.search_items(f"{WORDS[2000]} {word}", PAGE)),
        "common words that are never side by side": (NEVER, lambda words: store.search_items(words, PAGE)),
        "a common word without a frequent one": (FREQUENT, lambda w: store.search_items(f"{COMMON[1]} -{w}", PAGE)),
        "in a category and a city": (
            FREQUENT, lambda word: store.search_items(word, PAGE, filters=IN_CITY),
        ),
        "of one source": (FREQUENT, lambda word: store.search_items(word, PAGE, filters=SearchFilter(source="s7"))),
        "one character": ([word[0] for word in COMMON], lambda letter: store.search_items(letter, PAGE)),
        "a character among others": ([f"{word[0]}1" for word in COMMON], lambda word: store.search_items(word, PAGE)),
        "best first, a common word": (COMMON, lambda word: store.search_items(word, PAGE, sort="rel")),
        "best first, a frequent word": (FREQUENT, lambda word: store.search_items(word, PAGE, sort="rel")),
    }  # fmt: skip
    return {name: _times(words, call, clock) for name, (words, call) in asked.items()}


def _times(words: Sequence[str], call: Callable[[str], object], clock: Callable[[], float]) -> tuple[float, float]:
    times = []
    for word in words:
        start = clock()
        call(word)
        times.append((clock() - start) * 1000)
    times.sort()
    return times[len(times) // 2], times[-1]


def report(sizes: Sequence[int], columns: Sequence[Column]) -> None:
    print(f"{'search, ms':44}" + "".join(f"{size:>12,}  slowest" for size in sizes))
    for name in columns[0]:
        print(f"{name:44}" + "".join("{:12.1f} {:8.1f}".format(*column[name]) for column in columns))
    print(f"   slowest of all: {max(slow for _, slow in columns[-1].values()):.1f} of {LIMIT_MS:.0f} ms allowed")


if __name__ == "__main__":
    main()
