"""robots.txt, if polling.robots is set: its rules (RFC 9309), and when it is requested."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from aggregator.fetching.fetcher import Fetcher
from aggregator.fetching.robots import parse_rules, rules_allow
from aggregator.model import Failed
from tests.aggregator.conftest import NOW, failed, fetched, get
from tests.aggregator.settings import Settings
from tests.servers import Server, redirect, reply

OBEDIENT = Settings(robots=True)
FEED = reply(200, b"<rss/>")


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/feed", True),
        ("User-agent: *\nDisallow: /", "/feed", False),
        ("User-agent: *\nDisallow:", "/feed", True),
        ("User-agent: *\nDisallow: /private", "/feed", True),
        ("User-agent: *\nDisallow: /private", "/private/feed", False),
        ("user-AGENT : gedi # us\nDISALLOW : /\n\nUser-agent: *\nAllow: /", "/feed", False),
        ("User-agent: Gedi\nAllow: /\n\nUser-agent: *\nDisallow: /", "/feed", True),
        ("User-agent: other\nUser-agent: gedi\nDisallow: /a", "/a", False),
        ("User-agent: gedi\nDisallow: /a\nUser-agent: other\nDisallow: /b", "/b", True),
        ("User-agent: gedi\nDisallow: /a\nUser-agent: x\nAllow: /\nUser-agent: gedi\nDisallow: /b", "/b", False),
        ("User-agent: GediX\nDisallow: /", "/feed", True),
        ("User-agent: *\nDisallow: /\nAllow: /feed", "/feed.xml", True),
        ("User-agent: *\nDisallow: /feed\nAllow: /feed", "/feed", True),
        ("User-agent: *\nDisallow: /*.php$", "/a.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/a.php?x=1", True),
        ("User-agent: *\nDisallow: /*?", "/a?b", False),
        ("User-agent: *\nDisallow: /新闻", "/%E6%96%B0%E9%97%BB/1", False),
        ("User-agent: *\nDisallow: /%66eed", "/feed", False),
        ("User-agent: ge\nDisallow: /", "/feed", True),
        ("User-agent: gedi\nCrawl-delay: 5\n User-agent: other\n Disallow: /", "/feed", False),
        ("User-agent: *\nDisallow: /%D0%C2", "/%d0%c2", False),
        ("User-agent: *\nDisallow: /%D0%C2", "/%CE%C5", True),
        ("User-agent: *\nDisalow: /feed", "/feed", False),
        ("Disallow: /", "/feed", True),
        ("<html>not found</html>", "/feed", True),
        ("\ufeffUser-agent: *\r\nDisallow: /", "/feed", False),
        ("User-agent: *\nDisallow: " + "/*" * 5000 + "x", "/" + "a" * 1900, True),
    ],
)
def test_rules(text: str, path: str, allowed: bool) -> None:
    assert rules_allow(parse_rules(text, "Gedi"), f"http://news.example{path}") is allowed


def ask(server: Server, robots: object, settings: Settings = OBEDIENT) -> object:
    server.route("/robots.txt", robots)  # type: ignore[arg-type]
    return get(server.route("/feed", FEED), settings=settings)


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [(200, b"User-agent: *\nDisallow: /x", True), (200, b"User-agent: *\nDisallow: /", False), (404, b"", True),
     (403, b"", True), (500, b"", False), (503, b"", False), (429, b"", False)],
)  # fmt: skip
def test_what_the_file_says_and_its_absence(server: Server, status: int, body: bytes, allowed: bool) -> None:
    outcome = ask(server, reply(status, body))
    if allowed:
        fetched(outcome)  # type: ignore[arg-type]
    else:
        assert failed(outcome).kind == "robots"  # type: ignore[arg-type]
        assert server.count("/feed") == 0


def test_nobody_is_asked_unless_it_was_set(server: Server) -> None:
    fetched(ask(server, reply(200, b"User-agent: *\nDisallow: /"), Settings()))  # type: ignore[arg-type]
    assert server.count("/robots.txt") == 0


def test_a_site_is_asked_once_and_each_redirect_is_judged(server: Server) -> None:
    server.route("/robots.txt", reply(200, b"User-agent: Gedi-Test\nDisallow: /secret"))
    server.route("/feed", FEED)
    server.route("/old", redirect(302, "/secret/feed"))

    async def visits() -> list[object]:
        async with Fetcher(replace(OBEDIENT), "Gedi-Test/1.0 (+http://example.org/)", clock=lambda: NOW) as fetcher:
            return [await fetcher.get(server.url(path)) for path in ("/feed", "/feed", "/old")]

    first, second, third = asyncio.run(visits())
    assert not isinstance(first, Failed)
    assert not isinstance(second, Failed)
    assert isinstance(third, Failed)
    assert third.kind == "robots"
    assert (server.count("/robots.txt"), server.count("/secret/feed")) == (1, 0)
