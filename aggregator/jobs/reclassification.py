"""What nothing was sure enough about is judged once more when the model has learnt, and the feeds are told.

gather the undecided    store      (of the last days, so many at most, newest first)
judge them              categorise (in the learner's child, by today's rules and model)
write those decided     store      (some at a time: visits are written between them; an admin's word stays)
tell the feeds          correcting (whatever lists the items now)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from aggregator.config.settings import CategoryConfig
from aggregator.corrections import listings
from aggregator.intake.digest import rules_and_model
from aggregator.model import Decision
from aggregator.steps.categories.categorize import categorise
from aggregator.store import Store

DAYS = timedelta(days=7)  # how far back: what is older is hardly listed any more
MOST = 5000  # items in a night: some seconds of one core
AT_ONCE = 50  # items in a transaction


def judged_again(
    database_url: str, model_path: str, categories: tuple[CategoryConfig, ...], since: datetime
) -> dict[int, Decision]:
    """Those of the undecided that have a category now. Runs in a child."""
    store = Store.open(database_url)
    try:
        waiting = store.undecided(since, MOST)
    finally:
        store.close()
    rules, model = rules_and_model(categories, model_path)
    found = {
        item.item_id: categorise(item.title, item.text, item.terms, item.source_category, rules, model)
        for item in waiting
    }
    return {number: decision for number, decision in found.items() if decision.category is not None}


def portions(decisions: Mapping[int, Decision]) -> Iterator[dict[int, Decision]]:
    """As many as one transaction writes."""
    numbers = sorted(decisions)
    for start in range(0, len(numbers), AT_ONCE):
        yield {number: decisions[number] for number in numbers[start : start + AT_ONCE]}


def settle(store: Store, decisions: Mapping[int, Decision], now: datetime) -> int:
    """Write them and tell the feeds; returns how many still waited for it."""
    given = store.decide(decisions, now)
    with store.writing() as writer:
        writer.mark_stale(listings(store, given))
    return len(given)
