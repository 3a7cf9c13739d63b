"""Requests with the options of a source, to real servers: who receives secrets, POST, proxies and certificates."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator.fetching.fetcher import Fetcher
from aggregator.fetching.source_request import SourceRequest
from aggregator.fetching.transport import Route
from aggregator.fetching.urls import origin_of
from aggregator.messages import render
from aggregator.model import Failed, Validators
from aggregator.model.request_options import RequestOptions
from tests.aggregator.conftest import NOW, Outcome, failed, fetched
from tests.aggregator.settings import Settings
from tests.forward_proxy import ForwardProxy
from tests.servers import Server, redirect, reply

FEED = reply(200, b"<rss/>")
TOKEN = "Bearer tok-123456"


@pytest.fixture
def other() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def encrypted() -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self-signed.pem"))
    with Server(tls=context) as server:
        yield server


def options(url: str, **keys: Any) -> RequestOptions:
    return RequestOptions(origin_of(url), **{"headers": {"Authorization": TOKEN}, "has_secrets": True, **keys})


def get(url: str, asked: RequestOptions, validators: Validators | None = None, **settings: Any) -> Outcome:
    async def visit() -> Outcome:
        async with Fetcher(Settings(**settings), "Gedi-Test/1.0", clock=lambda: NOW) as fetcher:
            return await fetcher.get(url, validators or Validators(), options=asked)

    return asyncio.run(visit())


def authorizations(server: Server) -> list[str | None]:
    return [request.headers.get("authorization") for request in server.requests]


def test_a_redirect_on_the_same_origin_keeps_the_secrets(server: Server) -> None:
    url = server.route("/a", redirect(301, "/b"))
    server.route("/b", FEED)
    answer = fetched(get(url, options(url)))
    assert authorizations(server) == [TOKEN, TOKEN]
    assert answer.moved_to == server.url("/b")


def test_a_redirect_to_another_port_drops_them_for_good(server: Server, other: Server) -> None:
    url = server.route("/a", redirect(301, other.url("/x")))
    other.route("/x", redirect(301, server.url("/b")))
    server.route("/b", FEED)
    answer = fetched(get(url, options(url, user_agent="Own/1.0")))
    assert authorizations(server) == [TOKEN, None]
    assert authorizations(other) == [None]
    assert [request.headers["user-agent"] for request in other.requests] == ["Own/1.0"]
    assert answer.moved_to is None  # the address that the secrets belong to stays


def test_a_redirect_to_another_name_of_the_same_server_drops_them(server: Server) -> None:
    named = server.route("/feed", FEED).replace("127.0.0.1", "localhost")
    url = server.route("/a", redirect(302, named))
    fetched(get(url, options(url), allow=("127.0.0.0/8", f"localhost:{server.port}")))
    assert authorizations(server) == [TOKEN, None]


@pytest.mark.parametrize(
    ("start", "target", "kept"),
    [
        ("https://a.example/x", "https://A.example:443/y", True),
        ("https://a.example/x", "https://a.example:8443/x", False),
        ("https://a.example/x", "https://www.a.example/x", False),
        ("http://a.example/x", "https://a.example/x", False),
        ("https://a.example/x", "http://a.example:443/x", False),
    ],
)
def test_the_origin_is_scheme_host_and_port(start: str, target: str, kept: bool) -> None:
    request = SourceRequest(options(start, verify=False), start)
    request.redirect(target, 301)
    assert ("Authorization" in request.headers_over({})) is kept
    assert request.route() == Route(verify=not kept, confidential=kept)


def test_a_post_sends_its_body_and_is_never_conditional(server: Server) -> None:
    url = server.route("/list", redirect(307, "/v2"))
    server.route("/v2", reply(200, b"{}", etag='"1"'))
    asked = options(url, headers={"Content-Type": "application/json", "accept": "text/x-own"}, body=b'{"page":1}')
    fetched(get(url, asked, Validators(etag='"1"', last_modified="x")))
    for request in server.requests:
        assert (request.method, request.body) == ("POST", b'{"page":1}')
        assert request.headers["content-type"] == "application/json"
        assert request.headers["accept"] == "text/x-own"
        assert not request.headers.keys() & {"if-none-match", "if-modified-since"}


def test_a_post_becomes_a_get_or_ends_but_its_body_goes_nowhere_else(server: Server, other: Server) -> None:
    url = server.route("/list", redirect(303, "/result"))
    server.route("/result", FEED)
    asked = options(url, headers={"Content-Type": "text/plain"}, body=b"secret")
    assert fetched(get(url, asked)).moved_to is None
    assert [(request.method, request.body) for request in server.requests] == [("POST", b"secret"), ("GET", b"")]
    assert "content-type" not in server.requests[1].headers
    server.route("/list", redirect(308, other.route("/x", FEED)))
    failure = failed(get(url, asked))
    assert failure.kind == "redirect"
    assert "Write the new address" in render(failure.reason)
    assert not other.requests


def test_a_proxy_sees_the_secrets_of_plain_http_and_not_those_of_a_tunnel(server: Server, encrypted: Server) -> None:
    with ForwardProxy() as proxy:
        address = proxy.url("").replace("//", "//user:pass@")
        url = server.route("/feed", FEED)
        fetched(get(url, options(url, proxy=address)))
        secure = encrypted.route("/feed", FEED)
        fetched(get(secure, options(secure, proxy=address, verify=False)))
        assert failed(get("http://10.0.0.1/", options(url, proxy=address))).kind == "forbidden-address"
    forwarded, tunnel = proxy.heads
    assert forwarded.startswith(f"GET {url} ")
    assert TOKEN in forwarded
    assert tunnel.startswith(f"CONNECT 127.0.0.1:{encrypted.port} ")
    assert TOKEN not in tunnel
    assert all("Proxy-Authorization: Basic dXNlcjpwYXNz" in head for head in proxy.heads)
    assert authorizations(server) == authorizations(encrypted) == [TOKEN]
    assert failed(get(url, options(url, proxy=address))).kind == "proxy"  # it has stopped


def test_an_unknown_certificate_is_accepted_of_this_host_only(encrypted: Server, caplog: Any) -> None:
    url = encrypted.route("/feed", FEED)
    assert failed(get(url, options(url))).kind == "tls"
    caplog.set_level(logging.DEBUG)
    fetched(get(url, options(url, verify=False)))
    assert authorizations(encrypted) == [TOKEN]
    with Server(tls=encrypted.tls) as stranger:
        encrypted.route("/feed", redirect(302, stranger.route("/feed", FEED)))
        assert failed(get(url, options(url, verify=False))).kind == "tls"
    assert not stranger.requests
    assert "tok-123456" not in caplog.text + repr(options(url))


def test_robots_txt_is_asked_for_by_the_name_of_the_source_and_without_secrets(server: Server) -> None:
    server.route("/robots.txt", reply(200, b"User-agent: own\nDisallow: /feed\n"))
    url = server.route("/feed", FEED)
    asked = options(url, user_agent="Own/1.0", body=b"x")
    answer = get(url, asked, robots=True)
    assert isinstance(answer, Failed)
    assert answer.kind == "robots"
    (request,) = server.requests
    assert (request.method, request.headers["user-agent"]) == ("GET", "Own/1.0")
    assert authorizations(server) == [None]
    fetched(get(url, replace(asked, user_agent=None), robots=True))
