"""Query plans: lists are read in order from an index, without sorting and not beyond the limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from aggregator.model import CategoryDecision, Cursor, Listing, Place, Placement, Relation, Sketch
from aggregator.store import Store
from aggregator.store.sql.dialect import open_engine
from tests.aggregator.store.factories import NOW, draft, outlets
from tests.aggregator.store.statements import plans
from tests.aggregator.store.writing import apply_placements, candidates_of, insert_items

LIMIT = 20
LISTINGS = [
    Listing(),
    Listing(category="society"),
    Listing(category="society/crime"),
    Listing(region="370000"),
    Listing(region="370400"),
    Listing(region="370406"),
    Listing(category="society", region="370000"),
    Listing(category="society", region="370400"),
    Listing(category="society", region="370406"),
    Listing(source="s3"),
    Listing(story=3),
    Listing(multi_source_only=True),
    Listing(multi_source_only=True, category="society"),
    Listing(one_per_story=False),
    Listing(since=NOW - timedelta(days=1)),
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Yield a store with enough items for PostgreSQL to use its indexes."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('plans')}/gedi.db"
    else:
        url = request.getfixturevalue("module_postgres")
    store = Store.open(url)
    sources = list(outlets(store, *(f"s{number}" for number in range(20))).values())
    drafts = [
        draft(
            str(number),
            minutes=number,
            place=Place(f"{37 + number % 5}0000", f"37{number % 11:02}00", f"37{number % 11:02}{number % 7:02}"),
            decision=CategoryDecision(("society/crime", "tech", "society")[number % 3], 1.0),
        )
        for number in range(3000)
    ]
    with store.write_transaction() as writer:
        for number, source_id in enumerate(sources):
            ids = list(insert_items(writer, source_id, drafts[number::20], NOW).values())
            stories = [item - 1000 if at % 9 == 1 and number else None for at, item in enumerate(ids)]
            pairs = zip(ids, stories, strict=True)
            apply_placements(writer, [Placement(item, story, Relation.FURTHER) for item, story in pairs], NOW)
    if request.param == "postgresql":  # as autovacuum does; SQLite is never analyzed
        engine = open_engine(url)
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        engine.dispose()
    yield store
    store.close()


@pytest.mark.parametrize("listing", LISTINGS, ids=str)
def test_listings_are_read_in_order_from_an_index(filled_store: Store, listing: Listing) -> None:
    middle = Cursor(NOW - timedelta(minutes=200), 5)
    for page in ({}, {"before": middle}, {"after": middle}):
        check(lambda page=page: filled_store.items(listing, LIMIT, **page))  # type: ignore[misc]


def test_hot_stories_are_read_in_order_from_an_index(filled_store: Store) -> None:
    check(lambda: filled_store.hot_stories("24h", NOW, 5))
    check(lambda: filled_store.hot_stories("7d", NOW, 5, category="society"))
    check(lambda: filled_store.hot_stories("7d", NOW, 5, region="370000"))


def test_known_and_related_items_are_read_from_an_index(filled_store: Store) -> None:
    check(lambda: filled_store.known_items(3, 20))
    check(lambda: filled_store.related_items(3, 5))
    check(lambda: filled_store.story_items([3], 5))
    check(lambda: filled_store.find_item_id("http://news.example/9"))


def test_candidates_are_read_from_indexes(filled_store: Store) -> None:
    sketches = {number: Sketch((number, -number), (7, 8)) for number in range(20, 40)}
    dates = dict.fromkeys(sketches, NOW)
    with filled_store.write_transaction() as writer:
        check(lambda: candidates_of(writer, sketches, dates, timedelta(days=30)))
        check(lambda: writer.snapshot().stories_of(list(sketches)))
    check(lambda: filled_store.listings_of_stories(sketches))


def test_sitemaps_are_read_from_an_index(filled_store: Store) -> None:
    first, last = filled_store.story_id_range() or (0, 0)
    assert last > first + 100
    check(filled_store.story_id_range)
    check(lambda: filled_store.story_changes(first + 50, first + 60))
    check(lambda: filled_store.story_change_summary(first + 50, first + 60))
    check(lambda: filled_store.recent_stories(NOW - timedelta(days=1), LIMIT))
    check(lambda: filled_store.names_with_items(["370406", "370000", "society/crime", "tech"]))


def check(call: Callable[[], object]) -> None:
    for statement, plan in plans(call):
        assert not re.search(r"TEMP B-TREE|SCAN (items|texts|marks)\b(?! USING)|Seq Scan on (items|texts)", plan), (
            f"{statement}\n{plan}"
        )
        for rows in re.findall(r"Sort  \(cost=\S+ rows=(\d+)", plan):  # a few rows may be sorted where that is cheaper
            assert int(rows) <= 3 * LIMIT, f"{statement}\n{plan}"
