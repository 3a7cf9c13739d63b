"""The most common request: GET or HEAD of a feed's plain address, read from the bytes of its head and answered with
bytes that stand ready. What is not as plain as that (a query, a body, a delta, a browser) is for the WSGI application.

The words of an answer are those of ``web.feeds.responses``, in the form in which the HTTP server sends them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

from web.feeds.document_cache import CachedDocument
from web.feeds.responses import Headers, is_not_modified, respond
from web.http.negotiation import choose_coding, is_navigation

LONGEST_HEAD = 8000  # bytes; a longer one is no common request
BEGINNINGS = (b"GET /feeds/", b"HEAD /feeds/")
# Possessive, so that no head takes longer than one look at each byte.
_HEAD = re.compile(
    rb"(GET|HEAD) (/feeds/(?!story/0)[a-z0-9/_-]{1,200}\.(?:atom|rss|json)) HTTP/1\.([01])\r\n"
    rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t\x20-\x7e\x80-\xff]*+\r\n)*+\r\n"
)
_FIELDS = re.compile(
    r"\r\n(accept|accept-encoding|connection|host|if-modified-since|if-none-match|sec-fetch-dest"
    r"|a-im|content-length|expect|http2-settings|transfer-encoding|upgrade):[ \t]*+([^\r]*)",
    re.I | re.ASCII,
)
_READ = {
    "accept": "HTTP_ACCEPT",
    "accept-encoding": "HTTP_ACCEPT_ENCODING",
    "connection": "HTTP_CONNECTION",
    "host": "HTTP_HOST",
    "if-modified-since": "HTTP_IF_MODIFIED_SINCE",
    "if-none-match": "HTTP_IF_NONE_MATCH",
    "sec-fetch-dest": "HTTP_SEC_FETCH_DEST",
}


class Asked(NamedTuple):
    """A plain request: the few variables of WSGI on which its answer depends, and what becomes of the connection."""

    path: str
    environ: Mapping[str, str]
    stays: bool  # the connection is kept
    minor: int  # of HTTP/1.x


@lru_cache(maxsize=512)  # a client asks with the same bytes until there is something new for it
def read(head: bytes) -> Asked | None:
    """A request's head with the empty line that ends it; None: it is not plain."""
    match = _HEAD.fullmatch(head)
    if match is None:
        return None
    method, path, version = match.group(1, 2, 3)
    environ = {"REQUEST_METHOD": method.decode()}
    for name, value in _FIELDS.findall(head.decode("latin-1")):
        variable = _READ.get(name.lower())
        if variable is None or variable in environ:
            return None
        environ[variable] = value.rstrip(" \t")
    minor = 1 if version == b"1" else 0
    connection = environ.pop("HTTP_CONNECTION", "keep-alive" if minor else "close").lower()
    if connection not in ("keep-alive", "close") or not environ.pop("HTTP_HOST", "-") or is_navigation(environ):
        return None
    return Asked(path.decode(), environ, connection == "keep-alive", minor)


class Answers:
    """Makes the bytes of answers; each head is written once for a document and used as long as that stands."""

    def __init__(self, links: Callable[[CachedDocument], str]) -> None:
        self._links = links
        self._second, self._date = -1, b""

    def answer(self, asked: Asked, held: CachedDocument, now: float) -> tuple[bytes, bytes]:
        """(head, body), ready to be sent; ``now`` in seconds since 1970."""
        environ = asked.environ
        coding = choose_coding(environ.get("HTTP_ACCEPT_ENCODING", ""), held.codings)
        body, etag = held.bodies[coding]
        same = is_not_modified(environ, etag, held.document.modified)
        key = (coding, same, asked.stays, asked.minor)
        head = held.heads.get(key)
        if head is None:
            head = held.heads[key] = self._head(asked, held)
        if int(now) != self._second:
            self._second, self._date = int(now), formatdate(int(now), usegmt=True).encode() + b"\r\n\r\n"
        return head + self._date, b"" if same or environ["REQUEST_METHOD"] == "HEAD" else body

    def _head(self, asked: Asked, held: CachedDocument) -> bytes:
        said: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, *_: object) -> Callable[[bytes], object]:
            said.append((status, headers))
            return lambda _: None

        respond(dict(asked.environ), start_response, held, self._links(held))
        code = HTTPStatus(int(said[0][0][:3]))
        lines = [f"HTTP/1.{asked.minor} {code.value} {code.phrase}"]
        lines += [f"{name.lower()}: {value}" for name, value in said[0][1]]
        lines.append("server: granian")
        if asked.stays != bool(asked.minor):  # other than the version means by itself
            lines.append("connection: keep-alive" if asked.stays else "connection: close")
        lines.append("date: ")
        return "\r\n".join(lines).encode("latin-1")
