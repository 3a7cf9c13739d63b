"""A limit of the requests whose bodies are read at the same time.

A thread that reads a body waits for as long as its client takes to send it: without the limit a few slow clients would
occupy every thread of the server.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BODIES = 4  # less than the threads of the server, gedi.site_server.THREADS
_BUSY = b"Too many uploads at the moment; try again in a minute.\n"
_HEADERS = (
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(_BUSY))),
    ("Retry-After", "60"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)


class BodyLimit:
    """WSGI middleware: 503 for a request with a body while ``most`` others are being answered."""

    def __init__(self, application: WSGIApplication, most: int = MOST_BODIES) -> None:
        self._application = application
        self._free = threading.Semaphore(most)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _has_body(environ):
            return self._application(environ, start_response)
        if not self._free.acquire(blocking=False):
            start_response("503 Service Unavailable", list(_HEADERS))
            return [_BUSY]
        try:
            return self._application(environ, start_response)
        finally:
            self._free.release()


def _has_body(environ: WSGIEnvironment) -> bool:
    return environ.get("CONTENT_LENGTH", "0") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ
