"""What the model learns from, and that one worker at a time lets it."""

from __future__ import annotations

from datetime import timedelta

from aggregator.model import Decision, Example
from aggregator.store import Store
from tests.store.making import HOUR, NOW, draft, outlets, publish


def test_training_takes_what_is_certain_and_what_an_admin_set_first(store: Store) -> None:
    outlets(store, "a")
    said = ["source", "term:社会新闻", "keywords:雨", "model:0.93", "pattern:第.届", "prior:source", "prior:要闻"]
    for name, why in enumerate(said):
        decision = Decision("society", 1.0, why)
        publish(store, "a", draft(str(name), text=f"文{name}", minutes=name, decision=decision))
    (moved,) = publish(store, "a", draft("9", text="文9", minutes=9, decision=Decision("tech", 0.5, "source")))
    store.move([moved], NOW, category="estate")
    expected = [
        Example("estate", "标题9\n文9", corrected=True),
        *(Example("society", f"标题{number}\n文{number}") for number in (0, 1, 4)),
    ]
    assert list(store.training(99)) == expected
    assert list(store.training(2)) == expected[:2]
    store.remove([moved], NOW)
    assert list(store.training(99)) == expected[1:]


def test_one_worker_learns_once_in_a_while(store: Store) -> None:
    every = timedelta(hours=20)
    assert store.claim_learning("one:/srv/gedi", NOW, every)
    assert not store.claim_learning("one:/srv/gedi", NOW, every)
    assert not store.claim_learning("one:/srv/gedi", NOW + 19 * HOUR, every)
    assert store.claim_learning("two:/srv/gedi", NOW, every)
    assert store.claim_learning("one:/srv/gedi", NOW + 20 * HOUR, every)
    assert not store.claim_learning("one:/srv/gedi", NOW + 20 * HOUR, every)
