"""The HTTP server of the site on real connections: keep-alive, pipelining, and limits of slow and large requests."""

from __future__ import annotations

import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator.store import Store
from gedi import site_server
from tests.gedi.processes import environ, eventually, free_port, get, run_gedi
from tests.web import fixture_site
from web.admin.login import MAX_FAILURES
from web.body_limit import MOST_BODIES

FEED = "/feeds/livelihood.atom"
TOKEN = "a long enough token"
FORM = "Content-Type: application/x-www-form-urlencoded"

pytestmark = pytest.mark.timeout(180)


class Client:
    """One connection, which sends bytes unchanged."""

    def __init__(self, port: int, local: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 30, (local, 0))
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: str) -> None:
        self.socket.sendall(data.encode("latin-1"))

    def answer(self, *, head_only: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Return the status, the header fields by lower-case name, and the body."""
        status = self.file.readline().split()
        assert len(status) > 1, status
        fields = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode("latin-1").partition(": ")
            fields[name.lower()] = value
        bare = head_only or status[1] == b"304"
        return int(status[1]), fields, b"" if bare else self.file.read(int(fields["content-length"]))

    def ask(
        self, path: str = FEED, *lines: str, method: str = "GET", version: str = "1.1"
    ) -> tuple[int, dict[str, str], bytes]:
        self.send(request(path, *lines, method=method, version=version))
        return self.answer(head_only=method == "HEAD")

    def is_closed(self) -> bool:
        return self.file.read(1) == b""


def request(path: str, *lines: str, method: str = "GET", version: str = "1.1", body: str = "") -> str:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: gedi.example", *lines, "", body])


@dataclass(frozen=True)
class Served:
    folder: Path
    port: int

    def config(self, title: str = "各地新闻") -> str:
        text = fixture_site.CONFIG.replace("各地新闻", title)
        return f'{text}\n[web]\nhost = "localhost"\nport = {self.port}\nadmin_token = "{TOKEN}"\n'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run ``gedi serve`` once for all tests of this file."""
    served = Served(tmp_path_factory.mktemp("site"), free_port())
    store = Store.open(f"sqlite:///{served.folder}/gedi.db")
    fixture_site.build(store)
    store.close()
    (served.folder / "config.toml").write_text(served.config())
    with run_gedi("serve", cwd=served.folder):
        assert eventually(lambda: get(f"http://127.0.0.1:{served.port}/healthz")[0] == 200, 60)
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    with Client(served.port) as client:
        yield client


def is_responsive(port: int) -> bool:
    """Return whether a feed and a page are served without delay."""
    with Client(port) as client:
        client.socket.settimeout(5)
        return client.ask()[0] == client.ask("/about")[0] == 200


def with_response(clients: list[Client]) -> list[Client]:
    """Return the connections that received something."""
    return [client for client in clients if select.select([client.socket], [], [], 0)[0]]


# ---------------------------------------------------------------- connections
def test_a_feed_whole_and_unchanged_on_one_connection(client: Client) -> None:
    status, fields, body = client.ask()
    assert status == 200
    assert body.startswith(b"<?xml")
    assert body.endswith(b"</feed>")
    assert client.ask(FEED, f"If-None-Match: {fields['etag']}")[::2] == (304, b"")
    assert client.ask(FEED, f"If-Modified-Since: {fields['last-modified']}")[0] == 304
    status, of_head, _ = client.ask(method="HEAD")
    assert (status, of_head["content-length"]) == (200, str(len(body)))
    assert client.ask("/about")[0] == 200
    assert client.ask()[2] == body


def test_each_coding_comes_as_it_is_stored(client: Client) -> None:
    tags = {client.ask(FEED, f"Accept-Encoding: {coding}")[1]["etag"] for coding in ("gzip", "br", "zstd", "identity")}
    assert len(tags) == 4
    status, fields, body = client.ask(FEED, "Accept-Encoding: gzip")
    assert (status, fields["content-encoding"], body[:2]) == (200, "gzip", b"\x1f\x8b")
    assert client.ask(FEED, "Accept-Encoding: gzip", f"If-None-Match: {fields['etag']}")[0] == 304


def test_requests_in_any_pieces_are_answered_in_order(client: Client) -> None:
    body = client.ask()[2]
    for letter in request(FEED):
        client.send(letter)
    assert client.answer()[2] == body
    client.send(request(FEED, method="HEAD") + request(FEED) + request("/feeds/all.json") + request(FEED)[:30])
    assert client.answer(head_only=True)[0] == 200
    assert client.answer()[2] == body
    assert client.answer()[2].startswith(b"{")
    client.send(request(FEED)[30:])
    assert client.answer()[2] == body


@pytest.mark.parametrize(
    ("version", "line", "stays"),
    [
        ("1.1", "Connection: close", False),
        ("1.0", "Accept: */*", False),
        ("1.0", "Connection: keep-alive", True),
        ("1.1", "Connection: keep-alive", True),
    ],
)
def test_the_connection_ends_when_the_client_wants_it(client: Client, version: str, line: str, stays: bool) -> None:
    status, _, body = client.ask(FEED, line, version=version)
    assert status == 200
    assert client.ask()[2] == body if stays else client.is_closed()


def test_a_new_config_drops_no_connection(served: Served, client: Client) -> None:
    assert client.ask()[0] == 200
    (served.folder / "config.toml").write_text(served.config(title="新站名"))

    def renamed() -> bool:
        return "新站名".encode() in client.ask()[2]

    assert eventually(renamed)
    assert "新站名".encode() in client.ask("/")[2]


def test_guesses_at_the_token_count_by_the_address_of_the_client(served: Served) -> None:
    def enter(address: str, token: str) -> int:
        body = f"token={token.replace(' ', '+')}"
        with Client(served.port, address) as client:
            client.send(request("/admin/login", FORM, f"Content-Length: {len(body)}", method="POST", body=body))
            return client.answer()[0]

    assert [enter("127.0.0.2", "wrong") for _ in range(MAX_FAILURES + 1)] == [403] * MAX_FAILURES + [429]
    assert enter("127.0.0.3", TOKEN) == 303


# ---------------------------------------------------------------- limits
def test_idle_connections_and_half_sent_heads_keep_nobody_waiting(served: Served) -> None:
    with ExitStack() as stack:
        for number in range(600):
            client = stack.enter_context(Client(served.port))
            client.send(request("/about")[: number % 30])
        assert is_responsive(served.port)


def test_slow_bodies_keep_nobody_waiting(served: Served) -> None:
    assert site_server.THREADS > MOST_BODIES
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(served.port)) for _ in range(3 * site_server.THREADS)]
        for client in clients:
            client.send(request("/admin/login", FORM, "Content-Length: 99", method="POST", body="token="))
        assert eventually(lambda: len(with_response(clients)) == len(clients) - MOST_BODIES)
        assert {client.answer()[0] for client in with_response(clients)} == {503}
        assert is_responsive(served.port)
    with Client(served.port) as client:
        body = "theme=dark"
        line = f"Content-Length: {len(body)}"

        def taken() -> bool:
            client.send(request("/prefs", FORM, line, method="POST", body=body))
            return client.answer()[0] != 503

        assert eventually(taken)


def test_what_is_too_large_is_refused(served: Served) -> None:
    with Client(served.port) as client:
        assert client.ask("/about", "X: " + "x" * (site_server.LONGEST_HEAD - 1000))[0] == 200
    with Client(served.port) as client, suppress(ConnectionError):  # if it is closed before everything is sent
        client.send(request("/about", "X: " + "x" * 10 * site_server.LONGEST_HEAD))
        assert client.file.readline().split()[1] == b"431"
    with Client(served.port) as client:
        assert client.ask("/prefs", FORM, "Content-Length: 10000000", method="POST")[0] == 413
    assert is_responsive(served.port)


MALFORMED = (
    b"\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET /\x1b[31m\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://[::1/about HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /about HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
    b"GET /about HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
    b"GET /about HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
    b"GET /about HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n",
    b"POST /prefs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /prefs HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\nab",
    b"POST /prefs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"POST /prefs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n",
    b"POST /prefs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n",
    b"POST /prefs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    bytes(range(256)) * 20,
)


def test_malformed_requests_end_their_own_connection_only(served: Served) -> None:
    for data in MALFORMED:
        with Client(served.port) as client, suppress(ConnectionError):
            client.socket.sendall(data)
            client.socket.shutdown(socket.SHUT_WR)
            response = client.file.read()
            assert not response.startswith(b"HTTP/1.1 2"), data[:60]
    smuggled = "0\r\n\r\n" + request("/status")
    lines = (FORM, "Content-Length: 4", "Transfer-Encoding: chunked")
    with Client(served.port) as client, suppress(ConnectionError):
        client.send(request("/prefs", *lines, method="POST", body=smuggled))
        client.socket.shutdown(socket.SHUT_WR)
        responses = client.file.read()
        assert responses.count(b"HTTP/1.1 ") <= 2  # read once, as chunks, or refused
        assert b"HTTP/1.1 200" not in responses[:12]
    assert is_responsive(served.port)


def test_pipelined_requests_of_clients_that_read_nothing_keep_nobody_waiting(served: Served) -> None:
    with ExitStack() as stack:
        for _ in range(2 * site_server.THREADS):
            client = stack.enter_context(Client(served.port))
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.socket.setblocking(False)
            with suppress(BlockingIOError):
                client.send(request(FEED) * 300)
        assert is_responsive(served.port)


def test_nothing_that_clients_sent_controls_the_log(served: Served) -> None:
    """The last one to look at the log of the module's service."""
    with Client(served.port) as client:
        for path in ("/%0a2026-05-20%20INFO", "/search?q=%1b[31m", "/feeds/%1b]0;x%07.atom", "/region/%C2%9B2J"):
            assert client.ask(path, "User-Agent: \x9b2J", "Referer: \x9b2J")[0] in (200, 400, 404)
    log = (served.folder / "gedi.log").read_text("utf-8")
    assert all(line.isprintable() for line in log.splitlines())
    assert "Traceback" not in log


def test_a_client_that_sends_nothing_is_dropped(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "config.toml").write_text(f'{fixture_site.CONFIG}\n[database]\nurl = "sqlite:///gedi.db"\n')
    Store.open(f"sqlite:///{tmp_path}/gedi.db").close()
    script = "import gedi.site_server as site; from pathlib import Path; site.HEADER_TIMEOUT = 500; "
    script += f"site.serve(Path('config.toml'), '127.0.0.1', {port})"
    server = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, env=environ())
    try:
        assert eventually(lambda: get(f"http://127.0.0.1:{port}/healthz")[0] == 200)
        with Client(port) as silent, Client(port) as slow, Client(port) as idle:
            slow.send("GET /about HTTP/1.1\r\n")
            assert idle.ask("/healthz")[0] == 200
            assert silent.is_closed()
            assert slow.is_closed()
            assert idle.is_closed()
    finally:
        server.terminate()
        assert server.wait(15) == 0


def test_it_stops_in_time_whatever_clients_do(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "config.toml").write_text(f"{fixture_site.CONFIG}\n[web]\nport = {port}\n")
    with run_gedi("serve", cwd=tmp_path) as process:
        assert eventually(lambda: get(f"http://127.0.0.1:{port}/healthz")[0] == 200, 60)
        with Client(port) as idle, Client(port) as slow, Client(port) as sending:
            assert idle.ask("/healthz")[0] == 200
            slow.send("GET /about HT")
            sending.send(request("/prefs", FORM, "Content-Length: 99", method="POST", body="theme="))
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
            assert time.monotonic() - begun < 10
    assert "Traceback" not in (tmp_path / "gedi.log").read_text()


def test_a_port_in_use_is_named(served: Served) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "gedi", "serve"],
        cwd=served.folder,
        capture_output=True,
        text=True,
        env=environ(),
        check=False,
    )
    assert answer.returncode == 2
    assert re.search(r"localhost:\d+ is in use", answer.stderr)
