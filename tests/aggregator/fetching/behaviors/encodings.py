"""Content codings: bombs, chains, damaged data, wrong labels (RFC 9110 8.4)."""

from __future__ import annotations

import gzip
import zlib

import brotli
import zstandard

from tests.aggregator.fetching.behaviors.case import FEED, Case, chunked, send_exactly, send_with_length

BOMB = bytes(20_000_000)
PACKED_BOMB = gzip.compress(BOMB, mtime=0)
GZIP = gzip.compress(FEED, mtime=0)
RAW_DEFLATE = zlib.compress(FEED)[2:-4]


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(data)


def _case(name: str, coding: str, body: bytes, expected: str, result: bytes = FEED) -> Case:
    return Case(name, send_with_length(f"Content-Encoding: {coding}", body=body), expected, result)


def _case_without_length(name: str, coding: str, body: bytes, expected: str) -> Case:
    """Return a case without a Content-Length, so that only the coding shows that something is missing."""
    return Case(name, send_exactly(f"Content-Encoding: {coding}", body=body), expected)


_GZIP_HEAD = b"\x1f\x8b\x08"

CASES = (
    _case("gzip", "gzip", GZIP, "fetched"),
    _case("x-gzip", "x-gzip", GZIP, "fetched"),
    _case("GZIP in capitals", "GZIP", GZIP, "fetched"),
    _case("deflate as RFC 9110 means it", "deflate", zlib.compress(FEED), "fetched"),
    _case("deflate as many servers send it", "deflate", RAW_DEFLATE, "fetched"),
    _case("brotli", "br", brotli.compress(FEED), "fetched"),
    _case("zstd", "zstd", zstd(FEED), "fetched"),
    _case("two gzip members", "gzip", gzip.compress(FEED[:50]) + gzip.compress(FEED[50:]), "fetched"),
    _case("padding after gzip", "gzip", GZIP + bytes(100), "fetched"),
    _case("a gzip bomb", "gzip", gzip.compress(BOMB), "too-large"),
    _case("a gzip bomb in members", "gzip", gzip.compress(bytes(90_000)) * 5, "too-large"),
    _case("a deflate bomb", "deflate", zlib.compress(BOMB), "too-large"),
    _case("a bare deflate bomb", "deflate", zlib.compress(BOMB)[2:-4], "too-large"),
    _case("a brotli bomb", "br", brotli.compress(BOMB, quality=1), "too-large"),
    _case("a zstd bomb", "zstd", zstd(BOMB), "too-large"),
    _case("a zstd bomb in frames", "zstd", zstd(bytes(90_000)) * 5, "too-large"),
    _case("thousands of empty gzip members", "gzip", gzip.compress(b"") * 4000, "encoding"),
    _case("thousands of empty zstd frames", "zstd", zstd(b"") * 8000, "encoding"),
    _case("gzip in gzip, said once", "gzip", gzip.compress(GZIP), "fetched", GZIP),
    _case("a bomb in a bomb, said once", "gzip", gzip.compress(PACKED_BOMB), "fetched", PACKED_BOMB),
    _case("gzip twice, said twice", "gzip, gzip", gzip.compress(GZIP), "encoding"),
    _case("gzip and brotli", "gzip, br", brotli.compress(GZIP), "encoding"),
    _case("a hundred codings", ", ".join(["gzip"] * 100), GZIP, "encoding"),
    Case(
        "codings in two fields",
        send_with_length("Content-Encoding: gzip", "Content-Encoding: br", body=GZIP),
        "encoding",
    ),
    _case("a coding nobody asked for", "compress", FEED, "encoding"),
    _case("a coding nobody knows", "x-vendor-squash", FEED, "encoding"),
    _case("a coding with terminal escapes", "\x1b[31mgzip", FEED, "fetched"),
    _case("identity", "identity", FEED, "fetched"),
    _case("a charset for a coding", "utf-8", FEED, "fetched"),
    _case("an empty coding", "", FEED, "fetched"),
    _case("gzip said, plain sent", "gzip", FEED, "encoding"),
    _case("brotli said, plain sent", "br", FEED, "encoding"),
    _case("zstd said, plain sent", "zstd", FEED, "encoding"),
    _case("deflate said, gzip sent", "deflate", GZIP, "encoding"),
    _case("brotli said, gzip sent", "br", GZIP, "encoding"),
    Case("gzip sent, nothing said", send_with_length(body=GZIP), "fetched", GZIP),
    _case_without_length("gzip without its end", "gzip", GZIP[:-5], "truncated"),
    _case_without_length("gzip without its checksum", "gzip", GZIP[:-8], "truncated"),
    _case_without_length("half of gzip", "gzip", GZIP[: len(GZIP) // 2], "truncated"),
    _case_without_length("the head of gzip alone", "gzip", GZIP[:10], "truncated"),
    _case_without_length("nothing, said to be gzip", "gzip", b"", "truncated"),
    _case_without_length("deflate without its end", "deflate", zlib.compress(FEED)[:-6], "truncated"),
    _case_without_length("brotli without its end", "br", brotli.compress(FEED)[:-3], "truncated"),
    _case_without_length("zstd without its end", "zstd", zstd(FEED)[:-3], "truncated"),
    _case("gzip with a wrong checksum", "gzip", GZIP[:-8] + b"\0\0\0\0" + GZIP[-4:], "encoding"),
    _case("gzip with a wrong length", "gzip", GZIP[:-4] + b"\xff\xff\xff\xff", "encoding"),
    _case("gzip with a reserved block type", "gzip", GZIP[:10] + bytes([GZIP[10] | 6]) + GZIP[11:], "encoding"),
    _case("gzip with a name of 60 KB", "gzip", _GZIP_HEAD + b"\x08" + bytes(6) + b"n" * 60_000, "truncated"),
    _case("zstd with a window of 2 GB", "zstd", b"\x28\xb5\x2f\xfd\x00\xa8" + bytes(40), "encoding"),
    _case("zstd with a dictionary", "zstd", b"\x28\xb5\x2f\xfd\x01\x58\x07" + bytes(40), "encoding"),
    Case(
        "gzip in chunks of one byte",
        send_exactly(
            "Content-Encoding: gzip",
            "Transfer-Encoding: chunked",
            body=chunked(*(bytes([byte]) for byte in GZIP)),
        ),
        "fetched",
    ),
)
