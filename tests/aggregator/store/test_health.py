"""Health of sources, as on the status page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aggregator.messages import fetch_errors
from aggregator.model import Listing, SourceFilter, SourceState
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, poll_result, publish, source


def store_sources(store: Store) -> Store:
    """Store the sources b (failing), c (slow), a (ok), d (off)."""
    listed = [source("a", region="370400"), source("b", region="370406"), source("c", region="110000")]
    store.sync_sources([*listed, source("d", enabled=False)], NOW, timedelta())
    states = {"a": SourceState.OK, "b": SourceState.FAILING, "c": SourceState.SLOW}
    for poll in store.claim_polls(NOW, 9, HOUR, "me"):
        state = states[poll.source.slug]
        error = fetch_errors.REFUSED(host="news.invalid") if state == SourceState.FAILING else None
        with store.write_transaction() as writer:
            writer.record_poll_result(
                poll_result(poll, state=state, error=error, outcome="failed" if error else "changed")
            )
    return store


def slugs(store: Store, filters: SourceFilter = SourceFilter(), **options: Any) -> list[str]:  # noqa: B008
    return [health.slug for health in store.source_health(NOW, filters=filters, **options)]


def test_failing_sources_come_first(store: Store) -> None:
    store_sources(store)
    assert slugs(store) == ["b", "c", "a", "d"]
    assert slugs(store, sort="state") == ["d", "a", "c", "b"]
    assert slugs(store, sort="title") == ["a", "b", "c", "d"]
    assert slugs(store, sort="-slug", limit=2, offset=1) == ["c", "b"]
    assert slugs(store, sort="nonsense; DROP TABLE items") == slugs(store, sort="state")


def test_filters(store: Store) -> None:
    store_sources(store)
    assert slugs(store, SourceFilter(state="failing")) == ["b"]
    assert slugs(store, SourceFilter(state="off")) == ["d"]
    assert slugs(store, SourceFilter(region="370000")) == ["b", "a"]
    assert slugs(store, SourceFilter(region="370400")) == ["b", "a"]
    assert slugs(store, SourceFilter(region="370406")) == ["b"]
    for words in ("连接不上", "連不上", "Refuses the connection", "news.invalid"):  # as the error is shown
        assert slugs(store, SourceFilter(query=words)) == ["b"], words
    assert slugs(store, SourceFilter(query="解析不了")) == []
    assert slugs(store, SourceFilter(query="A.EXAMPLE")) == ["a"]
    assert slugs(store, SourceFilter(query="%")) == []
    assert slugs(store, SourceFilter(slug="c")) == ["c"]


def test_trend_counts_new_items_by_hour(store: Store) -> None:
    outlets(store, "a", "b")
    publish(store, "a", draft("1"), draft("2"), now=NOW)
    publish(store, "a", draft("3"), now=NOW - 3 * HOUR)
    publish(store, "a", draft("4"), now=NOW - 30 * HOUR)
    first, second = store.source_health(NOW, sort="slug")
    assert (first.items, first.day_items, first.trend[-4:]) == (4, 3, (1, 0, 0, 2))
    assert len(first.trend) == 24
    assert first.newest == NOW
    assert (second.items, second.day_items, sum(second.trend), second.newest) == (0, 0, 0, None)


def test_health_totals(store: Store) -> None:
    store_sources(store)
    publish(store, "a", draft("1", category="society"), draft("2"), draft("3", minutes=60 * 30))
    midnight = NOW - 24 * HOUR
    totals = store.health_totals(midnight)
    states = {"ok": 1, "slow": 1, "failing": 1, "off": 1, "new": 0, "gone": 0}
    numbers = {"sources": 4, "items": 3, "items_today": 2, "stories_today": 2, "uncategorised": 1}
    assert totals == states | numbers
    today = Listing(since=midnight, one_per_story=False)
    assert store.count_items_and_stories(today) == (totals["items_today"], totals["stories_today"])
