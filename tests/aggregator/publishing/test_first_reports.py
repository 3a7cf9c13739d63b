"""First reports of stored stories: the habits of outlets come from their stored items."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from aggregator.config.load import parse_config
from aggregator.messages import first_reports as doubts
from aggregator.model.daily_digests import DigestReport
from aggregator.publishing.daily_digest import digest_text
from aggregator.publishing.daily_selection import make_digest
from aggregator.publishing.first_reports import find_first_reports
from aggregator.steps.stories.first_report import Sureness
from aggregator.store import Store
from tests.aggregator.store.factories import NOW, draft, outlets, publish

CONFIG = parse_config(b"", Path("config.toml"), {})
BACKDATING = 300  # minutes


def write_history(store: Store, slug: str, behind: float) -> None:
    """Store ten items of an outlet, each dated so many minutes before it was seen."""
    for number in range(10):
        seen = NOW - timedelta(days=2, minutes=97 * number)
        age = (NOW - seen).total_seconds() / 60 + behind
        publish(store, slug, draft(f"{slug}{number}", minutes=age), now=seen)


def test_an_outlet_that_backdates_is_not_first(store: Store) -> None:
    outlets(store, "prompt", "late", "unknown")
    write_history(store, "prompt", 7)
    write_history(store, "late", BACKDATING)
    first = publish(store, "prompt", draft("1", minutes=90), now=NOW - timedelta(minutes=80))[0]
    publish(store, "late", draft("2", minutes=BACKDATING), story=first, now=NOW - timedelta(minutes=30))
    publish(store, "unknown", draft("3", minutes=25), story=first)
    reports = store.story_items([first], 10)
    assert reports[first][0].source == "late"
    found = find_first_reports(store, CONFIG, reports)[first]
    assert (found.known_id, found.sure) == (first, Sureness.PROBABLE)
    assert [(one.card.source, one.doubt) for one in found.arrivals] == [
        ("prompt", None),
        ("late", doubts.BACKDATED()),
        ("unknown", None),
    ]
    digest = make_digest(store, CONFIG, "all", NOW.date())
    story = digest.stories[0]
    assert story.first == DigestReport(first, "prompt", "Prompt", NOW - timedelta(minutes=90))
    assert "很可能首发：Prompt（14:30）" in digest_text(digest, CONFIG).text
    assert find_first_reports(store, CONFIG, {}) == {}
