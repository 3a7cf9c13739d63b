"""In-memory cache of feed documents by path.

A document is compared with the store at most once a second and rendered on its first request.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from functools import partial

from aggregator.config.load import Config
from aggregator.model import RenderedDocument
from aggregator.publishing import render
from aggregator.store import Store

log = logging.getLogger(__name__)

CHECK_EVERY = 1.0  # seconds
SEARCH_TTL = 60.0  # seconds
WINDOW_TTL = 2.0  # seconds
REQUEST_RECORD_INTERVAL = 3600.0  # seconds between two records that a document is still requested
MAX_ETAGS = 8  # ETags of If-None-Match that are looked up for a delta
PLAIN_JSON = "application/json; charset=utf-8"
MAX_MEMORY = 96_000_000  # bytes of documents per process
CODINGS = (("br", "br"), ("zstd", "zst"), ("gzip", "gz"))  # (name in HTTP, suffix of the ETag), in order of preference

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class CachedDocument:
    """A document ready to be sent: body and ETag of each coding, and Last-Modified."""

    document: RenderedDocument
    checked_at: float
    bodies: dict[str, tuple[bytes, str]] = field(default_factory=dict)  # coding -> (body, quoted ETag)
    last_modified: str = ""
    size: int = 0
    seen: int = 0  # the state of the store that it was read from, as ``Store.seen_state``
    request_recorded_at: float = 0.0  # when the store last recorded a request for the document
    browser_version: CachedDocument | None = None
    fields: dict[tuple[str, str], tuple[Headers, Headers]] = field(default_factory=dict)  # kept by web.feeds.responses
    codings: tuple[str, ...] = ()  # in our order of choice

    @classmethod
    def from_document(cls, document: RenderedDocument, checked_at: float) -> CachedDocument:
        """Return a cache entry with the codings that are smaller than the plain body."""
        cached = cls(document, checked_at)
        cached.bodies["identity"] = (document.body, f'"{document.etag}"')
        compressed = {"br": document.br, "zstd": document.zstd, "gzip": document.gzip}
        for coding, suffix in CODINGS:
            body = compressed[coding]
            if body is not None and len(body) < len(document.body):
                cached.bodies[coding] = (body, f'"{document.etag}-{suffix}"')
        cached.codings = tuple(coding for coding, _ in CODINGS if coding in cached.bodies)
        cached.last_modified = format_datetime(document.modified, usegmt=True)
        cached.size = sum(len(body) for body, _ in cached.bodies.values())
        cached.request_recorded_at = checked_at
        return cached

    def as_browser_document(self) -> CachedDocument:
        """Return a JSON Feed as plain JSON, which browsers show instead of saving it."""
        if self.browser_version is None:
            self.browser_version = CachedDocument.from_document(
                replace(self.document, type=PLAIN_JSON), self.checked_at
            )
        return self.browser_version


class DocumentCache:
    """An LRU cache of the documents of one process."""

    def __init__(
        self,
        store: Store,
        config: Config,
        clock: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._config = config
        self._clock = clock
        self._tick = tick
        self._cached: OrderedDict[str, CachedDocument] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, path: str) -> CachedDocument | None:
        """Return the current document of a path, or None if there is no such feed.

        If the store or the renderer fails, return the last good document; raise their exception if there is none.
        """
        cached = self._cached.get(path)
        if cached is None:
            return self._load(path)
        if self._tick() - cached.checked_at < CHECK_EVERY:
            return cached
        cached.checked_at = self._tick()  # other threads use this document in the meantime
        try:
            with self._store.reads_from(cached.seen):
                etag = self._store.document_etag(path)
                if etag == cached.document.etag:
                    self._touch(path)
                    self._record_request(cached)
                    return cached
                return self._load(path)
        except Exception:
            log.exception("feed_render_failed path=%r", path)
            return cached

    def get_search(
        self, search: render.SearchFeedQuery, format: render.FeedFormat, raw_query: str = ""
    ) -> CachedDocument:
        """Return the feed of a search, at most a minute old.

        Raises what the store and the renderer raise if there is no cached document.
        """
        make = partial(render.render_search, self._store, self._config, search, format, raw_query=raw_query)
        cached = self._get_or_make(_key(search, format, raw_query), SEARCH_TTL, lambda: make(now=self._clock()))
        assert cached is not None  # a search always has a feed, possibly an empty one
        return cached

    def has_search(self, search: render.SearchFeedQuery, format: render.FeedFormat, raw_query: str) -> bool:
        """Return whether ``get_search`` needs no search."""
        cached = self._cached.get(_key(search, format, raw_query))
        return cached is not None and self._tick() - cached.checked_at < SEARCH_TTL

    def get_window(self, path: str, window: render.FeedWindow) -> CachedDocument | None:
        """Return the items of a feed since a time or before a cursor, or None if there is no such feed.

        The result may be some seconds old.
        """
        make = partial(render.render_window, self._store, self._config, path, window)
        return self._get_or_make(f"{path} {window}", WINDOW_TTL, lambda: make(now=self._clock()))

    def get_delta(self, cached: CachedDocument, etags: Sequence[str]) -> RenderedDocument | None:
        """Return the items that are new in a feed since one of these ETags, or None if all are unknown.

        The ETags may be of any coding.
        """
        path = cached.document.path
        for etag in etags[:MAX_ETAGS]:
            with self._store.reads_from(cached.seen):
                delta = render.render_delta(self._store, self._config, path, etag.partition("-")[0], self._clock())
            if delta is not None:
                return delta
        return None

    def resolve_missing(self, path: str) -> render.MovedFeed | render.GoneFeed | None:
        """Return the new place of a feed without a document, that it is gone, or None if it never existed."""
        return render.resolve_missing(self._store, self._config, path)

    def _get_or_make(self, key: str, ttl: float, make: Callable[[], RenderedDocument | None]) -> CachedDocument | None:
        cached = self._cached.get(key)
        if cached is None or self._tick() - cached.checked_at >= ttl:
            try:
                document = make()
            except Exception:
                if cached is None:
                    raise
                log.exception("feed_render_failed path=%r", key)
                return cached
            if document is None:
                return None
            # unchanged content keeps its Last-Modified
            is_unchanged = cached is not None and cached.document.etag == document.etag
            modified = cached.document.modified if cached is not None and is_unchanged else document.modified
            cached = self._put(key, CachedDocument.from_document(replace(document, modified=modified), self._tick()))
        return cached

    def _record_request(self, cached: CachedDocument) -> None:
        """Record a request in the store, at most once an hour, so that the store knows which documents are in use."""
        if self._tick() - cached.request_recorded_at < REQUEST_RECORD_INTERVAL:
            return
        cached.request_recorded_at = self._tick()
        try:
            self._store.record_document_requests([cached.document.path], self._clock())
        except Exception:  # retried in an hour
            log.exception("feed_request_not_recorded path=%r", cached.document.path)

    def _load(self, path: str) -> CachedDocument | None:
        """Return the document from the store, or render it and store it for all processes."""
        document = self._store.get_document(path)
        if document is not None:
            return self._keep_stored(document)
        with self._store.primary_reads():  # what is stored must be rendered from the newest items
            document = self._store.get_document(path) if self._store.replica_state() else None
            return self._keep_stored(document) if document is not None else self._render(path)

    def _keep_stored(self, document: RenderedDocument) -> CachedDocument:
        cached = CachedDocument.from_document(document, self._tick())
        cached.seen = self._store.seen_state()
        cached.request_recorded_at = -REQUEST_RECORD_INTERVAL
        self._record_request(cached)
        return self._put(document.path, cached)

    def _render(self, path: str) -> CachedDocument | None:
        """Render a document and store it for all processes; None if there is no such feed."""
        generation = self._store.generation()  # read before the items, so that no change in between is missed
        document = render.render(self._store, self._config, path, self._clock())
        if document is None:
            self._remove(path)
            return None
        self._save(document, generation)
        cached = CachedDocument.from_document(document, self._tick())
        cached.seen = self._store.seen_state()
        return self._put(path, cached)

    def _save(self, document: RenderedDocument, generation: int) -> None:
        try:
            self._store.put_documents([document], self._clock(), generation_seen=generation)
        except Exception:  # the document is served all the same; the next request tries again
            log.exception("feed_not_stored path=%r", document.path)

    def _put(self, path: str, cached: CachedDocument) -> CachedDocument:
        with self._lock:
            previous = self._cached.pop(path, None)
            self._cached[path] = cached
            self._size += cached.size - (previous.size if previous else 0)
            while self._size > MAX_MEMORY and len(self._cached) > 1:
                _, evicted = self._cached.popitem(last=False)
                self._size -= evicted.size
        return cached

    def _touch(self, path: str) -> None:
        with self._lock:
            if path in self._cached:
                self._cached.move_to_end(path)

    def _remove(self, path: str) -> None:
        with self._lock:
            removed = self._cached.pop(path, None)
            self._size -= removed.size if removed else 0


def _key(search: render.SearchFeedQuery, format: render.FeedFormat, raw_query: str) -> str:
    return f"/feeds/search.{format}?{raw_query} {search}"
