"""Daily retraining: the examples, the schedule, when the old model is kept, and the reclassification afterwards."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator import MODEL_FILE
from aggregator.config.load import Config, parse_config
from aggregator.jobs.retraining import (
    CORRECTION_WEIGHT,
    MAX_PER_CATEGORY,
    MIN_EXAMPLES,
    RetrainingJob,
    cap_per_class,
    in_holdout,
    oversample,
    retrain,
    train_and_replace,
)
from aggregator.learning.classifier import Model
from aggregator.messages import decisions
from aggregator.model import CategoryDecision, Draft, Example, Place, RenderedDocument
from aggregator.store import Store
from tests.aggregator.store.factories import draft, outlets, publish

SUBJECTS = {
    "sports": ("渔网球社", "龙舟队", "踢毽子", "跳皮筋"),
    "travel": ("石头房", "采摘园", "老磨坊", "栈道口"),
    "agriculture": ("薄皮核桃", "大田垄", "拱棚", "羊圈"),
}
FILLING = ("今天", "去年", "镇上", "新的", "三个", "大家", "据说", "再次", "为何", "终于")


def example(chance: random.Random, label: str | None = None) -> Example:
    subject = chance.choice(sorted(SUBJECTS))
    words = [*chance.sample(FILLING, 3), *chance.sample(SUBJECTS[subject], 2), str(chance.randrange(10_000))]
    chance.shuffle(words)
    return Example(label or subject, "".join(words))


def stream(count: int, label: str | None = None) -> list[Example]:
    chance = random.Random(count)
    return [example(chance, label) for _ in range(count)]


def test_a_new_model_is_saved_with_its_accuracy(tmp_path: Path) -> None:
    target = tmp_path / "m.npz"
    outcome = train_and_replace(stream(600), target)
    assert outcome.replaced
    assert outcome.accuracy is not None
    assert outcome.accuracy > 0.95
    assert Model.load(target).classify(["镇上的薄皮核桃和拱棚"])[0][0] == "agriculture"


def test_a_more_accurate_old_model_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "m.npz"
    assert train_and_replace(stream(600), target).replaced
    before = target.read_bytes()
    chance = random.Random(5)
    # random labels, except in the holdout on which both models are measured
    shuffled = [
        item if in_holdout(item) else item._replace(category=chance.choice(sorted(SUBJECTS))) for item in stream(500)
    ]
    outcome = train_and_replace(shuffled, target)
    assert not outcome.replaced
    assert outcome.reason == "the old model is more accurate"
    assert outcome.accuracy is not None
    assert outcome.old_accuracy is not None
    assert outcome.accuracy < outcome.old_accuracy
    assert target.read_bytes() == before


def test_an_unreadable_model_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "m.npz"
    target.write_bytes(b"no model")
    assert train_and_replace(stream(400), target).replaced
    assert Model.load(target).labels == ("agriculture", "sports", "travel")


@pytest.mark.parametrize("examples", [[], stream(MIN_EXAMPLES - 1), stream(500, "sports")])
def test_too_few_examples_train_no_model(examples: list[Example], tmp_path: Path) -> None:
    target = tmp_path / "m.npz"
    assert not train_and_replace(examples, target).replaced
    assert not target.exists()


def test_corrections_are_oversampled() -> None:
    assert len(oversample([Example("a", "x"), Example("b", "y", corrected=True)])) == 1 + CORRECTION_WEIGHT


def test_corrections_change_the_answers(tmp_path: Path) -> None:
    target = tmp_path / "m.npz"
    examples = stream(600)
    assert train_and_replace(examples, target).replaced
    word = "羊圈"
    wrong = [f"{word}里的石磙{number}" for number in range(12)]
    assert {label for label, _, _ in Model.load(target).classify(wrong)} == {"agriculture"}
    corrected = [Example("travel", text, corrected=True) for text in wrong]
    assert train_and_replace([*corrected, *examples], target).replaced
    assert [label for label, _, _ in Model.load(target).classify(wrong)].count("travel") > 9


def test_frequent_categories_are_capped_and_rare_ones_merged_into_their_parent() -> None:
    many = [Example("sports", str(number)) for number in range(MAX_PER_CATEGORY + 50)]
    rare = [Example("travel/food", f"food {number}") for number in range(4)]
    rare += [Example("travel", f"travel {number}") for number in range(8)]
    alone = [Example("auto/new", "one")]
    kept = cap_per_class([*many, Example("sports", "corrected", corrected=True), *rare, *alone])
    labels = [one.category for one in kept]
    assert (labels.count("sports"), labels.count("travel"), len(labels)) == (
        MAX_PER_CATEGORY + 1,
        12,
        MAX_PER_CATEGORY + 13,
    )


# ---------------------------------------------------------------- the daily job
def fill(store: Store) -> None:
    outlets(store, "a")
    for number, one in enumerate(stream(360)):
        decision = CategoryDecision(one.category, 0.9, decisions.SOURCE())
        publish(store, "a", draft(str(number), title=one.text, text="", decision=decision, marks=[], topics=[]))


def test_a_model_is_trained_from_the_store(database_url: str, tmp_path: Path) -> None:
    store = Store.open(database_url)
    try:
        fill(store)
    finally:
        store.close()
    outcome = retrain(database_url, str(tmp_path / MODEL_FILE))
    assert (outcome.replaced, outcome.examples) == (True, 360)
    assert Model.load(tmp_path / MODEL_FILE).labels == ("agriculture", "sports", "travel")


@dataclass
class Bench:
    """The part of `Tools` that the job uses."""

    config: Config
    store: Store
    now: datetime

    def __post_init__(self) -> None:
        self.write_executor = ThreadPoolExecutor(1)

    def clock(self) -> datetime:
        return self.now

    async def run_in_writer(self, function, *args):  # type: ignore[no-untyped-def]
        return await asyncio.get_running_loop().run_in_executor(self.write_executor, function, *args)


@contextmanager
def bench(folder: Path, now: datetime, more: str = "") -> Iterator[Bench]:
    config = parse_config(more.encode(), folder / "config.toml", {})
    store = Store.open(config.database_url)
    tools = Bench(config, store, now)
    try:
        yield tools
    finally:
        tools.write_executor.shutdown()
        store.close()


FOUR = datetime(2026, 3, 4, 20, 10, tzinfo=UTC)  # ten past four in Shanghai


def test_retraining_runs_once_in_its_hour(tmp_path: Path) -> None:
    job = RetrainingJob()
    with bench(tmp_path, FOUR - timedelta(hours=1)) as tools:
        assert asyncio.run(job.tick(tools)) is None  # type: ignore[arg-type]
        tools.now = FOUR
        outcome = asyncio.run(job.tick(tools))  # type: ignore[arg-type]
        assert outcome is not None
        assert not outcome.replaced
        assert outcome.reason.startswith("fewer than")
        assert asyncio.run(RetrainingJob().tick(tools)) is None  # type: ignore[arg-type]
        tools.now = FOUR + timedelta(days=1)
        assert asyncio.run(job.tick(tools)) is not None  # type: ignore[arg-type]


def test_the_config_sets_the_hour_or_disables_retraining(tmp_path: Path) -> None:
    with bench(tmp_path, FOUR, "[learning]\nenabled = false") as tools:
        assert asyncio.run(RetrainingJob().tick(tools)) is None  # type: ignore[arg-type]
    with bench(tmp_path, FOUR, "[learning]\nhour = 3") as tools:
        assert asyncio.run(RetrainingJob().tick(tools)) is None  # type: ignore[arg-type]


def test_a_model_of_another_version_is_replaced_at_once(tmp_path: Path) -> None:
    (tmp_path / MODEL_FILE).write_bytes(b"of another version")
    job = RetrainingJob()
    with bench(tmp_path, FOUR - timedelta(hours=9)) as tools:
        fill(tools.store)
        outcome = asyncio.run(job.tick(tools))  # type: ignore[arg-type]
        tools.now = FOUR + timedelta(days=1, hours=9)
        assert asyncio.run(job.tick(tools)) is None  # type: ignore[arg-type]
    assert outcome is not None
    assert outcome.replaced, outcome
    assert Model.load(tmp_path / MODEL_FILE).accuracy > 0.9


# ---------------------------------------------------------------- reclassification
def undecided_draft(name: str, hours: float = 1) -> Draft:
    title = f"镇上薄皮核桃羊圈大田垄{name}"
    return draft(
        name, title=title, published=FOUR - timedelta(hours=hours), decision=CategoryDecision(), place=SHANTING
    )


SHANTING = Place("370000", "370400", "370406", decisions.IN_TITLE(names=("山亭区",)))


def test_undecided_items_are_reclassified_after_retraining(tmp_path: Path) -> None:
    with bench(tmp_path, FOUR) as tools:
        fill(tools.store)
        ids = publish(
            tools.store, "a", undecided_draft("new"), undecided_draft("moved"), undecided_draft("old", hours=24 * 8)
        )
        new, moved, old = ids
        tools.store.move([moved], FOUR, category="estate")
        keys = ("agriculture", "agriculture/370406", "travel")
        tools.store.put_documents([RenderedDocument(f"/{key}", key, "", b"", "", FOUR) for key in keys], FOUR)
        asyncio.run(RetrainingJob().tick(tools))  # type: ignore[arg-type]
        cards = tools.store.item_cards(ids)
        assert cards[new].category == "agriculture"
        assert cards[moved].category == "estate"
        assert cards[old].category is None
        assert tools.store.stale_paths(9) == ["/agriculture", "/agriculture/370406"]
        detail = tools.store.item_details([new])[new]
        assert detail.decision.why.code in (decisions.MODEL.name, decisions.MODEL_ALONE.name)
