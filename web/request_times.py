"""How many requests of which kind the site answers, how long they take and how many end with a server error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from aggregator.runtime.stage_times import StageTimes
from aggregator.store import Store

_KINDS = (  # the first prefix decides
    *(("/feeds/", "feed"), ("/opml", "feed"), ("/pictures/", "picture"), ("/static/", "static")),
    *(("/api/admin", "admin"), ("/api", "api"), ("/oembed", "api"), ("/admin", "admin")),
    *(("/hub", "hub"), ("/push/", "hub"), ("/status", "status"), ("/healthz", "status"), ("/metrics", "status")),
)


class RequestTimes:
    """Counts requests of the applications that it wraps, until they are flushed; any thread may call."""

    def __init__(self) -> None:
        self._times = StageTimes()

    def wrap(self, application: WSGIApplication) -> WSGIApplication:
        """Return the application, with its requests counted. The body, which is in memory, is not part of the time."""

        def counted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            statuses: list[str] = []

            def start(status: str, *rest: Any) -> Callable[[bytes], object]:
                statuses.append(status)
                return start_response(status, *rest)

            begun, raised = time.perf_counter(), True
            try:
                body = application(environ, start)
                raised = False
                return body
            finally:
                failed = raised or bool(statuses and statuses[-1].startswith("5"))
                kind = kind_of(environ.get("PATH_INFO", ""))
                self._times.add(f"http-{kind}", time.perf_counter() - begun, failed=failed)

        return counted

    def flush(self, store: Store, now: datetime) -> None:
        """Store what was counted since the last call; after a failure it is counted again."""
        counts = self._times.take()
        if not counts:
            return
        try:
            store.add_counts(counts)
        except Exception:
            self._times.put_back(counts)
            raise


def kind_of(path: str) -> str:
    """Return the kind of a request by its path, one of ``stage_times.HTTP_KINDS``."""
    return next((kind for prefix, kind in _KINDS if path.startswith(prefix)), "page")
