"""The publishing clock."""

import re
import unicodedata
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from samples.article_texts import load_articles
from samples.outlets import OUTLETS
from samples.timeline import Publication, timeline

START = datetime(2026, 11, 23, 1, tzinfo=UTC)


def events(count: int, seed: int = 7) -> list[Publication]:
    return list(islice(timeline(OUTLETS, load_articles(), START, seed), count))


EVENTS = events(700)
BEHIND = [event for event in EVENTS if event.at <= START]
AHEAD = [event for event in EVENTS if event.at > START]


def test_the_same_seed_gives_the_same_news() -> None:
    assert events(700) == EVENTS
    assert events(100, seed=8) != EVENTS[:100]


def test_events_come_in_the_order_of_time() -> None:
    assert all(first.at <= second.at for first, second in pairwise(EVENTS))


def test_two_days_of_news_lie_behind() -> None:
    assert len(BEHIND) >= 120
    assert BEHIND[0].at > START - timedelta(hours=60)
    outlets = defaultdict(set)
    for event in BEHIND:
        outlets[event.event].add(event.outlet)
    assert sum(len(slugs) >= 3 for slugs in outlets.values()) >= 10
    assert len({event.category.split("/")[0] for event in BEHIND}) >= 10


def test_the_first_minutes_are_busy_and_then_it_calms_down() -> None:
    early = [event for event in AHEAD if event.at < START + timedelta(minutes=5)]
    assert 45 <= len(early) <= 101
    late = [b.at - a.at for a, b in pairwise(AHEAD) if a.at > START + timedelta(minutes=21)]
    assert min(late) >= timedelta(seconds=20)


def test_every_kind_of_event_happens_after_the_start() -> None:
    kinds = Counter(event.kind for event in AHEAD)
    assert {"original", "reprint", "rewrite", "further", "edit", "bulletin"} <= set(kinds)


def test_bulletins_go_on_when_the_articles_are_used_up() -> None:
    tail = EVENTS[-50:]
    assert {event.kind for event in tail} == {"bulletin"}
    assert len({event.article.title for event in tail}) == 50
    assert len({event.article.paragraphs for event in tail}) == 50


def test_nothing_is_taken_over_before_it_is_published() -> None:
    printed: dict[str, datetime] = {}
    for event in EVENTS:
        if event.kind == "original":
            printed[event.event] = event.at
        if event.kind in ("reprint", "rewrite", "further", "edit"):
            assert printed[event.event] < event.at


def test_an_outlet_numbers_each_item_once() -> None:
    numbers = Counter((event.outlet, event.number) for event in EVENTS if event.kind != "edit")
    assert max(numbers.values()) == 1
    edits = [event for event in EVENTS if event.kind == "edit"]
    assert edits
    assert all((event.outlet, event.number) in numbers and event.first_at < event.at for event in edits)


def test_no_outlet_prints_one_event_twice_as_a_copy() -> None:
    copies = Counter(
        (event.event, event.outlet) for event in EVENTS if event.kind in ("original", "reprint", "rewrite")
    )
    assert max(copies.values()) == 1


def test_only_outlets_that_publish_do() -> None:
    silent = {outlet.slug for outlet in OUTLETS if not outlet.publishes or not outlet.enabled}
    assert not silent & {event.outlet for event in EVENTS}
    everybody = {outlet.slug for outlet in OUTLETS} - silent
    assert everybody == {event.outlet for event in EVENTS}


def test_a_later_copy_keeps_the_day_of_the_first_report() -> None:
    days = set()
    for event in EVENTS:
        if event.key.startswith("water-pipe"):
            text = unicodedata.normalize("NFKC", "".join(event.article.paragraphs))
            days |= set(re.findall(r"(\d+月\d+日)(?:上午|早间)九[点點]二十分", text))
    assert len(days) == 1


@pytest.mark.parametrize("kind", ["reprint", "rewrite"])
def test_copies_differ_from_what_they_copy(kind: str) -> None:
    originals = {event.key: event.article for event in EVENTS if event.kind in ("original", "further")}
    copies = [event for event in EVENTS if event.kind == kind]
    assert copies
    for event in copies:
        source = originals[event.key.split("@")[0]]
        assert event.article.paragraphs != source.paragraphs
