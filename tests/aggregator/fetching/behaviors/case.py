"""One server behavior and its expected result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.servers import Behaviour, raw

FEED = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>鲁南晨讯</title>'
    "<link>http://example.org/</link><description>甲</description>"
    "<item><title>枣庄背街小巷改造完工</title><link>http://example.org/1</link></item></channel></rss>"
).encode()


@dataclass(frozen=True)
class Case:
    """A case. ``expected``: "fetched" (with this ``body``), or the kind of the failure."""

    name: str
    behaviour: Behaviour
    expected: str
    body: bytes = FEED
    also: Mapping[str, Behaviour] = field(default_factory=dict)  # other paths, the targets of redirects
    reads: int | None = None  # maximum number of requests


def make_head(*fields: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    """Return a response head of these lines."""
    return "\r\n".join((status, *fields, "", "")).encode("utf-8", "surrogateescape")


def send_exactly(*fields: str, body: bytes = FEED, status: str = "HTTP/1.1 200 OK", close: bool = True) -> Behaviour:
    """Return a behavior that sends exactly these header lines and this body."""
    return raw(make_head(*fields, status=status) + body, close=close)


def send_with_length(*fields: str, body: bytes = FEED, status: str = "HTTP/1.1 200 OK") -> Behaviour:
    """Return the same behavior with a correct Content-Length."""
    return send_exactly(f"Content-Length: {len(body)}", *fields, body=body, status=status)


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Encode pieces in the chunked coding (RFC 9112 7.1)."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end
