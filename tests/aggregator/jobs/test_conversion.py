"""The background conversion of a database of an older schema."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.jobs.conversion import ConversionJob
from aggregator.store import Store
from gedi.cli import main
from tests.aggregator.store import stored_database
from tests.aggregator.store.factories import copy_database, open_store


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a stored database of schema 0011 after its upgrade, for copying."""
    path = tmp_path_factory.mktemp("upgraded") / "gedi.db"
    stored_database.make_sqlite(path)
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def old(upgraded: Path, tmp_path: Path) -> Iterator[Store]:
    """Yield an upgraded database whose items are not converted yet."""
    with open_store(copy_database(upgraded, tmp_path)) as store:
        yield store


def test_it_converts_everything_once_and_logs_it(
    old: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.jobs.conversion.REPORT_EVERY", 150)
    job, count = ConversionJob(), old.unconverted_items()
    with caplog.at_level(logging.INFO):
        asyncio.run(job.tick(old))
        asyncio.run(job.tick(old))
    assert old.unconverted_items() is None
    first, *progress, last = caplog.messages
    assert (first, last) == (f"conversion_started items={count}", "conversion_finished")
    assert all(message.startswith("conversion_continued items=") for message in progress)
    assert progress


def test_a_stopped_conversion_is_continued_by_another(old: Store, caplog: pytest.LogCaptureFixture) -> None:
    stopped, count = ConversionJob(), old.unconverted_items()
    stopped.stop()
    with caplog.at_level(logging.INFO):
        asyncio.run(stopped.tick(old))
    left = old.unconverted_items()
    assert count is not None
    assert left is not None
    assert 0 < left < count
    assert "conversion_finished" not in caplog.messages
    asyncio.run(ConversionJob().tick(old))
    assert old.unconverted_items() is None


def test_a_new_database_has_nothing_to_convert(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    assert store.unconverted_items() is None
    with caplog.at_level(logging.INFO):
        asyncio.run(ConversionJob().tick(store))
    assert caplog.messages == []


@pytest.mark.clock(every=34)
def test_the_command_converts_too(old: Store, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[site]\ntitle = "x"\n[retention]\nitems = "9000d"\n', encoding="utf-8")
    result = CliRunner().invoke(main, ["prune", "--config", str(tmp_path / "config.toml")])
    assert result.exit_code == 0, result.output
    assert "all items converted" in result.output
    assert old.unconverted_items() is None
