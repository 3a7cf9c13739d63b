"""A web server that publishes the generated feeds, as a process of its own.

Feed n is ``http://127.a.b.c:PORT/n`` with an address of its own, so that limits per host do not slow a client. It
answers ``If-None-Match``. A request for ``/control`` sets what is published and returns what was asked for since.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from benchmarks.news_feeds import Outlet, load_outlets


@dataclass(frozen=True, slots=True)
class Origin:
    """A running server."""

    port: int
    outlets: int

    def urls(self) -> list[str]:
        return [
            f"http://127.{n // 62500 + 1}.{n // 250 % 250}.{n % 250 + 1}:{self.port}/{n}" for n in range(self.outlets)
        ]

    def control(self, *, renewed: bool = False, delay: float = 0.0) -> Counter[str]:
        """Set what is published and the seconds before each answer. Returns the number of answers by status."""
        url = f"http://127.0.0.1:{self.port}/control?renewed={int(renewed)}&delay={delay}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return Counter(json.load(answer))


@contextmanager
def running_origin(outlets: int, now: datetime) -> Iterator[Origin]:
    """Run a server of this number of feeds, whose newest entries are as old as ``now``."""
    command = [sys.executable, "-m", "benchmarks.feed_origin", str(outlets), now.isoformat()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Origin(int(process.stdout.readline()), outlets)
    finally:
        process.kill()
        process.communicate()


class _Published:
    """The documents, as complete responses."""

    def __init__(self, outlets: list[Outlet], now: datetime) -> None:
        self._first = [_response(outlet.document(now)) for outlet in outlets]
        self._renewed = [
            _response(outlet.document(now, renewed=True)) if outlet.is_renewed else first
            for outlet, first in zip(outlets, self._first, strict=True)
        ]
        self.current = self._first
        self.delay = 0.0
        self.answers: Counter[str] = Counter()

    def set(self, query: str) -> bytes:
        fields = parse_qs(query)
        self.current = self._renewed if fields["renewed"] == ["1"] else self._first
        self.delay = float(fields["delay"][0])
        body = json.dumps(self.answers).encode()
        self.answers.clear()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    def answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        etag, full = self.current[int(path[1:])]
        if b"if-none-match: " + etag in head.lower():
            self.answers["304"] += 1
            return b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % etag
        self.answers["200"] += 1
        return full


class _Connection(asyncio.Protocol):
    """A persistent connection with one request at a time."""

    def __init__(self, published: _Published) -> None:
        self._published = published
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        head, self._received = self._received, b""
        if head.startswith(b"GET /control"):
            self._transport.write(self._published.set(urlsplit(head.split(b" ", 2)[1].decode()).query))
        else:
            answer = self._published.answer(head)
            asyncio.get_running_loop().call_later(self._published.delay, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _response(document: bytes) -> tuple[bytes, bytes]:
    """Return the ETag and the response."""
    etag = b'"%b"' % hashlib.sha256(document).hexdigest()[:16].encode()
    head = b"HTTP/1.1 200 OK\r\nETag: %b\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n"
    return etag, head % (etag, len(document)) + document


async def serve(outlets: int, now: datetime) -> None:
    """Serve until the process is killed; prints the port once the feeds are ready."""
    published = _Published(load_outlets(outlets), now)
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(published), "0.0.0.0", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), datetime.fromisoformat(sys.argv[2])))
