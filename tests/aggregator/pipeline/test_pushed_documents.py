"""What a pushed document queues for later: pages of excerpts, and pictures."""

from __future__ import annotations

import dataclasses

from aggregator.jobs.push_intake import record_push
from aggregator.model import ReceivedPush
from aggregator.store import Store
from feeds.model import Picture
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, source


def test_pages_and_pictures_of_a_delivery_are_queued(store: Store) -> None:
    of = source("a", id=outlets(store, "a")["a"], articles=True)
    excerpt = draft("one", title="短讯", text="只有开头……", picture=Picture("http://a.example/1.jpg"))
    push = ReceivedPush(1, of, of.url, {}, b"")
    assert record_push(push, None, (dataclasses.replace(excerpt, html=None),), None, store, NOW) == 1
    assert store.count_articles() == (1, 0)
    assert [one.url for one in store.claim_pictures(NOW, 9, 9, {}, HOUR, "me")] == ["http://a.example/1.jpg"]
