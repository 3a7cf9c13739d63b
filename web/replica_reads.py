"""Which requests may be answered from a replica of the database, and how new it must be for their reader.

A request that wrote sets a cookie with the number of its transaction, signed. Until the replica must have that
transaction in any case, the reader's pages are read where it is visible, and not from the caches of this process.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.http import parse_cookie

from aggregator.store import Reading, Store, use_reading
from web.ttl_cache import without_cached_values

COOKIE = "gedi_seen"
SECRET = "seen"  # name of the key in the store
MARGIN = timedelta(minutes=1)  # for which the cookie outlives the longest lag
_SIGNATURE_BYTES = 12
# What decides about writes or reports the present state; a mirror that is behind must not skip what it has not seen.
_PRIMARY_PATHS = (
    *("/admin", "/api/admin", "/api/changes", "/corrections", "/push/", "/hub"),
    *("/status", "/healthz", "/metrics"),
)


class ReplicaReads:
    """A WSGI middleware that lets requests read from the replica, and repeats one that fails or finds nothing there."""

    def __init__(
        self, application: WSGIApplication, store: Store, max_lag: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._application = application
        self._store = store
        self._lifetime = max_lag + MARGIN
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._write(environ, start_response)
        if not _may_use_replica(environ):
            return self._application(environ, start_response)
        return self._read(environ, start_response)

    def _read(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reading = Reading(needed=self._needed(environ))
        refused: list[str] = []

        def start(status: str, *rest: Any) -> Callable[[bytes], object]:
            if reading.used_replica and (status.startswith("404") or (reading.replica_failed and status[0] == "5")):
                refused.append(status)
                return lambda _: None
            return start_response(status, *rest)

        with use_reading(reading), without_cached_values(active=reading.needed > 0):
            body = self._application(environ, start)
        if not refused:
            return body
        close = getattr(body, "close", None)
        if close is not None:
            close()
        return self._application(environ, start_response)

    def _write(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reading = Reading(may_use_replica=False)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            own = [("Set-Cookie", self._cookie(environ, reading.written))] if reading.written else []
            return start_response(status, [*headers, *own], *rest)

        with use_reading(reading):
            return self._application(environ, start)

    # ------------------------------------------------------------ the cookie
    @cached_property
    def _key(self) -> bytes:
        with self._store.primary_reads():
            return self._store.secret(SECRET)

    def _cookie(self, environ: WSGIEnvironment, written: int) -> str:
        expires = int((self._clock() + self._lifetime).timestamp())
        payload = f"{written}.{expires}"
        secure = "; Secure" if environ.get("wsgi.url_scheme") == "https" else ""
        return (
            f"{COOKIE}={payload}.{self._signature(payload)}; Path=/; HttpOnly; SameSite=Lax; "
            f"Max-Age={int(self._lifetime.total_seconds())}{secure}"
        )

    def _needed(self, environ: WSGIEnvironment) -> int:
        """Return the number of the reader's last write, 0 if there is none that the replica might lack."""
        header = environ.get("HTTP_COOKIE", "")
        if COOKIE not in header:
            return 0
        payload, _, signature = parse_cookie(header).get(COOKIE, "").rpartition(".")
        number, _, expires = payload.partition(".")
        is_ours = hmac.compare_digest(signature.encode(), self._signature(payload).encode())
        return int(number) if is_ours and int(expires) > self._clock().timestamp() else 0

    def _signature(self, payload: str) -> str:
        return blake2b(payload.encode(), key=self._key, digest_size=_SIGNATURE_BYTES).hexdigest()


def _may_use_replica(environ: WSGIEnvironment) -> bool:
    path: str = environ.get("PATH_INFO", "")
    return not path.startswith(_PRIMARY_PATHS) and "since=" not in environ.get("QUERY_STRING", "")
