"""The event loop of commands and of the service: uvloop, which takes less CPU for a request than that of asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from aggregator.runtime.process_memory import collect_seldom

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a new event loop and return its result."""
    import uvloop  # loaded when needed, for a fast start

    collect_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
