"""Malformed response heads: those that are repaired, and those that are refused."""

from __future__ import annotations

import pytest

from aggregator.fetching.response_head import ResponseHead, find_head_end, normalize_response_head
from tests.aggregator.conftest import failed, fetched, get
from tests.servers import Server, drip, raw, reply

FEED = b"<rss><channel/></rss>"
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(FEED)
CHUNKED = b"%x\r\n" % len(FEED) + FEED + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        OK + LENGTH + LENGTH + b"\r\n" + FEED,
        OK + b"Content-Length: %d, %d\r\n\r\n" % (len(FEED), len(FEED)) + FEED,
        OK + b"Content-Length: +%d\r\n\r\n" % len(FEED) + FEED,
        OK + b"Content-Length: \r\n\r\n" + FEED,
        OK + LENGTH + b"this is no field\r\n\r\n" + FEED,
        (OK + LENGTH + b"\r\n").replace(b"\r\n", b"\n") + FEED,
        b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n" + FEED,
        b"HTTP/1.0 200 OK\r\n\r\n" + FEED,
        b"HTTP/2 200 OK\r\n" + LENGTH + b"\r\n" + FEED,
        b"http/1.1  200 fine\r\n" + LENGTH + b"\r\n" + FEED,
        b"ICY 200 OK\r\n\r\n" + FEED,
        b"\r\n\r\n" + OK + LENGTH + b"\r\n" + FEED,
        OK + b"Content-Length : %d\r\n\r\n" % len(FEED) + FEED,
        OK + b"Content-Type: text/xml;\r\n charset=gbk\r\n" + LENGTH + b"\r\n" + FEED,
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED,
        OK + b"Transfer-Encoding: identity\r\n" + LENGTH + b"\r\n" + FEED,
        OK + b"Transfer-Encoding: Chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED,
        OK + "标题: 新闻\r\n".encode("gbk") + LENGTH + b"\r\n" + FEED,
        OK + b"X-A: a\0b\r\nX B: c\r\n: d\r\nX@C: e\r\n" + LENGTH + b"\r\n" + FEED,
        OK + b"".join(b"Set-Cookie: c%d=%s\r\n" % (n, b"x" * 100) for n in range(300)) + LENGTH + b"\r\n" + FEED,
        OK + b"X-Large: " + b"x" * 30_000 + b"\r\n" + LENGTH + b"\r\n" + FEED,
        OK + LENGTH + b"\r\n" + FEED + b"\r\n<!-- and more -->",
        OK + b"Upgrade: h2c\r\nConnection: Upgrade\r\n" + LENGTH + b"\r\n" + FEED,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + LENGTH + b"\r\n" + FEED,
    ],
)
def test_what_browsers_read_is_read(server: Server, answer: bytes) -> None:
    assert fetched(get(server.route("/feed", raw(answer)))).body == FEED


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 5\r\nContent-Length: 21\r\n\r\n" + FEED,
        OK + b"Content-Length: many\r\n\r\n" + FEED,
        OK + b"Content-Length: -21\r\n\r\n" + FEED,
        OK + b"Content-Length: 21, x\r\n\r\n" + FEED,
        OK + b"Transfer-Encoding: gzip\r\n\r\n" + FEED,
        b"HTTP/1.1 0200 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 20 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 2000 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 21 + OK + LENGTH + b"\r\n" + FEED,
        b"220 ftp.example.org ready\r\n\r\n",
        FEED + b"\r\n\r\n",
    ],
)
def test_what_is_in_doubt_is_refused(server: Server, answer: bytes) -> None:
    assert failed(get(server.route("/feed", raw(answer)))).kind in {"protocol", "truncated"}


def test_heads_in_small_pieces(server: Server) -> None:
    answer = OK + LENGTH + b'ETag: "1"\r\n\r\n' + FEED
    url = server.route("/feed", drip([answer[n : n + 3] for n in range(0, len(answer), 3)], 0.001))
    assert fetched(get(url)).headers["etag"] == '"1"'


def test_the_next_answer_on_a_connection_is_its_own(server: Server) -> None:
    sly = OK + LENGTH + b"\r\n" + FEED + OK + b"Content-Length: 4\r\n\r\nevil"
    first = server.route("/first", raw(sly, close=False))
    second = server.route("/second", reply(200, FEED))
    assert [fetched(get(url)).body for url in (first, second)] == [FEED, FEED]


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"", None),
        (b"a\r\n", None),
        (b"a\r\n\r\nb", 5),
        (b"a\n\nb", 3),
        (b"a\r\n\nb", 4),
        (b"\r\n\r\na\r\n\r\nb", 9),
        (b"\r\n\r\n", None),
    ],
)
def test_head_end(data: bytes, end: int | None) -> None:
    assert find_head_end(data) == end


def test_only_fields_that_mean_something_go_on() -> None:
    head = normalize_response_head(
        b'HTTP/1.1 200 Fine\r\nSet-Cookie: a=b\r\nETAG :  W/"x"  \r\nX-Powered-By: PHP\r\nContent-Length: 3\r\n\r\n'
    )
    assert head == ResponseHead(200, b'HTTP/1.1 200 OK\r\ncontent-length: 3\r\netag: W/"x"\r\n\r\n', 3)
