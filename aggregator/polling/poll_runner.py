"""Run claimed polls concurrently, in the order of the queue; every poll ends in a recorded result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from aggregator.messages import english, fetch_errors
from aggregator.model import ClaimRoom, Failed, Poll, PollResult
from aggregator.polling.poll_queue import PollQueue
from aggregator.polling.schedule import plan_next_poll
from aggregator.runtime.background_tasks import BackgroundTasks
from aggregator.runtime.logfmt import format_logfmt
from aggregator.runtime.priority import Priority
from aggregator.runtime.process_memory import collect_garbage, trim_heap
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.store.api.connection import DATABASE_STATES, StatementTimeoutError
from aggregator.store.leases import LeaseLostError

if TYPE_CHECKING:
    from aggregator.services import Tools

log = logging.getLogger(__name__)

TRIM_EVERY, COLLECT_EVERY = 10.0, 300.0  # seconds
SLOW_SECONDS = 3.0  # seconds of fetching and reading from which a source counts as slow

PollFunction = Callable[[Poll, "Tools"], Awaitable[PollResult]]

_INTERNAL_ERROR = Failed("internal", fetch_errors.INTERNAL_READING())
_STORING_TIMEOUT = Failed("internal", fetch_errors.STORING_TIMEOUT())


class PollRunner:
    """Runs polls as the queue allows and calls a function with each and its result."""

    def __init__(self, tools: Tools, poll_source: PollFunction, on_result: Callable[[Poll, PollResult], None]) -> None:
        self._tools = tools
        self._poll_source = poll_source
        self._on_result = on_result
        self._queue = PollQueue(tools.config.polling.concurrency, tools.config.polling.per_host)
        self._tasks = BackgroundTasks(log)
        self.unstored: list[int] = []  # sources whose polls could not be stored, and that are still leased
        self._slow: set[int] = set()  # sources that were slow at their last poll
        self._clock = asyncio.get_running_loop().time
        self._trimmed_at = self._collected_at = self._clock()

    @property
    def is_busy(self) -> bool:
        """Return whether any poll is running or waiting."""
        return len(self._queue) > 0

    def claim_room(self) -> ClaimRoom:
        """Return how many polls could start at once if they were claimed now."""
        return self._queue.claim_room(self._clock(), self._lowest_priority())

    def add(self, polls: Iterable[Poll], lease: timedelta) -> None:
        """Queue polls that were just claimed for ``lease``."""
        expires = self._clock() + lease.total_seconds()
        for poll in polls:
            self._queue.add(poll, self._priority_of(poll), expires=expires)

    def _priority_of(self, poll: Poll) -> Priority:
        if poll.failures > 0 or poll.source.id in self._slow:
            return Priority.FAILING
        return Priority.NEW if poll.last_success is None else Priority.HEALTHY

    def _trim_memory(self) -> None:
        """Return free memory to the system: large documents fragment the heap of a long-lived process."""
        now = self._clock()
        if now - self._collected_at > COLLECT_EVERY:
            self._collected_at = now
            collect_garbage()
        if now - self._trimmed_at > TRIM_EVERY:
            self._trimmed_at = now
            trim_heap()

    def start_ready(self) -> None:
        """Start every poll that may start now; only healthy sources while too many are in progress."""
        for poll in self._queue.start_ready(self._clock(), self._lowest_priority()):
            self._tasks.start(partial(self._run_poll, poll), "poll_crashed source=%r", poll.source.slug)

    def _lowest_priority(self) -> Priority:
        return Priority.HEALTHY if self._tools.fetcher.is_over_budget else Priority.FAILING

    def apply_tools(self, tools: Tools) -> list[int]:
        """Use these services from the next poll on; running polls end with the old ones.

        Returns the ids of sources that were claimed but not started; their claims are dropped.
        """
        self._tools = tools
        return self._queue.resize(tools.config.polling.concurrency, tools.config.polling.per_host)

    async def wait_for_any(self, seconds: float) -> None:
        """Wait until a running poll has ended, for ``seconds`` at most."""
        await self._tasks.wait(seconds)

    async def stop(self, grace: float) -> None:
        """Give running polls ``grace`` seconds, then cancel them. A poll's writes are one transaction."""
        await self._tasks.stop(grace)

    async def _run_poll(self, poll: Poll) -> None:
        start = self._clock()
        priority = self._queue.priority_of(poll)
        desk, writer = self._tools.pool.with_priority(priority), self._tools.write_executor
        if isinstance(writer, SingleThreadExecutor):
            writer = writer.with_priority(priority)  # after claims
        result: PollResult | None = None
        try:
            on_fetched = partial(self._end_fetch, poll)
            tools = replace(self._tools, pool=desk, write_executor=writer, on_fetched=on_fetched)
            result = await self._poll_source(poll, tools)
        except LeaseLostError:
            log.warning("lease_lost source=%r", poll.source.slug)
        except StatementTimeoutError as error:
            log.error("poll_timed_out source=%r error=%r", poll.source.slug, str(error))
            result = await self._record_internal_error(poll, self._clock() - start, _STORING_TIMEOUT)
        except DATABASE_STATES:
            self.unstored.append(poll.source.id)
        except Exception:
            log.exception("poll_crashed source=%r", poll.source.slug)
            result = await self._record_internal_error(poll, self._clock() - start, _INTERNAL_ERROR)
        finally:
            self._queue.mark_finished(poll)
        if result is not None:
            self._report_result(poll, result, result.elapsed + desk.cpu_seconds)
        self._trim_memory()
        self.start_ready()

    def _end_fetch(self, poll: Poll) -> None:
        """Let another poll start. The pool limits how many documents are read and wait to be stored."""
        self._queue.mark_fetched(poll)
        self.start_ready()

    async def _record_internal_error(self, poll: Poll, elapsed: float, failure: Failed) -> PollResult:
        now = self._tools.clock()
        rhythm = plan_next_poll(poll, failure, settings=self._tools.config.polling, now=now, rng=self._tools.rng)
        result = PollResult(
            source_id=poll.source.id,
            at=now,
            outcome="failed",
            state=rhythm.state,
            next_poll=rhythm.next_poll,
            interval=rhythm.interval,
            failures=rhythm.failures,
            elapsed=elapsed,
            error_kind=failure.kind,
            error=failure.reason,
            moved_to=poll.moved_to,
            moved_count=poll.moved_count,
            lease=poll.lease,
        )
        try:
            await self._tools.run_in_writer(self._write_result, result)
        except Exception:
            log.exception("poll_not_recorded source=%r", poll.source.slug)
            self.unstored.append(poll.source.id)
        return result

    def _write_result(self, result: PollResult) -> None:
        with self._tools.store.write_transaction(settling=True) as writer:
            writer.record_poll_result(result)

    def _report_result(self, poll: Poll, result: PollResult, cost: float) -> None:
        if cost > SLOW_SECONDS:
            self._slow.add(poll.source.id)
        else:
            self._slow.discard(poll.source.id)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s", poll_log_line(poll, result))
        self._on_result(poll, result)


def poll_log_line(poll: Poll, result: PollResult) -> str:
    """Return a poll as a log line; docs/operations.md documents the fields."""
    return format_logfmt(
        "poll_finished",
        source=poll.source.slug,
        outcome=result.outcome,
        state=result.state,
        status=result.status,
        elapsed=result.elapsed,
        entries=result.entries,
        new=result.new_items,
        skipped=result.skipped,
        filtered=result.filtered,
        failures=result.failures,
        next=result.next_poll or "never",
        why=english(result.why),
        error_kind=result.error_kind,
        error=english(result.error),
    )
