"""Send the addresses of new stories to search engines: Baidu, and those of IndexNow.

claim the search engines that are due          store        (a lease in the row of each)
choose recent stories that were not sent yet   store        (those that may be indexed, newest first)
send one batch, within the quota of the day    fetching     (guarded, without redirects)
record the answer                              store        (one transaction)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from aggregator.config.load import Config
from aggregator.fetching.fetcher import Fetcher
from aggregator.fetching.urls import origin_of
from aggregator.messages import Message, english, index_errors
from aggregator.model import Failed, Fetched
from aggregator.model.index_push import IndexClaim, IndexPushResult
from aggregator.model.request_options import RequestOptions
from aggregator.publishing import index_requests
from aggregator.publishing.index_requests import BAIDU, INDEXNOW, IndexAnswer, IndexRequest, configured_services
from aggregator.runtime.background_tasks import BackgroundTasks
from aggregator.services import Tools
from aggregator.store import LeaseLostError

log = logging.getLogger(__name__)

BATCH = 100  # addresses in a request; Baidu takes 2,000, IndexNow 10,000
BATCH_EVERY = timedelta(minutes=5)  # between two requests, so that several stories go in one
BACKLOG_EVERY = timedelta(seconds=20)  # while more wait than fit into one
MAX_AGE = timedelta(days=2)  # of a story that counts as new; older ones are in the sitemaps
FIRST_RETRY, MAX_RETRY = timedelta(minutes=5), timedelta(hours=6)
LEASE = timedelta(minutes=2)
LOOK_EVERY = timedelta(seconds=30)  # how often the store is asked what is due
TIMEOUT = timedelta(seconds=20)
_ZONE = ZoneInfo("Asia/Shanghai")  # of Baidu's quota
_ANSWERED = (*range(200, 300), *range(400, 600))  # the reason of a refusal is in its body


@dataclass(frozen=True)
class _Service:
    """A search engine: how it is sent addresses, and how its answer is read."""

    request: Callable[[Sequence[str]], IndexRequest]
    answer: Callable[[Fetched], IndexAnswer]


class IndexPusher:
    """Pushes to the search engines that are due; belongs to one event loop."""

    def __init__(self) -> None:
        self._tasks = BackgroundTasks(log)
        self._look_at: datetime | None = None

    async def tick(self, tools: Tools) -> None:
        """Start the pushes that are due."""
        now = tools.clock()
        if not configured_services(tools.config) or (self._look_at is not None and now < self._look_at):
            return
        self._look_at = now + LOOK_EVERY
        for claim in await claim_due(tools):
            self._tasks.start(partial(push_stories, claim, tools), "index_push_failed")

    async def stop(self) -> None:
        """Cancel running pushes; their leases expire and what they sent may be sent once more."""
        await self._tasks.stop()


async def claim_due(tools: Tools) -> list[IndexClaim]:
    """Claim the configured search engines that are due."""
    services = configured_services(tools.config)
    if not services:
        return []
    return await tools.run_in_writer(tools.store.claim_index_services, services, tools.clock(), LEASE, tools.owner)


async def push_stories(claim: IndexClaim, tools: Tools) -> None:
    """Send a batch of new stories to one search engine and record what came of it."""
    now, config = tools.clock(), tools.config
    day = now.astimezone(_ZONE).date().isoformat()
    sent, remain = (claim.sent, claim.remain) if claim.day == day else (0, None)
    room = min(BATCH, config.publishing.index_daily - sent, BATCH if remain is None else remain)
    unchanged = partial(IndexPushResult, claim.service, now, day=day, sent=sent, remain=remain, lease=claim.lease)
    if room <= 0:
        error = index_errors.QUOTA() if remain == 0 else None
        await _record(tools, unchanged(next_at=_next_day(now), failures=0, error=error))
        return
    chosen = await tools.run_in_writer(tools.store.stories_to_push, claim.service, now - MAX_AGE, room)
    if not chosen:
        await _record(tools, unchanged(next_at=now + BATCH_EVERY, failures=0))
        return
    answer, retry_after = await _send(claim.service, chosen, tools)
    log.info(
        "index_pushed service=%s stories=%d taken=%s remain=%s error=%r",
        *(claim.service, len(chosen), answer.is_taken, answer.remain, english(answer.error)),
    )
    left = answer.remain if answer.remain is not None else remain
    result = IndexPushResult(
        claim.service, now, now, day, sent + (len(chosen) if answer.is_taken else 0), left, 0, answer.error,
        tuple(chosen) if answer.is_taken else (), claim.lease,
    )  # fmt: skip
    await _record(tools, plan_next(result, claim.failures, is_full=len(chosen) == room, retry_after=retry_after))


def plan_next(
    result: IndexPushResult, failures: int, *, is_full: bool, retry_after: timedelta | None = None
) -> IndexPushResult:
    """Return the result with the time of the next push: after a failure at growing intervals, or with a new quota."""
    if result.remain == 0:
        return replace(result, next_at=_next_day(result.at))
    if result.stories:
        return replace(result, next_at=result.at + (BACKLOG_EVERY if is_full else BATCH_EVERY))
    wait = min(FIRST_RETRY * (1 << min(failures, 10)), MAX_RETRY)
    return replace(result, failures=failures + 1, next_at=result.at + max(wait, retry_after or wait))


def _next_day(now: datetime) -> datetime:
    """Return when the next quota begins: some minutes after midnight in Beijing, as clocks differ."""
    midnight = now.astimezone(_ZONE).replace(hour=0, minute=5, second=0, microsecond=0)
    return (midnight + timedelta(days=1)).astimezone(now.tzinfo)


async def _record(tools: Tools, result: IndexPushResult) -> None:
    try:
        await tools.run_in_writer(tools.store.record_index_push, result)
    except LeaseLostError:
        log.warning("lease_lost index_service=%s", result.service)


async def _send(service: str, stories: Sequence[int], tools: Tools) -> tuple[IndexAnswer, timedelta | None]:
    """Send the addresses of stories; return what came of it, and how long the search engine asks to wait."""
    config = tools.config
    known = _services(config)[service]
    request = known.request([f"{config.site.url}/story/{story}" for story in stories])
    options = RequestOptions(origin_of(request.url), request.headers, has_secrets=True, body=request.body)
    limits = {"timeout": TIMEOUT, "robots": False, "max_bytes": 100_000, "spacing": timedelta(0)}
    settings = config.polling.model_copy(update=limits)
    async with Fetcher(settings, settings.user_agent or "Gedi", clock=tools.clock, max_redirects=0) as fetcher:
        fetched = await fetcher.get(request.url, accept="*/*", accepted_statuses=_ANSWERED, options=options)
    if isinstance(fetched, Failed):
        return IndexAnswer(False, _redacted(fetched.reason, config)), fetched.retry_after
    assert isinstance(fetched, Fetched)  # a request without validators
    answer = known.answer(fetched)
    return IndexAnswer(answer.is_taken, _redacted(answer.error, config), answer.remain), None


def _redacted(reason: Message | None, config: Config) -> Message | None:
    """Return a reason without the token, which a server may repeat."""
    token = config.publishing.baidu_token
    return reason.map_text(lambda text: text.replace(token, "…")) if reason and token else reason


def _services(config: Config) -> Mapping[str, _Service]:
    settings, site = config.publishing, config.site.url or ""
    token, key = settings.baidu_token or "", settings.indexnow_key or ""
    return {
        BAIDU: _Service(
            partial(index_requests.baidu_request, settings.baidu_url, token),
            partial(index_requests.baidu_answer, site_url=site),
        ),
        INDEXNOW: _Service(
            partial(index_requests.indexnow_request, settings.indexnow_url, key, site),
            partial(index_requests.indexnow_answer, site_url=site, key=key),
        ),
    }
