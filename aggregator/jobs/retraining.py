"""The category model learns anew from the stream, once a day at a quiet hour, in a child process of its own.

claim the turn                 store      (one worker for each place where a model lies)
gather what is certain         store      (admins' corrections, sources of one category, publishers' terms)
train without a tenth          training
judge both models by it        here       (the old one stays unless the new one is as good)
train with its corrections     training
save, in one step              classifier (digest sees the new file)
look again at the undecided    second_look
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator import MODEL_FILE
from aggregator.jobs.reclassification import DAYS, judged_again, portions, settle
from aggregator.learning.classifier import Model, ModelError
from aggregator.model import Example
from aggregator.runtime.process_pool import ChildFailed, Children
from aggregator.store import Store

if TYPE_CHECKING:
    from aggregator.services import Tools

log = logging.getLogger(__name__)

EVERY = timedelta(hours=20)  # not twice in a night
LIMIT = 60_000  # newest examples
OF_ONE = 8_000  # examples of one category: one busy source is not to be the measure of everything
LEAST = 300  # examples below which nothing is learnt
LEAST_OF_ONE = 10  # of a category; of a sub-category, below which it counts for the one above it
CORRECTED = 5  # how often an admin's word counts
TENTH = 10
MEMORY = 1_500_000_000  # bytes the child may hold
SECONDS = 1800.0  # the longest it may take
CHARACTERS = 400  # of an example that are read from the store


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. ``accuracy`` and ``before`` are the shares (0..1) that the new and the old model got right of
    what neither the new one nor, as far as possible, the old one had seen."""

    replaced: bool
    reason: str
    examples: int = 0
    accuracy: float | None = None
    before: float | None = None


class Learner:
    """Asks now and then whether it is time; for one event loop."""

    def __init__(self) -> None:
        self._children: Children | None = None
        self._stopped = False

    async def tend(self, tools: Tools) -> Outcome | None:
        """Learn if this is the hour, the config wants it, and no other worker did."""
        learning, now = tools.config.settings.learning, tools.clock()
        if not learning.enabled or now.astimezone(ZoneInfo(tools.config.site.timezone)).hour != learning.hour:
            return None
        target = (tools.config.folder / MODEL_FILE).resolve()
        place = f"{socket.gethostname()}:{target.parent}"
        if not await tools.writing(tools.store.claim_learning, place, now, EVERY):
            return None
        async with Children(1, memory=MEMORY) as self._children:
            outcome = await self._learn(tools.config.database_url, target)
            decided = await self._look_again(tools, target)
        log.info(
            "relearn replaced=%s examples=%d accuracy=%s before=%s reason=%r",
            outcome.replaced, outcome.examples, outcome.accuracy, outcome.before, outcome.reason,
        )  # fmt: skip
        if decided:
            log.info("second-look decided=%d", decided)
        return outcome

    async def stop(self) -> None:
        """Give it up: the model stays what it is, and tomorrow is another day."""
        self._stopped = True
        if self._children is not None:
            await self._children.close()

    async def _learn(self, database_url: str, target: Path) -> Outcome:
        assert self._children is not None
        try:
            return await self._children.run(relearn, database_url, str(target), timeout=SECONDS)
        except ChildFailed as error:
            return Outcome(False, f"the child that learnt ended ({error.kind})")
        except asyncio.CancelledError:
            return Outcome(False, "the service stops")

    async def _look_again(self, tools: Tools, target: Path) -> int:
        """By today's rules, too: so whether or not the model is a new one. Returns how many got a category."""
        assert self._children is not None
        config = tools.config
        since = tools.clock() - DAYS
        question = (config.database_url, str(target), config.settings.categories, since)
        try:
            decisions = await self._children.run(judged_again, *question, timeout=SECONDS)
        except (ChildFailed, asyncio.CancelledError) as error:
            log.warning("second-look gave-up reason=%r", str(error) or "the service stops")
            return 0
        count = 0
        for some in portions(decisions):
            if not self._stopped:
                count += await tools.writing(settle, tools.store, some, tools.clock())
        return count


def relearn(database_url: str, model_path: str) -> Outcome:
    """Train from the store and replace the model's file, unless the old model does better. Runs in a child."""
    if hasattr(os, "nice"):
        os.nice(10)
    store = Store.open(database_url)
    try:
        examples = balanced(store.training(LIMIT))
    finally:
        store.close()
    return improve(examples, Path(model_path))


def improve(examples: Sequence[Example], target: Path) -> Outcome:
    """Train from ``examples`` and save the model as ``target``, unless the one that lies there does better."""
    taught = [example for example in examples if not is_held(example)]
    held = [example for example in examples if is_held(example)]
    if len(examples) < LEAST or len({example.category for example in taught}) < 2:
        return Outcome(False, f"fewer than {LEAST} certain examples, or only one category", len(examples))
    trial = Model.train(repeated(taught), held=repeated(held))
    old = _old(target)
    accuracy, before = share_right(trial, held), share_right(old, held) if old else None
    if before is not None and accuracy < before:
        return Outcome(False, "the old model does better", len(examples), accuracy, before)
    corrected = [example for example in held if example.corrected]
    final = Model.train(repeated([*taught, *corrected]), held=()) if corrected else trial
    final.measured_as(trial).save(target)
    return Outcome(True, "the new model is as good or better", len(examples), accuracy, before)


def _old(target: Path) -> Model | None:
    try:
        return Model.load(target) if target.exists() else None
    except ModelError as error:  # of another version, or damaged: anything is better
        log.warning("relearn old-model-unusable reason=%r", str(error))
        return None


def balanced(examples: Iterable[Example]) -> list[Example]:
    """At most so many of one category, the first ones; rare sub-categories count for the one above them, and what is
    rare even so is left out."""
    capped: list[Example] = []
    counts: Counter[str] = Counter()
    for example in islice(examples, LIMIT):
        counts[example.category] += 1
        if example.corrected or counts[example.category] <= OF_ONE:
            capped.append(example._replace(text=example.text[:CHARACTERS]))
    raised = [
        example
        if counts[example.category] >= LEAST_OF_ONE
        else example._replace(category=example.category.partition("/")[0])
        for example in capped
    ]
    often = Counter(example.category for example in raised)
    return [example for example in raised if often[example.category] >= LEAST_OF_ONE]


def repeated(examples: Iterable[Example]) -> list[tuple[str, str]]:
    """(label, text), the corrections several times: so much more they count."""
    return [
        (example.category, example.text) for example in examples for _ in range(CORRECTED if example.corrected else 1)
    ]


def share_right(model: Model, held: Sequence[Example]) -> float:
    """How much of what was held out a model gets right, by top categories; corrections count more."""
    pairs = repeated(held)
    answers = model.classify([text for _, text in pairs])
    right = sum(_top(label) == _top(answer) for (label, _), (answer, _, _) in zip(pairs, answers, strict=True))
    return round(right / max(len(pairs), 1), 4)


def is_held(example: Example) -> bool:
    """The same tenth every night, so that no model is judged by what an earlier one was taught."""
    return zlib.crc32(example.text.encode("utf-8", "replace")) % TENTH == 0


def _top(path: str) -> str:
    return path.partition("/")[0]
