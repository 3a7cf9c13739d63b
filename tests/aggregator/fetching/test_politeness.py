"""Thirty hours of polls with a simulated clock, checked against the rules for polite feed readers."""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest

from aggregator.config.load import parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.pipeline import poll_source
from aggregator.runtime.process_pool import ProcessPool
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import Store
from tests.rss import item, rss
from tests.servers import Behaviour, Request, Server, conditional, redirect, reply, respond_in_turn

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 3, 2, 6, tzinfo=UTC)
LASTS = 30 * HOUR
FEED = rss("鲁南晨讯", item("1", "枣庄背街小巷改造完工"))
STAMP = "Mon, 02 Mar 2026 05:00:00 GMT"
SERVER_TIME = "Mon, 02 Mar 2026 06:00:00 GMT"
IN_FIVE_HOURS = "Mon, 02 Mar 2026 11:00:00 GMT"


def changing_feed() -> Behaviour:
    """Return a behavior that sends a different document with a different ETag each time."""
    numbers = count(1)

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        number = next(numbers)
        body = rss("变化", item(f"n{number}", f"第{number}条消息"))
        await reply(200, body, etag=f'W/"v {number}"')(request, writer)

    return behave


def then_unchanged(*first: Behaviour) -> Behaviour:
    """Return a behavior with these responses in turn, and after them an unchanged feed."""
    return respond_in_turn(*first, conditional(FEED, '"a"'))


GOOD = reply(200, FEED, etag='"a"')
BEHAVIOURS = {
    "steady": conditional(FEED, '"一 steady"', last_modified=STAMP, set_cookie="id=1; Path=/"),
    "dated": conditional(FEED, '"d"', last_modified="not quite a date"),
    "changing": changing_feed(),
    "limited": reply(429, b"", retry_after="10800"),
    "resting": reply(503, b"", retry_after=IN_FIVE_HOURS, date=SERVER_TIME),
    "refusing": reply(403, b"", retry_after="7200"),
    "down": reply(500, b"", etag='"error"'),
    "fresh": reply(200, FEED, cache_control="public, max-age=7200"),
    "expiring": reply(200, FEED, expires="Mon, 02 Mar 2026 08:00:00 GMT", date=SERVER_TIME),
    "absurd": reply(200, FEED, cache_control="max-age=999999999", retry_after="-1"),
    "gone": reply(410, b""),
    "moved": redirect(301, "/new"),
    "new": conditional(FEED, '"new"'),
    "elsewhere": redirect(302, "/there"),
    "there": conditional(FEED, '"there"'),
    "page": redirect(301, "/html"),
    "html": reply(200, b"<html><title>404</title></html>"),
    "truncated": then_unchanged(GOOD, reply(200, FEED[:-50], length=len(FEED), etag='"b"')),
    "failing": then_unchanged(GOOD, reply(500, FEED, etag='"b"')),
    "garbled": then_unchanged(GOOD, reply(200, b"no feed at all", etag='"b"')),
    "false304": then_unchanged(reply(304, b"", etag='"b"'), GOOD),
    "partial": then_unchanged(GOOD, reply(206, FEED[:9], etag='"b"')),
    "lost": respond_in_turn(*[redirect(308, "/dying")] * 3, conditional(FEED, '"home"')),
    "dying": respond_in_turn(*[conditional(FEED, '"dying"')] * 4, reply(404)),
    "closing": respond_in_turn(*[redirect(301, "/closed")] * 3, conditional(FEED, '"open"')),
    "closed": respond_in_turn(*[conditional(FEED, '"closed"')] * 4, reply(410)),
}
SOURCES = [name for name in BEHAVIOURS if name not in ("new", "there", "html", "dying", "closed")]


@dataclass
class PollLog:
    """The requests to each source with their times, and the times of all polls."""

    asked: dict[str, list[tuple[datetime, Request]]] = field(default_factory=lambda: defaultdict(list))
    visits: list[datetime] = field(default_factory=list)

    def headers(self, name: str, field: str) -> list[str | None]:
        return [request.headers.get(field) for _, request in self.asked[name]]

    def gaps(self, name: str) -> list[timedelta]:
        return [later - earlier for (earlier, _), (later, _) in pairwise(self.asked[name])]


@pytest.fixture(scope="module")
def poll_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PollLog]:
    with Server() as server:
        for name, behaviour in BEHAVIOURS.items():
            server.route(f"/{name}", behaviour)
        yield asyncio.run(simulate(server, tmp_path_factory.mktemp("manners")))


async def simulate(server: Server, folder: Path) -> PollLog:
    sources = "".join(f'[[sources]]\nurl = "{server.url(f"/{name}")}"\nslug = "{name}"\n' for name in SOURCES)
    text = f"""
        [site]
        url = "https://gedi.example"
        [polling]
        spacing = "0s"
        per_host = 100
        allow = ["127.0.0.0/8"]
        {sources}"""
    config = parse_config(text.encode(), folder / "config.toml")
    store, writer, poll_log, now = Store.open(config.database_url), SingleThreadExecutor("writer"), PollLog(), [BEGIN]
    store.sync_sources(config.sources, BEGIN, timedelta(minutes=5))
    async with (
        Fetcher(config.polling, config.polling.user_agent or "", clock=lambda: now[0]) as fetcher,
        ProcessPool(1) as children,
    ):
        tools = Tools(config, store, fetcher, children, writer, lambda: now[0], random.Random(4))
        while now[0] < BEGIN + LASTS:
            for poll in store.claim_polls(now[0], 100, timedelta(minutes=1), "test"):
                seen = len(server.requests)
                await poll_source(poll, tools)
                poll_log.visits.append(now[0])
                for request in server.requests[seen:]:
                    poll_log.asked[request.path[1:]].append((now[0], request))
            now[0] = max(store.next_due() or BEGIN + LASTS, now[0] + timedelta(milliseconds=1))
    writer.shutdown()
    store.close()
    return poll_log


def nearly_all(flags: list[bool]) -> bool:
    """Check that nearly all flags are set; one request in a hundred is unconditional."""
    return len(flags) > 3 and sum(not flag for flag in flags) <= max(1, len(flags) // 20)


def check_rules(poll_log: PollLog) -> dict[str, bool]:
    """Return each rule for a polite client, with whether the client kept it."""
    everything = [request for asked in poll_log.asked.values() for _, request in asked]
    minimum = timedelta(minutes=5)
    steady, changed = poll_log.headers("steady", "if-none-match"), poll_log.headers("changing", "if-none-match")
    turns = [name for name in SOURCES if name not in ("gone",)]
    return {
        "says who it is and where to read more": all(
            re.match(r"Gedi/[0-9.]+ \(\+https://gedi.example\)", request.headers["user-agent"])
            for request in everything
        ),
        "asks for feeds": all("application/atom+xml" in request.headers["accept"] for request in everything),
        "takes compressed answers": all("gzip" in request.headers["accept-encoding"] for request in everything),
        "keeps no cookie": not any("cookie" in request.headers for request in everything),
        "tells nobody where it came from": not any("referer" in request.headers for request in everything),
        "sends nothing to log in with": not any("authorization" in request.headers for request in everything),
        "asks only to GET": {request.method for request in everything} == {"GET"},
        "asks for everything at first": steady[0] is None and changed[0] is None,
        "returns the ETag byte for byte": nearly_all([etag == '"一 steady"' for etag in steady[1:]]),
        "returns Last-Modified byte for byte": nearly_all(
            [stamp == STAMP for stamp in poll_log.headers("steady", "if-modified-since")[1:]]
        ),
        "returns even a Last-Modified that is no date": nearly_all(
            [stamp == "not quite a date" for stamp in poll_log.headers("dated", "if-modified-since")[1:]]
        ),
        "returns the ETag of the last content": nearly_all(
            [etag == f'W/"v {number}"' for number, etag in enumerate(changed[1:], 1)]
        ),
        "now and then asks for everything": None
        in [etag for name in ("steady", "dated", "changing", "new", "there") for etag in
            poll_log.headers(name, "if-none-match")[1:]],
        "waits as long as 429 says": len(poll_log.asked["limited"]) > 3 and min(poll_log.gaps("limited")) >= 3 * HOUR,
        "waits until the date that 503 says": min(poll_log.gaps("resting")) >= 5 * HOUR,
        "waits as long as any other status says": min(poll_log.gaps("refusing")) >= 2 * HOUR,
        "comes back more and more seldom to a server in trouble": len(poll_log.asked["down"]) < 16
        and poll_log.gaps("down")[4] > 4 * poll_log.gaps("down")[0],
        "never keeps what an error sent": set(poll_log.headers("down", "if-none-match")) == {None},
        "lets an answer be as fresh as max-age says": min(poll_log.gaps("fresh")) >= 2 * HOUR,
        "lets an answer be as fresh as Expires says": min(poll_log.gaps("expiring")) >= 2 * HOUR,
        "but not for years": len(poll_log.asked["absurd"]) >= 4,
        "asks no more after 410": len(poll_log.asked["gone"]) == 1,
        "goes straight to where a feed has moved for good": len(poll_log.asked["moved"]) == 3
        and len(poll_log.asked["new"]) > 5,
        "keeps asking where a redirect is temporary": len(poll_log.asked["elsewhere"])
        == len(poll_log.asked["there"])
        > 3,
        "believes no move that leads to no feed": len(poll_log.asked["page"]) == len(poll_log.asked["html"]) > 3,
        **{
            f"keeps the old ETag when an answer is {name}": nearly_all(
                [etag == '"a"' for etag in poll_log.headers(name, "if-none-match")[1:]]
            )
            for name in ("truncated", "failing", "garbled", "partial")
        },
        "keeps nothing of a 304 that it did not ask for": poll_log.headers("false304", "if-none-match")[:3]
        == [None, None, '"a"'],
        "finds home when the new address dies": poll_log.headers("lost", "if-none-match")[3:5] == [None, '"home"'],
        "finds home when the new address is closed": poll_log.headers("closing", "if-none-match")[3:5]
        == [None, '"open"'],
        "never comes twice within five minutes": all(
            gap >= minimum for name in turns for gap in poll_log.gaps(name)
        ),
        "never comes on the stroke": len({gap.total_seconds() % 60 for gap in poll_log.gaps("steady")}) > 5,
        "does not begin with a burst": len(set(poll_log.visits[: len(SOURCES)])) == len(SOURCES),
    }  # fmt: skip


def test_every_rule_is_kept(poll_log: PollLog) -> None:
    kept = check_rules(poll_log)
    assert [rule for rule, is_kept in kept.items() if not is_kept] == []
    assert len(kept) >= 30
