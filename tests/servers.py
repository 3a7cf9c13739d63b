"""A real HTTP server on 127.0.0.1 that sends exactly the bytes of a test, without a library, to allow protocol errors.

with Server() as server:
    server.route("/feed", reply(200, body=b"<rss/>", etag='"1"'))
    ... server.url("/feed") ... server.requests[0].headers["if-none-match"]
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Request:
    """A request as received; header names in lower case, ``at`` in seconds of the monotonic clock."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    at: float
    peer: int  # the client's port, which identifies the connection
    running: int = 1  # concurrent requests at that time, including this one
    body: bytes = b""  # of the length that Content-Length gives


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def reply(status: int = 200, body: bytes = b"", *, length: int | None = None, **headers: str | list[str]) -> Behaviour:
    """Return a behavior that sends an ordinary response.

    ``content_type="text/xml"`` becomes a Content-Type field; a list repeats the field. ``length`` replaces the correct
    Content-Length (-1: none, so the end of the connection ends the body).
    """
    lines = [f"HTTP/1.1 {status} Status"]
    for name, value in headers.items():
        values = value if isinstance(value, list) else [value]
        lines += [f"{name.replace('_', '-').title()}: {text}" for text in values]
    if length != -1 and status not in (204, 304):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    if length is not None:
        lines.append("Connection: close")
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
    return raw(head + body, close=length is not None)


def raw(data: bytes, *, close: bool = True) -> Behaviour:
    """Return a behavior that sends exactly these bytes."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if close:
            writer.close()

    return behave


def redirect(status: int, location: str) -> Behaviour:
    """Return a behavior that redirects; ``location`` is sent unchanged."""
    return reply(status, b"moved", location=location)


def conditional(body: bytes, etag: str, **headers: str) -> Behaviour:
    """Return a behavior that responds with 200 and an ETag, or with 304 to a request with that ETag."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers.get("if-none-match") == etag:
            await reply(304, b"", length=None, etag=etag, **headers)(request, writer)
        else:
            await reply(200, body, length=None, etag=etag, **headers)(request, writer)

    return behave


def drip(pieces: Iterable[bytes], pause: float) -> Behaviour:
    """Return a behavior that sends pieces with a pause (seconds) before each."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            await asyncio.sleep(pause)
            writer.write(piece)
            await writer.drain()
        writer.close()

    return behave


def respond_slowly(seconds: float, behaviour: Behaviour) -> Behaviour:
    """Return a behavior that does the same after a pause."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await behaviour(request, writer)

    return behave


def respond_in_turn(*behaviours: Behaviour) -> Behaviour:
    """Return a behavior that uses the given ones in turn, and the last one for all further requests."""
    queue = list(behaviours)

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        await (queue.pop(0) if len(queue) > 1 else queue[0])(request, writer)

    return behave


async def hang(request: Request, writer: asyncio.StreamWriter) -> None:
    """Never respond."""
    await asyncio.Event().wait()


async def drop(request: Request, writer: asyncio.StreamWriter) -> None:
    """Close the connection without a response."""
    writer.close()


def reset(data: bytes) -> Behaviour:
    """Return a behavior that sends these bytes and then resets the connection (RST) instead of closing it."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0.02)
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return behave


@dataclass
class Server:
    """A server in a thread of its own during its ``with`` block; routes may be changed at any time."""

    host: str = "127.0.0.1"
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None
    greeting: bytes = b""  # sent before any request, after which the connection is closed

    def __post_init__(self) -> None:
        self._routes: dict[str, Behaviour] = defaultdict(lambda: reply(404))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = 0

    def route(self, path: str, behaviour: Behaviour) -> str:
        """Set the behavior of this path (with its query, if any); return the URL."""
        self._routes[path] = behaviour
        return self.url(path)

    def reset(self) -> None:
        """Forget all routes and requests."""
        self._routes.clear()
        self.requests.clear()

    def url(self, path: str = "/") -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{path}"

    @property
    def place(self) -> str:
        """Return host and port as in ``polling.allow``."""
        return self.url("").partition("://")[2]

    def count(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, self.host, 0, backlog=1024, ssl=self.tls)

    async def _shut(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._talk(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if self.greeting:
                    writer.write(self.greeting)
                    return
                while not writer.is_closing():
                    await self._answer(await reader.readuntil(b"\r\n\r\n"), reader, writer)
        finally:
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.decode("utf-8", "surrogateescape").rstrip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self._running += 1
        try:
            peer = writer.get_extra_info("peername")[1]
            request = Request(method, path, headers, head, time.monotonic(), peer, self._running, body)
            self.requests.append(request)
            await self._routes[path](request, writer)
        finally:
            self._running -= 1
