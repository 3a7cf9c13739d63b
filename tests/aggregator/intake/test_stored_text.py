"""The reading process makes what the store writes of an item's texts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from aggregator.intake.digest import enrich
from aggregator.intake.parse_task import ParseTask
from aggregator.intake.picture_selection import select_pictures
from aggregator.model import Draft, KnownItems
from aggregator.steps.text.packing import unpack_texts
from aggregator.store import PlannedDocument, Store
from tests.aggregator.store.factories import NOW, draft, outlets, publish, source

TASK = ParseTask(source("a"), "https://a.example/feed", {}, b"", KnownItems(), NOW)
REPORT = replace(draft("一"), title="枣庄暴雨ABC", html="<p>枣庄今日暴雨</p>", text="枣庄今日暴雨")


def _enriched(report: Draft) -> Draft:
    return enrich([report], TASK)[0]


def test_it_is_what_the_store_would_make(tmp_path: Path) -> None:
    databases = []
    for name, report in (
        ("read", _enriched(REPORT)),
        ("stored", replace(_enriched(REPORT), html=REPORT.html, stored_text=None)),
    ):
        store = Store.open(f"sqlite:///{tmp_path}/{name}.db")
        outlets(store, "a")
        publish(store, "a", report)
        databases.append(_stored(store))
        store.close()
    assert databases[0] == databases[1]
    assert unpack_texts(databases[0][0][0][0]) == ("<p>枣庄今日暴雨</p>", "枣庄今日暴雨")


@pytest.mark.parametrize("odd", ["\ud800", "\x00"])
def test_texts_that_must_be_mended_are_left_to_the_store(odd: str) -> None:
    assert _enriched(replace(REPORT, text=f"枣庄{odd}")).stored_text is None


def _stored(store: Store) -> list[list[tuple[object, ...]]]:
    with store._engine.connect() as connection:
        queries = ("SELECT packed FROM texts", "SELECT id, block FROM search_tokens_data ORDER BY id")
        return [[tuple(row) for row in connection.execute(text(query))] for query in queries]


def test_pictures_are_those_of_the_html() -> None:
    page = '<p>枣庄<img src="https://a.example/1.jpg?a=1&amp;b=2" alt=""></p><p><img src="https://a.example/2.jpg"></p>'
    enriched = _enriched(replace(REPORT, html=page))
    new = PlannedDocument(1, new=(enriched,), ids={enriched.uid: 7})
    found = select_pictures(replace(TASK.source, content="full", pictures="thumbnail"), new)
    assert enriched.html is None
    assert found[7].in_text == ("https://a.example/1.jpg?a=1&b=2", "https://a.example/2.jpg")
