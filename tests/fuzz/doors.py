"""The doors: each takes bytes as an outsider would send them, and raises if anything but the documented happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIEnvironment
from zoneinfo import ZoneInfo

from werkzeug.test import EnvironBuilder, run_wsgi_app

from aggregator.config.checks import ConfigErrors
from aggregator.config.load import Config, parse_config
from aggregator.config.opml_import import plan_import
from aggregator.fetching.headers import decode_headers, freshness_lifetime, http_date, retry_after
from aggregator.fetching.response_head import find_head_end, normalize_response_head
from aggregator.fetching.robots import parse_rules, rules_allow
from aggregator.model import Source
from aggregator.model.items import KnownItems
from aggregator.model.push import Subscription, SubscriptionState
from aggregator.steps.entries.clean import Unusable, clean
from aggregator.steps.entries.identify import assign_uids, content_hash
from aggregator.steps.text.search_query import parse_query
from aggregator.websub.callbacks import delivery_fault
from feeds.dates.parse import parse_date
from feeds.encoding.decode import decode
from feeds.link_header import header_links
from feeds.listings.guess_selectors import guess_selectors
from feeds.model import Feed, NotAFeed
from feeds.opml import Opml, read_opml, write_opml
from feeds.read import read_feed, read_listing
from feeds.selectors import Selectors
from feeds.write.atom import write_atom
from web.feeds.queries import canonical_query
from web.http.negotiation import choose_coding, etag_matches, is_unmodified_since, parse_etags
from web.i18n.language import negotiate_language
from web.trusted_proxies import TrustedProxies
from web.views.highlight import make_highlighter

NOW = datetime(2026, 5, 20, 2, 24, tzinfo=UTC)
URL = "https://a.example/feed"
_SOURCE = Source(1, "a", URL, "甲报", None, None)


def check_feed(data: bytes) -> None:
    """A feed or a reason; its entries become drafts or are unusable; it can be written."""
    feed = read_feed(data, url=URL, zone=ZoneInfo("Asia/Shanghai"), now=NOW)
    if isinstance(feed, NotAFeed):
        assert feed.reason
        return
    _check_entries(feed)
    write_atom(feed)


def check_listing(data: bytes) -> None:
    """A page or JSON list under selectors, and the selectors that are guessed for it."""
    for kind, select in (("html", Selectors(item="li")), ("json", Selectors(item="data"))):
        feed = read_listing(data, kind=kind, select=select, url=URL, now=NOW)
        if isinstance(feed, Feed):
            _check_entries(feed)
    guess_selectors(data, url=URL, now=NOW)


def _check_entries(feed: Feed) -> None:
    feed.title.encode()
    for uid, entry in assign_uids(feed.entries, KnownItems()):
        draft = clean(entry, feed, _SOURCE, uid, content_hash(entry), NOW)
        if not isinstance(draft, Unusable):
            assert "<script" not in (draft.html or "").lower()
            assert draft.published.tzinfo is not None
            f"{draft.title}{draft.excerpt}{draft.url}{draft.html}".encode()


def check_date(data: bytes) -> None:
    """A time in UTC or None."""
    text = data.decode("utf-8", "replace")
    for language in (None, "zh-CN", "en-US", "vi"):
        for now in (None, NOW):
            moment = parse_date(text, language=language, now=now)
            assert moment is None or moment.tzinfo is UTC
    found = http_date(text)
    assert found is None or found.tzinfo is not None


def check_encoding(data: bytes) -> None:
    """A text without control characters, whatever is declared."""
    for charset in (None, "gb2312", "utf-16", "iso-2022-jp", data[:20].decode("latin-1")):
        text = decode(data, charset, "big5").text
        text.encode()
        assert "\x00" not in text


def check_config(data: bytes) -> None:
    """A config or its errors."""
    try:
        config = parse_config(data, Path("config.toml"), {"HOME": "x"})
        repr(config)
    except ConfigErrors as refused:
        str(refused).encode()


def check_opml(data: bytes) -> None:
    """Outlines or a reason; the plan of an import; what is written is read again."""
    document = read_opml(data, url="https://a.example/list.opml")
    if isinstance(document, NotAFeed):
        return
    for planned in plan_import(document, _config(), None, None):
        assert planned.outcome in ("added", "known", "refused")
    again = read_opml(write_opml(document))
    assert isinstance(again, Opml)
    assert len(list(again.feeds())) <= len(list(document.feeds()))


@cache
def _config() -> Config:
    return parse_config(b"", Path("config.toml"), {})


def check_search(data: bytes) -> None:
    """Terms whose patterns match in time, and highlighting that keeps the text."""
    text = data.decode("utf-8", "replace")
    query = parse_query(text[:100])
    for term in (*query.required, *query.excluded):
        term.pattern.search(text[:2000])
        assert term.variants
    make_highlighter(text[:100]).snippet(text[:500])
    canonical_query(text)


def check_headers(data: bytes) -> None:
    """Response heads that we receive, and request fields that clients and proxies send."""
    find_head_end(data)
    head = normalize_response_head(data)
    if head is not None:
        assert head.content.endswith(b"\r\n\r\n")
        again = normalize_response_head(head.content)
        assert again is not None
        assert (again.status, again.length) == (head.status, head.length)
    lines = [line.partition(b":") for line in data.splitlines()]
    fields = decode_headers((name.strip(), value.strip()) for name, _, value in lines)
    for read in (retry_after, freshness_lifetime):
        waited = read(fields, NOW)
        assert waited is None or 0 <= waited.total_seconds() <= 86_400
    list(header_links(fields, URL))
    rules_allow(parse_rules(data.decode("utf-8", "replace"), "Gedi"), URL)
    for line in data.decode("latin-1").splitlines():
        value = line.partition(":")[2].strip()
        assert choose_coding(value, ("gzip", "br")) in ("gzip", "br", "identity", "")
        etag_matches(value, '"a"')
        is_unmodified_since(value, NOW)
        parse_etags(value)
        negotiate_language(requested=value, preferred=value, configured=None, accepted=[value])
        _check_forwarded(value)


def _check_forwarded(value: str) -> None:
    def application(environ: WSGIEnvironment, start_response: Any) -> list[bytes]:
        seen.append(environ["REMOTE_ADDR"])
        start_response("200 OK", [])
        return []

    seen: list[str] = []
    for fields, name in (("x-forwarded", "X-Forwarded-For"), ("forwarded", "Forwarded")):
        environ = EnvironBuilder(headers=[(name, value)], environ_base={"REMOTE_ADDR": "127.0.0.1"}).get_environ()
        run_wsgi_app(TrustedProxies(application, ["127.0.0.1"], fields), environ)  # type: ignore[arg-type]
    assert len(seen) == 2


def check_push(data: bytes) -> None:
    """A delivery of a hub: header fields, an empty line, and the body."""
    head, _, body = data.partition(b"\n\n")
    lines = [line.lower().partition(":") for line in head.decode("latin-1").splitlines()]
    headers = {name.strip(): value.strip() for name, _, value in lines}
    subscription = Subscription(
        0, 1, "https://hub.example/", URL, "t", "https://gedi.example/push/t", "s", SubscriptionState.ACTIVE, NOW
    )
    fault = delivery_fault(subscription, headers, body)
    assert fault is not None or headers["x-hub-signature"]
    check_feed(body)


DOORS: dict[str, Callable[[bytes], None]] = {
    "feeds": check_feed,
    "listings": check_listing,
    "dates": check_date,
    "encodings": check_encoding,
    "config": check_config,
    "opml": check_opml,
    "search": check_search,
    "headers": check_headers,
    "pushes": check_push,
}
