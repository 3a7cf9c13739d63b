"""The site's WSGI application, which reloads config.toml while it serves."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from aggregator.config.load import Config, follow_lists
from aggregator.config.watcher import ConfigState, ConfigWatcher, render_fingerprint, watch_in_thread
from aggregator.store import DatabaseUnavailableError, Store
from gedi import logs
from gedi.service import WITH_POLLER_VARIABLE

if TYPE_CHECKING:  # loads Flask
    from web.feeds.request_log import FeedRequestLog
    from web.request_times import RequestTimes

log = logging.getLogger(__name__)

_FAILED = b"This page is temporarily unavailable; try again in a minute.\n"
_HEADERS = (
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(_FAILED))),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)


class ReloadingApp:
    """A WSGI application rebuilt for each new config; running requests end with the old one."""

    def __init__(self, store: Store, config: Config, clock: Callable[[], datetime]) -> None:
        self._store = store
        with contextlib.suppress(DatabaseUnavailableError):  # the lists are read when it is back
            config = follow_lists(config, store)
        self._config = config
        self._clock = clock
        self._watch = ConfigWatcher(config, clock, followed=store)
        self._feed_requests: FeedRequestLog | None = None
        self._request_times: RequestTimes
        self._application = self._get_or_make(config)
        watch_in_thread(self._watch, self._apply_config, quiet=WITH_POLLER_VARIABLE in os.environ)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; what no application expected is logged here, since the server would print it as it is."""
        try:
            return self._application(environ, start_response)
        except Exception:
            log.exception("request_failed path=%r", environ.get("PATH_INFO", ""))
            start_response("500 Internal Server Error", list(_HEADERS))
            return [_FAILED]

    def _get_or_make(self, config: Config) -> WSGIApplication:
        from web import create_wsgi  # loads Flask
        from web.feeds.request_log import FeedRequestLog, flush_in_thread
        from web.request_times import RequestTimes

        if self._feed_requests is None:
            self._feed_requests, self._request_times = FeedRequestLog(), RequestTimes()
            flush_in_thread((self._feed_requests, self._request_times), self._store, self._clock)
        state: Callable[[], ConfigState] = lambda: self._watch.state  # noqa: E731
        application = create_wsgi(
            self._store, config, clock=self._clock, config_state=state, feed_requests=self._feed_requests
        )
        return self._request_times.wrap(application)

    def _apply_config(self, config: Config) -> None:
        logs.register_secrets(config.secrets)
        before, self._config = self._config, config
        self._application = self._get_or_make(config)
        if render_fingerprint(config) != render_fingerprint(before):
            self._store.delete_documents(
                list(self._store.document_paths())
            )  # no poller may be running that would render them
