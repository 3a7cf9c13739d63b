"""HTTP client: one polite, guarded GET or POST over ``transport``, which nothing else uses.

``Fetcher.get`` and ``Fetcher.post`` always return a value; they never raise for network errors.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Container, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self, TypeVar

from aggregator.fetching.address_guard import AddressGuard
from aggregator.fetching.body_budget import BodyBudget, IncomingBody
from aggregator.fetching.content_encoding import ACCEPT_ENCODING, BadBodyError, content_coding, too_large_error
from aggregator.fetching.errors import FetchErrorKind, explain_connection_error, failure_for_status
from aggregator.fetching.headers import conditional_headers
from aggregator.fetching.host_limiter import HostLimiter
from aggregator.fetching.robots import RobotsCache
from aggregator.fetching.source_request import SourceRequest
from aggregator.fetching.transport import HttpResponse, Transport, classify_error
from aggregator.fetching.urls import BadAddressError, host_and_port, host_key, normalize_request_url, resolve_redirect
from aggregator.messages import fetch_errors
from aggregator.model import Failed, Fetched, NotModified, Posted, Validators
from aggregator.model.request_options import RequestOptions

log = logging.getLogger(__name__)

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.4, */*;q=0.1"
)
MAX_REDIRECTS = 5
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0

_MAX_BUFFERED_BODIES = 4  # bodies of the maximum size; with more of them in memory no new poll starts
_NO_VALIDATORS = Validators()
_SUCCESS_STATUSES = (200, 203)

T = TypeVar("T")


class FetchSettings(Protocol):
    """The values of ``config.polling`` that a Fetcher needs."""

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
class _Response:
    status: int
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Redirect:
    status: int
    location: str


class Fetcher:
    """Fetches documents; an async context manager for one event loop.

    At most ``per_host`` requests run to one host and port, ``spacing`` apart. Waiting for a host does not count against
    ``timeout``, the wall-clock limit of everything else, redirects included.
    """

    def __init__(
        self,
        settings: FetchSettings,
        user_agent: str,
        *,
        clock: Callable[[], datetime],
        predecessor: Fetcher | None = None,
        max_redirects: int = MAX_REDIRECTS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        """``clock``: time from which a date in Retry-After counts. ``after``: the fetcher that this one replaces; its
        knowledge of hosts is kept. ``redirects``: maximum number followed. ``read_seconds``: how long a server may
        be silent.
        """
        self._settings, self._max_redirects = settings, max_redirects
        self.clock = clock
        spacing = settings.spacing.total_seconds()
        self._host_limiter: HostLimiter = (
            predecessor._host_limiter.with_limits(settings.per_host, spacing)
            if predecessor
            else HostLimiter(settings.per_host, spacing)
        )
        self._body_budget = BodyBudget(_MAX_BUFFERED_BODIES * settings.max_bytes)
        self._timeout = settings.timeout.total_seconds()
        self._transport = Transport(
            AddressGuard((*settings.allow, *([host_and_port(settings.proxy)] if settings.proxy else []))),
            {
                "User-Agent": user_agent,
                "Accept-Encoding": ACCEPT_ENCODING,
                **({"From": settings.sender} if settings.sender else {}),
            },
            connect_timeout=min(CONNECT_SECONDS, self._timeout),
            read_timeout=min(read_seconds, self._timeout),
            max_bytes=settings.max_bytes,
            proxy=settings.proxy,
        )
        self._robots = RobotsCache(self._get, user_agent) if settings.robots else None

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    @property
    def is_over_budget(self) -> bool:
        """Return whether so many responses are in memory that no poll should start."""
        return self._body_budget.is_exceeded

    async def get(
        self,
        url: str,
        validators: Validators = _NO_VALIDATORS,
        *,
        accept: str | None = None,
        accepted_statuses: Container[int] = _SUCCESS_STATUSES,
        options: RequestOptions | None = None,
    ) -> Fetched | NotModified | Failed:
        """Send a GET and follow redirects. With validators it is conditional (RFC 9110 13.1) and may return
        NotModified.

        ``accepted_statuses``: the statuses whose body is the requested document. ``options``: how its source is
        requested, with a POST if they say so.
        """
        return await self._get(
            url, validators, accept=accept, robots=self._robots, accepted_statuses=accepted_statuses, options=options
        )

    async def _get(
        self,
        url: str,
        validators: Validators = _NO_VALIDATORS,
        *,
        accept: str | None = None,
        robots: RobotsCache | None = None,
        accepted_statuses: Container[int] = _SUCCESS_STATUSES,
        options: RequestOptions | None = None,
    ) -> Fetched | NotModified | Failed:
        try:
            visit = _RequestState(normalize_request_url(url), robots, options)
        except BadAddressError as error:
            return Failed("bad-address", error.reason)
        validated = {} if visit.request and visit.request.is_post else conditional_headers(validators)
        sent = {"Accept": accept or ACCEPT, **validated}
        with self._body_budget.incoming_body() as body:
            answer = await self._get_following_redirects(visit, sent, body, accepted_statuses)
            if isinstance(answer, _Response):
                return await self._decode_body(visit, answer, body)
            return answer

    async def _get_following_redirects(
        self,
        state: _RequestState,
        request_headers: Mapping[str, str],
        body: IncomingBody,
        accepted_statuses: Container[int],
    ) -> _Response | NotModified | Failed:
        answer: _Response | NotModified | Failed
        answer = await self._follow_redirects(
            state, lambda: self._send_get(state, request_headers, body, accepted_statuses)
        )
        if isinstance(answer, NotModified):
            return replace(answer, elapsed=state.elapsed, moved_to=state.moved_to)
        return answer

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Posted | Failed:
        """Send a POST, guarded and limited like a GET.

        307 and 308 are followed with the same content (RFC 9110 15.4.8); 2xx is success, and the response body is not
        read.
        """
        try:
            visit = _RequestState(normalize_request_url(url))
        except BadAddressError as error:
            return Failed("bad-address", error.reason)
        answer = await self._follow_redirects(visit, lambda: self._send_post(visit.url, content, headers))
        return replace(answer, elapsed=visit.elapsed) if isinstance(answer, Posted) else answer

    async def _follow_redirects(
        self, state: _RequestState, send: Callable[[], Awaitable[T | Failed | _Redirect]]
    ) -> T | Failed:
        for _ in range(self._max_redirects + 1):
            if state.robots is not None and not await state.robots.may_fetch(state.url, state.options):
                return Failed("robots", fetch_errors.ROBOTS(), elapsed=state.elapsed)
            answer = await self._send_in_turn(state, send)
            if not isinstance(answer, _Redirect):
                return answer
            try:
                state.follow(resolve_redirect(state.url, answer.location), answer.status)
            except BadAddressError as error:
                return Failed("redirect", error.reason, answer.status, elapsed=state.elapsed)
        return Failed("redirect", fetch_errors.TOO_MANY_REDIRECTS(limit=self._max_redirects), elapsed=state.elapsed)

    async def _send_in_turn(
        self, state: _RequestState, send: Callable[[], Awaitable[T | Failed | _Redirect]]
    ) -> T | Failed | _Redirect:
        loop = asyncio.get_running_loop()
        async with self._host_limiter.slot(host_key(state.url)):
            start = loop.time() - state.elapsed
            try:
                async with asyncio.timeout(self._timeout - state.elapsed):
                    answer = await send()
            except BadBodyError as error:
                answer = Failed(error.kind, error.reason)
            except Exception as error:
                trouble, reason = explain_connection_error(*classify_error(error), state.url, self._timeout)
                answer = Failed(trouble, reason)
                if trouble is FetchErrorKind.INTERNAL:
                    log.exception("fetch_failed url=%r", state.url[:500])
            state.elapsed = loop.time() - start
        return replace(answer, elapsed=state.elapsed) if isinstance(answer, Failed) else answer

    async def _send_get(
        self,
        state: _RequestState,
        request_headers: Mapping[str, str],
        body: IncomingBody,
        accepted_statuses: Container[int],
    ) -> _Response | NotModified | Failed | _Redirect:
        async with self._open(state, request_headers) as answer:
            if answer.status in accepted_statuses:
                await self._read_body(answer, body)
                return _Response(answer.status, answer.headers)
            answer.discard_body()
            if answer.status in (301, 302, 303, 307, 308):
                return _Redirect(answer.status, answer.headers.get("location", ""))
            if answer.status == 304 and request_headers.keys() & {"If-None-Match", "If-Modified-Since"}:
                return NotModified(state.url, answer.headers, 0.0)
            return failure_for_status(answer.status, answer.headers, self.clock())

    def _open(self, state: _RequestState, headers: Mapping[str, str]) -> AbstractAsyncContextManager[HttpResponse]:
        """Send the request of a source, with what belongs to the present address of it."""
        request = state.request
        if request is None:
            return self._transport.get(state.url, headers)
        sent, route = request.headers_over(headers), request.route()
        if (content := request.content()) is not None:
            return self._transport.post(state.url, content, sent, route)
        return self._transport.get(state.url, sent, route)

    async def _send_post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Posted | Failed | _Redirect:
        async with self._transport.post(url, content, headers) as answer:
            answer.discard_body()
            if 200 <= answer.status < 300:
                return Posted(url, answer.status, answer.headers, 0.0)
            if answer.status in (307, 308):
                return _Redirect(answer.status, answer.headers.get("location", ""))
            return failure_for_status(answer.status, answer.headers, self.clock())

    async def _read_body(self, answer: HttpResponse, body: IncomingBody) -> None:
        content_coding(answer.headers.get("content-encoding"))
        limit = self._settings.max_bytes
        length = answer.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:19]) > limit:
            raise too_large_error(limit)
        async for chunk in answer.chunks():
            body.add(chunk)
            if len(body.wire) > limit:
                raise too_large_error(limit)
        body.is_complete = True

    async def _decode_body(self, state: _RequestState, answer: _Response, body: IncomingBody) -> Fetched | Failed:
        """Decode a received body; neither the host nor the timeout waits for it."""
        coding = content_coding(answer.headers.get("content-encoding"))
        try:
            content = await self._body_budget.decode(body, coding, 2 * self._settings.max_bytes)
        except BadBodyError as error:
            return Failed(error.kind, error.reason, answer.status, answer.headers, state.elapsed)
        digest = body_hash_of(content)
        return Fetched(state.url, answer.status, answer.headers, content, state.elapsed, state.moved_to, digest)


class _RequestState:
    """State of a request across redirects."""

    def __init__(self, url: str, robots: RobotsCache | None = None, options: RequestOptions | None = None) -> None:
        self.url = url
        self.robots = robots  # checked before each hop
        self.options = options
        self.request = SourceRequest(options, url) if options else None
        self.elapsed = 0.0  # seconds, without waiting for hosts
        self.moved_to: str | None = None
        self._seen = {url}
        self._permanent = True

    def follow(self, url: str, status: int) -> None:
        """Continue at another address. Raises BadAddressError for a redirect that must not be followed."""
        if url in self._seen:
            raise BadAddressError(fetch_errors.REDIRECT_CIRCLE())
        if self.request is not None:
            self.request.redirect(url, status)
        self._seen.add(url)
        self.url = url
        self._permanent = self._permanent and status in (301, 308) and (self.request is None or self.request.may_move)
        self.moved_to = url if self._permanent else None


def validators_of(fetched: Fetched) -> Validators:
    """Return the validators to store with the content of a response that could be read, and only then."""
    return Validators(fetched.headers.get("etag"), fetched.headers.get("last-modified"), _digest_of(fetched))


def without_body(fetched: Fetched) -> Fetched:
    """Return the response with the hash of its body instead of the body."""
    return replace(fetched, body=b"", digest=_digest_of(fetched))


def _digest_of(fetched: Fetched) -> str:
    return fetched.digest or body_hash_of(fetched.body)


def body_hash_of(body: bytes) -> str:
    """Return the hash of a body: 32 hex digits."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()
