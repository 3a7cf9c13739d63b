"""Answers of the WSGI layer: a document in the coding and form asked for, or a word of why there is none.

Each coding has a strong ETag of its own (RFC 9110 8.8.3.3); If-None-Match goes before If-Modified-Since (13.2.2);
a 304 repeats the fields that a cache has to update (15.4.5). Feeds set no cookie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from wsgiref.types import StartResponse, WSGIEnvironment

from aggregator.model import Document
from web.feeds.document_cache import Held
from web.http.negotiation import choose_coding, is_navigation, matches, tags_of, unchanged_since

Headers = list[tuple[str, str]]

CACHING = "public, max-age=60, stale-if-error=86400"
# Browsers of today say in Sec-Fetch-Dest that a person opens the address; answers to older ones are for them alone.
VARY = "Accept-Encoding, Sec-Fetch-Dest, A-IM"
COMMON: Headers = [
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


def answer(environ: WSGIEnvironment, start_response: StartResponse, held: Held, links: str) -> Iterable[bytes]:
    """The document, or 304 where the client has it."""
    caching = CACHING
    if is_navigation(environ):
        held = held.as_page()
        caching = CACHING if "HTTP_SEC_FETCH_DEST" in environ else CACHING.replace("public", "private")
    coding = choose_coding(environ.get("HTTP_ACCEPT_ENCODING", ""), held.codings)
    body, etag = held.bodies[coding]
    headers = [
        ("ETag", etag),
        ("Last-Modified", held.last_modified),
        ("Cache-Control", caching),
        ("Vary", VARY),
        *COMMON,
    ]
    if not_modified(environ, etag, held.document.modified):
        start_response("304 Not Modified", headers)
        return []
    headers += [
        ("Content-Type", held.document.type),
        ("Content-Length", str(len(body))),
        ("Link", links),
    ]
    if coding != "identity":
        headers.append(("Content-Encoding", coding))
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def answer_delta(
    environ: WSGIEnvironment, start_response: StartResponse, whole: Held, delta: Document, links: str
) -> Iterable[bytes]:
    """226 (RFC 3229 10.4.1): what is new, under the ETag of the whole; caches that do not know it must not keep it."""
    part = Held.of(delta, 0.0)
    coding = choose_coding(environ.get("HTTP_ACCEPT_ENCODING", ""), tuple(c for c in part.codings if c in whole.bodies))
    body, _ = part.bodies[coding]
    headers = [
        ("ETag", whole.bodies[coding][1]),
        ("IM", "feed"),
        ("Last-Modified", whole.last_modified),
        ("Cache-Control", "no-store, im"),
        ("Vary", f"{VARY}, If-None-Match"),
        ("Content-Type", delta.type),
        ("Content-Length", str(len(body))),
        ("Link", links),
        *COMMON,
    ]
    if coding != "identity":
        headers.append(("Content-Encoding", coding))
    start_response("226 IM Used", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def wants_delta(environ: WSGIEnvironment, held: Held) -> list[str]:
    """The ETags, without quotes, since which a client asks for news; empty: it does not, or has the newest."""
    asked = environ.get("HTTP_A_IM", "")
    if not asked or not any(part.split(";")[0].strip().lower() == "feed" for part in asked.split(",")):
        return []
    tags = tags_of(environ.get("HTTP_IF_NONE_MATCH", ""))
    current = {etag.strip('"') for _, etag in held.bodies.values()}
    return [] if current.intersection(tags) else tags


def not_modified(environ: Mapping[str, str], etag: str, modified: datetime) -> bool:
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return matches(tags, etag)
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and unchanged_since(since, modified)


def refuse(method: str, start_response: StartResponse) -> Iterable[bytes]:
    if method == "OPTIONS":
        start_response("204 No Content", [*_PREFLIGHT, *COMMON])
        return []
    body = b"A feed can only be read: use GET or HEAD.\n"
    headers = [("Allow", "GET, HEAD, OPTIONS"), ("Content-Type", "text/plain; charset=utf-8"), *COMMON]
    start_response("405 Method Not Allowed", [*headers, ("Content-Length", str(len(body)))])
    return [body]


def text(
    environ: WSGIEnvironment, start_response: StartResponse, status: str, words: str, more: Headers | None = None
) -> Iterable[bytes]:
    """A word for people; 503 is not kept by caches, nor is what leads elsewhere for the time being."""
    body = words.encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store" if status.startswith(("503", "302")) else "public, max-age=60"),
        *COMMON,
        *(more or []),
    ]
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
