"""Content codings: valid ones, damaged ones, bombs; and limits of the compressed size."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from datetime import timedelta

import brotli
import pytest
import zstandard

from aggregator.fetching.content_encoding import BadBodyError, content_coding, decode_content
from tests.aggregator.conftest import failed, fetched, get
from tests.aggregator.settings import Settings
from tests.servers import Behaviour, Server, drip, raw, reply

FEED = "<rss><channel><title>鲁南晚报</title></channel></rss>".encode() * 200
LIMIT = 1_000_000


def bare_deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


CODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", bare_deflate),
    ("br", brotli.compress),
    ("zstd", zstd),
]


@pytest.mark.parametrize(("coding", "compress"), CODINGS)
def test_round_trip(coding: str, compress: Callable[[bytes], bytes]) -> None:
    assert decode_content(compress(FEED), coding, LIMIT) == FEED
    assert decode_content(compress(b""), coding, LIMIT) == b""
    assert decode_content(compress(FEED), coding, len(FEED)) == FEED


@pytest.mark.parametrize(("coding", "compress"), CODINGS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_an_end_that_is_missing(coding: str, compress: Callable[[bytes], bytes], share: float) -> None:
    wire = compress(FEED)
    with pytest.raises(BadBodyError) as caught:
        decode_content(wire[: int(len(wire) * share)], coding, LIMIT)
    assert caught.value.kind == "truncated"


@pytest.mark.parametrize(("coding", "compress"), CODINGS)
def test_damage(coding: str, compress: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadBodyError) as caught:
        decode_content(FEED, coding, LIMIT)
    assert caught.value.kind in {"encoding", "truncated"}


@pytest.mark.parametrize(("coding", "compress"), CODINGS)
def test_bombs(coding: str, compress: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadBodyError) as caught:
        decode_content(compress(bytes(8_000_000)), coding, LIMIT)
    assert caught.value.kind == "too-large"


def test_members_and_frames_may_follow_each_other_and_padding_is_left_alone() -> None:
    assert (
        decode_content(gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0) + bytes(10), "gzip", LIMIT) == b"ab"
    )
    assert decode_content(zstd(b"a") + zstd(b"b"), "zstd", LIMIT) == b"ab"


@pytest.mark.parametrize(
    ("coding", "part"), [("gzip", gzip.compress(b"", mtime=0)), ("zstd", zstd(b""))], ids=["gzip", "zstd"]
)
def test_parts_without_end_are_refused(coding: str, part: bytes) -> None:
    with pytest.raises(BadBodyError, match="too many parts"):
        decode_content(part * 100_000, coding, LIMIT)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, ""),
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("X-GZIP", "gzip"),
        (" br ", "br"),
        ("identity, gzip", "gzip"),
    ],
)
def test_known_codings(header: str | None, coding: str) -> None:
    assert content_coding(header) == coding


@pytest.mark.parametrize("header", ["gzip, gzip", "gzip,br", "compress", "aes128gcm", "br\x01"])
def test_chained_and_unasked_codings(header: str) -> None:
    with pytest.raises(BadBodyError) as caught:
        content_coding(header)
    assert caught.value.kind == "encoding"


@pytest.mark.parametrize(("coding", "compress"), CODINGS)
def test_compressed_answers(server: Server, coding: str, compress: Callable[[bytes], bytes]) -> None:
    url = server.route("/feed", reply(200, compress(FEED), content_encoding=coding))
    assert fetched(get(url)).body == FEED


def test_a_large_compressed_answer(server: Server) -> None:
    body = bytes(range(256)) * 4000
    url = server.route("/feed", reply(200, gzip.compress(body, 0), content_encoding="gzip"))
    assert fetched(get(url, settings=Settings(max_bytes=2_000_000))).body == body


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (reply(200, bytes(100_001)), "too-large"),
        (reply(200, bytes(100_001), length=-1), "too-large"),
        (reply(200, b"<rss/>", length=10**15), "too-large"),
        (reply(200, gzip.compress(bytes(10_000_000)), content_encoding="gzip"), "too-large"),
        (reply(200, zstd(bytes(10_000_000)), content_encoding="zstd"), "too-large"),
        (reply(200, b"<rss/>", length=100), "truncated"),
        (reply(200, gzip.compress(FEED)[:-9], content_encoding="gzip"), "truncated"),
        (reply(200, gzip.compress(FEED)[:-9], length=-1, content_encoding="gzip"), "truncated"),
        (reply(200, gzip.compress(gzip.compress(FEED)), content_encoding="gzip, gzip"), "encoding"),
        (reply(200, FEED, content_encoding="compress"), "encoding"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n"), "truncated"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n<rss/>"), "truncated"),
    ],
)
def test_answers_that_are_too_large_or_broken_off(server: Server, behaviour: Behaviour, kind: str) -> None:
    assert failed(get(server.route("/feed", behaviour))).kind == kind


def test_exactly_the_limit_is_read(server: Server) -> None:
    assert len(fetched(get(server.route("/feed", reply(200, bytes(100_000))))).body) == 100_000


def endless(pause: float, head: bytes, piece: bytes) -> Behaviour:
    return drip([head, *(piece for _ in range(100_000))], pause)


@pytest.mark.parametrize(
    "behaviour",
    [
        endless(0.05, b"HTTP/1.1 200 OK\r\n", b"X-Drip: 1\r\n"),
        endless(0.05, b"HTTP/1.1 200 OK\r\n\r\n", b"<item/>"),
        endless(0.05, b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b"x"),
        endless(0.05, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        endless(0.05, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        endless(0.05, b"HTTP/1.1 200 OK", b""),
    ],
)
def test_answers_that_never_end_meet_the_deadline(server: Server, behaviour: Behaviour) -> None:
    failure = failed(get(server.route("/feed", behaviour), settings=Settings(timeout=timedelta(seconds=1))))
    assert failure.kind in {"timeout", "protocol"}


def test_slow_redirects_share_one_deadline(server: Server) -> None:
    for number in range(6):
        head = f"HTTP/1.1 302 Found\r\nLocation: /{number + 1}\r\nContent-Length: 0\r\n\r\n".encode()
        server.route(f"/{number}", drip([head[:9], head[9:]], 0.2))
    failure = failed(get(server.url("/0"), settings=Settings(timeout=timedelta(seconds=1))))
    assert failure.kind == "timeout"
    assert len(server.requests) <= 4
