"""Subscribers' callbacks as a real server of the standard library; each path is one subscriber.

with Listener() as listener:
    listener.wants[path] = {topic}        what it confirms
    ... listener.got[path]                deliveries: (headers, body)
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class Listener:
    """``status``: how deliveries are answered, by path; 202 where nothing is said."""

    status: dict[str, int] = field(default_factory=dict)
    echo: Callable[[str], str] = lambda challenge: challenge
    slow: dict[str, float] = field(default_factory=dict)  # seconds, by path
    order: list[str] = field(default_factory=list)  # of deliveries, as they ended
    wants: dict[str, set[str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    got: dict[str, list[tuple[dict[str, str], bytes]]] = field(default_factory=lambda: defaultdict(list))
    running: int = 0
    most_running: int = 0  # deliveries to one path at the same time

    def __enter__(self) -> Self:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                listener.asked.append(query | {"path": parts.path})
                meant = query.get("hub.topic") in listener.wants.get(parts.path, ())
                meant |= query.get("hub.mode") == "unsubscribe"
                self._answer(200 if meant else 404, listener.echo(query["hub.challenge"]) if meant else "")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    listener.running += 1
                    listener.most_running = max(listener.most_running, listener.running)
                time.sleep(listener.slow.get(self.path, 0.0))
                with lock:
                    listener.running -= 1
                    listener.order.append(self.path)
                    got = listener.got[self.path]
                    got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self._answer(listener.status.get(self.path, 202), "")

            def _answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *words: object) -> None:
                pass

        lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"
