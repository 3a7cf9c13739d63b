"""The public port: connections on which feeds are asked for are answered here, all others become a pipe to the server
behind (granian), byte by byte and for good.

It runs in a thread of the process that holds the documents. Anything else (``web.feeds.fast_path``) is
for the server behind from that request on, so that here nothing of HTTP has to be understood but that. Where a
document has to be looked up or rendered, a thread does it while the other connections go on.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Protocol, cast

from gedi.peers import Peers
from web.feeds.document_cache import CachedDocument
from web.feeds.fast_path import BEGINNINGS, LONGEST_HEAD, Answers, Asked, read

log = logging.getLogger("gedi.front")

MOST = 4000  # connections at a time
PATIENCE = 30.0  # seconds for the next request to come in whole, and for an answer to be taken
THREADS = 4
_END = b"\r\n\r\n"
_BUFFER = memoryview(bytearray(65_536))  # of the one thread: what comes in is taken out before anything else comes
_SHORT = 16_000  # bytes of a body that is worth copying to send it with its head


class Feeds(Protocol):
    """Where documents come from: the present ``web.feeds.wsgi.Syndication``."""

    def held(self, path: str, *, ask: bool) -> CachedDocument | None: ...

    @property
    def answers(self) -> Answers: ...


class Front:
    """Listens from the moment it is made, in a thread of its own. Raises OSError where it cannot."""

    def __init__(
        self,
        feeds: Feeds,
        address: tuple[str, int],
        behind: tuple[str, int],
        *,
        clock: Callable[[], datetime],
        patience: float = PATIENCE,
    ) -> None:
        self.feeds = feeds
        self.clock = clock
        self.behind = behind
        self.patience = patience
        self.peers = Peers()
        self.pool = ThreadPoolExecutor(THREADS, "feed")
        self.loop = asyncio.new_event_loop()
        self.doors: set[_Door] = set()
        listen = self.loop.create_server(lambda: _Door(self), *address, backlog=1024)
        self._server = self.loop.run_until_complete(listen)
        self.loop.call_later(self.patience / 6, self._look)
        self._thread = threading.Thread(target=self.loop.run_forever, name="front", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Stop listening and drop what is open."""

        def stop() -> None:
            self._server.close()
            for door in list(self.doors):
                door.abort()
            self.loop.call_soon(self.loop.stop)

        self.loop.call_soon_threadsafe(stop)
        self._thread.join()
        self.pool.shutdown()
        self.loop.close()

    def _look(self) -> None:
        now = self.loop.time()
        for door in list(self.doors):
            door.look(now)
        self.loop.call_later(self.patience / 6, self._look)


class _End(asyncio.BufferedProtocol):
    """The near end of a pipe: what comes in goes out at the other, no faster than it is taken there."""

    transport: asyncio.Transport
    other: _End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        self.came(bytes(_BUFFER[:nbytes]))

    def came(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, fault: Exception | None) -> None:
        if self.other is not None:
            self.other.transport.close()


class _Door(_End):
    """A client's connection."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._came = b""
        self._busy = False  # with a request, or with sending
        self._ended = False  # the client sends no more
        self._unsent = 0  # bytes, when last looked at
        self._waits_since = front.loop.time()  # for the client; infinity while it waits for us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if len(self._front.doors) >= MOST:
            self.transport.abort()
        else:
            self._front.doors.add(self)

    def came(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)
            return
        self._came = self._came + data if self._came else data
        if not self._busy:
            self._go_on()

    def eof_received(self) -> bool:
        """The client sends no more. True: the connection is still needed for what is on its way to it."""
        self._ended = True
        if self.other is not None and self.other.transport.can_write_eof():
            self.other.transport.write_eof()
        return self.other is not None or self._busy

    def abort(self) -> None:
        self.transport.abort()
        if self.other is not None:
            self.other.transport.abort()

    def look(self, now: float) -> None:
        """Drop the connection if nothing has come of it for too long."""
        unsent = self.transport.get_write_buffer_size()
        if unsent < self._unsent:
            self._waits_since = now
        self._unsent = unsent
        if self._waits_since < now - self._front.patience:
            self.transport.abort()

    def connection_lost(self, fault: Exception | None) -> None:
        self._front.doors.discard(self)
        super().connection_lost(fault)

    # ---------------------------------------------------------------- feeds
    def _go_on(self) -> None:
        """Answer what came in whole."""
        while self._came and not self._busy:
            end = self._came.find(_END) + len(_END)
            if end < len(_END):
                if len(self._came) > LONGEST_HEAD or b"\n\n" in self._came or not _may_be_plain(self._came):
                    self._become_pipe()
                return
            asked = read(self._came[:end]) if end <= LONGEST_HEAD else None
            if asked is None:
                self._become_pipe()
                return
            held = self._front.feeds.held(asked.path, ask=False)
            if held is None:
                self._busy = True
                self.transport.pause_reading()
                self._front.loop.create_task(self._look_up(asked, end))
                return
            self._send(asked, held, end)

    async def _look_up(self, asked: Asked, end: int) -> None:
        self._waits_since = float("inf")
        try:
            held = await self._front.loop.run_in_executor(self._front.pool, self._ask, asked.path)
        except Exception:  # the application has the words for it
            held = None
        self._busy = False
        if self.transport.is_closing():
            return
        if held is None:
            self._become_pipe()
            return
        self._send(asked, held, end)
        if not self._busy:
            self._resume()

    def _ask(self, path: str) -> CachedDocument | None:
        return self._front.feeds.held(path, ask=True)

    def _send(self, asked: Asked, held: CachedDocument, end: int) -> None:
        self._came = self._came[end:]
        head, body = self._front.feeds.answers.answer(asked, held, self._front.clock().timestamp())
        self._waits_since = self._front.loop.time()
        if len(body) < _SHORT:
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            self.transport.write(body)
        if not asked.stays:
            self._busy = True
            self.transport.close()

    def pause_writing(self) -> None:
        if self.other is not None:
            super().pause_writing()
        else:
            self._busy = True
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            super().resume_writing()
        elif not self.transport.is_closing():
            self._busy = False
            self._waits_since = self._front.loop.time()
            self._resume()

    def _resume(self) -> None:
        self.transport.resume_reading()
        self._go_on()
        if self._ended and not self._busy:
            self.transport.close()

    # ---------------------------------------------------------------- all else
    def _become_pipe(self) -> None:
        self._busy = True
        self._waits_since = float("inf")  # the server behind has its own patience
        self.transport.pause_reading()
        self._front.loop.create_task(self._join())

    async def _join(self) -> None:
        peer = self.transport.get_extra_info("peername") or ("",)
        try:
            other = await _connected(self._front, self._front.peers.near_end(str(peer[0])))
        except OSError as fault:
            log.error("site does not answer address=%s error=%r", self._front.behind, str(fault))
            self.transport.abort()
            return
        if self.transport.is_closing():
            other.transport.close()
            return
        other.other, self.other = self, other
        other.transport.write(self._came)
        self._came = b""
        if self._ended:
            other.transport.write_eof()
        self.transport.resume_reading()


async def _connected(front: Front, near: str) -> _End:
    def connect(**more: Any) -> Any:
        return front.loop.create_connection(_End, *front.behind, **more)

    try:
        _, end = await connect(local_addr=(near, 0))
    except OSError:  # a system with one loopback address alone
        _, end = await connect()
    return cast(_End, end)


def _may_be_plain(begun: bytes) -> bool:
    return any(begun.startswith(beginning[: len(begun)]) for beginning in BEGINNINGS)
