"""The public port: plain requests for feeds answered at once, all others by the server behind, with the same bytes."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aggregator.store import Store
from gedi.front import Front
from gedi.peers import Peers
from tests.gedi.processes import eventually, free_port, get, started
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import ServedSite, create_site

FEED = "/feeds/livelihood.atom"
LARGE = b"0123456789abcdef" * 100_000


class _Behind(BaseHTTPRequestHandler):
    """Tells what it is asked, by whom, and how many bytes came with it."""

    protocol_version = "HTTP/1.1"
    peers: Peers

    def do_GET(self) -> None:
        length = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        words = f"{self.command} {self.path} {self.peers.client(self.client_address[0])} {length}"
        body = LARGE if self.path == "/large" else words.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('front')}/gedi.db")
    built = fixture_site.build(store)
    yield create_site(store, built.config, clock=lambda: NOW)
    store.close()


@pytest.fixture
def port(served: ServedSite) -> Iterator[int]:
    """Where a front listens, before a server that tells what it is asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Behind)
    front = Front(served.feeds, ("127.0.0.1", 0), ("127.0.0.1", server.server_port), clock=lambda: NOW)
    _Behind.peers = front.peers
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield front.port
    finally:
        front.close()
        server.shutdown()
        thread.join()
        server.server_close()


class Client:
    """One connection; what is asked goes out as it is."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes | str) -> None:
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def answer(self, *, head_only: bool = False) -> tuple[bytes, bytes]:
        """Head without its date, and body."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.file.readline()
            assert line, head
            head += line
        length = re.search(rb"content-length: (\d+)", head, re.I)
        bare = head_only or b" 304 " in head.split(b"\r\n")[0]
        body = self.file.read(int(length[1])) if length and not bare else b""
        return re.sub(rb"(?i)\r\ndate: [^\r]+GMT\r\n", b"\r\n", head), body

    def ask(self, path: str = FEED, *lines: str, method: str = "GET", version: str = "1.1") -> tuple[bytes, bytes]:
        self.send(request(path, *lines, method=method, version=version))
        return self.answer(head_only=method == "HEAD")

    def ended(self) -> bool:
        return self.file.read(1) == b""


def request(path: str, *lines: str, method: str = "GET", version: str = "1.1") -> str:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: gedi.example", *lines, "", ""])


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    with Client(port) as client:
        yield client


# ---------------------------------------------------------------- feeds
def test_a_feed_whole_and_unchanged(client: Client) -> None:
    head, body = client.ask()
    assert head.startswith(b"HTTP/1.1 200 OK\r\netag: ")
    assert body.startswith(b"<?xml")
    assert body.endswith(b"</feed>")
    tag = re.search(rb"etag: ([^\r]+)", head)
    assert tag is not None
    unchanged, nothing = client.ask(FEED, f"If-None-Match: {tag[1].decode()}")
    assert unchanged.startswith(b"HTTP/1.1 304 Not Modified\r\n")
    assert nothing == b""
    assert client.ask(FEED, method="HEAD")[0] == head


def test_requests_in_any_pieces_are_answered_in_order(client: Client) -> None:
    whole = client.ask()
    for letter in request(FEED):
        client.send(letter)
    assert client.answer() == whole
    client.send(request(FEED, method="HEAD") + request(FEED) + request("/feeds/all.json") + request(FEED)[:30])
    assert client.answer(head_only=True)[0] == whole[0]
    assert client.answer() == whole
    assert client.answer()[1].startswith(b"{")
    client.send(request(FEED)[30:])
    assert client.answer() == whole


def test_more_answers_than_the_client_takes_wait_for_it(client: Client) -> None:
    whole = client.ask()
    count = 3_000_000 // len(whole[1])
    sender = threading.Thread(target=client.send, args=(request(FEED) * count,))
    sender.start()
    for _ in range(count):
        assert client.answer() == whole
    sender.join()


@pytest.mark.parametrize(
    ("version", "line", "stays"),
    [
        ("1.1", "Connection: close", False),
        ("1.0", "Accept: */*", False),
        ("1.0", "Connection: Keep-Alive", True),
        ("1.1", "Connection: keep-alive", True),
    ],
)
def test_the_connection_ends_when_the_client_wants_it(client: Client, version: str, line: str, stays: bool) -> None:
    head, body = client.ask(FEED, line, version=version)
    assert head.startswith(f"HTTP/{version} 200 OK".encode())
    assert body
    assert client.ask(FEED)[1] == body if stays else client.ended()


def test_a_client_that_only_listens_still_gets_its_answer(port: int) -> None:
    with Client(port) as client:
        client.send(request(FEED))
        client.socket.shutdown(socket.SHUT_WR)
        assert client.answer()[1].endswith(b"</feed>")
        assert client.ended()
    with Client(port) as client:
        client.send(request(FEED)[:20])
        client.socket.shutdown(socket.SHUT_WR)
        assert client.ended()


def test_who_does_not_come_to_the_point_is_let_go(served: ServedSite) -> None:
    front = Front(served.feeds, ("127.0.0.1", 0), ("127.0.0.1", 1), clock=lambda: NOW, patience=0.2)
    with Client(front.port) as client:
        client.send(request(FEED)[:20])
        assert client.ended()
    front.close()


# ---------------------------------------------------------------- everything else
@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("/", ()),
        (FEED + "?since=2026-05-20", ()),
        ("/feeds/search.atom?q=x", ()),
        ("/feeds/nothing.atom", ()),
        ("/feeds/story/01.atom", ()),
        (FEED, ("A-IM: feed",)),
        (FEED, ("Sec-Fetch-Dest: document",)),
        (FEED, ("Accept: text/html",)),
        (FEED, ("Upgrade: h2c",)),
        (FEED, ("Expect: 100-continue",)),
        (FEED, ("Content-Length: 0",)),
        (FEED, ('If-None-Match: "a"', 'If-None-Match: "b"')),
        (FEED, ("Connection: keep-alive, te",)),
        (FEED, ("X: " + "x" * 9000,)),
    ],
)
def test_what_is_not_plain_is_for_the_server_behind(client: Client, path: str, lines: tuple[str, ...]) -> None:
    _, body = client.ask(path, *lines)
    if "Expect: 100-continue" in lines:
        _, body = client.answer()
    assert body.decode() == f"GET {path} 127.0.0.1 0"
    assert client.ask()[1].startswith(b"GET /feeds/livelihood.atom ")  # and so is all that follows on it


def test_lines_that_end_without_a_carriage_return_are_no_reason_to_wait(client: Client) -> None:
    client.send(f"GET {FEED} HTTP/1.1\nHost: gedi.example\n\n")
    assert client.answer()[1].startswith(b"GET /feeds/livelihood.atom")


def test_large_bodies_pass_both_ways(client: Client) -> None:
    client.send(request("/push", f"Content-Length: {len(LARGE)}", method="POST").encode() + LARGE)
    assert client.answer()[1].split()[-1] == str(len(LARGE)).encode()
    assert client.ask("/large")[1] == LARGE


def test_a_client_that_only_listens_gets_its_page(client: Client) -> None:
    client.send(request("/about"))
    client.socket.shutdown(socket.SHUT_WR)
    assert b"/about" in client.answer()[1]
    assert client.ended()


def test_each_pipe_keeps_its_client_apart() -> None:
    peers = Peers()
    first, second = peers.near_end("192.0.2.1"), peers.near_end("2001:db8::2")
    assert (peers.client(first), peers.client(second)) == ("192.0.2.1", "2001:db8::2")
    assert peers.client("127.0.0.1") == "127.0.0.1"  # asked without the front
    for _ in range(20_000):
        peers.near_end("192.0.2.3")
    assert peers.client(first) == ""


# ---------------------------------------------------------------- beside granian
def test_the_same_bytes_as_from_the_server_behind(tmp_path: Path) -> None:
    """An address with an empty query is the same feed, but not plain: granian answers it."""
    listening = free_port()
    store = Store.open(f"sqlite:///{tmp_path}/gedi.db")
    fixture_site.build(store)
    store.close()
    (tmp_path / "config.toml").write_text(f"{fixture_site.CONFIG}\n[web]\nport = {listening}\n")
    ask: Callable[..., list[tuple[bytes, bytes]]]
    with started("serve", cwd=tmp_path):
        assert eventually(lambda: get(f"http://127.0.0.1:{listening}/healthz")[0] == 200, 60)

        def ask(*lines: str, path: str = FEED, method: str = "GET", version: str = "1.1") -> list[tuple[bytes, bytes]]:
            found = []
            for ending in ("", "?"):
                with Client(listening) as client:
                    found.append(client.ask(path + ending, *lines, method=method, version=version))
            assert found[0] == found[1], (lines, path, method, version)
            return found

        tags = [re.search(rb"etag: ([^\r]+)", ask(f"Accept-Encoding: {coding}")[0][0]) for coding in ("gzip", "br", "")]
        for path in (FEED, "/feeds/all/370400.rss", "/feeds/hot.json", "/feeds/source/shiqiao.atom"):
            for method in ("GET", "HEAD"):
                for version in ("1.0", "1.1"):
                    for connection in ("close", "keep-alive"):
                        ask(f"Connection: {connection}", path=path, method=method, version=version)
                ask("Accept-Encoding: zstd;q=1, gzip;q=0.5, *;q=0", path=path, method=method)
        for tag in tags:
            assert tag is not None
            for coding in ("gzip", "br", "identity"):
                ask(f"If-None-Match: {tag[1].decode()}", f"Accept-Encoding: {coding}")
                ask(f'If-None-Match: "x", W/{tag[1].decode()}', f"Accept-Encoding:{coding} ", method="HEAD")
        for moment in ("Mon, 23 Nov 2099 15:00:00 GMT", "Mon, 23 Nov 1999 15:00:00 GMT", "never"):
            ask(f"If-Modified-Since: {moment}")
            ask('If-None-Match: "x"', f"If-Modified-Since: {moment}")
        ask("Range: bytes=0-99")
        ask("Sec-Fetch-Dest: empty", "Origin: https://elsewhere.example", "Accept: application/atom+xml")
        ask("Sec-Fetch-Dest: document")
        ask("A-IM: feed", 'If-None-Match: "x"')
        ask(path="/feeds/nothing.atom")
        ask("Content-Length: 0", method="POST")
        ask(method="OPTIONS")
