"""Send notifications: find targets for which there is something to do, and work for each of them in a task of its own.

Store functions run in a thread of their own, so that neither polls nor other targets wait for a target.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from aggregator.model.notifications import TargetClaim
from aggregator.notifications.delivery import LEASE, Delivery
from aggregator.notifications.targets import Target, targets_of
from aggregator.runtime.background_tasks import BackgroundTasks
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import LeaseLostError

log = logging.getLogger(__name__)

T = TypeVar("T")
MAX_CONCURRENT = 8  # targets
STOP_GRACE = 2.0  # seconds in which what is being sent may end and be recorded


class Notifier:
    """Sends notifications; belongs to one event loop."""

    def __init__(self) -> None:
        self._tasks = BackgroundTasks(log)
        self._targets: tuple[Target, ...] = ()
        self._executor: SingleThreadExecutor | None = None

    async def tick(self, tools: Tools) -> None:
        """Start the work for targets that have any."""
        if not tools.config.settings.notify:
            self._targets = ()
            return
        targets = targets_of(tools.config)
        if targets != self._targets:
            now = tools.clock()
            watched = [target.watched(tools.config, now) for target in targets]
            await self._call(partial(tools.store.watch_targets, watched, now))
            self._targets = targets
        room = MAX_CONCURRENT - len(self._tasks)
        if room <= 0:
            return
        by_key = {target.key: target for target in targets}
        for claim in await self._call(partial(self._claim, tools, tools.clock(), room)):
            self._tasks.start(partial(self._work, by_key[claim.key], claim, tools), "notify_failed")

    async def drain(self, tools: Tools) -> None:
        """Do what there is to do now, and wait for it."""
        await self.tick(tools)
        while self._tasks:
            while self._tasks:
                await self._tasks.wait()
            await self.tick(tools)

    async def stop(self) -> None:
        """Stop; what is not sent stays in the outbox for the next worker."""
        await self._tasks.stop(STOP_GRACE)
        if self._executor is not None:
            self._executor.shutdown(wait=False)
            self._executor = None

    def _claim(self, tools: Tools, now: datetime, room: int) -> list[TargetClaim]:
        watched = [target.watched(tools.config, now) for target in self._targets]
        return tools.store.claim_targets(watched, now, LEASE, tools.owner, room)

    async def _work(self, target: Target, claim: TargetClaim, tools: Tools) -> None:
        try:
            await Delivery(target, claim, tools, self._call).work()
        except LeaseLostError:
            log.warning("lease_lost notify=%s", target.name)

    async def _call(self, function: Callable[[], T], /) -> T:
        if self._executor is None:
            self._executor = SingleThreadExecutor("notify")
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)
