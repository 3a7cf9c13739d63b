"""The thin WSGI layer before the pages: GET and HEAD of /feeds/*.atom|rss|json answered from bytes in memory.

A feed, one of its archives, what came since a time or before one (?since=, ?before=), a search, or only what is new
since an ETag (A-IM: feed). What is no feed is a word of why, and of where it is now.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import cast
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from aggregator.config.load import Config
from aggregator.model import Cursor
from aggregator.publishing.render import Format, Gone, Moved, Search
from aggregator.store import Store
from web.feeds.document_cache import Documents, Held
from web.feeds.fast_path import Answers
from web.feeds.queries import Unclear, as_asked, read_search, read_window
from web.feeds.responses import answer, answer_delta, refuse, text, wants_delta

log = logging.getLogger(__name__)

# a number has one spelling, so that nobody can have one story stored under many names
_FEED = re.compile(r"/feeds/((?!story/0)[a-z0-9/_-]{1,200})\.(atom|rss|json)", re.ASCII)
_BROKEN = "This feed cannot be made at the moment; try again in a minute.\n"
_MISSING = "There is no such feed; /feeds lists those there are.\n"


class Syndication:
    """A WSGI application: feeds, and ``pages`` for every other address."""

    def __init__(self, store: Store, config: Config, pages: WSGIApplication, *, clock: Callable[[], datetime]) -> None:
        self._documents = Documents(store, config, clock)
        self._store = store
        self._config = config
        self._pages = pages
        self._base = config.site.url or ""
        self._hub = config.hub_url
        self._private_status = not config.web.public_status
        self.answers = Answers(self._links)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith("/feeds/"):
            return self._pages(environ, start_response)
        match = _FEED.fullmatch(path)
        if match is None or (self._private_status and path.startswith("/feeds/status")):
            return self._pages(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return refuse(method, start_response)
        try:
            return self._feed(environ, start_response, path, match[1] == "search", cast(Format, match[2]))
        except Exception:
            log.exception("feed failed path=%r", path)
            return text(environ, start_response, "503 Service Unavailable", _BROKEN, [("Retry-After", "60")])

    def held(self, path: str, *, ask: bool) -> Held | None:
        """The document at a feed's plain address; unless the store may be asked, only one that was just checked.
        None: none, or what is there is for the application to say. Raises what store and renderer raise."""
        if self._private_status and path.startswith("/feeds/status"):
            return None
        return self._documents.get(path) if ask else self._documents.fresh(path)

    def _feed(
        self, environ: WSGIEnvironment, start_response: StartResponse, path: str, searching: bool, format: Format
    ) -> Iterable[bytes]:
        asked = self._asked(environ, path, searching)
        if isinstance(asked, Unclear):
            return text(environ, start_response, "400 Bad Request", asked.words)
        if isinstance(asked, Search):
            held: Held | None = self._documents.search(asked, format, as_asked(environ["QUERY_STRING"]))
        elif asked is not None:
            held = self._documents.window(path, *asked, as_asked(environ["QUERY_STRING"]))
        else:
            held = self._documents.get(path)
        if held is None:
            return self._absent(environ, start_response, path, format)
        links = self._links(held)
        if asked is None and "HTTP_A_IM" in environ:
            tags = wants_delta(environ, held)
            delta = self._documents.delta(path, tags) if tags else None
            if delta is not None:
                return answer_delta(environ, start_response, held, delta, links)
        return answer(environ, start_response, held, links)

    def _asked(
        self, environ: WSGIEnvironment, path: str, searching: bool
    ) -> Search | tuple[datetime | None, Cursor | None] | Unclear | None:
        """What the query says; None: nothing, the feed itself is meant."""
        raw = environ.get("QUERY_STRING", "")
        if not raw and not searching:
            return None
        query = parse_qs(raw[:4000].encode("latin-1", "replace").decode("utf-8", "replace"), keep_blank_values=True)
        if searching:
            return read_search(query, path, self._config, self._store)
        return read_window(query, path)

    def _absent(
        self, environ: WSGIEnvironment, start_response: StartResponse, path: str, format: Format
    ) -> Iterable[bytes]:
        found = self._documents.whereabouts(path)
        if isinstance(found, Gone):
            return text(environ, start_response, "410 Gone", f"{found.why} Please unsubscribe; /feeds lists others.\n")
        if isinstance(found, Moved):
            target = f"/feeds/{found.name}.{format}"
            status = "302 Found" if "/archive/" in path else "301 Moved Permanently"
            return text(environ, start_response, status, f"Now at {target}\n", [("Location", target)])
        return text(environ, start_response, "404 Not Found", _MISSING)

    def _links(self, held: Held) -> str:
        path, type = held.document.path, held.document.type.partition(";")[0]
        links = f'<{self._base}{path}>; rel="self"; type="{type}"'
        has_hub = self._hub and "?" not in path and "/archive/" not in path
        return f'{links}, <{self._hub}>; rel="hub"' if has_hub else links
