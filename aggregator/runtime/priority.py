"""The order in which waiting work is done."""

from __future__ import annotations

from enum import IntEnum


class Priority(IntEnum):
    """The lowest number comes first; equal ones in order of arrival."""

    HEALTHY = 0  # polls of sources that responded last time
    NEW = 1  # polls of sources that have never responded; calls without a priority
    FAILING = 2  # polls of sources that failed or were slow last time
    BACKGROUND = FAILING  # what can wait for everything but heavy documents
    HEAVY = 3  # documents that take much memory and time to read
