"""WebSub hub (W3C Recommendation 2018) for our own feeds (``publishing.hub = "self"``), and notifications to another
hub.

    verify_request   verify the intent of a subscriber (``hub_requests``)
    deliver          send the newest bytes to subscribers that lack them
    ping_hub         notify another hub of changed feeds

Uses its own, limited connections; a slow callback delays only itself.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import random
import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from aggregator.config.load import Config
from aggregator.fetching.fetcher import MAX_REDIRECTS, Fetcher
from aggregator.messages import render
from aggregator.model import DeliveryResult, Failed, Fetched, HubRequest, Posted, RenderedDocument, Subscriber
from aggregator.runtime.background_tasks import BackgroundTasks, Job

if TYPE_CHECKING:
    from aggregator.services import Tools

log = logging.getLogger(__name__)

MAX_VERIFY_ATTEMPTS = 3  # for reaching a callback to verify
MAX_CONCURRENT = 32  # concurrent requests
PER_HOST = 4
CALLBACK_TIMEOUT = timedelta(seconds=15)  # with one callback
LEASE = timedelta(minutes=2)  # of the deliveries a worker has claimed
FIRST_RETRY, MAX_RETRY, GIVE_UP_AFTER = timedelta(minutes=1), timedelta(hours=6), timedelta(days=1)
MAX_FEEDS_PER_PING = 50  # feeds in one notification
EXPIRE_EVERY = timedelta(minutes=5)
_SUCCESS_STATUSES = range(200, 300)  # any 2xx that repeats the challenge verifies (5.3)


# ---------------------------------------------------------------- a worker
class HubWorker:
    """The hub's deliveries in one worker. Stop it before the services are closed."""

    def __init__(self) -> None:
        self._tasks = BackgroundTasks(log)
        self._results: list[DeliveryResult] = []
        self._fetcher: Fetcher | None = None
        self._made_for: object = None
        self._expired: datetime | None = None

    @property
    def is_busy(self) -> bool:
        """Return whether anything is in progress or not recorded yet."""
        return bool(self._tasks or self._results)

    async def tick(self, tools: Tools) -> None:
        """Record finished deliveries and start the due ones."""
        await self._write_results(tools)
        hub = tools.config.publishing.hub
        if hub is None:
            return
        fetcher = await self._fetcher_for(tools)
        if hub == "self":
            while await self._start_due(tools, fetcher):
                await self._wait_until_half_free()
                await self._write_results(tools)
        else:
            await self._start_ping(tools, fetcher, hub)

    async def stop(self, tools: Tools) -> None:
        """Stop; unfinished deliveries are left to the next worker."""
        await self._tasks.stop()
        await self._write_results(tools)
        if self._fetcher is not None:
            await self._fetcher.__aexit__(None, None, None)
            self._fetcher = None

    async def _wait_until_half_free(self) -> None:
        while len(self._tasks) > MAX_CONCURRENT // 2:
            await self._tasks.wait()

    async def _fetcher_for(self, tools: Tools) -> Fetcher:
        config = tools.config
        made_for = (config.polling, config.publishing.hub)
        if self._fetcher is None or (self._made_for != made_for and not self._tasks):
            if self._fetcher is not None:
                await self._fetcher.__aexit__(None, None, None)
            own = {"per_host": PER_HOST, "spacing": timedelta(0), "timeout": CALLBACK_TIMEOUT, "robots": False}
            settings = config.polling.model_copy(update={**own, "max_bytes": 10_000})
            redirects = 0 if config.publishing.hub == "self" else MAX_REDIRECTS  # callbacks may not use these (5.3, 7)
            agent = config.polling.user_agent or "Gedi"
            self._fetcher = await Fetcher(settings, agent, clock=tools.clock, max_redirects=redirects).__aenter__()
            self._made_for = made_for
        return self._fetcher

    async def _start_due(self, tools: Tools, fetcher: Fetcher) -> bool:
        """Start what is due and has room. Returns whether more may be due."""
        now, store, room = tools.clock(), tools.store, MAX_CONCURRENT - len(self._tasks)
        if self._expired is None or now - self._expired > EXPIRE_EVERY:
            self._expired = now
            await tools.run_in_writer(store.delete_expired_subscribers, now)
        asked = (
            await tools.run_in_writer(store.claim_hub_requests, now, room // 2, LEASE, tools.owner) if room > 1 else []
        )
        for request in asked:
            self._start_task(partial(verify_request, request, tools, fetcher))
        # Claims and results are written in batches: a transaction for each would delay polls.
        chosen = (
            await tools.run_in_writer(store.claim_due_subscribers, now, room // 2, LEASE, tools.owner)
            if room > 1
            else []
        )
        paths = {subscriber.path for subscriber in chosen}
        documents = {path: await tools.run_in_writer(store.get_document, path) for path in paths}
        for subscriber in chosen:
            self._start_task(partial(self._deliver, subscriber, documents[subscriber.path], tools, fetcher))
        return bool(asked or chosen)

    async def _deliver(
        self, subscriber: Subscriber, document: RenderedDocument | None, tools: Tools, fetcher: Fetcher
    ) -> None:
        result = await deliver(subscriber, document, tools, fetcher)
        self._results.append(result)  # looked up after the wait, because the list changes meanwhile

    async def _write_results(self, tools: Tools) -> None:
        if self._results:
            results, self._results = self._results, []
            await tools.run_in_writer(tools.store.record_deliveries, results, tools.clock())

    async def _start_ping(self, tools: Tools, fetcher: Fetcher, hub: str) -> None:
        if not self._tasks:
            due = await tools.run_in_writer(
                tools.store.claim_due_announcements, tools.clock(), MAX_FEEDS_PER_PING, LEASE, tools.owner
            )
            if due:
                self._start_task(partial(ping_hub, hub, due, tools, fetcher))

    def _start_task(self, job: Job) -> None:
        self._tasks.start(job, "hub_failed")  # the lease of a failed task expires soon


async def verify_request(request: HubRequest, tools: Tools, fetcher: Fetcher) -> None:
    """Verify the intent of a subscriber (5.3): the callback has to repeat a challenge."""
    challenge = secrets.token_urlsafe(24)
    query = {"hub.mode": request.mode, "hub.topic": request.topic, "hub.challenge": challenge}
    if request.mode == "subscribe":
        query["hub.lease_seconds"] = str(int(request.lease.total_seconds()))
    joint = "&" if urlsplit(request.callback).query else "?"
    address = f"{request.callback}{joint}{urlencode(query)}"
    answer = await fetcher.get(address, accept="text/plain, */*;q=0.1", accepted_statuses=_SUCCESS_STATUSES)
    confirmed = isinstance(answer, Fetched) and hmac.compare_digest(answer.body, challenge.encode())
    now, next_at = tools.clock(), None
    if isinstance(answer, Failed) and _is_temporary(answer) and request.attempts < MAX_VERIFY_ATTEMPTS:
        next_at = now + FIRST_RETRY * 3 ** (request.attempts - 1)
    log.info(
        "hub_request_verified mode=%s callback=%r topic=%r confirmed=%s",
        request.mode,
        request.callback,
        request.topic,
        confirmed,
    )
    await tools.run_in_writer(tools.store.resolve_hub_request, request, confirmed, now, next_at)


def _is_temporary(failure: Failed) -> bool:
    if failure.status is None:
        return failure.kind not in ("forbidden-address", "bad-address", "redirect")
    return failure.status >= 500


async def deliver(
    subscriber: Subscriber, document: RenderedDocument | None, tools: Tools, fetcher: Fetcher
) -> DeliveryResult:
    """Send the newest bytes of a feed to one callback (7)."""
    if document is None or subscriber.topic != f"{tools.config.site.url}{subscriber.path}":
        return DeliveryResult(subscriber, None, gone=True)  # the feed does not exist any more, or has another address
    answer = await fetcher.post(
        subscriber.callback, document.body, delivery_headers(subscriber, document, tools.config)
    )
    return delivery_result(subscriber, document.etag, answer, tools.clock(), tools.rng)


def delivery_headers(subscriber: Subscriber, document: RenderedDocument, config: Config) -> dict[str, str]:
    """Return Content-Type, Link and, with a secret, the signature (7.1)."""
    links = f'<{config.hub_url}>; rel="hub", <{subscriber.topic}>; rel="self"'
    headers = {"Content-Type": document.type, "Link": links}
    if subscriber.secret is not None:
        digest = hmac.new(subscriber.secret.encode(), document.body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature"] = f"sha256={digest}"
    return headers


def delivery_result(
    subscriber: Subscriber, etag: str, answer: Posted | Failed, now: datetime, rng: random.Random
) -> DeliveryResult:
    """Return what a callback's response means.

    Failures are retried for a day, at growing intervals; then the next change is awaited. Only 410 ends a subscription
    before its lease.
    """
    if isinstance(answer, Posted):
        return DeliveryResult(subscriber, etag)
    if answer.status == 410:
        return DeliveryResult(subscriber, None, gone=True)
    past = now - (subscriber.failing_since or now)
    if past >= GIVE_UP_AFTER:
        return DeliveryResult(subscriber, etag)
    wait = min(max(FIRST_RETRY, past), MAX_RETRY) * rng.uniform(
        0.8, 1.2
    )  # as long as the failure has lasted: each wait doubles it
    return DeliveryResult(subscriber, subscriber.delivered_etag, now + max(wait, answer.retry_after or FIRST_RETRY))


async def ping_hub(hub: str, due: list[tuple[str, str, int]], tools: Tools, fetcher: Fetcher) -> None:
    """Notify another hub of changed feeds (6), several in one request."""
    base = tools.config.site.url or ""
    form = [("hub.mode", "publish"), *(("hub.url", base + path) for path, _, _ in due)]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await fetcher.post(hub, urlencode(form).encode(), headers)
    error = render(answer.reason) if isinstance(answer, Failed) else None
    log.info("hub_notified hub=%r feeds=%d error=%r", hub, len(due), error)
    now = tools.clock()
    if error is None:
        await tools.run_in_writer(tools.store.record_announced, {path: etag for path, etag, _ in due}, now)
        return
    failures = min(max(number for _, _, number in due), 10)
    wait = min(FIRST_RETRY * (1 << failures), MAX_RETRY) * tools.rng.uniform(0.8, 1.2)
    paths = [path for path, _, _ in due]
    await tools.run_in_writer(tools.store.postpone_announcements, paths, now + wait, tools.owner)
