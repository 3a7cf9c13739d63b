"""Pictures of new items are fetched after the poll, with the guards of every request; hostile servers are survived."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

import pytest

from aggregator.model.pictures import picture_id
from tests.aggregator.intake.conftest import Polls
from tests.aggregator.pictures.hostile_pictures import GIF, HTML, JPEG, PNG, SVG, WEBP
from tests.rss import rss
from tests.servers import Behaviour, drop, hang, raw, redirect, reply, reset

pytestmark = pytest.mark.clock(every=34)
_LINE = re.compile(r"picture_fetched picture=(-?\d+) .* error=(.*)")
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"


def feed(addresses: Mapping[str, str]) -> Behaviour:
    """Return an RSS feed with an item for each picture, by name."""
    items = "".join(
        f"<item><title>{escape(name)}</title><link>https://a.example/{number}</link>"
        f'<media:content xmlns:media="http://search.yahoo.com/mrss/" medium="image" url="{escape(address)}"/></item>'
        for number, (name, address) in enumerate(addresses.items())
    )
    document = f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'
    return reply(200, document.encode(), content_type="application/rss+xml")


def outcomes(polls: Polls, caplog: pytest.LogCaptureFixture, addresses: Mapping[str, str]) -> dict[str, str]:
    """Poll a feed with these pictures; return what became of each, by name."""
    polls.server.route("/a", feed(addresses))
    polls.source("a")
    with caplog.at_level("DEBUG"):
        polls.poll()
    found = {int(match[1]): match[2].strip("'") for match in _LINE.finditer(caplog.text)}
    return {name: found.get(picture_id(address), "not fetched") for name, address in addresses.items()}


SERVERS: dict[str, tuple[Behaviour, str]] = {
    "JPEG": (reply(200, JPEG, content_type="image/jpeg"), "None"),
    "JPEG that claims to be PNG": (reply(200, JPEG, content_type="image/png"), "None"),
    "JPEG without a type": (reply(200, JPEG), "None"),
    "WebP as octets": (reply(200, WEBP, content_type="application/octet-stream"), "None"),
    "PNG with parameters": (reply(200, PNG, content_type="IMAGE/PNG; charset=utf-8"), "None"),
    "HTML": (reply(200, HTML, content_type="text/html"), "wrong-type"),
    "HTML as JPEG": (reply(200, HTML, content_type="image/jpeg"), "not-an-image"),
    "JPEG as HTML": (reply(200, JPEG, content_type="text/html"), "wrong-type"),
    "SVG": (reply(200, SVG, content_type="image/svg+xml"), "wrong-type"),
    "SVG as PNG": (reply(200, SVG, content_type="image/png"), "not-an-image"),
    "script": (reply(200, b"alert(1)", content_type="text/javascript"), "wrong-type"),
    "empty": (reply(200, b"", content_type="image/png"), "not-an-image"),
    "50 MB announced": (raw(_HEAD + b"Content-Length: 50000000\r\n\r\n" + JPEG), "too-large"),
    "50 MB without a length": (raw(_HEAD + b"\r\n" + JPEG + bytes(6_000_000)), "too-large"),
    "cut off": (raw(_HEAD + b"Content-Length: 99999\r\n\r\n" + JPEG[:500]), "truncated"),
    "gzip bomb": (
        raw(_HEAD + b"Content-Encoding: gzip, gzip\r\nContent-Length: 3\r\n\r\nabc"),
        "encoding",
    ),
    "missing": (reply(404, HTML), "http"),
    "gone": (reply(410), "gone"),
    "forbidden": (reply(403), "http"),
    "busy": (reply(503), "busy"),
    "not modified": (reply(304), "http"),
    "dropped": (drop, "closed"),
    "reset": (reset(_HEAD + b"Content-Length: 999\r\n\r\n" + JPEG[:99]), "closed|truncated|connect"),
    "garbage": (raw(b"\0\1\2 nonsense\r\n\r\n"), "protocol|closed"),
    "hanging": (hang, "timeout"),
    "to a private address": (redirect(302, "http://10.0.0.1/1.jpg"), "forbidden-address"),
    "to the cloud's metadata": (redirect(302, "http://169.254.169.254/latest/meta-data/"), "forbidden-address"),
    "to IPv6 loopback": (redirect(302, "http://[::1]:80/1.jpg"), "forbidden-address"),
    "to mapped IPv6": (redirect(302, "http://[::ffff:192.168.0.1]/1.jpg"), "forbidden-address"),
    "to a decimal address": (redirect(302, "http://167772161/1.jpg"), "forbidden-address|dns|bad-address"),
    "to a file": (redirect(302, "file:///etc/passwd"), "redirect"),
    "to data": (redirect(302, "data:image/png;base64,AAAA"), "redirect"),
    "to a user": (redirect(302, "http://a:b@127.0.0.1/"), "redirect"),
    "to itself": (redirect(302, "/to%20itself.jpg"), "redirect"),
}


def test_hostile_servers(polls: Polls, caplog: pytest.LogCaptureFixture) -> None:
    addresses = {}
    for name, (behaviour, _) in SERVERS.items():
        path = f"/{name.replace(' ', '%20').replace(chr(39), '%27')}.jpg"
        polls.server.route(path, behaviour)
        addresses[name] = polls.server.url(path)
    found = outcomes(polls, caplog, addresses)
    wrong = {name: error for name, error in found.items() if not re.fullmatch(SERVERS[name][1], error)}
    assert wrong == {}
    shown = [card.title for card in polls.store.item_cards(range(1, 100)).values() if card.thumbnail is not None]
    assert sorted(shown) == sorted(name for name, (_, error) in SERVERS.items() if error == "None")


FORBIDDEN = [
    "http://10.0.0.1/1.jpg",
    "http://192.168.1.1/1.jpg",
    "http://172.16.0.1/1.jpg",
    "http://169.254.169.254/1.jpg",
    "http://[::1]/1.jpg",
    "http://[fd00::1]/1.jpg",
    "http://[::ffff:10.0.0.1]/1.jpg",
    "http://[64:ff9b::a00:1]/1.jpg",
    "http://0.0.0.0/1.jpg",
    "http://100.64.0.1/1.jpg",
]


def test_nothing_is_fetched_from_a_forbidden_address(polls: Polls, caplog: pytest.LogCaptureFixture) -> None:
    found = outcomes(polls, caplog, {address: address for address in FORBIDDEN})
    assert set(found.values()) == {"forbidden-address"}


def test_a_picture_of_several_items_is_fetched_once(polls: Polls, caplog: pytest.LogCaptureFixture) -> None:
    polls.server.route("/1.jpg", reply(200, JPEG, content_type="image/jpeg"))
    address = polls.server.url("/1.jpg")
    polls.server.route("/a", feed({"一": address, "二": address}))
    polls.source("a")
    polls.poll()
    polls.poll()
    (request,) = [request for request in polls.server.requests if request.path == "/1.jpg"]
    assert request.headers["accept"].startswith("image/webp")
    assert {card.thumbnail for card in polls.store.item_cards([1, 2]).values()} == {picture_id(address)}


@pytest.mark.parametrize("policy", ["link", "none"])
def test_a_source_without_thumbnails_fetches_none(polls: Polls, policy: str) -> None:
    polls.server.route("/1.jpg", reply(200, JPEG, content_type="image/jpeg"))
    polls.server.route("/a", feed({"一": polls.server.url("/1.jpg")}))
    polls.source("a", f'pictures = "{policy}"')
    polls.poll()
    assert [request.path for request in polls.server.requests] == ["/a"]
    item = polls.store.item(1)
    assert item is not None
    assert (item.picture is not None, item.card.thumbnail) == (True, None)


def test_pictures_of_a_text_are_fetched_where_it_is_shown(polls: Polls) -> None:
    body = "".join(f"<p>正文{number}</p><img src='/{number}.jpg'>" for number in (1, 2))
    link = polls.server.url("/n")
    document = f"<item><title>一</title><link>{link}</link><description>{escape(body)}</description></item>"
    for path, kind in (("/a", 'content = "full"'), ("/b", 'content = "excerpt"')):
        polls.server.route(path, reply(200, rss("t", document.replace("/n<", f"{path}n<"))))
        polls.source(path[1:], kind)
    for path in ("/1.jpg", "/2.jpg"):
        polls.server.route(path, reply(200, JPEG, content_type="image/jpeg"))
    polls.poll()
    assert [len(polls.store.pictures_of_item(item)) for item in (1, 2)] == [2, 1]


def test_a_gif_is_shown_as_webp(polls: Polls) -> None:
    polls.server.route("/1.gif", reply(200, GIF, content_type="image/gif"))
    polls.server.route("/a", feed({"一": polls.server.url("/1.gif")}))
    polls.source("a")
    polls.poll()
    body = polls.store.thumbnail(picture_id(polls.server.url("/1.gif")), 240)
    assert body is not None
    assert (body[:4], body[8:12]) == (b"RIFF", b"WEBP")
