"""Feeds in memory: bytes by path, checked against the store at most once a second, rendered at the first request."""

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
from aggregator.model import Cursor, Document
from aggregator.publishing import render
from aggregator.store import Store
from feeds.write.stylesheet import for_browser

log = logging.getLogger(__name__)

CHECK_EVERY = 1.0  # seconds
SEARCH_FRESH = 60.0  # seconds
WINDOW_FRESH = 2.0  # seconds
ASKED_EVERY = 3600.0  # seconds between two notes that a document is still asked for
MOST_TAGS = 8  # of If-None-Match that are looked up for a delta
STYLES = "/static/feed.css"
MEMORY = 96_000_000  # bytes of documents kept by one process
CODINGS = (("br", "br"), ("zstd", "zst"), ("gzip", "gz"))  # name in HTTP, ending of the ETag; our order of choice


@dataclass(slots=True)
class Held:
    """A document ready to be sent: bytes, tag and Last-Modified of each coding."""

    document: Document
    checked: float
    bodies: dict[str, tuple[bytes, str]] = field(default_factory=dict)  # coding -> (bytes, quoted ETag)
    last_modified: str = ""
    size: int = 0
    noted: float = 0.0  # when the store was last told that somebody asks for it
    for_browser: Held | None = None
    heads: dict[tuple[str, bool, bool, int], bytes] = field(
        default_factory=dict
    )  # of answers, written by web.feeds.fast_path
    codings: tuple[str, ...] = ()  # in our order of choice

    @classmethod
    def of(cls, document: Document, checked: float) -> Held:
        held = cls(document, checked)
        held.bodies["identity"] = (document.body, f'"{document.etag}"')
        packed = {"br": document.br, "zstd": document.zstd, "gzip": document.gzip}
        for coding, ending in CODINGS:
            body = packed[coding]
            if body is not None and len(body) < len(document.body):
                held.bodies[coding] = (body, f'"{document.etag}-{ending}"')
        held.codings = tuple(coding for coding, _ in CODINGS if coding in held.bodies)
        held.last_modified = format_datetime(document.modified, usegmt=True)
        held.size = sum(len(body) for body, _ in held.bodies.values())
        held.noted = checked
        return held

    def as_page(self) -> Held:
        """The same for a person who opened it in a browser: XML that a style sheet makes readable, or plain JSON."""
        if self.for_browser is None:
            body, type = for_browser(self.document.body, self.document.type, STYLES, "/feeds")
            own = render.packed(self.document.path, self.document.listing, type, body, self.document.modified)
            self.for_browser = Held.of(own, self.checked)
        return self.for_browser


class Documents:
    """The documents of one process, the least recently asked for making room for others."""

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
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def fresh(self, path: str) -> Held | None:
        """What ``get`` would give without asking the store; None: it would have to ask."""
        held = self._held.get(path)
        return held if held is not None and self._tick() - held.checked < CHECK_EVERY else None

    def get(self, path: str) -> Held | None:
        """The present document of a path; None where there is no such feed. When store or renderer fail, the last
        good one is given; when there is none, their exception is raised."""
        held = self._held.get(path)
        if held is None:
            return self._load(path)
        if self._tick() - held.checked < CHECK_EVERY:
            return held
        held.checked = self._tick()  # the other threads go on with this one meanwhile
        try:
            tag = self._store.document_tag(path)
            if tag == held.document.etag:
                self._touch(path)
                self._note(held)
                return held
            return self._load(path)
        except Exception:
            log.exception("feed kept path=%r", path)
            return held

    def search(self, search: render.Search, format: render.Format, asked: str = "") -> Held:
        """The feed of a search, at most a minute old. Raises what store and renderer raise."""
        make = partial(render.render_search, self._store, self._config, search, format, asked=asked)
        held = self._made(f"/feeds/search.{format}?{asked} {search}", SEARCH_FRESH, lambda: make(now=self._clock()))
        assert held is not None  # a search always finds a feed, if an empty one
        return held

    def window(self, path: str, since: datetime | None, before: Cursor | None, asked: str = "") -> Held | None:
        """What came since a time, or before one, as of some seconds ago. None: there is no such feed."""
        make = partial(render.render_window, self._store, self._config, path, since, before, asked=asked)
        return self._made(f"{path}?{asked} {since}&{before}", WINDOW_FRESH, lambda: make(now=self._clock()))

    def delta(self, path: str, etags: Sequence[str]) -> Document | None:
        """What is new in a feed since it had one of these ETags (of any coding); None: that is not known."""
        for etag in etags[:MOST_TAGS]:
            found = render.render_delta(self._store, self._config, path, etag.partition("-")[0], self._clock())
            if found is not None:
                return found
        return None

    def whereabouts(self, path: str) -> render.Moved | render.Gone | None:
        """Where the feed of a path without a document is."""
        return render.whereabouts(self._store, self._config, path)

    def _made(self, key: str, fresh: float, make: Callable[[], Document | None]) -> Held | None:
        held = self._held.get(key)
        if held is None or self._tick() - held.checked >= fresh:
            try:
                document = make()
            except Exception:
                if held is None:
                    raise
                log.exception("feed kept path=%r", key)
                return held
            if document is None:
                return None
            same = held is not None and held.document.etag == document.etag  # so it has not been modified
            modified = held.document.modified if held is not None and same else document.modified
            held = self._keep(key, Held.of(replace(document, modified=modified), self._tick()))
        return held

    def _note(self, held: Held) -> None:
        """Once in an hour, so that the store knows which documents are wanted."""
        if self._tick() - held.noted < ASKED_EVERY:
            return
        held.noted = self._tick()
        try:
            self._store.note_asked([held.document.path], self._clock())
        except Exception:  # the next hour tries again
            log.exception("not noted path=%r", held.document.path)

    def _load(self, path: str) -> Held | None:
        """From the store, or rendered now and stored for every process."""
        document = self._store.document(path)
        if document is not None:
            held = Held.of(document, self._tick())
            held.noted = -ASKED_EVERY
            self._note(held)
            return self._keep(path, held)
        seen = self._store.generation()  # before the items are read, so that no change between is lost
        document = render.render(self._store, self._config, path, self._clock())
        if document is None:
            self._drop(path)
            return None
        self._remember(document, seen)
        return self._keep(path, Held.of(document, self._tick()))

    def _remember(self, document: Document, seen: int) -> None:
        try:
            self._store.put_documents([document], self._clock(), seen=seen)
        except Exception:  # it is served all the same; the next request tries again
            log.exception("feed not stored path=%r", document.path)

    def _keep(self, path: str, held: Held) -> Held:
        with self._lock:
            old = self._held.pop(path, None)
            self._held[path] = held
            self._size += held.size - (old.size if old else 0)
            while self._size > MEMORY and len(self._held) > 1:
                _, gone = self._held.popitem(last=False)
                self._size -= gone.size
        return held

    def _touch(self, path: str) -> None:
        with self._lock:
            if path in self._held:
                self._held.move_to_end(path)

    def _drop(self, path: str) -> None:
        with self._lock:
            old = self._held.pop(path, None)
            self._size -= old.size if old else 0
