"""Decode content codings (RFC 9110 8.4.1) within limits: pure, and never more than ``limit`` bytes of output."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli
import zstandard

from aggregator.messages import Message, fetch_errors, render

ACCEPT_ENCODING = "gzip, deflate, br, zstd"

# No coding, and what servers send when they mean none or confuse it with the charset.
_NO_CODING = ("", "identity", "none", "utf-8", "utf8", "8bit", "binary")

_CHUNK_BYTES = 65536
_MAX_PARTS = 100  # consecutive gzip members or zstd frames: each costs a copy of the rest
# 4 bytes of a zstd stream can expand to 128 KB, so it is fed in 256-byte chunks: at most 8 MB at once.
_ZSTD_CHUNK_BYTES = 256
_ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659


class BadBodyError(ValueError):
    """A body cannot be used; ``kind`` and ``reason`` as in ``Failed``."""

    def __init__(self, kind: str, reason: Message) -> None:
        super().__init__(render(reason))
        self.kind = kind
        self.reason = reason


def content_coding(header: str | None) -> str:
    """Return the one content coding of a response; "" for none. Raises BadBodyError for several or unrequested ones."""
    codings = [part.strip().lower() for part in (header or "").split(",")]
    codings = [coding for coding in codings if coding not in _NO_CODING]
    if not codings:
        return ""
    if len(codings) > 1:
        raise BadBodyError("encoding", fetch_errors.CODINGS_CHAINED())
    coding = {"x-gzip": "gzip"}.get(codings[0], codings[0])
    if coding not in _DECODERS:
        raise BadBodyError("encoding", fetch_errors.CODING_UNKNOWN(coding=coding[:40]))
    return coding


def decode_content(wire: bytes, coding: str, limit: int) -> bytes:
    """Decode one coding. Raises BadBodyError for damage, truncation, or more than ``limit`` bytes."""
    if not coding:
        return wire
    try:
        return _DECODERS[coding](wire, limit)
    except (zlib.error, brotli.error, zstandard.ZstdError):
        raise BadBodyError("encoding", fetch_errors.CODING_DAMAGED(coding=coding)) from None


def too_large_error(limit: int) -> BadBodyError:
    """Return the error for a body of more than ``limit`` bytes."""
    size = f"{limit / 1e6:.3g} MB" if limit >= 1e5 else f"{limit:,} bytes"
    return BadBodyError("too-large", fetch_errors.TOO_LARGE(size=size))


def _truncated_error() -> BadBodyError:
    return BadBodyError("truncated", fetch_errors.TRUNCATED())


def _too_many_parts_error() -> BadBodyError:
    return BadBodyError("encoding", fetch_errors.TOO_MANY_PARTS())


def _gzip(wire: bytes, limit: int) -> bytes:
    out = bytearray()
    rest = wire
    for _ in range(_MAX_PARTS):
        member = zlib.decompressobj(wbits=31)
        _inflate(member, rest, out, limit)
        rest = member.unused_data
        # RFC 1952 2.2: members may follow each other; other trailing bytes (padding) are ignored.
        if not rest.startswith(b"\x1f\x8b"):
            return bytes(out)
    raise _too_many_parts_error()


def _deflate(wire: bytes, limit: int) -> bytes:
    # RFC 9110 8.4.1.2 means the zlib format; many servers send raw deflate.
    wrapped = len(wire) >= 2 and wire[0] & 0x0F == 8 and (wire[0] << 8 | wire[1]) % 31 == 0
    out = bytearray()
    _inflate(zlib.decompressobj(wbits=15 if wrapped else -15), wire, out, limit)
    return bytes(out)


def _inflate(stream: zlib._Decompress, data: bytes, out: bytearray, limit: int) -> None:
    while not stream.eof:
        piece = stream.decompress(data, _CHUNK_BYTES)
        out += piece
        if len(out) > limit:
            raise too_large_error(limit)
        data = stream.unconsumed_tail
        if not piece and not data and not stream.eof:
            raise _truncated_error()


def _brotli(wire: bytes, limit: int) -> bytes:
    stream = brotli.Decompressor()
    out = bytearray()
    data = wire
    while not stream.is_finished():
        piece = stream.process(data, output_buffer_limit=_CHUNK_BYTES)
        data = b""
        out += piece
        if len(out) > limit:
            raise too_large_error(limit)
        if not piece and not stream.is_finished() and stream.can_accept_more_data():
            raise _truncated_error()
    return bytes(out)


def _zstd(wire: bytes, limit: int) -> bytes:
    out = bytearray()
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    rest = memoryview(wire)
    for _ in range(_MAX_PARTS):
        stream = decompressor.decompressobj()
        while rest and not stream.eof:
            out += stream.decompress(rest[:_ZSTD_CHUNK_BYTES])
            rest = rest[_ZSTD_CHUNK_BYTES:]
            if len(out) > limit:
                raise too_large_error(limit)
        if not stream.eof:
            raise _truncated_error()
        # Frames may follow each other (RFC 8878 3); bytes read beyond the end of this one go back.
        rest = memoryview(bytes(stream.unused_data) + bytes(rest))
        if not rest:
            return bytes(out)
    raise _too_many_parts_error()


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
