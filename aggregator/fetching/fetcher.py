"""THE ONLY OUTGOING SOCKET: one polite, guarded GET or POST, over the ``transport`` that nothing else uses.

Whatever a server does, ``Fetcher.get`` and ``Fetcher.post`` return a value; they never raise for the network.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self, TypeVar

from aggregator.fetching.address_guard import Guard
from aggregator.fetching.body_budget import Arriving, Memory
from aggregator.fetching.connection_errors import Trouble, explain
from aggregator.fetching.content_encoding import ACCEPT_ENCODING, BadBodyError, coding_of, too_large
from aggregator.fetching.headers import conditions
from aggregator.fetching.host_limiter import Turns
from aggregator.fetching.robots import Robots
from aggregator.fetching.status_errors import http_failure
from aggregator.fetching.transport import Answer, Transport, trouble_of
from aggregator.fetching.urls import BadAddressError, host_key, place_of, redirect_url, request_url
from aggregator.messages import fetch_errors
from aggregator.model import Failed, Fetched, NotModified, Posted, Validators

log = logging.getLogger(__name__)

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.4, */*;q=0.1"
)
MAX_REDIRECTS = 5
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0

_ROOM = 4  # bodies of the largest size allowed; with more than these in hand nothing new is begun
_NOTHING = Validators()
_READ = (200, 203)

T = TypeVar("T")


class PollingSettings(Protocol):
    """What a Fetcher needs of ``config.polling``."""

    @property
    def timeout(self) -> timedelta: ...
    @property
    def spacing(self) -> timedelta: ...
    @property
    def per_host(self) -> int: ...
    @property
    def max_bytes(self) -> int: ...
    @property
    def allow(self) -> tuple[str, ...]: ...
    @property
    def sender(self) -> str | None: ...
    @property
    def robots(self) -> bool: ...
    @property
    def proxy(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Arrived:
    status: int
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Redirect:
    status: int
    location: str


class Fetcher:
    """Fetches feeds one GET at a time; an async context manager, for one event loop.

    At most ``per_host`` requests run to one host and port, ``spacing`` apart. Waiting for a host's turn does not
    count against ``timeout``, which is the wall-clock limit of everything else, redirects included.
    """

    def __init__(
        self,
        settings: PollingSettings,
        user_agent: str,
        *,
        clock: Callable[[], datetime],
        after: Fetcher | None = None,
        redirects: int = MAX_REDIRECTS,
    ) -> None:
        """``clock``: the time from which a date in Retry-After is counted. ``after``: the fetcher in whose place this
        one comes; what it knows of hosts' turns goes on. ``redirects``: how many are followed."""
        self._settings, self._redirects = settings, redirects
        self.clock = clock
        spacing = settings.spacing.total_seconds()
        self._turns: Turns = (
            after._turns.successor(settings.per_host, spacing) if after else Turns(settings.per_host, spacing)
        )
        self._memory = Memory(_ROOM * settings.max_bytes)
        self._timeout = settings.timeout.total_seconds()
        self._transport = Transport(
            Guard((*settings.allow, *([place_of(settings.proxy)] if settings.proxy else []))),
            {
                "User-Agent": user_agent,
                "Accept-Encoding": ACCEPT_ENCODING,
                **({"From": settings.sender} if settings.sender else {}),
            },
            connect=min(CONNECT_SECONDS, self._timeout),
            read=min(READ_SECONDS, self._timeout),
            max_bytes=settings.max_bytes,
            proxy=settings.proxy,
        )
        self._robots = Robots(self._get, user_agent) if settings.robots else None

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    @property
    def crowded(self) -> bool:
        """Are so many answers in hand that no visits to strangers should begin? See ``memory``."""
        return self._memory.crowded

    async def get(
        self, url: str, validators: Validators = _NOTHING, *, accept: str | None = None, good: Container[int] = _READ
    ) -> Fetched | NotModified | Failed:
        """One GET with its redirects. With validators it is conditional (RFC 9110 13.1) and may be a NotModified.
        ``good``: the statuses under which a body is what was asked for."""
        return await self._get(url, validators, accept=accept, robots=self._robots, good=good)

    async def _get(
        self,
        url: str,
        validators: Validators = _NOTHING,
        *,
        accept: str | None = None,
        robots: Robots | None = None,
        good: Container[int] = _READ,
    ) -> Fetched | NotModified | Failed:
        try:
            visit = _Visit(request_url(url), robots)
        except BadAddressError as error:
            return Failed("bad-address", error.reason)
        sent = {"Accept": accept or ACCEPT, **conditions(validators)}
        with self._memory.arriving() as body:
            answer = await self._follow(visit, sent, body, good)
            if isinstance(answer, _Arrived):
                return await self._complete(visit, answer, body)
            return answer

    async def _follow(
        self, visit: _Visit, sent: Mapping[str, str], body: Arriving, good: Container[int]
    ) -> _Arrived | NotModified | Failed:
        answer: _Arrived | NotModified | Failed
        answer = await self._hops(visit, lambda: self._request(visit.url, sent, body, good))
        if isinstance(answer, NotModified):
            return replace(answer, elapsed=visit.elapsed, moved_to=visit.moved_to)
        return answer

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Posted | Failed:
        """One POST, guarded and limited like a GET. 307 and 308 are followed with the same content (RFC 9110 15.4.8);
        a 2xx is success, and the body of the answer is not read."""
        try:
            visit = _Visit(request_url(url))
        except BadAddressError as error:
            return Failed("bad-address", error.reason)
        answer = await self._hops(visit, lambda: self._send(visit.url, content, headers))
        return replace(answer, elapsed=visit.elapsed) if isinstance(answer, Posted) else answer

    async def _hops(self, visit: _Visit, ask: Callable[[], Awaitable[T | Failed | _Redirect]]) -> T | Failed:
        for _ in range(self._redirects + 1):
            if visit.robots is not None and not await visit.robots.allow(visit.url):
                return Failed("robots", fetch_errors.ROBOTS(), elapsed=visit.elapsed)
            answer = await self._hop(visit, ask)
            if not isinstance(answer, _Redirect):
                return answer
            try:
                visit.follow(redirect_url(visit.url, answer.location), permanent=answer.status in (301, 308))
            except BadAddressError as error:
                return Failed("redirect", error.reason, answer.status, elapsed=visit.elapsed)
        return Failed("redirect", fetch_errors.TOO_MANY_REDIRECTS(limit=self._redirects), elapsed=visit.elapsed)

    async def _hop(self, visit: _Visit, ask: Callable[[], Awaitable[T | Failed | _Redirect]]) -> T | Failed | _Redirect:
        loop = asyncio.get_running_loop()
        async with self._turns.turn(host_key(visit.url)):
            start = loop.time() - visit.elapsed
            try:
                async with asyncio.timeout(self._timeout - visit.elapsed):
                    answer = await ask()
            except BadBodyError as error:
                answer = Failed(error.kind, error.reason)
            except Exception as error:
                trouble, reason = explain(*trouble_of(error), visit.url, self._timeout)
                answer = Failed(trouble, reason)
                if trouble is Trouble.INTERNAL:
                    log.exception("fetch-error url=%r", visit.url[:500])
            visit.elapsed = loop.time() - start
        return replace(answer, elapsed=visit.elapsed) if isinstance(answer, Failed) else answer

    async def _request(
        self, url: str, sent: Mapping[str, str], body: Arriving, good: Container[int]
    ) -> _Arrived | NotModified | Failed | _Redirect:
        async with self._transport.get(url, sent) as answer:
            if answer.status in good:
                await self._read(answer, body)
                return _Arrived(answer.status, answer.headers)
            answer.drop()
            if answer.status in (301, 302, 303, 307, 308):
                return _Redirect(answer.status, answer.headers.get("location", ""))
            if answer.status == 304 and sent.keys() & {"If-None-Match", "If-Modified-Since"}:
                return NotModified(url, answer.headers, 0.0)
            return http_failure(answer.status, answer.headers, self.clock())

    async def _send(self, url: str, content: bytes, headers: Mapping[str, str]) -> Posted | Failed | _Redirect:
        async with self._transport.post(url, content, headers) as answer:
            answer.drop()
            if 200 <= answer.status < 300:
                return Posted(url, answer.status, answer.headers, 0.0)
            if answer.status in (307, 308):
                return _Redirect(answer.status, answer.headers.get("location", ""))
            return http_failure(answer.status, answer.headers, self.clock())

    async def _read(self, answer: Answer, body: Arriving) -> None:
        coding_of(answer.headers.get("content-encoding"))
        limit = self._settings.max_bytes
        length = answer.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:19]) > limit:
            raise too_large(limit)
        async for chunk in answer.chunks():
            body.add(chunk)
            if len(body.wire) > limit:
                raise too_large(limit)
        body.whole = True

    async def _complete(self, visit: _Visit, answer: _Arrived, body: Arriving) -> Fetched | Failed:
        """Decode what has arrived; the host and the clock no longer wait for it."""
        coding = coding_of(answer.headers.get("content-encoding"))
        try:
            content = await self._memory.decoded(body, coding, 2 * self._settings.max_bytes)
        except BadBodyError as error:
            return Failed(error.kind, error.reason, answer.status, answer.headers, visit.elapsed)
        digest = hash_of(content)
        return Fetched(visit.url, answer.status, answer.headers, content, visit.elapsed, visit.moved_to, digest)


class _Visit:
    """What is remembered from hop to hop."""

    def __init__(self, url: str, robots: Robots | None = None) -> None:
        self.url = url
        self.robots = robots  # asked before each hop
        self.elapsed = 0.0  # seconds, without waiting for turns
        self.moved_to: str | None = None
        self._seen = {url}
        self._permanent = True

    def follow(self, url: str, *, permanent: bool) -> None:
        """Go on to another address. Raises BadAddressError for one that was seen."""
        if url in self._seen:
            raise BadAddressError(fetch_errors.REDIRECT_CIRCLE())
        self._seen.add(url)
        self.url = url
        self._permanent = self._permanent and permanent
        self.moved_to = url if self._permanent else None


def validators_of(fetched: Fetched) -> Validators:
    """What to save beside the content of an answer that could be read, and only then."""
    digest = fetched.digest or hash_of(fetched.body)
    return Validators(fetched.headers.get("etag"), fetched.headers.get("last-modified"), digest)


def hash_of(body: bytes) -> str:
    """Tells one body from another: 32 hex digits."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()
