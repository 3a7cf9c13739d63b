"""Series and their issues in the store, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from aggregator.config.load import parse_config
from aggregator.model import Draft, Listing, Relation
from aggregator.model.moderation import Actor
from aggregator.moderation.actions import Desk
from aggregator.store import Store
from tests.aggregator.store.factories import NOW, draft, ids, outlets, publish, run_workers
from tests.aggregator.store.writing import update_items

DAY = 24 * 60
FORECAST = "枣庄{}天气预报：多云"


def briefing(days_ago: int, **fields: Any) -> Draft:
    """Return an issue of a series of no known form, which only its repetition shows."""
    day = (NOW - timedelta(days=days_ago)).day
    return draft(f"briefing{days_ago}", title=f"6月{day}日要闻速览", minutes=days_ago * DAY, **fields)


def series_of(store: Store, *items: int) -> list[int | None]:
    cards = store.item_cards(items)
    return [cards[item].series for item in items]


def test_a_known_form_opens_a_series_at_its_first_issue(store: Store) -> None:
    outlets(store, "a", "b")
    publish(store, "a", draft("1", title=FORECAST.format("6月1日")), draft("2", title="天气预报准不准"))
    publish(store, "b", draft("3", title=FORECAST.format("今日"), minutes=5))
    publish(store, "a", draft("4", title=FORECAST.format("6月2日"), minutes=-DAY))
    assert series_of(store, 1, 2, 3, 4) == [1, None, 2, 1]
    found = store.series(1)
    assert found is not None
    assert (found.name, found.source, found.issues, found.rhythm) == ("枣庄天气预报", "a", 2, "unknown")
    assert [each.id for each in store.series_list(9)] == [1, 2]
    assert [each.id for each in store.series_list(9, source="b")] == [2]
    assert [number for number, _ in store.series_with_issues(9)] == [1]


def test_other_titles_are_a_series_on_the_third_day(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", briefing(3))
    publish(store, "a", briefing(2), draft("twice", title="6月1日要闻速览", minutes=2 * DAY + 60))
    assert series_of(store, 1, 2, 3) == [None, None, None]
    publish(store, "a", briefing(1))
    assert series_of(store, 1, 2, 3, 4) == [1, 1, 1, 1]
    page = store.item_page(Listing(one_per_series=True), 9)
    assert [(card.id, card.has_earlier_issues) for card in page.cards] == [(4, True)]


def test_an_event_that_goes_on_for_days_is_no_series(store: Store) -> None:
    outlets(store, "a")
    [first] = publish(store, "a", briefing(3))
    for days_ago in (2, 1, 0):
        publish(store, "a", briefing(days_ago), story=first)
    publish(store, "a", briefing(-1))
    assert series_of(store, 1, 2, 3, 4, 5) == [None] * 5


def test_two_workers_open_one_series(store: Store, database_url: str) -> None:
    outlets(store, "a")

    def work(own: Store, name: str) -> None:
        for number in range(3):
            publish(own, "a", draft(f"{name}{number}", title=FORECAST.format(f"6月{number + 1}日"), minutes=number))

    run_workers(database_url, 2, work)
    assert series_of(store, *ids(store.items(Listing(), 9))) == [1] * 6
    with store._read_transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM series")).scalar_one() == 1


def test_stories_led_by_an_issue_are_hot_with_other_news_only(store: Store) -> None:
    outlets(store, "a", "b")
    [bulletin] = publish(store, "a", draft("1", title=FORECAST.format("今日"), minutes=9))
    publish(store, "b", draft("2", title=FORECAST.format("今日"), minutes=8), story=bulletin)
    [live] = publish(store, "a", draft("3", title="【直播】枣庄大桥通车", minutes=7))
    publish(store, "b", draft("4", title="枣庄大桥建成通车", minutes=6), story=live)
    assert [story.id for story in store.hot_stories("24h", NOW, 9)] == [live]
    assert Relation(store.item_cards([2])[2].relation) is Relation.FURTHER


def test_corrections_of_series_hold_and_undo(store: Store) -> None:
    source = outlets(store, "a")["a"]
    drafts = [draft(str(day), title=FORECAST.format(f"6月{day}日"), minutes=-day * DAY) for day in (1, 2, 3)]
    publish(store, "a", *drafts[:2])
    desk = Desk(store, parse_config(b"", Path("config.toml"), {}), Actor("admin", "command"), NOW)
    assert desk.take_out_of_series(1) == 1
    assert desk.take_out_of_series(1) is None
    with store.write_transaction() as writer:
        update_items(writer, source, [draft("1", title=FORECAST.format("6月11日"), minutes=-DAY)], NOW)
        update_items(writer, source, [draft("1", title="枣庄6月11日空气质量日报", minutes=-DAY)], NOW)
        update_items(writer, source, [draft("1", title=FORECAST.format("6月12日"), minutes=-DAY)], NOW)
    assert series_of(store, 1, 2) == [None, 1]
    assert not store.had_series(2)
    [correction] = store.corrections(item=1)
    assert (correction.verb, correction.subject, correction.before, correction.after) == ("split", "series", "1", None)
    desk.undo(store.admin_actions(1)[0].id)
    assert series_of(store, 1, 2) == [1, 1]

    assert desk.dissolve_series(1)
    assert not desk.dissolve_series(1)
    publish(store, "a", drafts[2])
    assert series_of(store, 1, 2, 3) == [None, None, None]
    assert store.series(1) is None
    store.prune(NOW, timedelta(days=30))
    desk.undo(store.admin_actions(1)[0].id)
    assert series_of(store, 1, 2, 3) == [1, 1, 1]


def test_a_series_ends_with_its_last_issue(store: Store) -> None:
    outlets(store, "a")
    publish(store, "a", draft("1", title=FORECAST.format("5月1日"), minutes=40 * DAY))
    publish(store, "a", draft("2", title="【直播】开幕"), draft("3", title="【直播】闭幕"))
    store.remove([2], NOW)
    store.prune(NOW, timedelta(days=30))
    assert [each.id for each in store.series_list(9)] == [2]
    assert store.had_series(2)
    assert store.withdrawn_issues(2) == [2]
