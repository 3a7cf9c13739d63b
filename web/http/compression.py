"""Content codings of dynamic responses: brotli, then gzip (RFC 9110 8.4)."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from functools import lru_cache

import brotli
from flask import Response, request

from web.http.negotiation import IDENTITY, choose_coding

# an eighth smaller than gzip for half a millisecond; higher levels cost more than they save
PAGE_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=5)),
    "gzip": lambda body: gzip.compress(body, 5, mtime=0),
}
STATIC_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=11)),
    "gzip": lambda body: gzip.compress(body, 9, mtime=0),
}
_COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/xml",
    "application/opensearchdescription+xml",
    "image/svg+xml",
)
_MIN_SIZE = 1000  # bytes


@lru_cache(64)  # which takes long, and every application of a process has the same files
def compress_static(body: bytes) -> Mapping[str, bytes]:
    """Return the body in every supported coding at the best compression, including "identity"."""
    return {IDENTITY: body} | {
        coding: compress(body) for coding, compress in STATIC_COMPRESSORS.items() if len(body) >= _MIN_SIZE
    }


def accepted_coding(offered: tuple[str, ...] = tuple(PAGE_COMPRESSORS)) -> str:
    """Return the content coding to use for this response."""
    return choose_coding(request.headers.get("Accept-Encoding", ""), offered)


def compress_response(response: Response) -> Response:
    """Compress a text response in the coding that the client accepts and add the coding to its ETag."""
    if not (response.mimetype or "").startswith(_COMPRESSIBLE):
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code in (204, 304) or "Content-Encoding" in response.headers:
        return response
    coding = accepted_coding()
    if coding == IDENTITY:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < _MIN_SIZE:
        return response
    response.set_data(PAGE_COMPRESSORS[coding](body))
    response.headers["Content-Encoding"] = coding
    if response.get_etag()[0]:
        response.set_etag(f"{response.get_etag()[0]}-{coding}")
    return response
