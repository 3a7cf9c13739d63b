"""The time in tests: a test marked ``clock`` may read it and runs at a fixed instant, with ``--every-hour`` at many.

``now`` is the clock that such a test passes to the code under test; it always returns the instant. Code that reads the
wall clock directly (processes that a test starts, libraries) sees it shifted to start at the instant. A test without
the mark that reads the time fails, so that no result depends on the hour.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from aggregator.runtime import clock

SHIFT_VARIABLE = "GEDI_TEST_CLOCK_SHIFT"  # seconds by which sitecustomize.py shifts the clock of a Python process
SHIFTED = Path(__file__).parent / "shifted_clock"


def utc(text: str) -> datetime:
    """Return the instant of an ISO 8601 text without a zone, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


USUAL = utc("2026-11-23T22:50")  # 06:50 in Shanghai
INSTANTS = (  # the turns come first, where tests that run at few instants look
    utc("2026-11-23T15:59:58"),  # both sides of midnight in Shanghai
    utc("2026-11-23T16:00:00"),
    utc("2026-11-23T23:59:58"),  # and in UTC
    utc("2026-11-24T00:00:00"),
    utc("2028-02-29T04:00:00"),  # 29 February, at noon and at its end in Shanghai
    utc("2028-02-29T15:59:58"),
    utc("2026-12-31T15:59:58"),  # the turn of the year in Shanghai
    utc("2026-12-31T16:00:00"),
    utc("2026-12-31T23:59:58"),  # and in UTC
    utc("2027-01-01T00:00:00"),
    *(USUAL.replace(hour=hour) for hour in range(24)),
)


def instants_of(ordinal: int, *, every: int = 1, together: bool = False) -> tuple[datetime, ...]:
    """Return the instants at which ``--every-hour`` runs a test.

    Args:
        ordinal: place of the test among those of its folder, whose tests together see each instant.
        every: the test runs at one of ``every`` instants; 0 for a test that does not depend on the hour.
        together: whether all tests of the file run at the same instants, because they share an expensive fixture.
    """
    if together:
        ordinal = 0
    return INSTANTS[ordinal % every :: every] if every else ()


_instant: datetime | None = None


def now() -> datetime:
    """Return the instant of the running test; fail a test that is not marked ``clock``."""
    if _instant is None:
        pytest.fail("this test asks for the time; mark it with @pytest.mark.clock")
    return _instant


def running() -> datetime:
    """Return a time that advances from the instant, for code that waits."""
    now()
    return datetime.now(UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Set ``now``, and shift the wall clock of this process and of its child processes."""
    global _instant
    shift = instant - datetime.fromtimestamp(time.time(), UTC)
    _instant = instant
    try:
        with pytest.MonkeyPatch.context() as patch, time_machine.travel(instant.timestamp(), tick=True):
            patch.setenv(SHIFT_VARIABLE, str(shift / timedelta(seconds=1)))
            patch.setenv("PYTHONPATH", str(SHIFTED), prepend=os.pathsep)
            yield
    finally:
        _instant = None


@contextmanager
def forbidden() -> Iterator[None]:
    """Make ``aggregator.runtime.clock`` fail a test that calls it without the mark ``clock``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "datetime", _NoClock)
        yield


class _NoClock:
    @staticmethod
    def now(*_: object) -> datetime:
        pytest.fail("this test reads the wall clock; mark it with @pytest.mark.clock, or pass it a clock")
