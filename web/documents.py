"""Feeds in memory: bytes by path, checked against the store at most once a second, rendered at the first request."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from aggregator import publish
from aggregator.config import Config
from aggregator.model import Document
from aggregator.store import Store

log = logging.getLogger(__name__)

CHECK_EVERY = 1.0  # seconds
SEARCH_FRESH = 60.0  # seconds
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

    @classmethod
    def of(cls, document: Document, checked: float) -> Held:
        held = cls(document, checked)
        held.bodies["identity"] = (document.body, f'"{document.etag}"')
        packed = {"br": document.br, "zstd": document.zstd, "gzip": document.gzip}
        for coding, ending in CODINGS:
            body = packed[coding]
            if body is not None and len(body) < len(document.body):
                held.bodies[coding] = (body, f'"{document.etag}-{ending}"')
        held.last_modified = format_datetime(document.modified, usegmt=True)
        held.size = sum(len(body) for body, _ in held.bodies.values())
        return held

    @property
    def codings(self) -> tuple[str, ...]:
        return tuple(coding for coding, _ in CODINGS if coding in self.bodies)


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
                return held
            return self._load(path)
        except Exception:
            log.exception("feed kept path=%r", path)
            return held

    def search(self, query: str, format: publish.Format) -> Held:
        """The feed of a search, at most a minute old. Raises what store and renderer raise."""
        path = f"/feeds/search.{format}?q={query}"
        held = self._held.get(path)
        if held is None or self._tick() - held.checked >= SEARCH_FRESH:
            try:
                document = publish.render_search(self._store, self._config, query, format, self._clock())
            except Exception:
                if held is None:
                    raise
                log.exception("feed kept path=%r", path)
                return held
            held = self._keep(path, Held.of(document, self._tick()))
        return held

    def _load(self, path: str) -> Held | None:
        """From the store, or rendered now and stored for every process."""
        document = self._store.document(path)
        if document is None:
            seen = self._store.generation()  # before the items are read, so that no change between is lost
            document = publish.render(self._store, self._config, path, self._clock())
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
