"""`gedi serve` behind the proxies of docs/deploy: TLS, compression, cached feeds, and clients told apart."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from aggregator.store import Store
from tests.deploy.proxies import PROGRAMS, PROXIES
from tests.gedi.processes import eventually, free_port, get, run_gedi
from tests.web import fixture_site
from web.admin.login import MAX_FAILURES

FEED = "/feeds/livelihood.atom"
TOKEN = "a long enough token"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(frozen=True)
class Proxy:
    name: str
    port: int
    backend: int

    def ask(
        self, path: str, client: str = "127.0.0.1", *, method: str = "GET", body: str | None = None, **headers: str
    ) -> Answer:
        """Send a request over TLS from a local address; ``_`` in the names of headers is sent as it is."""
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(
            "localhost", self.port, context=context, source_address=(client, 0), timeout=20
        )
        with closing(connection):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def is_ready(self) -> bool:
        """Return whether the proxy has a certificate and reaches the site."""
        try:
            return self.ask("/healthz?part=live").status == 200
        except OSError:
            return False

    def log_in(self, token: str, client: str, **headers: str) -> Answer:
        body = f"token={token.replace(' ', '+')}"
        return self.ask("/admin/login", client, method="POST", body=body, **FORM, **headers)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run ``gedi serve`` once for all proxies."""
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    store = Store.open(f"sqlite:///{folder}/gedi.db")
    fixture_site.build(store)
    store.close()
    web = f'[web]\nport = {port}\nadmin_token = "{TOKEN}"\ntrusted_proxies = ["127.0.0.1"]\n'
    (folder / "config.toml").write_text(fixture_site.CONFIG + web)
    with run_gedi("serve", cwd=folder):
        assert eventually(lambda: get(f"http://127.0.0.1:{port}/healthz")[0] == 200, 60)
        yield port


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request: pytest.FixtureRequest, backend: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    if PROGRAMS[request.param] is None:
        pytest.skip(f"{request.param} is not installed")
    home = tmp_path_factory.mktemp(request.param)
    home.chmod(0o755)
    with PROXIES[request.param](home, backend) as port:
        running = Proxy(request.param, port, backend)
        assert eventually(running.is_ready)
        yield running


def test_feeds_pass_compressed_and_conditional(proxy: Proxy) -> None:
    for coding in ("gzip", "br"):
        direct = http.client.HTTPConnection("127.0.0.1", proxy.backend, timeout=20)
        with closing(direct):
            direct.request("GET", FEED, headers={"Accept-Encoding": coding})
            expected = direct.getresponse()
            body, etag = expected.read(), expected.headers["ETag"]
        accepted = {"Accept-Encoding": coding}
        answers = [proxy.ask(FEED, **accepted) for _ in range(2)]
        for answer in answers:
            assert (answer.status, answer.body, answer.headers["ETag"]) == (200, body, etag)
            assert answer.headers["Content-Encoding"] == coding
        if proxy.name == "nginx":
            assert [answer.headers["X-Cache"] for answer in answers] == ["MISS", "HIT"]
        known = proxy.ask(FEED, **accepted, **{"If-None-Match": etag})
        assert (known.status, known.body) == (304, b"")
    assert b"<html" in proxy.ask(FEED, **{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}).body


def test_clients_are_told_apart_and_cannot_name_themselves(proxy: Proxy) -> None:
    number = list(PROXIES).index(proxy.name)
    guesser, admin = f"127.0.1.{number}", f"127.0.2.{number}"
    for n in range(MAX_FAILURES):
        forged = dict.fromkeys(("X-Forwarded-For", "X_Forwarded_For"), f"9.9.9.{n}") | {"Forwarded": f"for=9.9.9.{n}"}
        assert proxy.ask("/api/admin/queues", guesser, Authorization="Bearer x", **forged).status == 401
    assert proxy.log_in(TOKEN, guesser).status == 429
    answer = proxy.log_in(TOKEN, admin, Origin=f"https://localhost:{proxy.port}")
    assert (answer.status, answer.headers["Location"]) == (303, "/admin")
    assert "Secure" in answer.headers["Set-Cookie"]
    forged = {"X-Forwarded-Host": "evil.example", "X_Forwarded_Host": "evil.example", "Forwarded": "host=evil.example"}
    assert proxy.log_in(TOKEN, admin, Origin="https://evil.example", **forged).status == 403
