"""A server that confirms WebSub subscriptions and takes deliveries and notifications."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen


class Receiver:
    """Listens on 127.0.0.1; ``received`` counts what was delivered."""

    def __init__(self) -> None:
        self.received = 0
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.receiver = self
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def count(self) -> None:
        with self._lock:
            self.received += 1

    def subscribe(self, site: str, paths: tuple[str, ...]) -> None:
        """Ask the hub of a site for its feeds at these paths, for thirty days."""
        for number, path in enumerate(paths):
            form = {"hub.mode": "subscribe", "hub.topic": site + path, "hub.callback": f"{self.url}/hub/{number}"}
            data = urlencode({**form, "hub.lease_seconds": str(30 * 86400)}).encode()
            urlopen(Request(site + "/hub", data), timeout=30).close()

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        self._answer(parse_qs(urlsplit(self.path).query).get("hub.challenge", [""])[0].encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.receiver.count()
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
