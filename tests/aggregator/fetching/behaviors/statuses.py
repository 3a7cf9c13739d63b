"""Responses without a feed: the status decides, whatever the body is."""

from __future__ import annotations

from tests.aggregator.fetching.behaviors.case import FEED, Case, send_exactly, send_with_length

CASES = (
    Case("200", send_with_length(), "fetched"),
    Case("203: a proxy changed something", send_with_length(status="HTTP/1.1 203 Non-Authoritative"), "fetched"),
    Case("201 with a feed", send_with_length(status="HTTP/1.1 201 Created"), "http"),
    Case("204", send_exactly(body=b"", status="HTTP/1.1 204 No Content"), "http"),
    Case("204 with a body", send_with_length(status="HTTP/1.1 204 No Content"), "http"),
    Case("205", send_with_length(body=b"", status="HTTP/1.1 205 Reset"), "http"),
    Case(
        "206 nobody asked for", send_with_length("Content-Range: bytes 0-9/900", status="HTTP/1.1 206 Partial"), "http"
    ),
    Case("226 nobody asked for", send_with_length("IM: feed", status="HTTP/1.1 226 IM Used"), "http"),
    Case("300 with choices", send_with_length(status="HTTP/1.1 300 Multiple"), "http"),
    Case("304 nobody asked for", send_exactly('ETag: "evil"', body=b"", status="HTTP/1.1 304 Not Modified"), "http"),
    Case("305: use this proxy", send_exactly("Location: http://127.0.0.1:1/", status="HTTP/1.1 305 Use Proxy"), "http"),
    Case("306", send_with_length(status="HTTP/1.1 306 Switch Proxy"), "http"),
    Case("400", send_with_length(status="HTTP/1.1 400 Bad"), "http"),
    Case(
        "401 with every scheme",
        send_with_length("WWW-Authenticate: Basic, NTLM, Negotiate", status="HTTP/1.1 401 No"),
        "http",
    ),
    Case("402", send_with_length(status="HTTP/1.1 402 Payment"), "http"),
    Case("403", send_with_length(status="HTTP/1.1 403 Forbidden"), "http"),
    Case("404 with a feed", send_with_length(status="HTTP/1.1 404 Not Found"), "http"),
    Case("406", send_with_length(status="HTTP/1.1 406 Not Acceptable"), "http"),
    Case("407 from a server that is no proxy", send_with_length(status="HTTP/1.1 407 Proxy Auth"), "http"),
    Case("410", send_with_length(status="HTTP/1.1 410 Gone"), "gone"),
    Case("416", send_with_length(status="HTTP/1.1 416 Range"), "http"),
    Case("421", send_with_length(status="HTTP/1.1 421 Misdirected"), "http"),
    Case("429", send_with_length(status="HTTP/1.1 429 Slow Down"), "busy"),
    Case("429 for ever", send_with_length("Retry-After: 999999999999", status="HTTP/1.1 429 Slow Down"), "busy"),
    Case(
        "429 for less than nothing",
        send_with_length("Retry-After: -999999999", status="HTTP/1.1 429 Slow Down"),
        "busy",
    ),
    Case(
        "429 till a date that crashes",
        send_with_length("Retry-After: 99 Xxx 99999", status="HTTP/1.1 429 Slow"),
        "busy",
    ),
    Case("429 with 5 KB of digits", send_with_length("Retry-After: " + "9" * 5000, status="HTTP/1.1 429 Slow"), "busy"),
    Case("451", send_with_length(status="HTTP/1.1 451 Unavailable"), "http"),
    Case("500 with an ETag and a feed", send_with_length('ETag: "error"', status="HTTP/1.1 500 Oops"), "http"),
    Case("502", send_with_length(status="HTTP/1.1 502 Bad Gateway"), "http"),
    Case("503", send_with_length("Retry-After: 120", status="HTTP/1.1 503 Busy"), "busy"),
    Case("504", send_with_length(status="HTTP/1.1 504 Timeout"), "http"),
    Case("521 of a proxy network", send_with_length(status="HTTP/1.1 521 Down"), "http"),
    Case("599", send_with_length(status="HTTP/1.1 599 Unknown"), "http"),
    Case(
        "an error whose body never ends",
        send_exactly("Content-Length: 1000000000", body=FEED * 500, status="HTTP/1.1 500 Oops"),
        "http",
    ),
    Case(
        "an error that is a bomb",
        send_exactly("Content-Encoding: gzip", body=bytes(300_000), status="HTTP/1.1 403 No"),
        "http",
    ),
    Case(
        "an error with broken framing",
        send_exactly("Transfer-Encoding: chunked", body=b"zz", status="HTTP/1.1 404 No"),
        "http",
    ),
)
