"""Training data of the category model, and the retraining lock."""

from __future__ import annotations

from datetime import timedelta

from aggregator.messages import decisions
from aggregator.model import CategoryDecision, Example, Listing, UncategorizedItem
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, publish


def test_training_examples_are_corrections_first_then_certain_categories(store: Store) -> None:
    outlets(store, "a")
    evidence = [
        decisions.SOURCE(),
        decisions.TERM(term="社会新闻"),
        decisions.KEYWORDS(words=("雨",), best=3.0, second=1.0),
        decisions.MODEL_ALONE(share=0.93),
        decisions.PATTERN(pattern="第.届"),
        decisions.SOURCE_PRIOR(),
        decisions.TERM_PRIOR(term="要闻"),
    ]
    for name, why in enumerate(evidence):
        decision = CategoryDecision("society", 1.0, why)
        publish(store, "a", draft(str(name), text=f"文{name}", minutes=name, decision=decision))
    (moved,) = publish(
        store, "a", draft("9", text="文9", minutes=9, decision=CategoryDecision("tech", 0.5, decisions.SOURCE()))
    )
    store.move([moved], NOW, category="estate")
    expected = [
        Example("estate", "标题9\n文9", corrected=True),
        *(Example("society", f"标题{number}\n文{number}") for number in (0, 1, 4)),
    ]
    assert list(store.training_examples(99)) == expected
    assert list(store.training_examples(2)) == expected[:2]
    store.remove([moved], NOW)
    assert list(store.training_examples(99)) == expected[1:]


def test_one_worker_claims_retraining_once_in_the_interval(store: Store) -> None:
    every = timedelta(hours=20)
    assert store.claim_retraining("one:/srv/gedi", NOW, every)
    assert not store.claim_retraining("one:/srv/gedi", NOW, every)
    assert not store.claim_retraining("one:/srv/gedi", NOW + 19 * HOUR, every)
    assert store.claim_retraining("two:/srv/gedi", NOW, every)
    assert store.claim_retraining("one:/srv/gedi", NOW + 20 * HOUR, every)
    assert not store.claim_retraining("one:/srv/gedi", NOW + 20 * HOUR, every)


def test_uncategorized_items_are_reclassified_unless_corrected(store: Store) -> None:
    outlets(store, "a")
    names = ("clear", "open", "moved", "gone", "old")
    drafts = [draft(name, text=f"文{name}", terms=("要闻",), minutes=place) for place, name in enumerate(names)]
    drafts[0] = draft("clear", category="tech")
    clear, uncategorized, moved, gone, old = publish(store, "a", *drafts)
    store.remove([gone], NOW)
    since = NOW - timedelta(minutes=3)
    assert [item.item_id for item in store.uncategorized_items(since, 9)] == [uncategorized, moved]
    assert store.uncategorized_items(since, 1) == [
        UncategorizedItem(uncategorized, "标题open", "文open", ("要闻",), None)
    ]
    store.move([moved], NOW, category="estate")
    decision = CategoryDecision("tech/ai", 0.8, decisions.MODEL(share=0.8, words="词"))
    assert store.set_categories(dict.fromkeys((clear, uncategorized, moved, gone), decision), NOW + HOUR) == [
        uncategorized
    ]
    cards = store.item_cards([clear, uncategorized, moved, old])
    assert [cards[number].category for number in (clear, uncategorized, moved, old)] == [
        "tech",
        "tech/ai",
        "estate",
        None,
    ]
    assert store.item_details([uncategorized])[uncategorized].decision == decision
    assert [card.id for card in store.items(Listing(category="tech/ai"), 9)] == [uncategorized]
    store.reset(NOW + HOUR, categories={moved: CategoryDecision()})
    assert [item.item_id for item in store.uncategorized_items(since, 9)] == [moved]
