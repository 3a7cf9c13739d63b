"""Pages of lists with one issue of each series, on both databases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from aggregator.model import Cursor, Draft, Listing, Place
from aggregator.steps.stories.series import MAX_GAP, SeriesFolder, series_key
from aggregator.store import Store, item_pages
from aggregator.store.schema import migrate
from aggregator.store.sql import dialect
from tests.aggregator.store.factories import HOUR, NOW, copy_database, draft, ids, open_store, outlets, publish
from tests.aggregator.store.statements import plans
from tests.aggregator.store.writing import update_items

ZAOZHUANG = Place("370000", "370400")
JINAN = Place("370000", "370100")
TODAY = Listing(one_per_series=True)


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    with open_store(copy_database(sqlite_template, tmp_path)) as store:
        yield store


def weather(number: int, hours: float, city: str = "枣庄", **fields: Any) -> Draft:
    title = f"{city}第{number}期天气：最高{number}度"
    return draft(f"{city}{number}", title=title, minutes=hours * 60, place=ZAOZHUANG, **fields)


def shown(store: Store, listing: Listing, limit: int = 20) -> list[tuple[int, bool]]:
    """Return the ids of the first page, each with whether it has earlier issues."""
    return [(card.id, card.has_earlier_issues) for card in store.item_page(listing, limit).cards]


def test_one_row_for_a_series_with_earlier_issues(store: Store) -> None:
    outlets(store, "a", "b")
    publish(store, "a", *(weather(number, number) for number in range(1, 4)))
    publish(store, "b", weather(4, 4), draft("5", minutes=300))
    assert shown(store, TODAY) == [(1, True), (4, False), (5, False)]
    assert ids(store.items(TODAY, 20)) == [1, 2, 3, 4, 5]  # as feeds list them
    assert shown(store, Listing(source="a", one_per_story=False, one_per_series=True)) == [(1, True)]
    newest = store.item(1)
    assert newest is not None
    assert newest.card.series is not None
    assert ids(store.item_page(Listing(series=newest.card.series), 20).cards) == [1, 2, 3]


def test_the_newest_issue_that_belongs_to_the_list_is_shown(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", weather(1, 1), weather(2, 2, category="tech"), weather(3, 3, category="tech"))
    assert shown(store, Listing(category="tech", one_per_series=True)) == [(2, True)]
    assert shown(store, TODAY) == [(1, True)]


def test_withdrawn_issues_neither_hide_others_nor_count_as_earlier(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", weather(1, 1), weather(2, 2), weather(3, 3))
    store.remove([1, 3], NOW)
    assert shown(store, TODAY) == [(2, False)]


def test_an_edited_title_changes_the_series(store: Store) -> None:
    source = outlets(store, "a")["a"]
    publish(store, "a", weather(1, 1), weather(2, 2))
    with store.write_transaction() as writer:
        update_items(writer, source, [draft("枣庄1", title="别的标题", minutes=60)], NOW)
    assert shown(store, TODAY) == [(1, False), (2, False)]


def test_issues_after_a_long_pause_are_shown(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", weather(1, 0), weather(2, MAX_GAP / HOUR + 1))
    assert shown(store, TODAY) == [(1, False), (2, False)]


def test_short_lists_of_many_listings_have_one_issue_of_each_series(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", *(weather(number, number) for number in range(1, 9)), draft("other", minutes=3000))
    found = store.newest_by_listing({"one": TODAY, "every": Listing()}, 3)
    assert {key: ids(cards) for key, cards in found.items()} == {"one": [1, 9], "every": [1, 2, 3]}
    assert found["one"][0].has_earlier_issues
    assert ids(store.items_with_quota(TODAY, 3, 0.5)) == [1, 9]


@pytest.mark.parametrize("seed", range(3))
def test_pages_equal_the_whole_list(store: Store, seed: int) -> None:
    """Pages in both directions, whatever their length, show each newest issue once."""
    rng = random.Random(seed)
    outlets(store, "a", "b")
    at = 0.0
    for number in range(120):
        at += rng.choice((0, 1, 5, 400))
        made = (
            weather(number, at, rng.choice(("枣庄", "滕州")), category=rng.choice(("tech", None)))
            if rng.random() < 0.6
            else draft(str(number), minutes=at * 60, place=rng.choice((ZAOZHUANG, JINAN)), category="tech")
        )
        story = rng.choice((None, None, number)) if number else None
        publish(store, rng.choice("ab"), made, story=story)
    for listing in (TODAY, Listing(category="tech", one_per_series=True), Listing(region="370400", one_per_series=True),
                    Listing(source="a", one_per_story=False, one_per_series=True),
                    Listing(multi_source_only=True, one_per_series=True),
                    Listing(until=NOW - 20 * HOUR, one_per_series=True)):  # fmt: skip
        folder, expected = SeriesFolder(), []
        for card in store.items(listing, 1000):
            if not folder.is_older_issue(card.series, card.published):
                expected.append(card.id)
        for size in (1, 500) if listing is TODAY else (4, 13):
            assert _walk_down(store, listing, size) == expected
            assert _walk_up(store, listing, size, expected)


def _walk_down(store: Store, listing: Listing, size: int) -> list[int]:
    page = store.item_page(listing, size)
    found = ids(page.cards)
    while page.end:
        page = store.item_page(listing, size, before=page.end)
        found += ids(page.cards)
    return found


def _walk_up(store: Store, listing: Listing, size: int, expected: list[int]) -> bool:
    """Return whether pages of newer items from the oldest one are parts of the list, each above the last."""
    last = store.item(expected[-1])
    assert last is not None
    position: Cursor | None = last.card.cursor
    found: list[int] = []
    while position:
        page = store.item_page(listing, size, after=position)
        found = ids(page.cards) + found
        position = page.end
    return found == expected[:-1]


def test_a_page_reads_a_bounded_number_of_rows_and_is_never_empty(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_pages, "MAX_READ", 10)
    outlets(store, "a")
    publish(store, "a", *(weather(number, number) for number in range(1, 60)), draft("old", minutes=100_000))
    page, pages = store.item_page(TODAY, 5), 1
    assert ids(page.cards) == [1]
    while page.end:
        page, pages = store.item_page(TODAY, 5, before=page.end), pages + 1
        assert page.cards
    assert ids(page.cards)[-1] == 60
    assert pages < 12


def test_further_issues_are_looked_up_in_the_index_of_series(sqlite_store: Store) -> None:
    store = sqlite_store
    outlets(store, "a")
    publish(store, "a", *(weather(number, number, category="tech") for number in range(1, 100)))
    middle = store.item(50)
    assert middle is not None
    listing = Listing(category="tech", one_per_series=True)
    found = plans(lambda: store.item_page(listing, 20, before=middle.card.cursor))
    looked_up = [plan for statement, plan in found if "items.series = " in statement and "older" not in statement]
    assert looked_up
    assert all("items_series" in plan for plan in looked_up)


@pytest.mark.parametrize("kind", ["new_sqlite", "new_postgres"])
def test_the_migration_fills_the_series_of_what_is_stored(kind: str, request: pytest.FixtureRequest) -> None:
    engine = dialect.open_engine(request.getfixturevalue(kind))
    url = request.getfixturevalue(kind)
    store = Store.open(url)
    source = outlets(store, "a")["a"]
    publish(store, "a", weather(1, 1), draft("2"))
    store.close()
    with dialect.write_transaction(engine) as connection:
        command.downgrade(migrate.alembic_config(connection), "0013")
        migrate.upgrade(connection)
        stored = connection.execute(text("SELECT id, title, series FROM items ORDER BY id")).all()
    engine.dispose()
    assert [row.series for row in stored] == [series_key(source, row.title) for row in stored]
    assert [row.series is None for row in stored] == [False, True]


def test_the_gap_between_issues_is_of_some_weeks() -> None:
    assert timedelta(weeks=5) <= MAX_GAP <= timedelta(weeks=9)
