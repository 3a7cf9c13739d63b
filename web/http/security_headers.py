"""Security headers of every page: no foreign resources, no framing, no content sniffing."""

from __future__ import annotations

from flask import Flask, Response, request

from web.http.compression import compress_response
from web.http.negotiation import etag_matches
from web.i18n.language import current_language, is_negotiated

# data: is for the icon in the head, which would otherwise be a separate request
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
)
PAGE_POLICY = _POLICY.format(ancestors="'none'")
WIDGET_POLICY = _POLICY.format(ancestors="*")
COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_LOCALIZED_TYPES = ("text/html", "application/opensearchdescription+xml")  # in the reader's language


def install(app: Flask) -> None:
    app.after_request(finalize_response)


def finalize_response(answer: Response) -> Response:
    """Add security and caching headers, compress the response and revalidate it."""
    for name, value in COMMON_HEADERS.items():
        answer.headers.setdefault(name, value)
    widget = request.endpoint == "widget.widget" and answer.status_code in (200, 404, 410)
    answer.headers.setdefault("Content-Security-Policy", WIDGET_POLICY if widget else PAGE_POLICY)
    if answer.mimetype in _LOCALIZED_TYPES and not widget:
        answer.vary.add("Cookie")  # theme, text size, language, home region
        if is_negotiated():
            answer.vary.add("Accept-Language")
        answer.content_language.add(current_language())
    answer.headers.setdefault("Cache-Control", "no-cache")
    return revalidate(compress_response(answer))


def revalidate(answer: Response) -> Response:
    """Turn a response with an ETag into 304 (RFC 9110 15.4.5) if the client already has it."""
    tag, weak = answer.get_etag()
    held = request.headers.get("If-None-Match")
    if tag is None or held is None or answer.status_code != 200 or request.method not in ("GET", "HEAD"):
        return answer
    if not weak and etag_matches(held, f'"{tag}"'):
        answer.status_code = 304
        answer.set_data(b"")
        del answer.headers["Content-Length"]
        answer.headers.pop("Content-Encoding", None)
    return answer
