"""Polls of recorded documents at fixed times: one local server acts as every publisher.

``http://HOST/PATH`` is ``/HOST/PATH`` on that server, so recorded addresses need neither names nor a free port.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from aggregator import corrections
from aggregator.config.load import Config, parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.jobs.article_fetch import fetch_article
from aggregator.model import Failed, Fetched, NotModified, Poll, PollResult, PollSelection, Validators
from aggregator.pipeline import poll_source, publish_stale
from aggregator.polling.worker_settings import sync_sources
from aggregator.reference.gazetteer import Gazetteer
from aggregator.runtime.process_pool import ProcessPool
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import Store
from tests.servers import Behaviour, Server, conditional, hang, reply

STEP = timedelta(seconds=2)  # between two polls
LEASE = timedelta(hours=1)
HANGING = 0  # status of a response that never comes


@dataclass(frozen=True)
class Answer:
    """A publisher's response at one URL; with an ETag, 304 to a request that has it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Correction:
    """A correction of the items at these URLs."""

    verb: str
    urls: Sequence[str]
    category: str | None = None
    region: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Round:
    """One poll of each source at a time, and the corrections after it."""

    at: datetime
    config: str
    sources: Sequence[str]  # slugs, in the order of the polls
    answers: Mapping[str, Answer]  # by address
    corrections: Sequence[Correction] = ()
    unreachable: Collection[str] = ()  # slugs of sources that are not polled


class Publishers:
    """The local server that acts as every publisher."""

    def __init__(self) -> None:
        self._server = Server()

    def show(self, answers: Mapping[str, Answer]) -> None:
        """Answer so from now on; addresses that are not named answer as before, or 404."""
        for url, answer in answers.items():
            self._server.route(_path(url), _behaviour(answer))

    def requests(self, url: str) -> int:
        """Return how many requests this address has had."""
        return self._server.count(_path(url))

    def local(self, url: str) -> str:
        return self._server.url(_path(url))

    def public(self, url: str) -> str:
        return url.replace(self._server.url("/"), "http://")

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)


def _behaviour(answer: Answer) -> Behaviour:
    if answer.status == HANGING:
        return hang
    headers: dict[str, Any] = {name.replace("-", "_"): value for name, value in answer.headers.items()}
    if answer.status == 200 and "etag" in headers:
        return conditional(answer.body, headers.pop("etag"), **headers)
    return reply(answer.status, answer.body, length=None, **headers)


def _path(url: str) -> str:
    return "/" + url.partition("://")[2]


class LocalFetcher:
    """A Fetcher that connects to the local server for every URL."""

    def __init__(self, fetcher: Fetcher, publishers: Publishers) -> None:
        self._fetcher = fetcher
        self._publishers = publishers

    @property
    def crowded(self) -> bool:
        return self._fetcher.is_over_budget

    async def get(
        self, url: str, validators: Validators | None = None, *, accept: str | None = None, options: object = None
    ) -> Fetched | NotModified | Failed:
        local = self._publishers.local(url)
        answer = await self._fetcher.get(local, validators or Validators(), accept=accept)
        if isinstance(answer, Failed):
            return answer
        moved_to = self._publishers.public(answer.moved_to) if answer.moved_to else None
        return replace(answer, url=self._publishers.public(answer.url), moved_to=moved_to)


Visit = Callable[[Poll, Tools], Awaitable[PollResult]]
Wrap = Callable[[Fetcher, Publishers], LocalFetcher]


def config_of(text: str, folder: Path = Path("/nowhere")) -> Config:
    return parse_config(text.encode(), folder / "config.toml", {})


class Player:
    """Plays rounds into a store, with a fixed random seed."""

    def __init__(
        self,
        store: Store,
        publishers: Publishers,
        children: ProcessPool,
        *,
        visit: Visit = poll_source,
        wrap: Wrap = LocalFetcher,
    ) -> None:
        self._store, self._publishers, self._children = store, publishers, children
        self._visit, self._wrap = visit, wrap
        self._rng = random.Random(12)
        self._now = datetime.min.replace(tzinfo=UTC)

    async def play(self, rounds: Sequence[Round]) -> list[dict[str, PollResult]]:
        """Return the results of each round, by slug."""
        writer = SingleThreadExecutor("writer")
        try:
            return [await self._round(each, writer) for each in rounds]
        finally:
            writer.shutdown()

    async def _round(self, played: Round, writer: SingleThreadExecutor) -> dict[str, PollResult]:
        self._publishers.show(played.answers)
        self._now = played.at
        config = config_of(played.config)
        sync_sources(config, self._store, self._now)
        async with Fetcher(config.polling, "Gedi", clock=lambda: self._now) as fetcher:
            local = cast(Fetcher, self._wrap(fetcher, self._publishers))
            tools = Tools(config, self._store, local, self._children, writer, lambda: self._now, self._rng)
            results = {}
            for slug in played.sources:
                self._now += STEP
                if slug not in played.unreachable:
                    results[slug] = await self._poll(slug, tools)
            await self._fetch_articles(tools)
            for correction in played.corrections:
                self._now += STEP
                self._correct(correction, config)
            while await publish_stale(tools):
                pass
        return results

    async def _poll(self, slug: str, tools: Tools) -> PollResult:
        (poll,) = self._store.claim_polls(self._now, 1, LEASE, "player", PollSelection(slugs=[slug]))
        return await self._visit(poll, tools)

    async def _fetch_articles(self, tools: Tools) -> None:
        self._now += STEP
        for one in self._store.claim_articles(self._now, 1000, 1000, LEASE, "me"):
            self._now += STEP
            await fetch_article(one, tools)

    def _correct(self, correction: Correction, config: Config) -> None:
        found = [self._store.find_item_id(url) for url in correction.urls]
        ids = [number for number in found if number is not None]
        assert len(ids) == len(found), correction
        if correction.verb == "split":
            corrections.split(self._store, ids[0], self._now)
        elif correction.verb == "merge":
            corrections.merge(self._store, ids, self._now)
        elif correction.verb == "move":
            place = Gazetteer.load().place(correction.region) if correction.region else None
            corrections.move(self._store, ids, self._now, category=correction.category, place=place)
        elif correction.verb == "reset":
            corrections.reset(self._store, config, ids, self._now)
        else:
            corrections.remove(self._store, ids, self._now, correction.why)
