"""DNS rebinding: the address of each connection is checked, also when a name resolves to another one later."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.aggregator.conftest import failed, fetched, get
from tests.aggregator.settings import Settings
from tests.servers import Server, redirect, reply


class Rebinding:
    """A resolver that returns another address at each query for one name; other names resolve normally."""

    def __init__(self, name: str, *addresses: str) -> None:
        self.name = name
        self.addresses = list(addresses)
        self.asked = 0
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host == self.name:
            host = self.addresses[min(self.asked, len(self.addresses) - 1)]
            self.asked += 1
        return self._real(host, port, *rest, **options)


def test_the_second_answer_of_a_name_is_judged_anew(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server("127.0.0.2") as inner:
        inner.route("/next", reply(200, b"secret"))
        names = Rebinding("feeds.example", "127.0.0.1", "127.0.0.2")
        monkeypatch.setattr(socket, "getaddrinfo", names)
        server.route("/feed", redirect(302, f"http://feeds.example:{inner.port}/next"))
        outcome = get(f"http://feeds.example:{server.port}/feed", settings=Settings(allow=(server.place,)))
        assert failed(outcome).kind == "forbidden-address"
        assert names.asked == 2
        assert server.count("/feed") == 1
        assert not inner.requests


def test_what_was_asked_is_what_is_connected(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.route("/feed", reply(200, b"<rss/>"))
    names = Rebinding("feeds.example", "127.0.0.1", "127.0.0.3")
    monkeypatch.setattr(socket, "getaddrinfo", names)
    url = f"http://feeds.example:{server.port}/feed"
    assert fetched(get(url, settings=Settings(allow=(server.place,)))).body == b"<rss/>"
    assert names.asked == 1, "no second question between the check and the connection"


def test_of_several_addresses_only_the_allowed_is_contacted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    with Server("127.0.0.2") as inner:

        def both(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
            if host != "feeds.example":
                return real(host, port, *rest, **options)
            return [*real("127.0.0.2", inner.port, *rest, **options), *real("10.0.0.1", port, *rest, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", both)
        outcome = get(f"http://feeds.example:{inner.port}/", settings=Settings(allow=(server.place,)))
        assert failed(outcome).kind == "forbidden-address"
        assert not inner.requests
