"""An edit that changes much of a text may move its item to another story; other edits do not."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from aggregator.model import Draft
from aggregator.steps.stories.fingerprint import build_sketch
from aggregator.steps.text.normalize import fold
from aggregator.store import Store
from tests.aggregator.steps.stories.test_cluster import CAVE, CAVE_AGAIN, CHESS, LIGHT
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, source
from tests.aggregator.store.writing import store_drafts

ReportText = tuple[str, str]


def report_draft(name: str, report: ReportText, minutes: float = 0) -> Draft:
    title, text = report[0], fold(report[1])
    return dataclasses.replace(draft(name, title=title, text=text, minutes=minutes), sketch=build_sketch(title, text))


def visit(store: Store, slug: str, *drafts: Draft, now: timedelta = timedelta()) -> None:
    ids = {known.slug: known.id for known in store.sources()}
    store_drafts(store, dataclasses.replace(source(slug), id=ids[slug]), drafts, NOW + now)


def stories(store: Store) -> dict[str, int]:
    return {row["url"].rpartition("/")[2]: row["story"] for row in store.export_items()}


def test_an_item_alone_joins_the_story_that_its_edit_shows(store: Store) -> None:
    outlets(store, "a", "b")
    visit(store, "a", report_draft("cave", CAVE, 60))
    visit(store, "b", report_draft("other", CHESS, 30))
    assert len(set(stories(store).values())) == 2
    visit(store, "b", report_draft("other", CAVE_AGAIN, 30), now=HOUR)
    found = stories(store)
    assert found["other"] == found["cave"]


def test_an_item_whose_text_became_another_leaves_its_story(store: Store) -> None:
    outlets(store, "a", "b", "c")
    visit(store, "a", report_draft("cave", CAVE, 60))
    visit(store, "c", report_draft("chess", CHESS, 50))
    visit(store, "b", report_draft("other", CAVE_AGAIN, 30))
    before = stories(store)
    assert before["other"] == before["cave"]
    visit(store, "b", report_draft("other", LIGHT, 30), now=HOUR)
    alone = stories(store)
    assert alone["other"] not in (alone["cave"], alone["chess"])
    visit(store, "b", report_draft("other", CHESS, 30), now=2 * HOUR)
    assert stories(store)["other"] == stories(store)["chess"] == before["chess"]


def test_a_completed_text_stays(store: Store) -> None:
    outlets(store, "a", "b")
    visit(store, "a", report_draft("cave", CAVE, 60))
    visit(store, "b", report_draft("other", CAVE_AGAIN, 30))
    before = stories(store)
    visit(store, "b", report_draft("other", (CAVE_AGAIN[0], CAVE_AGAIN[1] + LIGHT[1]), 30), now=HOUR)
    assert stories(store) == before


def test_a_founder_that_tells_of_something_else_leaves_its_story_to_the_others(store: Store) -> None:
    outlets(store, "a", "b", "c")
    visit(store, "a", report_draft("cave", CAVE, 60))
    visit(store, "b", report_draft("other", CAVE_AGAIN, 30))
    visit(store, "c", report_draft("third", CAVE, 20))
    assert len(set(stories(store).values())) == 1
    visit(store, "a", report_draft("cave", LIGHT, 60), now=2 * HOUR)
    found = stories(store)
    assert found["other"] == found["third"] != found["cave"]
    visit(store, "a", report_draft("cave", CAVE, 60), now=3 * HOUR)
    assert len(set(stories(store).values())) == 1


def test_what_an_admin_placed_stays_whatever_an_edit_says(store: Store) -> None:
    outlets(store, "a", "b")
    visit(store, "a", report_draft("cave", CAVE, 60))
    visit(store, "b", report_draft("other", CAVE_AGAIN, 30))
    number = next(row["id"] for row in store.export_items() if row["url"].endswith("other"))
    store.split(number, NOW)
    apart = stories(store)
    assert apart["other"] != apart["cave"]
    visit(store, "b", report_draft("other", CAVE, 30), now=HOUR)
    assert stories(store) == apart


def test_the_first_visit_to_old_feeds_finds_what_repeats_what(store: Store) -> None:
    outlets(store, "a", "b")
    years_ago = 6 * 365 * 24 * 60
    visit(store, "a", report_draft("cave", CAVE, years_ago), report_draft("again", CAVE, years_ago - 200 * 24 * 60))
    visit(store, "b", report_draft("copy", CAVE, years_ago - 60), report_draft("chess", CHESS, years_ago))
    found = {row["url"].rpartition("/")[2]: row for row in store.export_items()}
    assert found["copy"]["reprint_of"] == "http://news.example/cave"
    assert found["copy"]["story"] == found["cave"]["story"]
    assert len({found[name]["story"] for name in ("cave", "again", "chess")}) == 3
