"""Local HTTP server of the sample outlets: correct responses, and faulty ones for outlets that have such."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from samples.feed_writers import write_feed
from samples.outlets import Outlet
from samples.pages import directory, front_page, item_page
from samples.pictures import picture_at
from samples.state import OutletsState

SLOW_SECONDS = 9.0
HANGING_SECONDS = 600.0
# a transparent picture of one pixel
TRANSPARENT_GIF = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b"
)


class SampleServer:
    """The sample outlets on 127.0.0.1, each under /<slug>/, published up to ``now()``.

    ``port`` 0 takes a free one; ``slow`` and ``hanging`` are seconds. Starting begins a thread; stopping ends it and
    wakes whoever is kept waiting.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        port: int = 0,
        slow: float = SLOW_SECONDS,
        hanging: float = HANGING_SECONDS,
    ) -> None:
        self.outlets_state = OutletsState(now)
        self.slow = slow
        self.hanging = hanging
        self.stopping = threading.Event()
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.samples = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def url(self) -> str:
        """The address, without a final "/"."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> SampleServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def __enter__(self) -> SampleServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    samples: SampleServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "SampleOutlets"
    timeout = 30
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the terminal belongs to Gedi."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        state = self.server.samples.outlets_state
        slug = urlsplit(self.path).path.split("/")[1]
        outlet = state.outlets.get(slug)
        if self.path == "/":
            self._answer(*directory(list(state.outlets.values())))
        elif outlet is None:
            self._refuse(404)
        elif self.path in (f"/{slug}/{outlet.path}", outlet.address):
            self._feed(outlet)
        elif self.path == f"/{slug}/":
            self._answer(*front_page(outlet, state.feed_items(slug)[0]))
        elif self.path == f"/{slug}/count.gif":
            self._answer("image/gif", TRANSPARENT_GIF)
        elif (picture := picture_at(self.path)) is not None:
            self._answer("image/png", picture)
        elif (item := state.item(slug, self.path)) is not None:
            self._answer(*item_page(outlet, item), changed=item.updated)
        else:
            self._refuse(404)

    # ------------------------------------------------------------ responses
    def _feed(self, outlet: Outlet) -> None:
        samples = self.server.samples
        match outlet.behavior:
            case "error":
                return self._refuse(500)
            case "missing":
                return self._refuse(404)
            case "gone":
                return self._refuse(410)
            case "hanging":
                samples.stopping.wait(samples.hanging)
                self.close_connection = True
                return None
            case "page" if self.path == outlet.address:
                return self._answer(*front_page(outlet, samples.outlets_state.feed_items(outlet.slug)[0]))
            case "moved" | "elsewhere" if self.path == outlet.address:
                return self._redirect(outlet, 301 if outlet.behavior == "moved" else 302)
            case "slow":
                samples.stopping.wait(samples.slow)
        items, changed = samples.outlets_state.feed_items(outlet.slug)
        return self._answer(*write_feed(outlet, samples.url, items, changed), changed=changed)

    def _answer(self, media_type: str, body: bytes, changed: datetime | None = None) -> None:
        """Send 200, or 304 if the client has it; compressed if accepted."""
        is_compressed = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 500
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}{"-gzip" if is_compressed else ""}"'
        is_unchanged = self._client_has(tag, changed)
        self.send_response(304 if is_unchanged else 200)
        self.send_header("ETag", tag)
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Cache-Control", "max-age=0")
        if changed is not None:
            self.send_header("Last-Modified", _http_date(changed))
        if is_unchanged:
            self.end_headers()
            return
        content = gzip.compress(body, 5, mtime=0) if is_compressed else body
        if is_compressed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _client_has(self, tag: str, changed: datetime | None) -> bool:
        """Return whether the client has the document (RFC 9110 13.2.2: the entity tag precedes)."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            return tags.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in tags.split(","))
        since = self.headers.get("If-Modified-Since")
        if since is None or changed is None:
            return False
        try:
            return changed.replace(microsecond=0) <= parsedate_to_datetime(since)
        except (TypeError, ValueError):
            return False

    def _redirect(self, outlet: Outlet, status: int) -> None:
        self.send_response(status)
        self.send_header("Location", f"/{outlet.slug}/{outlet.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, status: int) -> None:
        texts = {404: "页面不存在", 410: "本报已停刊", 500: "服务器内部错误"}
        body = f"<!doctype html><meta charset=utf-8><title>{status}</title><h1>{texts[status]}</h1>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
