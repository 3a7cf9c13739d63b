"""The end of a body: lengths and chunks that are wrong, contradictory, or missing (RFC 9112 6 and 7)."""

from __future__ import annotations

from tests.aggregator.fetching.behaviors.case import FEED, Case, chunked, make_head, send_exactly, send_with_length
from tests.servers import drip, drop, raw, reset

SIZE = len(FEED)
HALF = FEED[: SIZE // 2]
CHUNKED = "Transfer-Encoding: chunked"

CASES = (
    Case("a length that is right", send_with_length(), "fetched"),
    Case("no length, the end of the connection is the body's", send_exactly(), "fetched"),
    Case("a length that is too long by one", send_exactly(f"Content-Length: {SIZE + 1}"), "truncated"),
    Case("a length that is too long by far", send_exactly("Content-Length: 99999"), "truncated"),
    Case(
        "a length that is too short cuts what follows off",
        send_exactly(f"Content-Length: {SIZE - 6}"),
        "fetched",
        FEED[:-6],
    ),
    Case("a length of nothing", send_exactly("Content-Length: 0"), "fetched", b""),
    Case("nothing after the head", send_exactly(body=b""), "fetched", b""),
    Case("the same length twice", send_exactly(f"Content-Length: {SIZE}", f"Content-Length: {SIZE}"), "fetched"),
    Case("the same length twice in one field", send_exactly(f"Content-Length: {SIZE}, {SIZE}"), "fetched"),
    Case("two lengths", send_exactly(f"Content-Length: {SIZE}", "Content-Length: 5"), "protocol"),
    Case("two lengths in one field", send_exactly(f"Content-Length: 5, {SIZE}"), "protocol"),
    Case("a negative length", send_exactly("Content-Length: -1"), "protocol"),
    Case("a length with a plus", send_exactly(f"Content-Length: +{SIZE}"), "fetched"),
    Case("a length in hexadecimal", send_exactly(f"Content-Length: {SIZE:#x}"), "protocol"),
    Case("a length in words", send_exactly("Content-Length: many"), "protocol"),
    Case("a length with a fraction", send_exactly(f"Content-Length: {SIZE}.0"), "protocol"),
    Case("a length in full-width digits", send_exactly("Content-Length: １２"), "protocol"),
    Case("an empty length", send_exactly("Content-Length: "), "fetched"),
    Case("a length of two to the 64th", send_exactly(f"Content-Length: {2**64}"), "protocol"),
    Case("a length of a thousand digits", send_exactly("Content-Length: " + "9" * 1000), "protocol"),
    Case("a length beyond what we read", send_exactly("Content-Length: 100000000"), "too-large"),
    Case("chunks", send_exactly(CHUNKED, body=chunked(HALF, FEED[len(HALF) :])), "fetched"),
    Case("a chunk for every byte", send_exactly(CHUNKED, body=chunked(*(bytes([byte]) for byte in FEED))), "fetched"),
    Case("chunks without the last", send_exactly(CHUNKED, body=chunked(FEED, end=b"")), "truncated"),
    Case("chunks with half of the last", send_exactly(CHUNKED, body=chunked(FEED, end=b"0\r\n")), "truncated"),
    Case("a chunk that breaks off", send_exactly(CHUNKED, body=b"%x\r\n%s" % (SIZE, HALF)), "truncated"),
    Case("a chunk's size in letters", send_exactly(CHUNKED, body=b"xyz\r\n" + FEED + b"\r\n0\r\n\r\n"), "protocol"),
    Case(
        "a chunk's size in letters, after the head has been read",
        drip([make_head(CHUNKED), b"xyz\r\n" + FEED + b"\r\n0\r\n\r\n"], 0.05),
        "protocol",
    ),
    Case(
        "a chunk's size in letters, after a good chunk has been read",
        drip([make_head(CHUNKED) + chunked(HALF, end=b""), b"xyz\r\n" + FEED], 0.05),
        "protocol",
    ),
    Case("a negative chunk", send_exactly(CHUNKED, body=b"-5\r\n" + FEED), "protocol"),
    Case("a chunk's size with 0x", send_exactly(CHUNKED, body=b"0x5\r\nabcde\r\n0\r\n\r\n"), "protocol"),
    Case("a chunk larger than the address space", send_exactly(CHUNKED, body=b"F" * 17 + b"\r\n" + FEED), "protocol"),
    Case("a chunk's size without end", send_exactly(CHUNKED, body=b"0" * 200_000), "truncated"),
    Case("a chunk extension", send_exactly(CHUNKED, body=b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (SIZE, FEED)), "fetched"),
    Case(
        "a chunk extension without end",
        send_exactly(CHUNKED, body=b"5;" + b"a" * 600_000 + b"\r\nabcde\r\n0\r\n\r\n"),
        "truncated",
    ),
    Case("trailers", send_exactly(CHUNKED, body=chunked(FEED, end=b"0\r\nX-Sum: 1\r\n\r\n")), "fetched"),
    Case(
        "trailers that pretend to be headers",
        send_exactly(CHUNKED, body=chunked(FEED, end=b"0\r\nSet-Cookie: a=b\r\nContent-Length: 5\r\n\r\n")),
        "protocol",
    ),
    Case(
        "trailers without end",
        send_exactly(CHUNKED, body=chunked(FEED, end=b"0\r\n" + b"X: y\r\n" * 50_000)),
        "protocol",
    ),
    Case("no end of line after a chunk", send_exactly(CHUNKED, body=b"5\r\nabcde0\r\n\r\n"), "protocol"),
    Case("chunks and the length", send_exactly(CHUNKED, f"Content-Length: {SIZE}", body=chunked(FEED)), "fetched"),
    Case("chunks and a wrong length", send_exactly("Content-Length: 3", CHUNKED, body=chunked(FEED)), "fetched"),
    Case("chunks promised, none sent", send_exactly(CHUNKED, f"Content-Length: {SIZE}"), "protocol"),
    Case("chunks within chunks", send_exactly(CHUNKED, CHUNKED, body=chunked(FEED)), "fetched"),
    Case(
        "an unknown transfer coding", send_exactly("Transfer-Encoding: gzip, chunked", body=chunked(FEED)), "protocol"
    ),
    Case("a misspelt transfer coding", send_exactly("Transfer-Encoding: xchunked", body=chunked(FEED)), "protocol"),
    Case("chunked with a tab", send_exactly("Transfer-Encoding:\tchunked", body=chunked(FEED)), "fetched"),
    Case("identity as transfer coding", send_with_length("Transfer-Encoding: identity"), "fetched"),
    Case(
        "a second answer nobody asked for",
        raw(make_head(f"Content-Length: {SIZE}") + FEED + make_head() + b"evil"),
        "fetched",
    ),
    Case("rubbish after the body", raw(make_head(f"Content-Length: {SIZE}") + FEED + b"\0" * 5000), "fetched"),
    Case("a reset amid the body", reset(make_head("Content-Length: 5000") + HALF), "truncated"),
    Case("a reset amid the head", reset(b"HTTP/1.1 200 OK\r\nCont"), "connect"),
    Case("a reset at once", reset(b""), "connect"),
    Case("closed at once", drop, "closed"),
    Case("more than we read, with no end given", send_exactly(body=b"x" * 150_000), "too-large"),
    Case("more than we read, in chunks", send_exactly(CHUNKED, body=chunked(*[b"x" * 10_000] * 15)), "too-large"),
)
