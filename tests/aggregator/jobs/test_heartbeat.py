"""The heartbeat of the poller, and its incidents about disk, database and config."""

from __future__ import annotations

import asyncio
import shutil
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aggregator.config.checks import ConfigProblem
from aggregator.config.load import Config, parse_config
from aggregator.config.watcher import initial_state
from aggregator.jobs import heartbeat
from aggregator.messages import render
from aggregator.runtime.stage_times import StageTimes
from aggregator.store import Store
from tests.aggregator.store.factories import NOW

Usage = namedtuple("Usage", "total used free")


class Tools(SimpleNamespace):
    """The part of a worker's tools that the heartbeat uses."""

    async def run_in_writer(self, function: Any, *args: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.write_executor, function, *args)


def config(folder: Path) -> Config:
    return parse_config(b'[site]\ntitle = "x"\n', folder / "config.toml", {})


def tools(store: Store, folder: Path, minutes: int = 0) -> Any:
    clock = lambda: NOW + timedelta(minutes=minutes)  # noqa: E731
    return Tools(
        store=store,
        config=config(folder),
        write_executor=ThreadPoolExecutor(1),
        clock=clock,
        stage_times=StageTimes(),
    )


def run_heartbeat(beat: heartbeat.Heartbeat, *all_tools: Any) -> None:
    async def run() -> None:
        for each in all_tools:
            await beat.tick(each)

    asyncio.run(run())


def test_a_beat_is_a_sign_of_life_until_the_poller_is_stopped(store: Store, tmp_path: Path) -> None:
    beat, mine = heartbeat.Heartbeat(), tools(store, tmp_path)
    run_heartbeat(beat, mine)
    assert store.last_heartbeat() == NOW
    asyncio.run(beat.stop(mine))
    assert store.last_heartbeat() is None


def test_a_database_that_was_away_is_told_when_it_is_back(store: Store, tmp_path: Path) -> None:
    broken = Store.open(f"sqlite:///{tmp_path}/other.db")
    broken.close()
    (tmp_path / "other.db").unlink()
    (tmp_path / "other.db").mkdir()  # a folder cannot be opened as a database
    beat = heartbeat.Heartbeat()
    run_heartbeat(beat, tools(broken, tmp_path), tools(broken, tmp_path, 1), tools(store, tmp_path, 2))
    (trouble,) = store.recent_incidents(9)
    assert (trouble.subject, trouble.began, trouble.ended) == ("database", NOW, NOW + timedelta(minutes=2))
    assert "open database file" in render(trouble.detail)
    broken.close()


def test_little_room_is_told_until_there_is_enough(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = {"free": 0}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, room["free"]))
    beat = heartbeat.Heartbeat()
    for free, told in ((10**9, []), (10**8, ["disk"]), (35 * 10**7, ["disk"]), (10**9, [])):
        room["free"] = free
        run_heartbeat(beat, tools(store, tmp_path))
        assert [trouble.subject for trouble in store.open_service_incidents()] == told


def test_a_refused_config_is_told_until_it_is_mended(store: Store, tmp_path: Path) -> None:
    mine = config(tmp_path)
    good = initial_state(mine, NOW)
    problems = tuple(ConfigProblem("config.toml", number, "site.titel", "unknown") for number in range(1, 8))
    heartbeat.record_config_state(store, good, mine, NOW)
    heartbeat.record_config_state(store, replace(good, refused_at=NOW, problems=problems), mine, NOW)
    heartbeat.record_config_state(store, good, mine, NOW + timedelta(minutes=1))
    (trouble,) = store.recent_incidents(9)
    assert (trouble.subject, trouble.ended) == ("config", NOW + timedelta(minutes=1))
    assert render(trouble.detail).startswith("config.toml:1: site.titel")
    assert render(trouble.detail).endswith("and 2 more")


@pytest.mark.parametrize(("minutes", "state"), [(None, "none"), (1, "ok"), (3, "stalled")])
def test_a_poller_is_alive_or_not(minutes: int | None, state: str) -> None:
    last = None if minutes is None else NOW - timedelta(minutes=minutes)
    assert heartbeat.poller_state(last, NOW) == state
