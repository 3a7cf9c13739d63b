"""No private address is contacted, in whatever notation, unless polling.allow names it."""

from __future__ import annotations

import pytest

from aggregator.fetching.address_guard import AddressGuard, is_public_host, parse_allow_entry
from aggregator.messages import render
from tests.aggregator.conftest import failed, fetched, get
from tests.aggregator.settings import Settings
from tests.servers import Server, redirect, reply

CLOSED = Settings(allow=())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
        "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "64:ff9b:1::808:808", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "2001:db8::1", "3fff::1",
        "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "100::1", "5f00::1", "4000::1",
        "fe80::1%eth0", "2001:4860:4860::8888%eth0", "localhost", "", "127.1", "0x7f000001",
    ],
)  # fmt: skip
def test_forbidden(address: str) -> None:
    assert not AddressGuard().permits(address, 80)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "223.5.5.5", "192.0.1.1", "2001:4860:4860::8888", "2400:3200::1", "::ffff:8.8.8.8",
     "64:ff9b::808:808", "2002:808:808::1"],
)  # fmt: skip
def test_public(address: str) -> None:
    assert AddressGuard().permits(address, 80)


@pytest.mark.parametrize(
    ("allow", "address", "port", "answer"),
    [
        ("127.0.0.0/8", "127.0.0.1", 8080, True),
        ("127.0.0.0/8", "::ffff:127.0.0.1", 8080, True),
        ("127.0.0.0/8", "64:ff9b::7f00:1", 8080, False),
        ("127.0.0.0/8", "10.0.0.1", 8080, False),
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        ("127.0.0.1:8080", "127.0.0.1", 8081, False),
        ("127.0.0.1:8080", "127.0.0.2", 8080, False),
        ("[::1]:8080", "::1", 8080, True),
        ("[::1]:8080", "::1", 80, False),
        ("fd00::/8", "fd00::2", 80, True),
        ("intranet.example:80", "10.0.0.1", 80, False),
    ],
)
def test_allowed_places(allow: str, address: str, port: int, answer: bool) -> None:
    assert AddressGuard([allow]).permits(address, port) is answer


def test_an_allowed_name_opens_exactly_where_it_leads() -> None:
    guard = AddressGuard(["intranet.example:80"])
    guard.allow_resolved("Intranet.Example.", 80, ["10.0.0.1"])
    guard.allow_resolved("other.example", 80, ["10.0.0.2"])
    guard.allow_resolved("intranet.example", 81, ["10.0.0.3"])
    assert [guard.permits(f"10.0.0.{n}", port) for n, port in ((1, 80), (1, 81), (2, 80), (3, 81))] == [
        True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("host", "public", "permitted"),
    [
        ("news.example.com", True, True),
        ("8.8.8.8", True, True),
        ("2001:4860:4860::8888", True, True),
        ("127.0.0.1", False, False),
        ("::1", False, False),
        ("10.1.2.3", False, True),  # in an allowed network
        ("printer.local", False, False),
        ("nas.home.arpa", False, False),
        ("intern.lan", False, True),  # allowed by name
        ("0x7f.1", False, False),
        ("2130706433", False, False),
        ("news", False, True),  # not in public DNS; the address is checked when connecting
        ("a.example", False, True),
    ],
)
def test_hosts_are_judged_by_their_spelling(host: str, public: bool, permitted: bool) -> None:
    assert is_public_host(host) is public
    assert AddressGuard(["10.0.0.0/8", "intern.lan:80"]).permits_host(host, 80) is permitted


@pytest.mark.parametrize(
    "entry", ["", "localhost", "localhost:", "localhost:0", "localhost:99999", ":80", "127.0.0.1/8"]
)
def test_entries_that_say_nothing(entry: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_allow_entry(entry)


@pytest.mark.parametrize(
    "spelling",
    [
        "127.0.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1",
        "localhost", "LOCALHOST", "localhost.", "127.0.0.1.", "１２７.０.０.１", "①②⑦.0.0.1", "127。0。0。1",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::1]", "[::]", "0.0.0.0", "0", "[64:ff9b::7f00:1]",
        "[fe80::1%25lo]", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    ],
)  # fmt: skip
def test_no_spelling_reaches_this_machine(server: Server, spelling: str) -> None:
    server.route("/feed", reply(200, b"<rss/>"))
    failure = failed(get(f"http://{spelling}:{server.port}/feed", settings=CLOSED))
    assert failure.kind in {"forbidden-address", "bad-address", "dns", "connect"}
    assert not server.requests


def test_the_reason_names_the_remedy(server: Server) -> None:
    failure = failed(get(server.url("/feed"), settings=CLOSED))
    assert failure.kind == "forbidden-address"
    assert f'add "{server.place}" to polling.allow' in render(failure.reason)


def test_a_redirect_inwards_is_stopped(server: Server) -> None:
    with Server("127.0.0.2") as inner:
        server.route("/feed", redirect(302, inner.route("/secret", reply(200, b"<rss/>"))))
        outcome = get(server.url("/feed"), settings=Settings(allow=(server.place,)))
        assert failed(outcome).kind == "forbidden-address"
        assert not inner.requests


def test_an_allowed_name_is_polled(server: Server) -> None:
    server.route("/feed", reply(200, b"<rss/>"))
    url = f"http://localhost:{server.port}/feed"
    assert fetched(get(url, settings=Settings(allow=(f"localhost:{server.port}",)))).body == b"<rss/>"


@pytest.mark.parametrize("proxy", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_proxy_settings_of_the_environment_are_not_used(
    server: Server, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(proxy, server.url())
    get("http://no-such-outlet.invalid/feed")
    assert not server.requests
