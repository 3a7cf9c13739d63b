"""Retrain the category model daily, at a quiet hour, in a child process.

claim the run                   store      (one worker for each directory with a model file)
load certain examples           store      (corrections, sources of one category, publishers' terms)
train a trial model             trainer    (without the holdout examples)
compare it with the old model   here       (on the holdout; a less accurate trial is discarded)
train with held-out corrections trainer
save atomically                 classifier (workers load the new file)
reclassify undecided items      reclassification
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator import MODEL_FILE
from aggregator.config.settings import CategoryConfig
from aggregator.corrections import affected_listing_keys
from aggregator.intake.digest import load_rules_and_model
from aggregator.learning.classifier import Model, ModelError
from aggregator.learning.trainer import train
from aggregator.model import CategoryDecision, Example
from aggregator.reference.categories import top_category
from aggregator.runtime.process_pool import PoolCallFailed, ProcessPool
from aggregator.steps.categories.categorize import categorize
from aggregator.store import Store

if TYPE_CHECKING:
    from aggregator.services import Tools

log = logging.getLogger(__name__)

RETRAIN_EVERY = timedelta(hours=20)  # less than a day, but not twice in the same hour
MAX_EXAMPLES = 60_000  # the newest
MAX_PER_CATEGORY = 8_000  # examples, so that a busy source does not dominate
MIN_EXAMPLES = 300  # with fewer, no model is trained
MIN_PER_CATEGORY = 10  # examples; a rarer subcategory is merged into its parent, a rarer category left out
CORRECTION_WEIGHT = 5  # copies of a corrected example
HOLDOUT_FOLDS = 10  # one example in so many is held out
MEMORY_LIMIT = 1_500_000_000  # bytes, of the child process
TIMEOUT_SECONDS = 1800.0
MAX_EXAMPLE_LENGTH = 400  # characters


@dataclass(frozen=True, slots=True)
class RetrainingOutcome:
    """The result of a run. ``accuracy`` and ``old_accuracy`` (0..1) are those of the trial and the old model on the
    holdout examples, from which neither was trained (the old one as far as possible).
    """

    replaced: bool
    reason: str
    examples: int = 0
    accuracy: float | None = None
    old_accuracy: float | None = None


class RetrainingJob:
    """Retrains the model once a day; belongs to one event loop."""

    def __init__(self) -> None:
        self._pool: ProcessPool | None = None
        self._stopped = False
        self._has_looked = False  # at the model, whether it can be used

    async def tick(self, tools: Tools) -> RetrainingOutcome | None:
        """Retrain at the configured hour, or at once in place of a model that this version cannot use.

        Returns None otherwise, or if another worker has done it.
        """
        learning, now = tools.config.settings.learning, tools.clock()
        target = (tools.config.folder / MODEL_FILE).resolve()
        is_hour = now.astimezone(ZoneInfo(tools.config.site.timezone)).hour == learning.hour
        if not learning.enabled or not (is_hour or await asyncio.to_thread(self._finds_unusable, target)):
            return None
        place = f"{socket.gethostname()}:{target.parent}"
        if not await tools.run_in_writer(tools.store.claim_retraining, place, now, RETRAIN_EVERY):
            return None
        async with ProcessPool(1, memory=MEMORY_LIMIT) as self._pool:
            outcome = await self._retrain(tools.config.database_url, target)
            decided = await self._reclassify(tools, target)
        log.info(
            "model_retrained replaced=%s examples=%d accuracy=%s before=%s reason=%r",
            outcome.replaced, outcome.examples, outcome.accuracy, outcome.old_accuracy, outcome.reason,
        )  # fmt: skip
        if decided:
            log.info("items_reclassified decided=%d", decided)
        return outcome

    async def stop(self) -> None:
        """Cancel the running training; keep the current model."""
        self._stopped = True
        if self._pool is not None:
            await self._pool.close()

    def _finds_unusable(self, target: Path) -> bool:
        """Return whether there is a model of another version, the first time; an attempt that fails waits a day."""
        if self._has_looked:
            return False
        self._has_looked = True
        return target.exists() and _load_old_model(target) is None

    async def _retrain(self, database_url: str, target: Path) -> RetrainingOutcome:
        assert self._pool is not None
        try:
            return await self._pool.run(retrain, database_url, str(target), timeout=TIMEOUT_SECONDS)
        except PoolCallFailed as error:
            return RetrainingOutcome(False, f"the training process failed ({error.kind})")
        except asyncio.CancelledError:
            return RetrainingOutcome(False, "the service is stopping")

    async def _reclassify(self, tools: Tools, target: Path) -> int:
        """Reclassify undecided items and return how many got a category.

        This runs even if the model was not replaced, because the rules may have changed.
        """
        assert self._pool is not None
        config = tools.config
        since = tools.clock() - LOOKBACK
        arguments = (config.database_url, str(target), config.settings.categories, since)
        try:
            decisions = await self._pool.run(reclassify, *arguments, timeout=TIMEOUT_SECONDS)
        except (PoolCallFailed, asyncio.CancelledError) as error:
            log.warning("reclassification_stopped reason=%r", str(error) or "the service is stopping")
            return 0
        count = 0
        for batch in batches(decisions):
            if not self._stopped:
                count += await tools.run_in_writer(apply_decisions, tools.store, batch, tools.clock())
        return count


def retrain(database_url: str, model_path: str) -> RetrainingOutcome:
    """Train from the store and replace the model file unless the old model is better. Runs in a child process."""
    if hasattr(os, "nice"):
        os.nice(10)
    store = Store.open(database_url)
    try:
        examples = cap_per_class(store.training_examples(MAX_EXAMPLES))
    finally:
        store.close()
    return train_and_replace(examples, Path(model_path))


def train_and_replace(examples: Sequence[Example], target: Path) -> RetrainingOutcome:
    """Train from ``examples`` and save the model as ``target`` unless the model there is more accurate."""
    training_set = [example for example in examples if not in_holdout(example)]
    holdout = [example for example in examples if in_holdout(example)]
    if len(examples) < MIN_EXAMPLES or len({example.category for example in training_set}) < 2:
        reason = f"fewer than {MIN_EXAMPLES} certain examples, or only one category"
        return RetrainingOutcome(False, reason, len(examples))
    trial = train(oversample(training_set), holdout=oversample(holdout))
    old = _load_old_model(target)
    accuracy = holdout_accuracy(trial, holdout)
    old_accuracy = holdout_accuracy(old, holdout) if old else None
    if old_accuracy is not None and accuracy < old_accuracy:
        return RetrainingOutcome(False, "the old model is more accurate", len(examples), accuracy, old_accuracy)
    corrections = [example for example in holdout if example.corrected]
    final = train(oversample([*training_set, *corrections]), holdout=()) if corrections else trial
    final.with_calibration_of(trial).save(target)
    return RetrainingOutcome(True, "the new model is at least as accurate", len(examples), accuracy, old_accuracy)


def _load_old_model(target: Path) -> Model | None:
    try:
        return Model.load(target) if target.exists() else None
    except ModelError as error:  # damaged or of another format version: any new model is better
        log.warning("model_unusable reason=%r", str(error))
        return None


def cap_per_class(examples: Iterable[Example]) -> list[Example]:
    """Return the first MAX_PER_CATEGORY examples of each category; corrections are not capped.

    Rare subcategories are merged into their parent; categories that are still rare are left out.
    """
    capped: list[Example] = []
    counts: Counter[str] = Counter()
    for example in islice(examples, MAX_EXAMPLES):
        counts[example.category] += 1
        if example.corrected or counts[example.category] <= MAX_PER_CATEGORY:
            capped.append(example._replace(text=example.text[:MAX_EXAMPLE_LENGTH]))
    merged = [
        example
        if counts[example.category] >= MIN_PER_CATEGORY
        else example._replace(category=top_category(example.category))
        for example in capped
    ]
    merged_counts = Counter(example.category for example in merged)
    return [example for example in merged if merged_counts[example.category] >= MIN_PER_CATEGORY]


def oversample(examples: Iterable[Example]) -> list[tuple[str, str]]:
    """Return (label, text) pairs, corrected examples CORRECTION_WEIGHT times."""
    return [
        (example.category, example.text)
        for example in examples
        for _ in range(CORRECTION_WEIGHT if example.corrected else 1)
    ]


def holdout_accuracy(model: Model, holdout: Sequence[Example]) -> float:
    """Return the accuracy (0..1) of a model by top-level category, corrections weighted as in training."""
    pairs = oversample(holdout)
    answers = model.classify([text for _, text in pairs])
    correct = sum(
        top_category(label) == top_category(answer) for (label, _), (answer, _, _) in zip(pairs, answers, strict=True)
    )
    return round(correct / max(len(pairs), 1), 4)


def in_holdout(example: Example) -> bool:
    """Return whether an example is held out: the same tenth every day, so that no model was trained on it before."""
    return zlib.crc32(example.text.encode("utf-8", "replace")) % HOLDOUT_FOLDS == 0


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
