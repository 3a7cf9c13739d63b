"""Security headers of every page: no foreign resources, no framing, no content sniffing."""

from __future__ import annotations

from flask import Flask, Response, request

from web.http.compression import compress_response
from web.http.negotiation import etag_matches
from web.i18n.language import current_language, is_negotiated

# data: is for the icon in the head, which would otherwise be a separate request
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
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
    """Apply ``finalize_response`` to every response of the application."""
    app.after_request(finalize_response)


def finalize_response(response: Response) -> Response:
    """Add security and caching headers, compress the response and revalidate it."""
    for name, value in COMMON_HEADERS.items():
        response.headers.setdefault(name, value)
    is_widget = request.endpoint == "widget.widget" and response.status_code in (200, 404, 410)
    response.headers.setdefault("Content-Security-Policy", WIDGET_POLICY if is_widget else PAGE_POLICY)
    if response.mimetype in _LOCALIZED_TYPES and not is_widget:
        response.vary.add("Cookie")  # theme, text size, language, home region
        if is_negotiated():
            response.vary.add("Accept-Language")
        response.content_language.add(current_language())
        if request.cookies:  # a proxy that disregards Vary must not give one reader's page to another
            response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.setdefault("Cache-Control", "no-cache")
    return revalidate(compress_response(response))


def revalidate(response: Response) -> Response:
    """Turn a response with an ETag into 304 (RFC 9110 15.4.5) if the client already has it."""
    etag, is_weak = response.get_etag()
    if_none_match = request.headers.get("If-None-Match")
    if etag is None or if_none_match is None or response.status_code != 200 or request.method not in ("GET", "HEAD"):
        return response
    if not is_weak and etag_matches(if_none_match, f'"{etag}"'):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Length"]
        response.headers.pop("Content-Encoding", None)
    return response
