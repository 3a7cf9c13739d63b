"""The server of the sample outlets on real sockets, and every feed that it serves."""

import gzip
import http.client
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import feedparser
import pytest

from samples.outlets import OUTLETS, Outlet
from samples.server import SampleServer
from tests.clock import now

pytestmark = pytest.mark.clock(every=6)

GOOD = ("good", "slow", "moved", "elsewhere")
HEALTHY = [outlet for outlet in OUTLETS if outlet.behavior in GOOD and outlet.enabled]
XML_OF = {"rss20": "rss20", "rss091": "rss091u", "rss10": "rss10", "atom": "atom10"}


class Clock:
    def __init__(self) -> None:
        self.time = now()

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture(scope="module")
def server(instant: datetime) -> Iterator[SampleServer]:
    """Yield a server ten minutes after its start, with some new items."""
    clock = Clock()
    with SampleServer(clock, slow=0.0, hanging=60.0) as server:
        clock.time += timedelta(minutes=10)
        yield server


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()


def ask(server: SampleServer, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rsplit(":", 1)[1]), timeout=20)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def outlet_of(behaviour: str) -> Outlet:
    return next(outlet for outlet in OUTLETS if outlet.behavior == behaviour)


def current(outlet: Outlet) -> str:
    return f"/{outlet.slug}/{outlet.path}"


# ---------------------------------------------------------------- the feeds
@pytest.mark.parametrize("outlet", [o for o in HEALTHY if o.format != "json"], ids=lambda outlet: outlet.slug)
def test_an_xml_feed_is_of_its_kind_and_not_garbled(server: SampleServer, outlet: Outlet) -> None:
    answer = ask(server, current(outlet))
    feed = feedparser.parse(answer.body, response_headers={"content-type": answer.headers["content-type"]})
    assert feed.version == XML_OF[outlet.format]
    assert feed.feed.title == outlet.title
    expected = server.outlets_state.feed_items(outlet.slug)[0]
    assert len(feed.entries) == len(expected) > 0
    assert all(outlet.slug in entry.link for entry in feed.entries)
    assert "\ufffd" not in "".join(entry.title for entry in feed.entries)
    if not outlet.uses_html_entities:
        assert [entry.title for entry in feed.entries] == [piece.publication.article.title for piece in expected]
    if outlet.declared is None:
        encoding = "utf-8" if outlet.encoding == "utf-8" else outlet.encoding
        text = answer.body.decode(encoding).replace(f'encoding="{outlet.encoding}"', 'encoding="utf-8"')
        ElementTree.fromstring(text.encode())


@pytest.mark.parametrize("outlet", [o for o in HEALTHY if o.format == "json"], ids=lambda outlet: outlet.slug)
def test_a_json_feed_has_what_version_1_1_asks_for(server: SampleServer, outlet: Outlet) -> None:
    answer = ask(server, current(outlet))
    feed = json.loads(answer.body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == outlet.title
    assert feed["items"]
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert "content_html" in item or "content_text" in item
        assert datetime.fromisoformat(item["date_published"]).tzinfo is not None


def test_newest_items_come_first(server: SampleServer) -> None:
    for outlet in HEALTHY:
        times = [piece.published for piece in server.outlets_state.feed_items(outlet.slug)[0]]
        assert times == sorted(times, reverse=True)


def test_several_formats_encodings_and_kinds_of_dates_are_there() -> None:
    assert {outlet.format for outlet in HEALTHY} == {"rss20", "rss10", "rss091", "atom", "json"}
    assert {outlet.encoding for outlet in HEALTHY} >= {"utf-8", "gbk", "gb2312", "big5"}
    assert {outlet.dates for outlet in HEALTHY} == {"rfc822", "gmt", "iso", "bare", "chinese", "slashed"}
    assert any(outlet.encoding == "utf-8" and outlet.declared == "gb2312" for outlet in HEALTHY)


@pytest.mark.parametrize("behaviour", ["cut", "stub"])
def test_a_broken_feed_breaks_off(server: SampleServer, behaviour: str) -> None:
    answer = ask(server, current(outlet_of(behaviour)))
    assert answer.status == 200
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(answer.body)


def test_news_appears_as_time_goes_on() -> None:
    clock = Clock()
    with SampleServer(clock) as server:
        busy = max(HEALTHY, key=lambda outlet: len(server.outlets_state.items(outlet.slug)))
        before = ask(server, current(busy))
        clock.time += timedelta(hours=3)
        after = ask(server, current(busy), If_None_Match=before.headers["etag"])
        assert after.status == 200
        assert after.headers["etag"] != before.headers["etag"]


# ---------------------------------------------------------------- HTTP
def test_what_has_not_changed_is_not_sent_again(server: SampleServer) -> None:
    first = ask(server, "/liuyuan/feed.xml")
    assert first.status == 200
    again = ask(server, "/liuyuan/feed.xml", If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert ask(server, "/liuyuan/feed.xml", If_Modified_Since=first.headers["last-modified"]).status == 304
    earlier = parsedate_to_datetime(first.headers["last-modified"]) - timedelta(days=1)
    assert (
        ask(server, "/liuyuan/feed.xml", If_Modified_Since=earlier.strftime("%a, %d %b %Y %H:%M:%S GMT")).status == 200
    )
    assert ask(server, "/liuyuan/feed.xml", If_None_Match='"other"').status == 200


def test_compressed_when_asked(server: SampleServer) -> None:
    plain = ask(server, "/quanpan/feed.xml")
    packed = ask(server, "/quanpan/feed.xml", Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_head_is_get_without_the_body(server: SampleServer) -> None:
    get, head = ask(server, "/jiaowan/atom.xml"), ask(server, "/jiaowan/atom.xml", "HEAD")
    assert head.body == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


@pytest.mark.parametrize(("behaviour", "status"), [("error", 500), ("missing", 404), ("gone", 410)])
def test_the_troubled_answer_as_they_do(server: SampleServer, behaviour: str, status: int) -> None:
    assert ask(server, outlet_of(behaviour).address).status == status


@pytest.mark.parametrize(("behaviour", "status"), [("moved", 301), ("elsewhere", 302)])
def test_moved_outlets_say_where_to(server: SampleServer, behaviour: str, status: int) -> None:
    outlet = outlet_of(behaviour)
    answer = ask(server, outlet.address)
    assert answer.status == status
    assert ask(server, answer.headers["location"]).status == 200


def test_a_page_in_the_place_of_a_feed_offers_the_feed(server: SampleServer) -> None:
    outlet = outlet_of("page")
    answer = ask(server, outlet.address)
    assert answer.headers["content-type"].startswith("text/html")
    assert f'href="{current(outlet)}"'.encode() in answer.body
    assert ask(server, current(outlet)).status == 200


def test_every_item_has_a_page(server: SampleServer) -> None:
    for outlet in HEALTHY:
        for piece in server.outlets_state.feed_items(outlet.slug)[0][:3]:
            page = ask(server, piece.path)
            assert page.status == 200, piece.path
            assert piece.publication.article.title in page.body.decode(outlet.encoding)
        assert ask(server, f"/{outlet.slug}/").status == 200
    assert ask(server, "/liuyuan/nothing.html").status == 404
    assert ask(server, "/nobody/").status == 404
    assert ask(server, "/").status == 200


def test_stopping_does_not_wait_for_those_who_hang() -> None:
    server = SampleServer(Clock(), hanging=3600.0).start()
    address = outlet_of("hanging").address

    def visit() -> None:
        with pytest.raises((http.client.HTTPException, OSError)):
            ask(server, address)

    visitor = threading.Thread(target=visit)
    visitor.start()
    server.stop()
    visitor.join(timeout=30)
    assert not visitor.is_alive()
