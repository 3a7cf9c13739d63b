"""Responses without a feed: the status decides, whatever the body is."""

from __future__ import annotations

from tests.aggregator.fetching.behaviors.case import FEED, Case, said, sized

CASES = (
    Case("200", sized(), "fetched"),
    Case("203: a proxy changed something", sized(status="HTTP/1.1 203 Non-Authoritative"), "fetched"),
    Case("201 with a feed", sized(status="HTTP/1.1 201 Created"), "http"),
    Case("204", said(body=b"", status="HTTP/1.1 204 No Content"), "http"),
    Case("204 with a body", sized(status="HTTP/1.1 204 No Content"), "http"),
    Case("205", sized(body=b"", status="HTTP/1.1 205 Reset"), "http"),
    Case("206 nobody asked for", sized("Content-Range: bytes 0-9/900", status="HTTP/1.1 206 Partial"), "http"),
    Case("226 nobody asked for", sized("IM: feed", status="HTTP/1.1 226 IM Used"), "http"),
    Case("300 with choices", sized(status="HTTP/1.1 300 Multiple"), "http"),
    Case("304 nobody asked for", said('ETag: "evil"', body=b"", status="HTTP/1.1 304 Not Modified"), "http"),
    Case("305: use this proxy", said("Location: http://127.0.0.1:1/", status="HTTP/1.1 305 Use Proxy"), "http"),
    Case("306", sized(status="HTTP/1.1 306 Switch Proxy"), "http"),
    Case("400", sized(status="HTTP/1.1 400 Bad"), "http"),
    Case("401 with every scheme", sized("WWW-Authenticate: Basic, NTLM, Negotiate", status="HTTP/1.1 401 No"), "http"),
    Case("402", sized(status="HTTP/1.1 402 Payment"), "http"),
    Case("403", sized(status="HTTP/1.1 403 Forbidden"), "http"),
    Case("404 with a feed", sized(status="HTTP/1.1 404 Not Found"), "http"),
    Case("406", sized(status="HTTP/1.1 406 Not Acceptable"), "http"),
    Case("407 from a server that is no proxy", sized(status="HTTP/1.1 407 Proxy Auth"), "http"),
    Case("410", sized(status="HTTP/1.1 410 Gone"), "gone"),
    Case("416", sized(status="HTTP/1.1 416 Range"), "http"),
    Case("421", sized(status="HTTP/1.1 421 Misdirected"), "http"),
    Case("429", sized(status="HTTP/1.1 429 Slow Down"), "busy"),
    Case("429 for ever", sized("Retry-After: 999999999999", status="HTTP/1.1 429 Slow Down"), "busy"),
    Case("429 for less than nothing", sized("Retry-After: -999999999", status="HTTP/1.1 429 Slow Down"), "busy"),
    Case("429 till a date that crashes", sized("Retry-After: 99 Xxx 99999", status="HTTP/1.1 429 Slow"), "busy"),
    Case("429 with 5 KB of digits", sized("Retry-After: " + "9" * 5000, status="HTTP/1.1 429 Slow"), "busy"),
    Case("451", sized(status="HTTP/1.1 451 Unavailable"), "http"),
    Case("500 with an ETag and a feed", sized('ETag: "error"', status="HTTP/1.1 500 Oops"), "http"),
    Case("502", sized(status="HTTP/1.1 502 Bad Gateway"), "http"),
    Case("503", sized("Retry-After: 120", status="HTTP/1.1 503 Busy"), "busy"),
    Case("504", sized(status="HTTP/1.1 504 Timeout"), "http"),
    Case("521 of a proxy network", sized(status="HTTP/1.1 521 Down"), "http"),
    Case("599", sized(status="HTTP/1.1 599 Unknown"), "http"),
    Case(
        "an error whose body never ends",
        said("Content-Length: 1000000000", body=FEED * 500, status="HTTP/1.1 500 Oops"),
        "http",
    ),
    Case(
        "an error that is a bomb", said("Content-Encoding: gzip", body=bytes(300_000), status="HTTP/1.1 403 No"), "http"
    ),
    Case(
        "an error with broken framing", said("Transfer-Encoding: chunked", body=b"zz", status="HTTP/1.1 404 No"), "http"
    ),
)
