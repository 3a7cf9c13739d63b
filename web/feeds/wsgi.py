"""The WSGI application of the feeds: GET and HEAD of /feeds/*.atom|rss|json from memory, in front of Flask.

It serves feeds, their archives, windows (?since=, ?before=), searches and deltas since an ETag (A-IM: feed, RFC 3229).
For a missing feed it sends the reason or the new location. A person who opens a feed in a browser gets the page of
``web/pages/feed_page.py``, and the site's own error page if there is no such feed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from aggregator.config.load import Config
from aggregator.publishing.render import FeedFormat, FeedWindow, GoneFeed, MovedFeed, SearchFeedQuery
from aggregator.store import DatabaseUnavailableError, StatementTimeoutError, Store
from web.feeds.document_cache import CachedDocument, DocumentCache
from web.feeds.missing import missing_feed_text, nearest_feed
from web.feeds.queries import InvalidQuery, canonical_query, parse_search, parse_window
from web.feeds.request_log import FeedRequestLog
from web.feeds.responses import requested_delta_etags, respond, respond_delta, respond_not_allowed, respond_text
from web.feeds.too_many import respond_too_many
from web.http.negotiation import is_navigation
from web.pages.feed_page import MISSING_FEED, OPENED_FEED, OpenedFeed
from web.request_limit import RequestLimit

log = logging.getLogger(__name__)

# only canonical numbers match, so that one story or series cannot be stored under many paths
_FEED = re.compile(r"/feeds/((?!story/0)(?!series/0)[a-z0-9/_-]{1,200})\.(atom|rss|json)", re.ASCII)
_COUNTED = ("200", "226", "304")
_UNAVAILABLE_TEXT = "This feed is temporarily unavailable; try again in a minute.\n"


class FeedApplication:
    """A WSGI application for feeds; all other paths go to ``pages``."""

    def __init__(
        self,
        store: Store,
        config: Config,
        pages: WSGIApplication,
        *,
        clock: Callable[[], datetime],
        search_limit: RequestLimit,
        requests: FeedRequestLog | None = None,
    ) -> None:
        """``requests`` counts what is answered."""
        self._search_limit = search_limit
        self._requests = requests or FeedRequestLog()
        self._documents = DocumentCache(store, config, clock)
        self._store = store
        self._config = config
        self._pages = pages
        self._base = config.site.url or ""
        self._hub = config.hub_url
        self._private_status = not config.web.public_status

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith("/feeds/"):
            return self._pages(environ, start_response)
        match = _FEED.fullmatch(path)
        if match is None or (self._private_status and path.startswith("/feeds/status")):
            return self._pages(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return respond_not_allowed(method, start_response)
        try:
            return self._feed(
                environ, self._counting(environ, start_response), path, match[1] == "search", cast(FeedFormat, match[2])
            )
        except Exception as error:
            if isinstance(error, StatementTimeoutError):
                log.warning("feed_timed_out path=%r", path)
            elif not isinstance(error, DatabaseUnavailableError):  # which the store has logged
                log.exception("feed_request_failed path=%r", path)
            return respond_text(
                environ, start_response, "503 Service Unavailable", _UNAVAILABLE_TEXT, [("Retry-After", "60")]
            )

    def _feed(
        self, environ: WSGIEnvironment, start_response: StartResponse, path: str, is_search: bool, format: FeedFormat
    ) -> Iterable[bytes]:
        query = self._parse_query(environ, path, is_search)
        if isinstance(query, InvalidQuery):
            return respond_text(environ, start_response, "400 Bad Request", query.message)
        if isinstance(query, SearchFeedQuery):
            raw_query = canonical_query(environ["QUERY_STRING"])
            is_cached = self._documents.has_search(query, format, raw_query)
            if wait := 0 if is_cached else self._search_limit.seconds_to_wait(environ):
                return respond_too_many(environ, start_response, self._config, wait)
            cached: CachedDocument | None = self._documents.get_search(query, format, raw_query)
        elif query is not None:
            cached = self._documents.get_window(path, query)
        else:
            cached = self._documents.get(path)
        if cached is None:
            return self._respond_missing(environ, start_response, path, format)
        if query is None and "HTTP_A_IM" in environ:
            tags = requested_delta_etags(environ, cached)
            delta = self._documents.get_delta(cached, tags) if tags else None
            if delta is not None:
                return respond_delta(environ, start_response, cached, delta, self._link_header(cached))
        if format != "json" and is_navigation(environ):
            environ[OPENED_FEED] = OpenedFeed(cached.document, self._link_header(cached))
            return self._pages(environ, start_response)
        return respond(environ, start_response, cached, self._link_header)

    def _counting(self, environ: WSGIEnvironment, start_response: StartResponse) -> StartResponse:
        """Return ``start_response``, which counts the request if a feed is sent or not modified."""

        def start(status: str, *rest: Any) -> Any:
            if status.startswith(_COUNTED):
                agent = environ.get("HTTP_USER_AGENT", "")
                self._requests.count(agent, environ["PATH_INFO"], not_modified=status.startswith("304"))
            return start_response(status, *rest)

        return start

    def _parse_query(
        self, environ: WSGIEnvironment, path: str, is_search: bool
    ) -> SearchFeedQuery | FeedWindow | InvalidQuery | None:
        """Return the parsed query, None if the feed itself is requested, or why the query is invalid."""
        raw = environ.get("QUERY_STRING", "")
        if not raw and not is_search:
            return None
        query = parse_qs(raw[:4000].encode("latin-1", "replace").decode("utf-8", "replace"), keep_blank_values=True)
        if is_search:
            return parse_search(query, path, self._config, self._store)
        return parse_window(query, path, canonical_query(raw))

    def _respond_missing(
        self, environ: WSGIEnvironment, start_response: StartResponse, path: str, format: FeedFormat
    ) -> Iterable[bytes]:
        missing = self._documents.resolve_missing(path)
        if isinstance(missing, GoneFeed):
            return respond_text(
                environ, start_response, "410 Gone", f"{missing.why} Please unsubscribe; /feeds lists others.\n"
            )
        if isinstance(missing, MovedFeed):
            target = f"/feeds/{missing.name}.{format}"
            status = "302 Found" if "/archive/" in path else "301 Moved Permanently"
            return respond_text(environ, start_response, status, f"Now at {target}\n", [("Location", target)])
        if format != "json" and is_navigation(environ):
            environ[MISSING_FEED] = nearest_feed(self._config, path) or ""
            return self._pages(environ, start_response)
        text = missing_feed_text(environ, self._config, path, format)
        return respond_text(
            environ, start_response, "404 Not Found", text, [("Vary", "Accept-Language, Sec-Fetch-Dest")]
        )

    def _link_header(self, cached: CachedDocument) -> str:
        path, type = cached.document.path, cached.document.type.partition(";")[0]
        links = f'<{self._base}{path}>; rel="self"; type="{type}"'
        has_hub = self._hub and "?" not in path and "/archive/" not in path
        return f'{links}, <{self._hub}>; rel="hub"' if has_hub else links
