"""The headers of every page: nothing foreign is loaded, nothing is framed, nothing is guessed."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

from web.language import current, negotiated
from web.negotiation import choose_coding, matches

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
)
PAGE_POLICY = _POLICY.format(ancestors="'none'")
WIDGET_POLICY = _POLICY.format(ancestors="*")
COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/xml",
    "application/opensearchdescription+xml",
    "image/svg+xml",
)
_WORTH_IT = 1000  # bytes


def install(app: Flask) -> None:
    app.after_request(finish)


def finish(answer: Response) -> Response:
    """Security headers, caching of pages, gzip."""
    for name, value in COMMON.items():
        answer.headers.setdefault(name, value)
    widget = request.endpoint == "widget.widget" and answer.status_code in (200, 404, 410)
    answer.headers.setdefault("Content-Security-Policy", WIDGET_POLICY if widget else PAGE_POLICY)
    if answer.mimetype == "text/html" and not widget:
        answer.vary.add("Cookie")  # theme, size of the text, language, home region
        if negotiated():
            answer.vary.add("Accept-Language")
        answer.content_language.add(current())
    answer.headers.setdefault("Cache-Control", "no-cache")
    return revalidate(compress(answer))


def revalidate(answer: Response) -> Response:
    """304 where the client holds what would be sent, for answers that name their ETag."""
    tag, weak = answer.get_etag()
    held = request.headers.get("If-None-Match")
    if tag is None or held is None or answer.status_code != 200 or request.method not in ("GET", "HEAD"):
        return answer
    if not weak and matches(held, f'"{tag}"'):
        answer.status_code = 304
        answer.set_data(b"")
        del answer.headers["Content-Length"]
        answer.headers.pop("Content-Encoding", None)
    return answer


def compress(answer: Response) -> Response:
    if not (answer.mimetype or "").startswith(_COMPRESSIBLE):
        return answer
    answer.vary.add("Accept-Encoding")
    if answer.status_code in (204, 304) or "Content-Encoding" in answer.headers:
        return answer
    if choose_coding(request.headers.get("Accept-Encoding", ""), ("gzip",)) != "gzip":
        return answer
    answer.direct_passthrough = False
    body = answer.get_data()
    if len(body) < _WORTH_IT:
        return answer
    answer.set_data(gzip.compress(body, 5, mtime=0))
    answer.headers["Content-Encoding"] = "gzip"
    if answer.get_etag()[0]:
        answer.set_etag(f"{answer.get_etag()[0]}-gz")
    return answer
