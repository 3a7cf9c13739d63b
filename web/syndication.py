"""The thin WSGI layer before the pages: GET and HEAD of /feeds/*.atom|rss|json answered from bytes in memory.

Each coding has a strong ETag of its own (RFC 9110 8.8.3.3); If-None-Match goes before If-Modified-Since (13.2.2);
a 304 repeats the fields that a cache has to update (15.4.5). Feeds set no cookie.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import cast
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from aggregator.config import Config
from aggregator.publish import Format
from aggregator.store import Store
from web.documents import Documents, Held
from web.negotiation import choose_coding, matches, unchanged_since
from web.words import typed

log = logging.getLogger(__name__)

Headers = list[tuple[str, str]]

# a number has one spelling, so that nobody can have one story stored under many names
_FEED = re.compile(r"/feeds/((?!story/0)[a-z0-9/_-]{1,200})\.(atom|rss|json)", re.ASCII)
_CACHING = "public, max-age=60, stale-if-error=86400"
_LONGEST_QUERY = 100
_COMMON: Headers = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Link, Last-Modified"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"),
]
_PREFLIGHT: Headers = [
    ("Allow", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since"),
    ("Access-Control-Max-Age", "86400"),
]


class Syndication:
    """A WSGI application: feeds, and ``pages`` for every other address."""

    def __init__(self, store: Store, config: Config, pages: WSGIApplication, *, clock: Callable[[], datetime]) -> None:
        self._documents = Documents(store, config, clock)
        self._pages = pages
        self._base = config.site.url or ""
        self._hub = config.hub_url

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith("/feeds/"):
            return self._pages(environ, start_response)
        match = _FEED.fullmatch(path)
        if match is None:
            return self._pages(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return _refuse(method, start_response)
        try:
            if match[1] == "search":
                return self._search(environ, start_response, cast(Format, match[2]))
            held = self._documents.get(path)
        except Exception:
            log.exception("feed failed path=%r", path)
            return _text(environ, start_response, "503 Service Unavailable", _BROKEN, [("Retry-After", "60")])
        if held is None:
            return _text(
                environ, start_response, "404 Not Found", "There is no such feed; /feeds lists those there are.\n"
            )
        return self._answer(environ, start_response, held, path)

    def _search(self, environ: WSGIEnvironment, start_response: StartResponse, format: Format) -> Iterable[bytes]:
        given = environ.get("QUERY_STRING", "")[:4000].encode("latin-1", "replace").decode("utf-8", "replace")
        query = typed(parse_qs(given).get("q", [""])[0], _LONGEST_QUERY)
        if not query:
            return _text(
                environ, start_response, "400 Bad Request", f"Say what to search for: /feeds/search.{format}?q=WORDS\n"
            )
        held = self._documents.search(query, format)
        return self._answer(environ, start_response, held, held.document.path)

    def _answer(
        self, environ: WSGIEnvironment, start_response: StartResponse, held: Held, path: str
    ) -> Iterable[bytes]:
        coding = choose_coding(environ.get("HTTP_ACCEPT_ENCODING", ""), held.codings)
        body, etag = held.bodies[coding]
        headers = [
            ("ETag", etag),
            ("Last-Modified", held.last_modified),
            ("Cache-Control", _CACHING),
            ("Vary", "Accept-Encoding"),
            *_COMMON,
        ]
        if _not_modified(environ, etag, held.document.modified):
            start_response("304 Not Modified", headers)
            return ()
        headers += [
            ("Content-Type", held.document.type),
            ("Content-Length", str(len(body))),
            ("Link", self._links(path, held.document.type)),
        ]
        if coding != "identity":
            headers.append(("Content-Encoding", coding))
        start_response("200 OK", headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (body,)

    def _links(self, path: str, type: str) -> str:
        links = f'<{self._base}{path}>; rel="self"; type="{type.partition(";")[0]}"'
        return f'{links}, <{self._hub}>; rel="hub"' if self._hub and not path.startswith("/feeds/search.") else links


_BROKEN = "This feed cannot be made at the moment; try again in a minute.\n"


def _not_modified(environ: WSGIEnvironment, etag: str, modified: datetime) -> bool:
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return matches(tags, etag)
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and unchanged_since(since, modified)


def _refuse(method: str, start_response: StartResponse) -> Iterable[bytes]:
    if method == "OPTIONS":
        start_response("204 No Content", [*_PREFLIGHT, *_COMMON])
        return ()
    body = b"A feed can only be read: use GET or HEAD.\n"
    headers = [("Allow", "GET, HEAD, OPTIONS"), ("Content-Type", "text/plain; charset=utf-8"), *_COMMON]
    start_response("405 Method Not Allowed", [*headers, ("Content-Length", str(len(body)))])
    return (body,)


def _text(
    environ: WSGIEnvironment, start_response: StartResponse, status: str, text: str, more: Headers | None = None
) -> Iterable[bytes]:
    body = text.encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store" if status.startswith("503") else "public, max-age=60"),
        *_COMMON,
        *(more or []),
    ]
    start_response(status, headers)
    return () if environ["REQUEST_METHOD"] == "HEAD" else (body,)
