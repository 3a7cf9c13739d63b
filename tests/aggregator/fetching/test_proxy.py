"""Proxies: those of the environment are ignored, and none is used for an address that is refused without one."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from aggregator.fetching.unused_certificates import leave_out_certificates
from tests.aggregator.conftest import failed, fetched, get
from tests.aggregator.settings import Settings
from tests.servers import Server, reply

FEED = reply(200, b"<rss/>")
CERTIFICATE = Path(__file__).with_name("self-signed.pem")


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"])
def test_the_environment_is_ignored(server: Server, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.setenv("no_proxy", "")
    assert fetched(get(server.route("/feed", FEED))).body == b"<rss/>"


def test_a_proxy_of_the_config_carries_the_request(server: Server) -> None:
    server.route("http://93.184.215.14/feed", FEED)
    settings = Settings(allow=(), proxy=server.url(""))
    assert fetched(get("http://93.184.215.14/feed", settings=settings)).body == b"<rss/>"
    assert server.requests[0].headers["host"] == "93.184.215.14"


def test_the_certificate_of_a_proxy_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    with Server(tls=context) as proxy:
        proxy.route("http://93.184.215.14/feed", FEED)
        settings = Settings(allow=(), proxy=proxy.url(""))
        assert "self-signed" in str(failed(get("http://93.184.215.14/feed", settings=settings)).reason)
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))  # now it is known, but names another host
        assert "not valid for" in str(failed(get("http://93.184.215.14/feed", settings=settings)).reason)


def test_certificates_are_left_out_for_an_import_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with leave_out_certificates():
        assert ssl.create_default_context().get_ca_certs() == []
    assert len(ssl.create_default_context().get_ca_certs()) == 1


@pytest.mark.parametrize(
    "address",
    ["http://10.0.0.1/", "http://169.254.169.254/meta", "http://[::1]/", "http://167772161/", "http://0x0a000001/",
     "http://10.1/", "http://localhost/", "http://[::ffff:10.0.0.1]/"],
)  # fmt: skip
def test_a_proxy_leads_to_no_private_place(server: Server, address: str) -> None:
    settings = Settings(allow=(), proxy=server.url(""))
    assert failed(get(address, settings=settings)).kind == "forbidden-address"
    assert not server.requests


def test_who_asks_is_named() -> None:
    with Server() as server:
        get(server.route("/feed", FEED), settings=Settings(sender="editor@example.org"))
        get(server.url("/feed"))
    assert server.requests[0].headers["from"] == "editor@example.org"
    assert "from" not in server.requests[1].headers
