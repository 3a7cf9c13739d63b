"""One GET to a real server: conditional requests, redirects, and responses without a feed."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.fetching.fetcher import validators_of
from aggregator.messages import render
from aggregator.model import NotModified, Validators
from tests.aggregator.conftest import failed, fetched, get
from tests.aggregator.settings import Settings
from tests.servers import Server, conditional, drop, hang, raw, redirect, reply

RSS = b"<rss><channel/></rss>"


def test_what_is_sent(server: Server) -> None:
    get(server.route("/feed", reply(200, RSS)))
    sent = server.requests[0].headers
    assert sent["user-agent"] == "Gedi-Test/1.0 (+http://example.org/)"
    assert sent["accept"].startswith("application/atom+xml")
    assert sent["accept-encoding"] == "gzip, deflate, br, zstd"
    assert not {"cookie", "referer", "authorization", "if-none-match", "if-modified-since"} & sent.keys()


def test_what_comes_back(server: Server) -> None:
    answer = fetched(get(server.route("/feed", reply(200, RSS, content_type="text/xml", ETag='W/"a"'))))
    assert (answer.status, answer.body, answer.url) == (200, RSS, server.url("/feed"))
    assert answer.headers["content-type"] == "text/xml"
    assert answer.moved_to is None
    assert validators_of(answer).etag == 'W/"a"'


@pytest.mark.parametrize("etag", ['"plain"', 'W/"weak"', "unquoted", '"with space, comma"', '"\u4e2d\u6587"', '""'])
def test_etags_go_back_byte_for_byte(server: Server, etag: str) -> None:
    url = server.route("/feed", conditional(RSS, etag))
    first = fetched(get(url))
    assert isinstance(get(url, validators_of(first)), NotModified)
    assert b"If-None-Match: " + etag.encode() + b"\r\n" in server.requests[1].raw


def test_last_modified_goes_back_as_it_came_even_when_it_is_no_date(server: Server) -> None:
    url = server.route("/feed", reply(200, RSS, last_modified="Mon, 2 jan 2023 5:00 CST"))
    get(url, validators_of(fetched(get(url))))
    assert server.requests[1].headers["if-modified-since"] == "Mon, 2 jan 2023 5:00 CST"


def test_an_etag_that_is_not_utf8_is_not_kept(server: Server) -> None:
    answer = fetched(get(server.route("/feed", reply(200, RSS, etag='"\udcd6\udcd0"'))))
    assert validators_of(answer).etag is None


def test_a_304_to_an_unconditional_request_is_a_failure(server: Server) -> None:
    assert failed(get(server.route("/feed", reply(304)))).status == 304


@pytest.mark.parametrize("statuses", [(301,), (308,), (301, 308)])
def test_permanent_redirects_are_reported(server: Server, statuses: tuple[int, ...]) -> None:
    for number, status in enumerate(statuses):
        server.route(f"/{number}", redirect(status, f"/{number + 1}"))
    final = server.route(f"/{len(statuses)}", reply(200, RSS))
    answer = fetched(get(server.url("/0")))
    assert (answer.url, answer.moved_to) == (final, final)


@pytest.mark.parametrize("statuses", [(302,), (303,), (307,), (301, 302), (302, 301)])
def test_a_chain_with_a_temporary_redirect_moves_nothing(server: Server, statuses: tuple[int, ...]) -> None:
    for number, status in enumerate(statuses):
        server.route(f"/{number}", redirect(status, f"/{number + 1}"))
    server.route(f"/{len(statuses)}", reply(200, RSS))
    assert fetched(get(server.url("/0"))).moved_to is None


def test_a_304_behind_a_permanent_redirect_reports_the_move(server: Server) -> None:
    server.route("/old", redirect(301, "/new"))
    server.route("/new", conditional(RSS, '"1"'))
    answer = get(server.url("/old"), Validators(etag='"1"'))
    assert isinstance(answer, NotModified)
    assert answer.moved_to == server.url("/new")


def test_five_redirects_are_followed_and_not_six(server: Server) -> None:
    for number in range(6):
        server.route(f"/{number}", redirect(302, f"/{number + 1}"))
    server.route("/6", reply(200, RSS))
    assert fetched(get(server.url("/1"))).body == RSS
    assert failed(get(server.url("/0"))).kind == "redirect"


@pytest.mark.parametrize(
    ("location", "word"),
    [
        ("/feed", "circle"),
        ("/feed#top", "circle"),
        ("", "where"),
        ("file:///etc/passwd", "file:"),
        ("ftp://example.org/feed", "ftp:"),
        ("javascript:alert(1)", "javascript:"),
        ("data:text/xml,<rss/>", "data:"),
        ("http://user:secret@127.0.0.1/", "password"),
        ("http://127.0.0.1\\.example.org/", "host"),
        ("http://[::1/", "no web address"),
        ("http://two words/", "host"),
        ("/" + "x" * 3000, "2000"),
    ],
)
def test_redirects_that_are_not_followed(server: Server, location: str, word: str) -> None:
    failure = failed(get(server.route("/feed", redirect(301, location))))
    assert failure.kind == "redirect"
    assert word in render(failure.reason)
    assert len(server.requests) == 1


def test_the_body_of_a_redirect_is_not_read(server: Server) -> None:
    server.route("/old", raw(b"HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 900000000\r\n\r\n", close=False))
    server.route("/new", reply(200, RSS))
    assert fetched(get(server.url("/old"))).body == RSS


def test_relative_and_non_ascii_targets(server: Server) -> None:
    server.route("/a/feed", redirect(302, "../b/新闻 一.xml?q=热 点"))
    final = server.route("/b/%E6%96%B0%E9%97%BB%20%E4%B8%80.xml?q=%E7%83%AD%20%E7%82%B9", reply(200, RSS))
    assert fetched(get(server.url("/a/feed"))).url == final


def test_raw_gbk_bytes_in_a_target_stay_the_same_bytes(server: Server) -> None:
    server.route("/feed", redirect(302, "/" + "新闻".encode("gbk").decode("ascii", "surrogateescape")))
    final = server.route("/%D0%C2%CE%C5", reply(200, RSS))
    assert fetched(get(server.url("/feed"))).url == final


@pytest.mark.parametrize(
    ("status", "kind"), [(400, "http"), (403, "http"), (404, "http"), (410, "gone"), (429, "busy"), (500, "http"),
                         (503, "busy"), (204, "http"), (206, "http"), (300, "http"), (418, "http"), (599, "http")]
)  # fmt: skip
def test_answers_without_a_feed(server: Server, status: int, kind: str) -> None:
    failure = failed(get(server.route("/feed", reply(status, b"" if status == 204 else b"sorry"))))
    assert (failure.kind, failure.status) == (kind, status)
    assert str(status) in render(failure.reason)
    assert failure.retry_after is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "120"}, 120),
        ({"retry_after": "0"}, 0),
        ({"retry_after": "99999999999999999999"}, 86400),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "Thu, 01 Jan 2026 00:10:00 GMT", "date": "Thu, 01 Jan 2026 00:00:00 GMT"}, 600),
        ({"retry_after": "Thu, 01 Jan 2026 00:00:00 GMT"}, 0),
        ({"retry_after": "Fri, 01 Jan 2100 00:00:00 GMT"}, 86400),
    ],
)
@pytest.mark.parametrize("status", [429, 503, 403])
def test_retry_after(server: Server, status: int, headers: dict[str, str], seconds: int | None) -> None:
    failure = failed(get(server.route("/feed", reply(status, b"", length=None, **headers))))
    assert failure.retry_after == (None if seconds is None else timedelta(seconds=seconds))


def test_no_cookie_is_kept(server: Server) -> None:
    server.route("/wall", redirect(302, "/feed"))
    server.route("/wall", reply(302, set_cookie="a=b", location="/feed"))
    server.route("/feed", reply(200, RSS))
    get(server.url("/wall"))
    assert "cookie" not in server.requests[1].headers


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (drop, "closed"),
        (raw(b"HTTP/1.1 2"), "closed"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "protocol"),
        (raw(b"\0" * 5000), "closed"),
        (raw(b"\0" * 500_000), "protocol"),
        (raw(b"X: y\r\n" * 50_000), "protocol"),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), "protocol"),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n"), "protocol"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n<rss/>"), "protocol"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<rss/>"), "protocol"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss/>\r\n0\r\n\r\n"), None),
    ],
)
def test_broken_servers(server: Server, behaviour: object, kind: str | None) -> None:
    failure = failed(get(server.route("/feed", behaviour)))  # type: ignore[arg-type]
    assert failure.kind in ({kind} if kind else {"protocol", "truncated"})


def test_no_server_there(server: Server) -> None:
    with Server() as stopped:
        url = stopped.url("/feed")
    assert failed(get(url)).kind == "connect"


def test_a_name_that_does_not_exist() -> None:
    assert failed(get("http://no-such-outlet.invalid/feed")).kind == "dns"


def test_a_certificate_that_nobody_vouches_for() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self-signed.pem"))
    with Server(tls=context) as server:
        failure = failed(get(server.route("/feed", reply(200, RSS))))
    assert failure.kind == "tls"
    assert "certificate of 127.0.0.1 is not valid (self" in render(failure.reason)
    assert not server.requests


def test_https_asked_of_a_server_that_speaks_http() -> None:
    with Server(greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as plain:
        failure = failed(get(plain.url("/feed").replace("http:", "https:")))
    assert failure.kind == "tls"
    assert "http://" in render(failure.reason)


def test_the_deadline_covers_silence(server: Server) -> None:
    failure = failed(get(server.route("/feed", hang), settings=Settings(timeout=timedelta(seconds=1))))
    assert failure.kind == "timeout"
