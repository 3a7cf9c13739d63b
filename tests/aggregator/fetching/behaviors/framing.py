"""The end of a body: lengths and chunks that are wrong, contradictory, or missing (RFC 9112 6 and 7)."""

from __future__ import annotations

from tests.aggregator.fetching.behaviors.case import FEED, Case, chunked, head, said, sized
from tests.servers import drip, drop, raw, reset

SIZE = len(FEED)
HALF = FEED[: SIZE // 2]
CHUNKED = "Transfer-Encoding: chunked"

CASES = (
    Case("a length that is right", sized(), "fetched"),
    Case("no length, the end of the connection is the body's", said(), "fetched"),
    Case("a length that is too long by one", said(f"Content-Length: {SIZE + 1}"), "truncated"),
    Case("a length that is too long by far", said("Content-Length: 99999"), "truncated"),
    Case("a length that is too short cuts what follows off", said(f"Content-Length: {SIZE - 6}"), "fetched", FEED[:-6]),
    Case("a length of nothing", said("Content-Length: 0"), "fetched", b""),
    Case("nothing after the head", said(body=b""), "fetched", b""),
    Case("the same length twice", said(f"Content-Length: {SIZE}", f"Content-Length: {SIZE}"), "fetched"),
    Case("the same length twice in one field", said(f"Content-Length: {SIZE}, {SIZE}"), "fetched"),
    Case("two lengths", said(f"Content-Length: {SIZE}", "Content-Length: 5"), "protocol"),
    Case("two lengths in one field", said(f"Content-Length: 5, {SIZE}"), "protocol"),
    Case("a negative length", said("Content-Length: -1"), "protocol"),
    Case("a length with a plus", said(f"Content-Length: +{SIZE}"), "fetched"),
    Case("a length in hexadecimal", said(f"Content-Length: {SIZE:#x}"), "protocol"),
    Case("a length in words", said("Content-Length: many"), "protocol"),
    Case("a length with a fraction", said(f"Content-Length: {SIZE}.0"), "protocol"),
    Case("a length in full-width digits", said("Content-Length: １２"), "protocol"),
    Case("an empty length", said("Content-Length: "), "fetched"),
    Case("a length of two to the 64th", said(f"Content-Length: {2**64}"), "protocol"),
    Case("a length of a thousand digits", said("Content-Length: " + "9" * 1000), "protocol"),
    Case("a length beyond what we read", said("Content-Length: 100000000"), "too-large"),
    Case("chunks", said(CHUNKED, body=chunked(HALF, FEED[len(HALF) :])), "fetched"),
    Case("a chunk for every byte", said(CHUNKED, body=chunked(*(bytes([byte]) for byte in FEED))), "fetched"),
    Case("chunks without the last", said(CHUNKED, body=chunked(FEED, end=b"")), "truncated"),
    Case("chunks with half of the last", said(CHUNKED, body=chunked(FEED, end=b"0\r\n")), "truncated"),
    Case("a chunk that breaks off", said(CHUNKED, body=b"%x\r\n%s" % (SIZE, HALF)), "truncated"),
    Case("a chunk's size in letters", said(CHUNKED, body=b"xyz\r\n" + FEED + b"\r\n0\r\n\r\n"), "protocol"),
    Case(
        "a chunk's size in letters, after the head has been read",
        drip([head(CHUNKED), b"xyz\r\n" + FEED + b"\r\n0\r\n\r\n"], 0.05),
        "protocol",
    ),
    Case(
        "a chunk's size in letters, after a good chunk has been read",
        drip([head(CHUNKED) + chunked(HALF, end=b""), b"xyz\r\n" + FEED], 0.05),
        "protocol",
    ),
    Case("a negative chunk", said(CHUNKED, body=b"-5\r\n" + FEED), "protocol"),
    Case("a chunk's size with 0x", said(CHUNKED, body=b"0x5\r\nabcde\r\n0\r\n\r\n"), "protocol"),
    Case("a chunk larger than the address space", said(CHUNKED, body=b"F" * 17 + b"\r\n" + FEED), "protocol"),
    Case("a chunk's size without end", said(CHUNKED, body=b"0" * 200_000), "truncated"),
    Case("a chunk extension", said(CHUNKED, body=b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (SIZE, FEED)), "fetched"),
    Case(
        "a chunk extension without end",
        said(CHUNKED, body=b"5;" + b"a" * 600_000 + b"\r\nabcde\r\n0\r\n\r\n"),
        "truncated",
    ),
    Case("trailers", said(CHUNKED, body=chunked(FEED, end=b"0\r\nX-Sum: 1\r\n\r\n")), "fetched"),
    Case(
        "trailers that pretend to be headers",
        said(CHUNKED, body=chunked(FEED, end=b"0\r\nSet-Cookie: a=b\r\nContent-Length: 5\r\n\r\n")),
        "protocol",
    ),
    Case(
        "trailers without end",
        said(CHUNKED, body=chunked(FEED, end=b"0\r\n" + b"X: y\r\n" * 50_000)),
        "protocol",
    ),
    Case("no end of line after a chunk", said(CHUNKED, body=b"5\r\nabcde0\r\n\r\n"), "protocol"),
    Case("chunks and the length", said(CHUNKED, f"Content-Length: {SIZE}", body=chunked(FEED)), "fetched"),
    Case("chunks and a wrong length", said("Content-Length: 3", CHUNKED, body=chunked(FEED)), "fetched"),
    Case("chunks promised, none sent", said(CHUNKED, f"Content-Length: {SIZE}"), "protocol"),
    Case("chunks within chunks", said(CHUNKED, CHUNKED, body=chunked(FEED)), "fetched"),
    Case("an unknown transfer coding", said("Transfer-Encoding: gzip, chunked", body=chunked(FEED)), "protocol"),
    Case("a misspelt transfer coding", said("Transfer-Encoding: xchunked", body=chunked(FEED)), "protocol"),
    Case("chunked with a tab", said("Transfer-Encoding:\tchunked", body=chunked(FEED)), "fetched"),
    Case("identity as transfer coding", sized("Transfer-Encoding: identity"), "fetched"),
    Case("a second answer nobody asked for", raw(head(f"Content-Length: {SIZE}") + FEED + head() + b"evil"), "fetched"),
    Case("rubbish after the body", raw(head(f"Content-Length: {SIZE}") + FEED + b"\0" * 5000), "fetched"),
    Case("a reset amid the body", reset(head("Content-Length: 5000") + HALF), "truncated"),
    Case("a reset amid the head", reset(b"HTTP/1.1 200 OK\r\nCont"), "connect"),
    Case("a reset at once", reset(b""), "connect"),
    Case("closed at once", drop, "closed"),
    Case("more than we read, with no end given", said(body=b"x" * 150_000), "too-large"),
    Case("more than we read, in chunks", said(CHUNKED, body=chunked(*[b"x" * 10_000] * 15)), "too-large"),
)
