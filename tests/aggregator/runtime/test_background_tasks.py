"""Background tasks: a failure is logged, the others continue, and none is left after a stop."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

import pytest

from aggregator.runtime.background_tasks import BackgroundTasks, Job

log = logging.getLogger(__name__)


async def fail() -> None:
    raise ValueError("broken")


async def note(notes: list[str], text: str, seconds: float = 0) -> None:
    await asyncio.sleep(seconds)
    notes.append(text)


def test_a_failure_is_logged_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    notes: list[str] = []

    async def run() -> None:
        tasks = BackgroundTasks(log)
        jobs: list[Job] = [fail, partial(note, notes, "done")]
        for job in jobs:
            tasks.start(job, "fault of=%s", "this one")
        while len(tasks):
            await tasks.wait()

    asyncio.run(run())
    assert notes == ["done"]
    (record,) = caplog.records
    assert record.getMessage() == "fault of=this one"
    assert record.exc_info


def test_tasks_are_counted_by_key_until_they_end() -> None:
    async def run() -> None:
        tasks = BackgroundTasks(log)
        for key in ("a", "a", "b"):
            tasks.start(partial(note, [], key), "fault", key=key)
        assert tasks.by_key() == {"a": 2, "b": 1}
        await tasks.stop(grace=5)
        assert len(tasks) == 0

    asyncio.run(run())


def test_stopping_gives_the_quick_their_grace_and_cancels_the_rest() -> None:
    notes: list[str] = []

    async def run() -> None:
        tasks = BackgroundTasks(log)
        tasks.start(partial(note, notes, "quick", 0.01), "fault")
        tasks.start(partial(note, notes, "slow", 60), "fault")
        await tasks.stop(grace=0.5)
        await tasks.stop()
        assert len(tasks) == 0

    asyncio.run(run())
    assert notes == ["quick"]
