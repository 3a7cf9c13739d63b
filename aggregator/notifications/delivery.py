"""All that is done for one target while this worker holds its lease.

    collect    what is new, into the outbox
    send       the messages that are not sent yet, the oldest first; the first failure ends it
    plan       which notices make messages now
    release    until something is new, or until a message may be sent

A message is sent at least once. Its id stays the same, so that a webhook and a mailbox recognize a repetition: one is
possible if the process is killed between the answer to a message and the commit that records it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Protocol, Self, TypeVar

from aggregator.fetching.fetcher import Fetcher
from aggregator.messages import Message, render
from aggregator.model.notifications import Notice, OutboxMessage, TargetClaim
from aggregator.notifications.apprise_process import LOAD_SECONDS, SEND_SECONDS, AppriseProcess
from aggregator.notifications.batching import HOUR, plan_messages, quiet_until
from aggregator.notifications.content import Content, build_content, build_test
from aggregator.notifications.selection import collect
from aggregator.notifications.targets import Target
from aggregator.notifications.webhook import open_fetcher, send_webhook
from aggregator.services import Tools

log = logging.getLogger(__name__)

T = TypeVar("T")


class Run(Protocol):
    """Calls a store function outside of the event loop."""

    async def __call__(self, function: Callable[[], T], /) -> T: ...


LEASE = timedelta(seconds=LOAD_SECONDS + SEND_SECONDS + 60)
FIRST_RETRY, MAX_RETRY, GIVE_UP_AFTER = timedelta(seconds=30), timedelta(hours=2), timedelta(days=2)
_MAIL = ("mailto", "mailtos")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message was not sent, and how long the receiver asks to wait."""

    reason: Message
    retry_after: timedelta | None = None


class Sender:
    """Sends to one target; an async context manager. A webhook is fetched, every other target has a child process."""

    def __init__(self, target: Target, tools: Tools) -> None:
        self._target, self._tools = target, tools
        self._stack = AsyncExitStack()
        self._fetcher: Fetcher | None = None
        self._apprise: AppriseProcess | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def prepare(self) -> Failure | None:
        """Open what is needed; returns why that is impossible."""
        if self._target.is_webhook:
            if self._fetcher is None:
                self._fetcher = await self._stack.enter_async_context(open_fetcher(self._tools))
            return None
        if self._apprise is None:
            process = AppriseProcess(self._target.url, self._tools.config)
            self._apprise = await self._stack.enter_async_context(process)
        problem = await self._apprise.prepare()
        return Failure(problem) if problem is not None else None

    async def send(self, message_id: str, content: Content) -> Failure | None:
        """Send a message; returns why it failed."""
        if (problem := await self.prepare()) is not None:
            return problem
        target = self._target
        if self._fetcher is not None:
            now = self._tools.clock()
            failed = await send_webhook(
                self._fetcher, target.url, target.secret or "", message_id, content.payload, now
            )
            if failed is None:
                return None
            return Failure(failed.reason.map_text(self._tools.config.redact), failed.retry_after)
        assert self._apprise is not None
        body = content.full_text if target.kind in _MAIL else content.text
        reason = await self._apprise.send(message_id, content.title, body)
        return Failure(reason) if reason is not None else None


def new_message_id() -> str:
    """Return an id that no other message has."""
    return f"msg_{secrets.token_hex(12)}"


async def send_test(target: Target, tools: Tools) -> Message | None:
    """Send a test message past the outbox; returns why it failed."""
    message_id = new_message_id()
    async with Sender(target, tools) as sender:
        failure = await sender.send(message_id, build_test(message_id, target, tools.config, tools.clock()))
    return failure.reason if failure else None


class Delivery:
    """The work for one claimed target."""

    def __init__(self, target: Target, claim: TargetClaim, tools: Tools, run: Run) -> None:
        self._target, self._claim, self._tools, self._call = target, claim, tools, run

    async def work(self) -> None:
        """Collect, send and release."""
        store = self._tools.store
        self._claim = await self._call(
            partial(collect, self._target, self._claim, store, self._tools.config, self._tools.clock())
        )
        async with Sender(self._target, self._tools) as sender:
            next_at = await self._send_all(sender)
        await self._call(partial(store.release_target, self._claim, next_at))

    async def _send_all(self, sender: Sender) -> datetime | None:
        """Send what may be sent now. Returns when to go on; None: when something is new."""
        store, key = self._tools.store, self._target.key
        while True:
            unsent = await self._call(partial(store.open_messages, key))
            if unsent and (end := quiet_until(self._target, self._tools.clock())) is not None:
                return end
            for message, notices in unsent:
                if (retry_at := await self._send(sender, message, notices)) is not None:
                    return retry_at
            now = self._tools.clock()
            waiting = await self._call(partial(store.waiting_notices, key))
            sent = await self._call(partial(store.sent_times, key, now - HOUR)) if waiting else []
            plan = plan_messages(waiting, sent, self._target, now)
            if not plan.groups:
                return plan.next_at
            groups = {new_message_id(): group for group in plan.groups}
            await self._call(partial(store.form_messages, self._claim, groups, now))

    async def _send(self, sender: Sender, message: OutboxMessage, notices: list[Notice]) -> datetime | None:
        """Send one message. Returns when to try again, None if it is done with."""
        store, config, target = self._tools.store, self._tools.config, self._target
        content = await self._call(partial(build_content, message, notices, target, config, store))
        if content is None:
            await self._call(partial(store.end_message, self._claim, message.id, "void", self._tools.clock()))
            return None
        failure = await sender.prepare()
        if failure is None:
            until = self._tools.clock() + LEASE
            self._claim = await self._call(partial(store.begin_attempt, self._claim, message.id, until))
            failure = await sender.send(message.id, content)
        now = self._tools.clock()
        if failure is None:
            await self._call(partial(store.end_message, self._claim, message.id, "sent", now))
            log.info("notification_sent target=%s message=%s notices=%d", target.name, message.id, len(notices))
            return None
        return await self._record_failure(message, failure, now)

    async def _record_failure(self, message: OutboxMessage, failure: Failure, now: datetime) -> datetime:
        store = self._tools.store
        since = self._claim.failing_since or now
        await self._call(partial(store.record_failure, self._claim, failure.reason, since))
        if now - message.created >= GIVE_UP_AFTER:
            await self._call(partial(store.end_message, self._claim, message.id, "given-up", now))
        wait = min(max(FIRST_RETRY, now - since), MAX_RETRY) * self._tools.rng.uniform(0.8, 1.2)
        wait = min(max(wait, failure.retry_after or timedelta(0)), timedelta(days=1))
        log.warning(
            "notification_failed target=%s message=%s error=%r retry_in=%ds",
            self._target.name,
            message.id,
            render(failure.reason),
            wait.total_seconds(),
        )
        return now + wait
