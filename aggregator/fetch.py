"""THE ONLY OUTGOING SOCKET: one polite, guarded GET. The only file that imports aiohttp.

Whatever a server does, ``Fetcher.get`` returns a value; it never raises for the network.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from aggregator.bodies import ACCEPT_ENCODING, BadBodyError, coding_of, too_large
from aggregator.failures import http_failure
from aggregator.guard import ForbiddenAddressError, Guard
from aggregator.headers import conditions, header_texts
from aggregator.memory import Arriving, Memory
from aggregator.model import Failed, Fetched, NotModified, Validators
from aggregator.names import Names
from aggregator.turns import Turns
from aggregator.unreachable import Trouble, explain
from aggregator.urls import BadAddressError, host_key, redirect_url, request_url

log = logging.getLogger(__name__)

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.4, */*;q=0.1"
)
MAX_REDIRECTS = 5
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0

_FIELD_BYTES = 16384
_IDLE_SECONDS = 15.0  # a connection is kept for the host's next source
_ROOM = 8  # bodies of the largest size allowed that are held at a time
_NOTHING = Validators()

_TROUBLES: tuple[tuple[type[Exception], Trouble], ...] = (  # the first that fits
    (ForbiddenAddressError, Trouble.FORBIDDEN),
    (TimeoutError, Trouble.TIMEOUT),
    (ssl.SSLError, Trouble.TLS),
    (aiohttp.ClientSSLError, Trouble.TLS),
    (aiohttp.ClientConnectorDNSError, Trouble.DNS),
    (aiohttp.ClientPayloadError, Trouble.TRUNCATED),
    (aiohttp.InvalidURL, Trouble.BAD_ADDRESS),
    (aiohttp.ClientResponseError, Trouble.PROTOCOL),
    (aiohttp.ServerDisconnectedError, Trouble.CLOSED),
    (OSError, Trouble.CONNECT),
    (aiohttp.ClientError, Trouble.PROTOCOL),
    (ValueError, Trouble.PROTOCOL),
)


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

    def __init__(self, settings: PollingSettings, user_agent: str) -> None:
        self._settings = settings
        self._user_agent = user_agent
        self._guard = Guard(settings.allow)
        self._turns = Turns(settings.per_host, settings.spacing.total_seconds())
        self._memory = Memory(_ROOM * settings.max_bytes)
        self._timeout = settings.timeout.total_seconds()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=0,
            use_dns_cache=False,
            resolver=_Resolver(self._guard),
            socket_factory=self._socket,
            ssl=_tls(),
            keepalive_timeout=_IDLE_SECONDS,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=min(CONNECT_SECONDS, self._timeout), sock_read=min(READ_SECONDS, self._timeout)
            ),
            max_line_size=_FIELD_BYTES,
            max_field_size=_FIELD_BYTES,
            headers={"User-Agent": self._user_agent, "Accept-Encoding": ACCEPT_ENCODING},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self, url: str, validators: Validators = _NOTHING, *, accept: str | None = None
    ) -> Fetched | NotModified | Failed:
        """One GET with its redirects. With validators it is conditional (RFC 9110 13.1) and may be a NotModified."""
        try:
            visit = _Visit(request_url(url))
        except BadAddressError as error:
            return Failed("bad-address", str(error))
        sent = {"Accept": accept or ACCEPT, **conditions(validators)}
        with self._memory.arriving() as body:
            answer = await self._follow(visit, sent, body)
            if isinstance(answer, _Arrived):
                return await self._complete(visit, answer, body)
            return answer

    async def _follow(self, visit: _Visit, sent: Mapping[str, str], body: Arriving) -> _Arrived | NotModified | Failed:
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._hop(visit, sent, body)
            if not isinstance(answer, _Redirect):
                return answer
            try:
                visit.follow(redirect_url(visit.url, answer.location), permanent=answer.status in (301, 308))
            except BadAddressError as error:
                return Failed("redirect", str(error), answer.status, elapsed=visit.elapsed)
        reason = f"The address redirects more than {MAX_REDIRECTS} times. Give the final address of the feed."
        return Failed("redirect", reason, elapsed=visit.elapsed)

    async def _hop(
        self, visit: _Visit, sent: Mapping[str, str], body: Arriving
    ) -> _Arrived | NotModified | Failed | _Redirect:
        loop = asyncio.get_running_loop()
        async with self._turns.turn(host_key(visit.url)):
            start = loop.time() - visit.elapsed
            try:
                async with asyncio.timeout(self._timeout - visit.elapsed):
                    answer = await self._request(visit.url, sent, body)
            except BadBodyError as error:
                answer = Failed(error.kind, error.reason)
            except Exception as error:
                trouble, reason = explain(*_trouble(error), visit.url, self._timeout)
                answer = Failed(trouble, reason)
                if trouble is Trouble.INTERNAL:
                    log.exception("fetch-error url=%r", visit.url[:500])
            visit.elapsed = loop.time() - start
        if isinstance(answer, NotModified):
            return replace(answer, elapsed=visit.elapsed, moved_to=visit.moved_to)
        return replace(answer, elapsed=visit.elapsed) if isinstance(answer, Failed) else answer

    async def _request(
        self, url: str, sent: Mapping[str, str], body: Arriving
    ) -> _Arrived | NotModified | Failed | _Redirect:
        assert self._session is not None, "use the Fetcher in an async with block"
        async with self._session.get(URL(url, encoded=True), headers=sent, allow_redirects=False) as response:
            headers = header_texts(response.raw_headers)
            status = response.status
            if status in (200, 203):
                await self._read(response, headers, body)
                return _Arrived(status, headers)
            if not response.content.at_eof():
                response.close()  # the body is of no interest and may be endless
            if status in (301, 302, 303, 307, 308):
                return _Redirect(status, headers.get("location", ""))
            if status == 304 and sent.keys() & {"If-None-Match", "If-Modified-Since"}:
                return NotModified(url, headers, 0.0)
            return http_failure(status, headers, datetime.now(UTC))

    async def _read(self, response: aiohttp.ClientResponse, headers: Mapping[str, str], body: Arriving) -> None:
        coding_of(headers.get("content-encoding"))
        limit = self._settings.max_bytes
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:19]) > limit:
            raise too_large(limit)
        async for chunk in response.content.iter_any():
            body.add(chunk)
            if len(body.wire) > limit:
                raise too_large(limit)
        body.whole = True

    async def _complete(self, visit: _Visit, answer: _Arrived, body: Arriving) -> Fetched | Failed:
        """Decode what has arrived, when there is room; the host and the clock no longer wait for it."""
        coding, wire = coding_of(answer.headers.get("content-encoding")), bytes(body.wire)
        try:
            content = await self._memory.decoded(wire, coding, 2 * self._settings.max_bytes)
        except BadBodyError as error:
            return Failed(error.kind, error.reason, answer.status, answer.headers, visit.elapsed)
        return Fetched(visit.url, answer.status, answer.headers, content, visit.elapsed, visit.moved_to)

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, where = info
        if not self._guard.permits(where[0], where[1]):
            raise ForbiddenAddressError
        return socket.socket(family, kind, protocol)


class _Visit:
    """What is remembered from hop to hop."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.elapsed = 0.0  # seconds, without waiting for turns
        self.moved_to: str | None = None
        self._seen = {url}
        self._permanent = True

    def follow(self, url: str, *, permanent: bool) -> None:
        """Go on to another address. Raises BadAddressError for one that was seen."""
        if url in self._seen:
            raise BadAddressError(
                "The address redirects in a circle. Look on the publisher's site for the feed's address."
            )
        self._seen.add(url)
        self.url = url
        self._permanent = self._permanent and permanent
        self.moved_to = url if self._permanent else None


class _Resolver(AbstractResolver):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._names = Names()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._names.look_up(host, port, family)
        self._guard.resolved(host, port, (address for _, _, address in found))
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
            )
            for kind, protocol, address in found
        ]

    async def close(self) -> None:
        pass


def validators_of(fetched: Fetched) -> Validators:
    """What to save beside the content of an answer that could be read, and only then."""
    digest = hashlib.blake2b(fetched.body, digest_size=16).hexdigest()
    return Validators(fetched.headers.get("etag"), fetched.headers.get("last-modified"), digest)


def _trouble(error: Exception) -> tuple[Trouble, BaseException]:
    """What kind of trouble an exception is, and the plain error inside it."""
    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    for candidate in (cause, error):
        for cls, trouble in _TROUBLES:
            if isinstance(candidate, cls) and (trouble is not Trouble.CONNECT or candidate is error):
                return trouble, cause
    return Trouble.INTERNAL, error


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Many regional publishers' servers lack RFC 5746; browsers and curl talk to them all the same. The flaw
    # concerns clients that send secrets, which this one never does.
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context
