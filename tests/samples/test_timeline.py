"""The times at which the sample outlets publish."""

import re
import unicodedata
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import islice, pairwise

import pytest

from samples.article_texts import load_articles
from samples.outlets import OUTLETS
from samples.timeline import Publication, timeline
from tests.clock import now

pytestmark = pytest.mark.clock(every=2)


def published(start: datetime, count: int = 700, seed: int = 7) -> list[Publication]:
    return list(islice(timeline(OUTLETS, load_articles(), start, seed), count))


@pytest.fixture(scope="module")
def events(instant: datetime) -> list[Publication]:
    """Return the events around the start, which is the current time."""
    return published(instant)


def test_the_same_seed_gives_the_same_news(events: list[Publication]) -> None:
    assert published(now()) == events
    assert published(now(), 100, seed=8) != events[:100]


def test_events_come_in_the_order_of_time(events: list[Publication]) -> None:
    assert all(first.at <= second.at for first, second in pairwise(events))


def test_two_days_of_news_lie_behind(events: list[Publication]) -> None:
    behind = [event for event in events if event.at <= now()]
    assert len(behind) >= 120
    assert behind[0].at > now() - timedelta(hours=60)
    outlets = defaultdict(set)
    for event in behind:
        outlets[event.event].add(event.outlet)
    assert sum(len(slugs) >= 3 for slugs in outlets.values()) >= 10
    assert len({event.category.split("/")[0] for event in behind}) >= 10


def test_the_first_minutes_are_busy_and_then_it_calms_down(events: list[Publication]) -> None:
    ahead = [event for event in events if event.at > now()]
    early = [event for event in ahead if event.at < now() + timedelta(minutes=5)]
    assert 45 <= len(early) <= 101
    late = [b.at - a.at for a, b in pairwise(ahead) if a.at > now() + timedelta(minutes=21)]
    assert min(late) >= timedelta(seconds=20)


def test_every_kind_of_event_happens_after_the_start(events: list[Publication]) -> None:
    ahead = [event for event in events if event.at > now()]
    kinds = Counter(event.kind for event in ahead)
    assert {"original", "reprint", "rewrite", "further", "edit", "bulletin"} <= set(kinds)


def test_bulletins_go_on_when_the_articles_are_used_up(events: list[Publication]) -> None:
    tail = events[-50:]
    assert {event.kind for event in tail} == {"bulletin"}
    assert len({event.article.title for event in tail}) == 50
    assert len({event.article.paragraphs for event in tail}) == 50


def test_nothing_is_taken_over_before_it_is_published(events: list[Publication]) -> None:
    printed: dict[str, datetime] = {}
    for event in events:
        if event.kind == "original":
            printed[event.event] = event.at
        if event.kind in ("reprint", "rewrite", "further", "edit"):
            assert printed[event.event] < event.at


def test_an_outlet_numbers_each_item_once(events: list[Publication]) -> None:
    numbers = Counter((event.outlet, event.number) for event in events if event.kind != "edit")
    assert max(numbers.values()) == 1
    edits = [event for event in events if event.kind == "edit"]
    assert edits
    assert all((event.outlet, event.number) in numbers and event.first_at < event.at for event in edits)


def test_no_outlet_prints_one_event_twice_as_a_copy(events: list[Publication]) -> None:
    copies = Counter(
        (event.event, event.outlet) for event in events if event.kind in ("original", "reprint", "rewrite")
    )
    assert max(copies.values()) == 1


def test_only_outlets_that_publish_do(events: list[Publication]) -> None:
    silent = {outlet.slug for outlet in OUTLETS if not outlet.publishes or not outlet.enabled}
    assert not silent & {event.outlet for event in events}
    everybody = {outlet.slug for outlet in OUTLETS} - silent
    assert everybody == {event.outlet for event in events}


def test_a_later_copy_keeps_the_day_of_the_first_report(events: list[Publication]) -> None:
    days = set()
    for event in events:
        if event.key.startswith("water-pipe"):
            text = unicodedata.normalize("NFKC", "".join(event.article.paragraphs))
            days |= set(re.findall(r"(\d+月\d+日)(?:上午|早间)九[点點]二十分", text))
    assert len(days) == 1


@pytest.mark.parametrize("kind", ["reprint", "rewrite"])
def test_copies_differ_from_what_they_copy(events: list[Publication], kind: str) -> None:
    originals = {event.key: event.article for event in events if event.kind in ("original", "further")}
    copies = [event for event in events if event.kind == kind]
    assert copies
    for event in copies:
        source = originals[event.key.split("@")[0]]
        assert event.article.paragraphs != source.paragraphs
