"""The site before the database could be opened for the first time: one page for everything, with status 503."""

from __future__ import annotations

import json
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from aggregator.runtime.forked_process import ForkedProcess, end_with_parent

RETRY_AFTER = 10  # seconds
PATIENCE = 10.0  # seconds for the head of a request
_PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="10">
<title>服务暂时不可用 - Temporarily unavailable</title>
<h1>服务暂时不可用</h1><p>数据库还没有响应，恢复后这一页会自动回来。</p>
<h1 lang="en">Temporarily unavailable</h1>
<p lang="en">The database does not respond yet. This page returns by itself.</p>
"""


def serve_waiting_page(host: str, port: int, kind: str) -> ForkedProcess:
    """Answer all requests at this address, in a child process, until it is killed; ``kind`` is that of the outage."""
    parent = os.getpid()

    def serve() -> None:
        end_with_parent(parent)
        _Server((host, port), _handler(kind)).serve_forever()

    return ForkedProcess.start(serve)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that has gone."""


def _handler(outage: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers everything but a liveness probe with 503."""

        timeout = PATIENCE
        server_version, sys_version = "Gedi", ""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path != "/healthz":
                self._respond(503, "text/html; charset=utf-8", _PAGE)
            elif parse_qs(parts.query).get("part") == ["live"]:
                self._respond(200, "application/json", json.dumps({"status": "ok"}))
            else:
                state = {"status": "unavailable", "database": outage}
                self._respond(503, "application/json", json.dumps(state))

        do_HEAD = do_POST = do_GET

        def _respond(self, status: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            fields = {"Content-Type": kind, "Content-Length": str(len(body)), "Retry-After": str(RETRY_AFTER)}
            for name, value in {**fields, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing: the outage is logged."""

    return Handler
