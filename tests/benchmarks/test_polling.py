from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from benchmarks.news_feeds import ENTRIES, NEW, SEED, Outlet, generate_outlets
from benchmarks.polling import PHASES, measure, print_phase
from benchmarks.polling_clients import Gedi, Script
from tests import clock

FEEDS = 12
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def outlets() -> list[Outlet]:
    return generate_outlets(SEED, FEEDS)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep generated data in a folder of the test."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def digest(outlets: list[Outlet]) -> str:
    return hashlib.sha256(b"".join(outlet.document(NOW, renewed=True) for outlet in outlets)).hexdigest()


def test_the_same_seed_generates_the_same_feeds_in_every_process(outlets: list[Outlet]) -> None:
    code = f"""
from datetime import datetime
from benchmarks.news_feeds import generate_outlets
from tests.benchmarks.test_polling import digest
print(digest(generate_outlets({SEED}, {FEEDS})))
"""
    environ = os.environ | {"PYTHONHASHSEED": "5"}
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environ, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == digest(outlets)


def test_the_feeds_are_readable_in_every_format_and_encoding(outlets: list[Outlet]) -> None:
    assert {outlet.kind for outlet in outlets} == {"rss", "atom", "rdf"}
    assert [outlet.encoding for outlet in outlets].count("gbk") == FEEDS // 6
    for outlet in outlets:
        feed = feedparser.parse(outlet.document(NOW))
        assert not feed.bozo
        assert len(feed.entries) == ENTRIES
        assert [entry.title for entry in feed.entries if "\ufffd" in entry.title] == []
        assert all("content" in entry for entry in feed.entries) is outlet.full


def test_a_renewed_feed_has_new_entries_before_the_known_ones(outlets: list[Outlet]) -> None:
    first, renewed = (feedparser.parse(outlets[0].document(NOW, renewed=new)) for new in (False, True))
    assert [entry.id for entry in renewed.entries[NEW:]] == [entry.id for entry in first.entries[:-NEW]]
    assert outlets[1].document(NOW) == outlets[1].document(NOW, renewed=True)


@pytest.mark.clock(every=0)
@pytest.mark.usefixtures("cache")
def test_the_section_measures_each_phase(capsys: pytest.CaptureFixture[str]) -> None:
    feeds, phases = 4, (PHASES[0], PHASES[2])
    first, renewed = measure(feeds, clock.now(), phases, (Script, Gedi))
    print_phase(first)
    measured = [*first, *renewed]
    entries = feeds * ENTRIES
    assert [(one.client, one.items) for one in measured] == [
        ("script", entries),
        ("gedi", entries),
        ("script", entries + NEW),
        ("gedi", entries + NEW),
    ]
    assert measured[0].answers == {"200": feeds}
    assert measured[2].answers == {"200": 1, "304": feeds - 1}
    assert all(sum(one.answers.values()) == feeds for one in measured)
    assert all(one.use.cpu > 0 and one.use.memory > 0 and one.store > 0 for one in measured)
    printed = capsys.readouterr().out
    for expected in (PHASES[0].name, "ratio", "main process"):
        assert expected in printed


@pytest.mark.clock(every=0)
@pytest.mark.usefixtures("cache")
def test_a_store_may_have_items_before_it_polls() -> None:
    ((polled,),) = measure(1, clock.now(), PHASES[:1], (Gedi,), stored=100)
    assert polled.items == 100 + ENTRIES
    assert polled.stored == 100
