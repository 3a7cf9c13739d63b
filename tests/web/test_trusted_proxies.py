"""Tests of [web] trusted_proxies, the proxies that may send X-Forwarded-* headers."""

from __future__ import annotations

import pytest
from werkzeug.test import Client, create_environ, run_wsgi_app
from werkzeug.wrappers import Request, Response

from aggregator.config.settings import ForwardedFields
from aggregator.store import Store
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_wsgi
from web.admin.login import MAX_FAILURES
from web.trusted_proxies import TrustedProxies

TOKEN = "a token of some length"
NETWORKS = ("127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32")


@Request.application
def application(request: Request) -> Response:
    return Response(f"{request.remote_addr} {request.scheme} {request.host}")


def seen_request(peer: str, fields: ForwardedFields = "x-forwarded", /, **headers: str) -> list[str]:
    """Return the client address, scheme and host that the application sees."""
    environ = create_environ(base_url="http://inner", environ_base={"REMOTE_ADDR": peer}, headers=headers)
    body, _, _ = run_wsgi_app(TrustedProxies(application, NETWORKS, fields), environ)
    return b"".join(body).decode().split()


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db9::7", "2001:db9::7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),  # entries written by the client itself are ignored
        ("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),  # two proxies
        ("127.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("127.0.0.1", "203.0.113.7:4711", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("203.0.113.9", "203.0.113.7", "203.0.113.9"),
        ("", "203.0.113.7", ""),
    ],
)
def test_client_is_the_last_untrusted_address(peer: str, forwarded: str, client: str) -> None:
    assert " ".join(seen_request(peer, **{"X-Forwarded-For": forwarded})[:-2]) == client


@pytest.mark.parametrize(
    ("forwarded", "seen"),
    [
        ("for=203.0.113.7;proto=https;host=news.example", "203.0.113.7 https news.example"),
        ('For="[2001:db9::7]:4711";Proto=https', "2001:db9::7 https inner"),
        ('for="203.0.113.7:80";host="news.example:8443"', "203.0.113.7 http news.example:8443"),
        ("for=198.51.100.1;proto=https, for=203.0.113.7;proto=http", "203.0.113.7 http inner"),  # by the client
        ("for=203.0.113.7;host=a.example, for=10.0.0.2;host=b.example", "203.0.113.7 http a.example"),  # two proxies
        ("for=unknown;host=a.example", "10.0.0.1 http inner"),
        ('for=198.51.100.1;x=", for="[2001:db9::7]"', "10.0.0.1 http inner"),  # an open quotation mark of the client
        ("for=198.51.100.1" + ";a=b" * 600, "10.0.0.1 http inner"),
        ("", "10.0.0.1 http inner"),
    ],
)
def test_forwarded_is_read_if_the_config_says_so(forwarded: str, seen: str) -> None:
    """The other fields are ignored then, since the proxy passes on what clients write into them."""
    headers = {"Forwarded": forwarded, "X-Forwarded-For": "198.51.100.9", "X-Forwarded-Host": "evil.example"}
    assert " ".join(seen_request("10.0.0.1", "forwarded", **headers)) == seen
    assert " ".join(seen_request("203.0.113.9", "forwarded", **headers)) == "203.0.113.9 http inner"
    assert " ".join(seen_request("10.0.0.1", **headers)) == "198.51.100.9 http evil.example"


def test_scheme_and_host_are_accepted_from_proxies_only() -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "news.example"}
    assert seen_request("10.0.0.2", **headers) == ["10.0.0.2", "https", "news.example"]
    assert seen_request("203.0.113.9", **headers) == ["203.0.113.9", "http", "inner"]


@pytest.mark.parametrize(("trusted", "status"), [('["127.0.0.1"]', 303), ("[]", 429)])
def test_failed_logins_count_by_client_behind_a_proxy(store: Store, trusted: str, status: int) -> None:
    extra = f'[web]\nadmin_token = "{TOKEN}"\ntrusted_proxies = {trusted}\n'
    world = fixture_site.build(store, fixture_site.config(extra))
    client = Client(create_wsgi(world.store, world.config, clock=lambda: NOW))
    for _ in range(MAX_FAILURES):
        login(client, "wrong", "203.0.113.7")
    assert login(client, TOKEN, "203.0.113.8") == status
    assert login(client, TOKEN, "203.0.113.7") == 429


def login(client: Client, token: str, address: str) -> int:
    peer, headers = {"REMOTE_ADDR": "127.0.0.1"}, {"X-Forwarded-For": address}
    return client.post("/admin/login", data={"token": token}, headers=headers, environ_base=peer).status_code
