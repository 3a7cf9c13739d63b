"""The monotonic clock of rate limits, which tests can move."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import throttled.utils


@dataclass
class MonotonicClock:
    """A clock that stands until a test moves it."""

    seconds: float = 1000.0

    @classmethod
    def install(cls, monkeypatch: pytest.MonkeyPatch) -> MonotonicClock:
        """Return a clock that rate limits use for the rest of the test."""
        clock = cls()
        monkeypatch.setattr(throttled.utils, "now_mono_f", lambda: clock.seconds)
        return clock
