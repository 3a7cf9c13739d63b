"""The last good version of each page, for readers while the database is not available.

Only what everybody gets is kept: pages of requests without a cookie or other credentials, outside /admin. A page
that was rendered more than an hour before the outage is not shown, so that what was withdrawn long ago does not come
back; what an admin changes here forgets all of them.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

UNAVAILABLE = "gedi.unavailable"  # in the environ of a request that failed because of the database
MAX_BYTES = 24_000_000  # of all pages
MAX_PAGE_BYTES = 1_000_000
MAX_AGE = 3600.0  # seconds between the rendering of a page and the last time that any page could be rendered
_TYPES = ("text/html", "text/xml", "application/xml", "text/x-opml")
_PRIVATE = ("/admin", "/healthz", "/metrics", "/api/", "/hub", "/push/", "/corrections", "/feeds/")
_LEFT_OUT = ("etag", "date", "set-cookie", "cache-control", "age")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    at: float
    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(slots=True)
class _Answer:
    """What the application has begun to answer."""

    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    rest: tuple[Any, ...] = ()

    def start(self, status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
        self.status, self.headers, self.rest = status, headers, rest
        return lambda _: None


class LastGoodPages:
    """A WSGI middleware that answers with the last good page when the application marks a request ``UNAVAILABLE``."""

    def __init__(self, application: WSGIApplication, clock: Callable[[], float] = time.monotonic) -> None:
        self._application = application
        self._clock = clock
        self._pages: OrderedDict[Key, _Page] = OrderedDict()
        self._size = 0
        self._good_at = clock()  # when a page was rendered last
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            self.clear()
            return self._application(environ, start_response)
        if environ.get("PATH_INFO", "").startswith(_PRIVATE):
            return self._application(environ, start_response)
        answer = _Answer()
        body = self._application(environ, answer.start)
        key = _key(environ, answer)
        page = self._get(key) if UNAVAILABLE in environ else None
        if page is not None:
            _close(body)
            age = [("Age", str(int(self._clock() - page.at))), ("Cache-Control", "no-store")]
            start_response(page.status, [*page.headers, *age])
            return [page.body if environ["REQUEST_METHOD"] == "GET" else b""]
        if environ["REQUEST_METHOD"] == "GET" and UNAVAILABLE not in environ and not _is_personal(environ):
            body = self._keep(key, answer, body)
        start_response(answer.status, answer.headers, *answer.rest)
        return body

    def clear(self) -> None:
        """Forget all pages."""
        with self._lock:
            self._pages.clear()
            self._size = 0

    def _get(self, key: Key) -> _Page | None:
        page = self._pages.get(key)
        return page if page is not None and self._good_at - page.at < MAX_AGE else None

    def _keep(self, key: Key, answer: _Answer, body: Iterable[bytes]) -> Iterable[bytes]:
        """Remember the answer if it is a page, and forget the former one if it is none. Returns the body to send."""
        if answer.status.startswith("304"):
            return body
        headers = {name.lower(): value for name, value in answer.headers}
        is_page = answer.status.startswith("200") and headers.get("content-type", "").startswith(_TYPES)
        is_public = "set-cookie" not in headers and "no-store" not in headers.get("cache-control", "")
        kept = None
        if is_page and is_public and int(headers.get("content-length") or MAX_PAGE_BYTES + 1) <= MAX_PAGE_BYTES:
            content = b"".join(body)
            _close(body)
            body = [content]
            fields = [(name, value) for name, value in answer.headers if name.lower() not in _LEFT_OUT]
            kept = _Page(self._clock(), answer.status, fields, content)
        with self._lock:
            former = self._pages.pop(key, None)
            self._size -= len(former.body) if former else 0
            if kept is not None:
                self._good_at = kept.at
                self._pages[key] = kept
                self._size += len(kept.body)
            while self._size > MAX_BYTES:
                _, evicted = self._pages.popitem(last=False)
                self._size -= len(evicted.body)
        return body


def _key(environ: WSGIEnvironment, answer: _Answer) -> Key:
    """Return what a page depends on: its address, its language, which also an error page has, and its codings."""
    language = next((value for name, value in answer.headers if name.lower() == "content-language"), "")
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    codings = ",".join(coding for coding in ("br", "zstd", "gzip") if coding in accepted)
    address = (str(environ.get(name, "")) for name in ("wsgi.url_scheme", "HTTP_HOST", "PATH_INFO", "QUERY_STRING"))
    return (*address, language, codings)


def _is_personal(environ: WSGIEnvironment) -> bool:
    return bool(environ.get("HTTP_COOKIE") or environ.get("HTTP_AUTHORIZATION"))


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()
