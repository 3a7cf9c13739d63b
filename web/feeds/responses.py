"""Responses of the feed application: a document in the negotiated coding and form, or a text with the reason.

Each coding has its own strong ETag (RFC 9110 8.8.3.3); If-None-Match takes precedence over If-Modified-Since (13.2.2);
a 304 repeats the fields that a cache has to update (15.4.5). Feeds set no cookie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from wsgiref.types import StartResponse, WSGIEnvironment

from aggregator.model import RenderedDocument
from web.feeds.document_cache import CachedDocument, Headers
from web.http.negotiation import IDENTITY, choose_coding, etag_matches, is_navigation, is_unmodified_since, parse_etags

CACHE_CONTROL = "public, max-age=60, stale-if-error=86400"
# Current browsers send Sec-Fetch-Dest when a person opens the URL; responses to older ones are private.
VARY = "Accept-Encoding, Sec-Fetch-Dest, A-IM"
COMMON_HEADERS: Headers = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Link, Last-Modified, IM"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"),
]
_PREFLIGHT: Headers = [
    ("Allow", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, A-IM"),
    ("Access-Control-Max-Age", "86400"),
]


def respond(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    held: CachedDocument,
    links: Callable[[CachedDocument], str],
) -> Iterable[bytes]:
    """Return the document, or 304 if the client has it.

    Its header fields are built once for each coding and cached with it; the server gets a copy, because it may change
    the list (PEP 3333). ``links`` returns the value of the Link field.
    """
    form, caching = held, CACHE_CONTROL
    if is_navigation(environ):
        form = held.as_browser_document()
        caching = CACHE_CONTROL if "HTTP_SEC_FETCH_DEST" in environ else CACHE_CONTROL.replace("public", "private")
    coding = choose_coding(environ.get("HTTP_ACCEPT_ENCODING", ""), form.codings)
    body, etag = form.bodies[coding]
    fields = form.fields.get((coding, caching))
    if fields is None:
        fields = form.fields[coding, caching] = _fields(form, coding, caching, links(held))
    unmodified, whole = fields
    if is_not_modified(environ, etag, form.document.modified):
        start_response("304 Not Modified", unmodified.copy())
        return []
    start_response("200 OK", whole.copy())
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _fields(held: CachedDocument, coding: str, caching: str, links: str) -> tuple[Headers, Headers]:
    """Return the header fields of a 304 and of a 200."""
    body, etag = held.bodies[coding]
    unmodified = [
        ("ETag", etag),
        ("Last-Modified", held.last_modified),
        ("Cache-Control", caching),
        ("Vary", VARY),
        *COMMON_HEADERS,
    ]
    whole = [
        *unmodified,
        ("Content-Type", held.document.type),
        ("Content-Length", str(len(body))),
        ("Link", links),
    ]
    if coding != IDENTITY:
        whole.append(("Content-Encoding", coding))
    return unmodified, whole


def respond_delta(
    environ: WSGIEnvironment, start_response: StartResponse, full: CachedDocument, delta: RenderedDocument, links: str
) -> Iterable[bytes]:
    """Send 226 (RFC 3229 10.4.1): the new items with the ETag of the full document.

    Caches that do not support 226 must not store it.
    """
    part = CachedDocument.from_document(delta, 0.0)
    coding = choose_coding(environ.get("HTTP_ACCEPT_ENCODING", ""), tuple(c for c in part.codings if c in full.bodies))
    body, _ = part.bodies[coding]
    headers = [
        ("ETag", full.bodies[coding][1]),
        ("IM", "feed"),
        ("Last-Modified", full.last_modified),
        ("Cache-Control", "no-store, im"),
        ("Vary", f"{VARY}, If-None-Match"),
        ("Content-Type", delta.type),
        ("Content-Length", str(len(body))),
        ("Link", links),
        *COMMON_HEADERS,
    ]
    if coding != IDENTITY:
        headers.append(("Content-Encoding", coding))
    start_response("226 IM Used", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def requested_delta_etags(environ: WSGIEnvironment, cached: CachedDocument) -> list[str]:
    """Return the ETags, unquoted, that a client requests a delta for.

    Empty if the client requests none or already has the current document.
    """
    manipulations = environ.get("HTTP_A_IM", "")
    if not manipulations or not any(part.split(";")[0].strip().lower() == "feed" for part in manipulations.split(",")):
        return []
    etags = parse_etags(environ.get("HTTP_IF_NONE_MATCH", ""))
    current = {etag.strip('"') for _, etag in cached.bodies.values()}
    return [] if current.intersection(etags) else etags


def is_not_modified(environ: Mapping[str, str], etag: str, modified: datetime) -> bool:
    """Return whether a conditional request names the current version."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return etag_matches(tags, etag)
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and is_unmodified_since(since[:64], modified)


def respond_not_allowed(method: str, start_response: StartResponse) -> Iterable[bytes]:
    """Send 405, or for OPTIONS the CORS preflight response."""
    if method == "OPTIONS":
        start_response("204 No Content", [*_PREFLIGHT, *COMMON_HEADERS])
        return []
    body = b"Feeds are read-only: use GET or HEAD.\n"
    headers = [("Allow", "GET, HEAD, OPTIONS"), ("Content-Type", "text/plain; charset=utf-8"), *COMMON_HEADERS]
    start_response("405 Method Not Allowed", [*headers, ("Content-Length", str(len(body)))])
    return [body]


def respond_text(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    status: str,
    message: str,
    extra_headers: Headers | None = None,
) -> Iterable[bytes]:
    """Send a plain text.

    Caches must not store 429, 503 and temporary redirects.
    """
    body = message.encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store" if status.startswith(("503", "302", "429")) else "public, max-age=60"),
        *COMMON_HEADERS,
        *(extra_headers or []),
    ]
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
