"""Documents that wait for the writer are stored in one transaction; one that cannot be stored costs no other."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from aggregator import pipeline
from aggregator.config.load import parse_config
from aggregator.model import Draft, Fetched, ParsedDocument, Poll, PollResult, Visit
from aggregator.model.filters import FilteredEntry
from aggregator.runtime.stage_times import StageTimes
from aggregator.services import Tools
from aggregator.store import Store, Writer
from tests.aggregator.pipeline.test_edits import report_draft
from tests.aggregator.steps.stories.test_cluster import CAVE, CAVE_AGAIN, CHESS, LIGHT
from tests.aggregator.store.factories import NOW, outlets, source

REPORTS = {"a": CAVE, "b": CHESS, "c": LIGHT}


def tools_of(store: Store) -> Tools:
    config = parse_config(b"", Path("/nowhere/config.toml"))
    return cast(Tools, SimpleNamespace(store=store, config=config, rng=random.Random(1), stage_times=StageTimes()))


def visits(store: Store) -> list[Visit]:
    ids = outlets(store, *REPORTS)
    return [visit(slug, ids[slug], report_draft(slug, report)) for slug, report in REPORTS.items()]


def visit(slug: str, source_id: int, draft: Draft) -> Visit:
    poll = Poll(dataclasses.replace(source(slug), id=source_id), source(slug).url)
    parsed = ParsedDocument((draft,), (), None, None, None, 1, 0, 0, None)
    return Visit(poll, Fetched(poll.url, 200, {}, b"", 0.1), parsed, NOW, remaining=(draft,))


def count_transactions(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    opened: list[int] = []
    original = store.write_transaction

    def write_transaction(**options: bool) -> object:
        opened.append(1)
        return original(**options)

    monkeypatch.setattr(store, "write_transaction", write_transaction)
    return opened


def test_documents_share_a_transaction(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = visits(store)
    opened = count_transactions(store, monkeypatch)
    results = pipeline.record_visits(waiting, tools_of(store), NOW)
    assert [isinstance(result, PollResult) and result.new_items for result in results] == [1, 1, 1]
    assert len(opened) == 1
    assert {row["source"] for row in store.export_items()} == set(REPORTS)
    assert len(store.search_items("象棋", 9)) == 1


def test_documents_of_a_transaction_see_the_reports_before_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = outlets(store, "a", "b", "c", "d")
    reports = {"a": CAVE, "b": CAVE_AGAIN, "c": CHESS, "d": CAVE}
    opened = count_transactions(store, monkeypatch)
    waiting = [visit(slug, ids[slug], report_draft(slug, report)) for slug, report in reports.items()]
    pipeline.record_visits(waiting, tools_of(store), NOW)
    assert len(opened) == 1
    rows = {row["source"]: row for row in store.export_items()}
    assert rows["a"]["story"] == rows["b"]["story"] == rows["d"]["story"] != rows["c"]["story"]
    assert rows["d"]["reprint_of"] == rows["a"]["url"]
    story = store.story(rows["a"]["story"])
    assert story is not None
    assert (story.items, story.outlets) == (3, 3)


def test_a_document_that_cannot_be_stored_costs_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = visits(store)
    original = Writer.record_filtered_entries

    def record(writer: Writer, source_id: int, entries: Sequence[FilteredEntry], now: datetime) -> None:
        original(writer, source_id, entries, now)
        if source_id == waiting[1].poll.source.id:
            raise ValueError("a fault")

    monkeypatch.setattr(Writer, "record_filtered_entries", record)
    results = pipeline.record_visits(waiting, tools_of(store), NOW)
    assert [type(result) for result in results] == [PollResult, ValueError, PollResult]
    assert {row["source"] for row in store.export_items()} == {"a", "c"}


def test_an_item_may_be_edited_by_the_next_document_that_waits(store: Store) -> None:
    ids = outlets(store, "a")
    waiting = [visit("a", ids["a"], report_draft("one", report)) for report in (CAVE, CHESS)]
    results = pipeline.record_visits(waiting, tools_of(store), NOW)
    assert [isinstance(result, PollResult) and result.new_items for result in results] == [1, 0]
    assert len(store.search_items("象棋", 9)) == 1
    assert store.search_items("溶洞", 9) == []
