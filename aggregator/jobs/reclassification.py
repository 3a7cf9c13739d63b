"""Classify uncategorized items again after the daily retraining.

load uncategorized items   store      (of the last days, a limited number, newest first)
classify them              categorize (in the retraining process, with current rules and model)
store the decisions        store      (in small transactions, between the writes of polls; corrections stay)
mark feeds stale           corrections (every feed that now lists one of the items)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from aggregator.config.settings import CategoryConfig
from aggregator.corrections import affected_listing_keys
from aggregator.intake.digest import load_rules_and_model
from aggregator.model import CategoryDecision
from aggregator.steps.categories.categorize import categorize
from aggregator.store import Store

LOOKBACK = timedelta(days=7)  # older items are hardly listed any more
MAX_ITEMS = 5000  # a day: a few seconds of one core
BATCH_SIZE = 50  # items in a transaction


def reclassify(
    database_url: str, model_path: str, categories: tuple[CategoryConfig, ...], since: datetime
) -> dict[int, CategoryDecision]:
    """Return the decisions, by item id, for the undecided items that now have a category. Runs in a child process."""
    store = Store.open(database_url)
    try:
        undecided = store.uncategorized_items(since, MAX_ITEMS)
    finally:
        store.close()
    rules, model = load_rules_and_model(categories, model_path)
    decisions = {
        item.item_id: categorize(item.title, item.text, item.terms, item.source_category, rules, model)
        for item in undecided
    }
    return {item_id: decision for item_id, decision in decisions.items() if decision.category is not None}


def batches(decisions: Mapping[int, CategoryDecision]) -> Iterator[dict[int, CategoryDecision]]:
    """Yield the decisions of one transaction each, in order of item id."""
    item_ids = sorted(decisions)
    for start in range(0, len(item_ids), BATCH_SIZE):
        yield {item_id: decisions[item_id] for item_id in item_ids[start : start + BATCH_SIZE]}


def apply_decisions(store: Store, decisions: Mapping[int, CategoryDecision], now: datetime) -> int:
    """Store the decisions and mark the feeds stale; return how many of the items were still undecided."""
    decided = store.set_categories(decisions, now)
    with store.write_transaction() as writer:
        writer.mark_stale(affected_listing_keys(store, decided))
    return len(decided)
