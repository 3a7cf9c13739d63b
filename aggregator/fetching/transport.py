"""Adapter of the HTTP library, configured for untrusted servers. The only file that imports aiohttp.

Every socket address passes the guard when connecting; no cookies, proxies, decompression or redirects; responses are
normalized (``response_head``) before the strict parser reads them.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

from yarl import URL

from aggregator.fetching import response_head
from aggregator.fetching.address_guard import AddressGuard, ForbiddenAddressError
from aggregator.fetching.errors import FetchErrorKind
from aggregator.fetching.headers import decode_headers
from aggregator.fetching.resolver import Resolver
from aggregator.fetching.unused_certificates import leave_out_certificates
from aggregator.fetching.urls import endpoint_of

with leave_out_certificates():  # of two TLS contexts that it makes for requests without one: here each has its own
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.http_exceptions import HttpProcessingError

_MAX_FIELD_BYTES = 16384
# A connection is kept for the host's next source. With the request timeout (30 s by default) these limits bound how
# long any server can hold one.
_IDLE_SECONDS = 2.5
_MAX_CONNECTION_AGE = 2.0  # an older connection is not kept
_MAX_FRAMING_RATIO = 4  # times the maximum body size: more bytes than this are no framing overhead

_ERROR_KINDS: tuple[tuple[type[Exception], FetchErrorKind], ...] = (  # the first match counts
    (ForbiddenAddressError, FetchErrorKind.FORBIDDEN),
    (TimeoutError, FetchErrorKind.TIMEOUT),
    (aiohttp.ClientProxyConnectionError, FetchErrorKind.PROXY),
    (aiohttp.ClientHttpProxyError, FetchErrorKind.PROXY),
    (ssl.SSLError, FetchErrorKind.TLS),
    (aiohttp.ClientSSLError, FetchErrorKind.TLS),
    (aiohttp.ClientConnectorDNSError, FetchErrorKind.DNS),
    (aiohttp.ClientPayloadError, FetchErrorKind.TRUNCATED),
    (aiohttp.InvalidURL, FetchErrorKind.BAD_ADDRESS),
    (aiohttp.ClientResponseError, FetchErrorKind.PROTOCOL),
    (aiohttp.ServerDisconnectedError, FetchErrorKind.CLOSED),
    (OSError, FetchErrorKind.CONNECT),
    (aiohttp.ClientError, FetchErrorKind.PROTOCOL),
    (ValueError, FetchErrorKind.PROTOCOL),
)


@dataclass(frozen=True, slots=True)
class Route:
    """How a server is reached. ``confidential``: the request holds secrets."""

    proxy: str | None = field(default=None, repr=False)  # None: that of all requests, if any
    verify: bool = True  # whether the certificate is checked
    confidential: bool = False


_DIRECT = Route()


class HttpResponse:
    """A response whose head has arrived. ``headers`` have lower-case names."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = decode_headers(response.raw_headers)

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as transferred. Raises if it is truncated."""
        return aiter(self._response.content.iter_any())

    def discard_body(self) -> None:
        """Ignore the body, which may be endless."""
        if not self._response.content.at_eof():
            self._response.close()


class Transport:
    """Connections to untrusted servers; an async context manager for one event loop. Times are in seconds."""

    def __init__(
        self,
        guard: AddressGuard,
        headers: Mapping[str, str],
        *,
        connect_timeout: float,
        read_timeout: float,
        max_bytes: int,
        proxy: str | None = None,
    ) -> None:
        self._guard = guard
        self._resolver = _GuardedResolver(guard)
        self._proxy = proxy
        self._max_wire_bytes = _MAX_FRAMING_RATIO * max_bytes + response_head.MAX_HEAD_BYTES
        self._headers = headers
        self._connect = connect_timeout
        self._read = read_timeout
        self._tls_contexts: dict[tuple[bool, bool], ssl.SSLContext] = {}  # by (verify, strict)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = _Connector(
            max_wire_bytes=self._max_wire_bytes,
            limit=0,
            use_dns_cache=False,
            resolver=self._resolver,
            socket_factory=self._open_guarded_socket,
            keepalive_timeout=_IDLE_SECONDS,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect, sock_read=self._read),
            max_line_size=_MAX_FIELD_BYTES,
            max_field_size=_MAX_FIELD_BYTES,
            headers=self._headers,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def get(self, url: str, headers: Mapping[str, str], route: Route = _DIRECT) -> AsyncIterator[HttpResponse]:
        """Send one GET. Raises exceptions that ``classify_error`` knows."""
        assert self._session is not None, "use the Transport in an async with block"
        options = await self._request_options(url, route)
        async with self._session.get(URL(url, encoded=True), headers=headers, **options) as response:
            yield HttpResponse(response)

    @asynccontextmanager
    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], route: Route = _DIRECT
    ) -> AsyncIterator[HttpResponse]:
        """Send one POST. Raises exceptions that ``classify_error`` knows."""
        assert self._session is not None, "use the Transport in an async with block"
        options = await self._request_options(url, route)
        async with self._session.post(URL(url, encoded=True), data=content, headers=headers, **options) as response:
            yield HttpResponse(response)

    async def _request_options(self, url: str, route: Route) -> dict[str, Any]:
        """Return the options of a request.

        Through a proxy none of our sockets shows the final address, so the name is resolved here as well; if it cannot
        be, the proxy has to decide.
        """
        options: dict[str, Any] = {"allow_redirects": False}
        proxy = route.proxy or self._proxy
        if url.startswith("https:") or (proxy or "").startswith("https:"):
            options["ssl"] = self._tls_context_for(route)
        if proxy is None:
            return options
        if route.proxy is not None:
            self._guard.allow_endpoint(*endpoint_of(route.proxy))
        target = URL(url, encoded=True)
        host, port = target.host or "", target.port or 0
        try:
            found = await self._resolver.resolve(host, port)
        except OSError:
            found = []
        if not all(self._guard.permits(place["host"], port) for place in found):
            raise ForbiddenAddressError
        return options | {"proxy": proxy}

    def _tls_context_for(self, route: Route) -> ssl.SSLContext:
        key = (route.verify, route.confidential)
        if key not in self._tls_contexts:
            self._tls_contexts[key] = _tls_context(verify=route.verify, strict=route.confidential)
        return self._tls_contexts[key]

    def _open_guarded_socket(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, where = info
        if not self._guard.permits(where[0], where[1]):
            raise ForbiddenAddressError
        return socket.socket(family, kind, protocol)


class _Connector(aiohttp.TCPConnector):
    def __init__(self, *, max_wire_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(_new_connection, self._loop, max_wire_bytes)


class _NormalizingHandler(ResponseHandler):
    """A connection whose responses are normalized (``response_head``) before they reach the parser."""

    _head: bytearray | None = None
    _body_bytes_left: int | None = None  # bytes of the body still to come, if its length was given
    _interim_count = 0  # preceding 1xx responses
    _received_bytes = 0  # bytes since the request

    def __init__(self, loop: asyncio.AbstractEventLoop, max_wire_bytes: int) -> None:
        super().__init__(loop)
        self._max_wire_bytes = max_wire_bytes
        self._created_at = loop.time()

    @property
    def should_close(self) -> bool:
        return super().should_close or self._loop.time() - self._created_at > _MAX_CONNECTION_AGE

    def close(self) -> None:
        self.abort()  # otherwise a server could delay the closing of TLS for half a minute

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Fail the body as well if the response is malformed: the C parser only fails the connection, and the reader of
        the body would wait for its timeout.
        """
        body = self._payload
        super().set_exception(exc, *cause)
        if isinstance(exc, HttpProcessingError) and body is not None and not body.is_eof():
            body.set_exception(aiohttp.ClientError("malformed body"), exc)

    def set_response_params(self, **options: Any) -> None:
        self._head, self._body_bytes_left, self._interim_count, self._received_bytes = bytearray(), None, 0, 0
        super().set_response_params(**options)

    def data_received(self, data: bytes) -> None:
        self._received_bytes += len(data)
        if self._received_bytes > self._max_wire_bytes and self.transport is not None:
            self.transport.abort()
            return
        if self._parser is None or not data:  # unrequested data, and calls that only resume
            super().data_received(data)
            return
        if self._head is not None:
            self._head += data
            data = self._normalize_head(self._head)
            if not data:
                return
        elif self._body_bytes_left is not None:
            data, more = data[: self._body_bytes_left], len(data) > self._body_bytes_left
            self._body_bytes_left -= len(data)
            if more:
                self.force_close()  # what follows belongs to no request
        if data:
            super().data_received(data)

    def _normalize_head(self, data: bytearray) -> bytes:
        """Return the bytes for the parser: none until the head is complete."""
        while (end := response_head.find_head_end(data)) is not None:
            head = response_head.normalize_response_head(bytes(data[:end]))
            if head is None:
                break
            del data[:end]
            if head.status >= 200:
                self._head = None
                if head.length is not None:
                    self._body_bytes_left = max(head.length - len(data), 0)
                    if len(data) > head.length:
                        self.force_close()
                        del data[head.length :]
                return head.content + data
            self._interim_count += 1  # irrelevant to us (RFC 9110 15.2)
            if self._interim_count > response_head.MAX_INTERIM:
                break
        if end is None and len(data) <= response_head.MAX_HEAD_BYTES:
            return b""
        self._head = None
        return response_head.INVALID_HEAD


def _new_connection(loop: asyncio.AbstractEventLoop, max_wire_bytes: int) -> ResponseHandler:
    return _NormalizingHandler(loop, max_wire_bytes)


class _GuardedResolver(AbstractResolver):
    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._names: Resolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self._names = self._names or Resolver()
        found = await self._names.resolve(host, port, family)
        self._guard.allow_resolved(host, port, (address for _, _, address in found))
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
            )
            for kind, protocol, address in found
        ]

    async def close(self) -> None:
        pass


def _tls_context(*, verify: bool = True, strict: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context() if verify else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not strict:
        # Many regional publishers' servers lack RFC 5746; browsers and curl accept them. The flaw concerns requests
        # that hold secrets, which are strict.
        context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def classify_error(error: Exception) -> tuple[FetchErrorKind, BaseException]:
    """Return the kind of error of an exception, and the underlying error."""
    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    for candidate in (cause, error):
        for cls, trouble in _ERROR_KINDS:
            if isinstance(candidate, cls) and (trouble is not FetchErrorKind.CONNECT or candidate is error):
                return trouble, cause
    return FetchErrorKind.INTERNAL, error
