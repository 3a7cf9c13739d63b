"""Two workers on one database, one of which stores something between the decision of the other and its commit.

It does so before the transaction of the other begins, or at the end of it, where PostgreSQL lets several write. What
waits there for a lock of the other goes on in its thread.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from aggregator.intake import document_storage
from aggregator.model import Draft, Relation
from aggregator.steps.stories.cluster import StoryPlacer
from aggregator.store import Store, Writer
from tests.aggregator.pipeline.test_edits import report_draft
from tests.aggregator.steps.stories.test_cluster import CAVE, CAVE_AGAIN, CHESS, LIGHT
from tests.aggregator.store.factories import NOW, draft, outlets, publish, source
from tests.aggregator.store.writing import store_drafts


@pytest.fixture
def other(database_url: str) -> Iterator[Store]:
    """Yield a second worker's store."""
    store = Store.open(database_url)
    yield store
    store.close()


def visit(store: Store, slug: str, *drafts: Draft) -> tuple[Draft, ...]:
    ids = {known.slug: known.id for known in store.sources()}
    return store_drafts(store, dataclasses.replace(source(slug), id=ids[slug]), drafts, NOW)


BEFORE, AT_END = "before", "at end"
both_moments = pytest.mark.parametrize("moment", [BEFORE, AT_END])


def waits_for_lock(store: Store) -> bool:
    """Return whether a transaction waits for another one (PostgreSQL)."""
    with store._engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one())


def interleave(
    store: Store, monkeypatch: pytest.MonkeyPatch, *others: Callable[[], object], moment: str = BEFORE
) -> list[int]:
    """Let each of the functions run in one of the worker's transactions, or before it. Returns the list of these."""
    begin, waiting, begun = store.write_transaction, list(others), list[int]()
    is_late = moment == AT_END and store._engine.dialect.name == "postgresql"

    @contextmanager
    def write_transaction(*, settling: bool = False) -> Iterator[Writer]:
        begun.append(1)
        other = threading.Thread(target=waiting.pop(0)) if waiting else None
        if other and not is_late:
            other.start()
            other.join()
        with begin(settling=settling) as writer:
            yield writer
            if other and is_late:
                other.start()
                while other.is_alive() and not waits_for_lock(store):
                    other.join(0.02)
        if other and is_late:
            other.join()

    monkeypatch.setattr(store, "write_transaction", write_transaction)
    return begun


def stories(store: Store) -> dict[str, int]:
    return {row["url"].rpartition("/")[2]: row["story"] for row in store.export_items()}


@both_moments
@pytest.mark.parametrize("report", [CAVE, CAVE_AGAIN], ids=["reprint", "further report"])
def test_two_workers_never_open_two_stories_for_one_event(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch, report: tuple[str, str], moment: str
) -> None:
    outlets(store, "a", "b")
    theirs = report_draft("theirs", CAVE, 60)
    begun = interleave(store, monkeypatch, lambda: visit(other, "b", theirs), moment=moment)
    visit(store, "a", report_draft("mine", report, 30))
    found = stories(store)
    assert found["mine"] == found["theirs"]
    assert len(begun) == 2


@both_moments
def test_an_unrelated_report_of_another_worker_outdates_nothing(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    outlets(store, "a", "b")
    theirs = report_draft("theirs", CHESS, 60)
    begun = interleave(store, monkeypatch, lambda: visit(other, "b", theirs), moment=moment)
    visit(store, "a", report_draft("mine", CAVE, 30))
    assert len(begun) == 1
    assert len(set(stories(store).values())) == 2


def test_a_worker_that_is_always_overtaken_decides_within_its_transaction(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlets(store, "a", "b", "c", "d", "e")
    reports = [report_draft(f"theirs-{slug}", CAVE, 60) for slug in "bcd"]
    steps = [lambda slug=slug, one=one: visit(other, slug, one) for slug, one in zip("bcd", reports, strict=True)]
    begun = interleave(store, monkeypatch, *steps)
    visit(store, "a", report_draft("mine", CAVE_AGAIN, 30))
    assert len(begun) == document_storage.MAX_ATTEMPTS + 1
    assert len(set(stories(store).values())) == 1


@both_moments
def test_the_same_item_is_stored_once(store: Store, other: Store, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    outlets(store, "a")
    report, theirs = report_draft("one", CAVE), list[tuple[Draft, ...]]()
    interleave(store, monkeypatch, lambda: theirs.append(visit(other, "a", report)), moment=moment)
    mine = visit(store, "a", report)
    assert len(mine) + len(theirs[0]) == len(list(store.export_items())) == 1


def test_the_same_item_without_text_is_stored_once(store: Store, other: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    outlets(store, "a")
    empty = draft("one", title="", text="")
    begun = interleave(store, monkeypatch, lambda: visit(other, "a", empty))
    assert visit(store, "a", empty) == ()
    assert len(begun) == 2


def test_a_report_withdrawn_meanwhile_is_no_original(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlets(store, "a", "b")
    [original] = publish(store, "b", report_draft("theirs", CAVE, 60))
    interleave(store, monkeypatch, lambda: other.remove([original], NOW))
    visit(store, "a", report_draft("mine", CAVE, 30))
    [mine] = [store.item(row["id"]) for row in store.export_items() if row["url"].endswith("mine")]
    assert mine is not None
    assert (mine.card.relation, mine.card.reprint_of) == (Relation.ORIGINAL, None)


def test_a_story_merged_meanwhile_keeps_its_new_report(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlets(store, "a", "b", "c")
    [first] = publish(store, "c", report_draft("first", CHESS, 90))
    visit(store, "b", report_draft("theirs", CAVE, 60))
    theirs = next(row["id"] for row in store.export_items() if row["url"].endswith("theirs"))
    interleave(store, monkeypatch, lambda: other.merge([first, theirs], NOW))
    visit(store, "a", report_draft("mine", CAVE_AGAIN, 30))
    assert set(stories(store).values()) == {first}


def test_an_edit_meanwhile_is_seen(store: Store, other: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    outlets(store, "a", "b")
    visit(store, "b", report_draft("theirs", LIGHT, 60))
    interleave(store, monkeypatch, lambda: visit(other, "b", report_draft("theirs", CAVE, 60)))
    visit(store, "a", report_draft("mine", CAVE_AGAIN, 30))
    assert len(set(stories(store).values())) == 1


def test_nothing_is_compared_within_a_transaction(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    outlets(store, "a", "b")
    place, open_now = StoryPlacer.place, list[bool]()

    def checked(placer: StoryPlacer, *arguments: object) -> None:
        open_now.append(store._writing_thread is not None)
        place(placer, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(StoryPlacer, "place", checked)
    visit(store, "a", report_draft("mine", CAVE, 60), report_draft("chess", CHESS, 50))
    visit(store, "b", report_draft("copy", CAVE, 30))
    visit(store, "b", report_draft("copy", LIGHT, 30))
    assert open_now == [False] * 3


def test_a_failed_plan_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    outlets(store, "a")

    def fail(*_: object) -> None:
        raise ValueError("a fault")

    with monkeypatch.context() as patched:
        patched.setattr(Writer, "finish", fail)
        with pytest.raises(ValueError, match="a fault"):
            visit(store, "a", report_draft("mine", CAVE))
    assert list(store.export_items()) == []
    assert len(visit(store, "a", report_draft("mine", CAVE))) == 1
