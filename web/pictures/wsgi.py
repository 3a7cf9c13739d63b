"""The WSGI application of thumbnails: GET and HEAD of /pictures/..., from memory or the store, in front of Flask.

It never fetches anything: what is not stored is answered with 404 and an empty picture, which leaves no broken image
on a page that is older than the eviction of the thumbnail.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from aggregator.store import Store
from web.pictures.addresses import PREFIX, PictureSigner

log = logging.getLogger(__name__)

MAX_CACHED_BYTES = 16_000_000
CACHE_SECONDS = 60.0  # after which a thumbnail is read again, because its item may have been withdrawn
RECORD_SECONDS = 3600.0  # between two records that a picture is requested
MAX_UNRECORDED = 500  # requested pictures that are recorded together
# 1 x 1 pixel, transparent
EMPTY = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")
_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("Cross-Origin-Resource-Policy", "same-site"),
    ("Referrer-Policy", "no-referrer"),
]
_FOUND = [*_HEADERS, ("Content-Type", "image/webp"), ("Cache-Control", "public, max-age=31536000, immutable")]
_MISSING = [
    *_HEADERS,
    ("Content-Type", "image/gif"),
    ("Cache-Control", "no-store"),
    ("Content-Length", str(len(EMPTY))),
]


class PictureApplication:
    """A WSGI application for thumbnails; all other paths go to ``pages``."""

    def __init__(
        self,
        store: Store,
        signer: Callable[[], PictureSigner],
        pages: WSGIApplication,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        """``signer`` is called when the first thumbnail is requested: it reads the store."""
        self._pages = pages
        self._thumbnails = ThumbnailCache(store, signer, clock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._pages(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            start_response("405 Method Not Allowed", [*_HEADERS, ("Allow", "GET, HEAD"), ("Content-Length", "0")])
            return []
        try:
            body = self._thumbnails.get(path)
        except Exception:
            log.exception("picture_request_failed path=%r", path)
            start_response("503 Service Unavailable", [*_MISSING, ("Retry-After", "60")])
            return [EMPTY] if method == "GET" else []
        if body is None:
            start_response("404 Not Found", _MISSING[:])
            return [EMPTY] if method == "GET" else []
        # The address never changes its meaning: whoever asks conditionally has the thumbnail.
        if "HTTP_IF_NONE_MATCH" in environ:
            start_response("304 Not Modified", [*_FOUND, ("ETag", '"1"')])
            return []
        start_response("200 OK", [*_FOUND, ("ETag", '"1"'), ("Content-Length", str(len(body)))])
        return [body] if method == "GET" else []


class ThumbnailCache:
    """Thumbnails by path, the most recently requested ones in memory."""

    def __init__(self, store: Store, signer: Callable[[], PictureSigner], clock: Callable[[], datetime]) -> None:
        self._store, self._signer, self._clock = store, signer, clock
        self._lock = threading.Lock()
        self._bodies = OrderedDict[str, tuple[bytes, float]]()  # and when it was read
        self._size = 0
        self._recorded: dict[int, float] = {}  # picture -> when its request was recorded, or will be
        self._unrecorded: set[int] = set()
        self._record_at = time.monotonic()

    def get(self, path: str) -> bytes | None:
        """Return the thumbnail at a path of this site, or None."""
        now = time.monotonic()
        held = self._bodies.get(path)
        if held is not None and now < held[1] + CACHE_SECONDS:
            return held[0]
        parsed = self._signer().parse(path)
        body = self._store.thumbnail(*parsed) if parsed else None
        with self._lock:
            self._drop(path)
            if body is not None and parsed is not None:
                self._bodies[path] = (body, now)
                self._size += len(body)
                while self._size > MAX_CACHED_BYTES:
                    self._drop(next(iter(self._bodies)))
                if now >= self._recorded.get(parsed[0], 0.0):
                    self._unrecorded.add(parsed[0])
        self._record(now)
        return body

    def _drop(self, path: str) -> None:
        if held := self._bodies.pop(path, None):
            self._size -= len(held[0])

    def _record(self, now: float) -> None:
        """Record requests in the store, several at once: eviction spares what is looked at."""
        with self._lock:
            if not self._unrecorded or (now < self._record_at and len(self._unrecorded) < MAX_UNRECORDED):
                return
            requested, self._unrecorded = self._unrecorded, set()
            self._record_at = now + CACHE_SECONDS
            if len(self._recorded) > 100 * MAX_UNRECORDED:
                self._recorded.clear()
            self._recorded |= dict.fromkeys(requested, now + RECORD_SECONDS)
        self._store.touch_pictures(requested, self._clock())
