"""Correction requests of readers: a bounded number, for a bounded time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.model.correction_requests import RequestText
from aggregator.store import Store
from aggregator.store.api import correction_requests
from aggregator.store.correction_requests import KEEP_DONE, KEEP_OPEN
from tests.aggregator.store.factories import HOUR, NOW

DAY = timedelta(days=1)


def add(store: Store, text: str = "日期错了", hours: float = 0) -> int | None:
    return store.add_correction_request(RequestText("某条新闻", text), NOW + hours * HOUR)


def test_open_requests_are_listed_newest_first_until_they_are_done(store: Store) -> None:
    written = RequestText("https://gedi.example/item/7", "第一行\n第二行", "读者\x00", "r@mail.example", 7)
    first = store.add_correction_request(written, NOW)
    second = add(store, hours=1)
    assert first is not None
    assert second is not None
    newest, oldest = store.correction_requests(9)
    assert (newest.id, oldest.id) == (second, first)
    assert (oldest.at, oldest.done, oldest.request.name, oldest.request.text) == (NOW, None, "读者", "第一行\n第二行")
    assert [each.id for each in store.correction_requests(1)] == [second]
    assert store.set_correction_requests_done([first, 99], NOW + 2 * HOUR) == [first]
    assert store.set_correction_requests_done([first], NOW + 3 * HOUR) == []
    assert store.count_open_correction_requests() == 1
    assert store.stats(NOW)["open_requests"] == 1
    assert [(each.id, each.done) for each in store.correction_requests(9, done=True)] == [(first, NOW + 2 * HOUR)]
    assert store.set_correction_requests_done([first], None) == [first]
    assert store.count_open_correction_requests() == 2


def test_no_more_are_accepted_than_the_bounds_allow(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correction_requests, "MAX_PER_DAY", 2)
    monkeypatch.setattr(correction_requests, "MAX_OPEN", 3)
    assert add(store)
    assert add(store, hours=1)
    assert add(store, hours=2) is None
    assert add(store, hours=24)  # the first one is a day old
    assert add(store, hours=60) is None  # three are open
    (newest, *_) = store.correction_requests(1)
    store.set_correction_requests_done([newest.id], NOW)
    assert add(store, hours=60)


def test_requests_are_deleted_some_time_after_they_are_done_or_arrived(store: Store) -> None:
    kept, done, forgotten = add(store, hours=24), add(store), add(store)
    assert done is not None
    store.set_correction_requests_done([done], NOW + DAY)
    store.prune(NOW + DAY + KEEP_DONE, DAY)
    assert len(store.correction_requests(9, done=True)) == 1
    store.prune(NOW + DAY + KEEP_DONE + HOUR, DAY)
    assert store.correction_requests(9, done=True) == []
    assert [each.id for each in store.correction_requests(9)] == [forgotten, kept]
    store.prune(NOW + KEEP_OPEN + HOUR, DAY)
    assert [each.id for each in store.correction_requests(9)] == [kept]
