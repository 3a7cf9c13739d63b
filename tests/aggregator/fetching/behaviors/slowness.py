"""Responses that are too slow or never end. The limit is about a second in tests, half a minute in the service."""

from __future__ import annotations

import itertools

from tests.aggregator.fetching.behaviors.case import FEED, Case, chunked, make_head
from tests.servers import Behaviour, drip, hang, raw, redirect, respond_slowly

_STEP = 0.05  # seconds
_SIZED = make_head(f"Content-Length: {len(FEED)}")
_CHUNKED = make_head("Transfer-Encoding: chunked")


def _repeat_bytes(data: bytes) -> Behaviour:
    """Send one byte at a time, without end."""
    return drip((bytes([byte]) for byte in itertools.cycle(data)), _STEP)


def _send_then_repeat(data: bytes, more: bytes) -> Behaviour:
    return drip(itertools.chain([data], itertools.repeat(more)), _STEP)


CASES = (
    Case("silence", hang, "timeout"),
    Case("half a head, then silence", raw(b"HTTP/1.1 200 OK\r\nContent-", close=False), "timeout"),
    Case("a head, then silence", raw(_SIZED, close=False), "timeout"),
    Case("half a body, then silence", raw(_SIZED + FEED[:99], close=False), "timeout"),
    Case("half a chunk, then silence", raw(_CHUNKED + b"fff\r\nabc", close=False), "timeout"),
    Case("all but the last chunk, then silence", raw(_CHUNKED + chunked(FEED, end=b""), close=False), "timeout"),
    Case("no length and no end", raw(make_head() + FEED, close=False), "timeout"),
    Case("the body in time, then silence", raw(_SIZED + FEED, close=False), "fetched"),
    Case("an answer that starts in time", respond_slowly(0.2, raw(_SIZED + FEED)), "fetched"),
    Case("a head that drips", _repeat_bytes(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 50), "timeout"),
    Case("a field that never ends", _send_then_repeat(b"HTTP/1.1 200 OK\r\nX: ", b"y"), "timeout"),
    Case("fields without end", _send_then_repeat(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), "timeout"),
    Case("empty lines without end", _send_then_repeat(b"", b"\r\n"), "timeout"),
    Case("fields without end, fast", drip(itertools.repeat(b"X: y\r\n" * 500, 200), 0.001), "protocol"),
    Case("100s without end, slow", drip(itertools.repeat(make_head(status="HTTP/1.1 100 Continue")), 0.2), "timeout"),
    Case(
        "100s without end, fast",
        drip(itertools.repeat(make_head(status="HTTP/1.1 100 Continue") * 9), 0.01),
        "protocol",
    ),
    Case("a body that drips", _send_then_repeat(_SIZED, b"x"), "timeout"),
    Case("a body without end that drips", _send_then_repeat(make_head(), b"<item/>"), "timeout"),
    Case(
        "a body without end, fast",
        drip(itertools.chain([make_head()], itertools.repeat(bytes(9000))), 0.001),
        "too-large",
    ),
    Case("chunks that drip", _send_then_repeat(_CHUNKED, b"1\r\nx\r\n"), "timeout"),
    Case(
        "chunks without end, fast",
        drip(itertools.chain([_CHUNKED], itertools.repeat(chunked(bytes(9000), end=b""))), 0.001),
        "too-large",
    ),
    Case("a chunk's extension that drips", _send_then_repeat(_CHUNKED + b"5;a", b"a"), "timeout"),
    Case("trailers that drip", _send_then_repeat(_CHUNKED + chunked(FEED, end=b"0\r\n"), b"X: y\r\n"), "timeout"),
    Case(
        "a slow redirect to a slow redirect",
        respond_slowly(0.5, redirect(302, "/1")),
        "timeout",
        also={f"/{n}": respond_slowly(0.5, redirect(302, f"/{n + 1}")) for n in range(1, 9)},
    ),
    Case("a redirect to silence", redirect(302, "/1"), "timeout", also={"/1": hang}),
    Case(
        "a redirect whose head drips",
        _repeat_bytes(b"HTTP/1.1 302 Found\r\nLocation: /1\r\nX-A: b\r\n" + b"Y: z\r\n" * 90),
        "timeout",
    ),
)
