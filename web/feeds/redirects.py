"""Permanent redirects (301) from the former slugs of a source to its current slug."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from aggregator.store import Store

_OF_SOURCE = re.compile(
    r"((?:/feeds)?/source/)([a-z0-9-]{1,64})((?:/archive/[0-9]{1,9})?(?:\.(?:atom|rss|json))?)", re.ASCII
)
_SECURITY_HEADERS = ("x-content-type-options", "referrer-policy", "content-security-policy")


class RenamedSourceRedirect:
    """A WSGI middleware that looks up former slugs when the wrapped application returns 404 for a source URL."""

    def __init__(self, store: Store, pages: WSGIApplication) -> None:
        self._store = store
        self._pages = pages

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match = _OF_SOURCE.fullmatch(environ.get("PATH_INFO", ""))
        if match is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._pages(environ, start_response)
        target: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], *extra: Any) -> Callable[[bytes], object]:
            current_slug = self._store.current_slug(match[2]) if status.startswith("404") else None
            if current_slug is None:
                return start_response(status, headers, *extra)
            query = environ.get("QUERY_STRING", "")
            target.append(
                f"{match[1]}{current_slug}{match[3]}" + (f"?{quote(query, safe='=&%+,:-._~')}" if query else "")
            )
            moved = [("Location", target[0]), ("Cache-Control", "public, max-age=86400"), ("Content-Length", "0")]
            cors = [("Access-Control-Allow-Origin", "*")] if match[3] else []
            security_headers = [(name, value) for name, value in headers if name.lower() in _SECURITY_HEADERS]
            return start_response("301 Moved Permanently", [*moved, *cors, *security_headers], *extra)

        body = self._pages(environ, start)
        return body if not target else _discard(body)


def _discard(body: Iterable[bytes]) -> Iterable[bytes]:
    """Close a response body that is not sent and return an empty one."""
    close = getattr(body, "close", None)
    if close is not None:
        close()
    return ()
