"""Sources that are no feeds, the whole way: a server, the fetcher, child processes, the store, on both databases."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import parse
from aggregator.model import PollResult
from aggregator.scheduler import poll_once
from aggregator.store import Store
from tests.servers import Server, conditional, reply

PAGE = """<html><head><meta charset="gb2312"><title>城区新闻</title></head><body><div class="list"><ul>
<li><a href="a1.html" title="早市搬进新大棚，摊主说今年夏天不怕雨">早市搬进新大棚…</a><span>07-20</span></li>
<li><a href="a2.html">夜班公交多开两小时</a><span>07-19</span></li></ul></div></body></html>"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


class Polls:
    """A config over the server, polled into a store."""

    def __init__(self, server: Server, store: Store, database_url: str) -> None:
        self.server, self.store, self.database_url = server, store, database_url

    def poll(self, source: str) -> PollResult:
        text = f"""
            [database]
            url = "{self.database_url}"
            [polling]
            minimum = "1s"
            timeout = "3s"
            spacing = "0s"
            allow = ["127.0.0.0/8"]
            [[sources]]
            slug = "a"
            {source}"""
        config = parse(text.encode(), Path("/nowhere/config.toml"))
        (result,) = asyncio.run(poll_once(config, self.store, ["a"], rng=random.Random(1)))
        return result

    def items(self) -> list[dict[str, Any]]:
        return sorted(self.store.export_items(), key=lambda row: str(row["url"]))


@pytest.fixture
def polls(server: Server, store: Store, database_url: str) -> Polls:
    return Polls(server, store, database_url)


def html(server: Server, item: str = "div.list li", **more: str) -> str:
    lines = "\n".join(f"{key} = '{value}'" for key, value in more.items())
    return f'url = "{server.url("/news/")}"\nkind = "html"\n[sources.select]\nitem = "{item}"\n{lines}'


def test_a_page_is_a_source(polls: Polls, server: Server) -> None:
    server.route("/news/", conditional(PAGE.encode("gbk"), '"1"', content_type="text/html"))
    result = polls.poll(html(server))
    assert (result.outcome, result.entries, result.skipped, result.error) == ("changed", 2, 0, None)
    first, second = polls.items()
    assert (first["title"], first["url"]) == ("早市搬进新大棚，摊主说今年夏天不怕雨", server.url("/news/a1.html"))
    published = datetime.fromisoformat(str(second["published"])).astimezone(UTC)
    assert (published.month, published.day, published.hour) == (7, 18, 16)
    again = polls.poll(html(server))
    assert (again.status, again.outcome) == (304, "unchanged")
    assert server.requests[-1].headers["if-none-match"] == '"1"'
    assert len(polls.items()) == 2


def test_a_rebuilt_page_is_a_fault_that_says_so_and_loses_nothing(polls: Polls, server: Server) -> None:
    server.route("/news/", conditional(PAGE.encode("gbk"), '"1"'))
    polls.poll(html(server))
    server.route("/news/", conditional(b"<html><main><section><a href=x>new</a></section></main></html>", '"2"'))
    result = polls.poll(html(server))
    assert (result.outcome, result.failures) == ("failed", 1)
    assert result.error is not None
    assert 'the selector "div.list li" found nothing on this page: has it been rebuilt?' in result.error
    assert len(polls.items()) == 2
    polls.poll(html(server))
    assert server.requests[-1].headers["if-none-match"] == '"1"', "what vouches for the last good page stays"
    server.route("/news/", conditional(PAGE.replace("a2", "a3").encode("gbk"), '"3"'))
    assert polls.poll(html(server)).outcome == "changed"
    assert len(polls.items()) == 3


def test_another_selector_reads_the_same_page_again(polls: Polls, server: Server) -> None:
    server.route("/news/", conditional(PAGE.encode("gbk"), '"1"'))
    polls.poll(html(server, item="li:first-child"))
    assert len(polls.items()) == 1
    assert polls.poll(html(server)).outcome == "changed"
    assert len(polls.items()) == 2


def test_a_json_list_is_a_source(polls: Polls, server: Server) -> None:
    items = [{"id": 5, "t": "河埠头的灯又亮了", "at": 1784593800}, {"id": 6, "t": ""}]
    server.route("/api?p=1", reply(200, b"cb(" + json.dumps({"data": {"rows": items}}).encode() + b")"))
    result = polls.poll(
        f'url = "{server.url("/api?p=1")}"\nkind = "json"\n'
        'select = { items = "data.rows", title = "t", link = "/n/{id}.html", time = "at" }'
    )
    assert (result.outcome, result.entries, result.skipped, result.error) == ("changed", 1, 1, None)
    (row,) = polls.items()
    assert (row["title"], row["url"]) == ("河埠头的灯又亮了", server.url("/n/5.html"))
    assert datetime.fromisoformat(str(row["published"])) == datetime(2026, 7, 21, 0, 30, tzinfo=UTC)


def test_a_hostile_page_costs_one_visit(polls: Polls, server: Server) -> None:
    server.route("/news/", reply(200, b"<ul>" + b"<li><div>" * 200_000 + b"<a href=/1>headline of it</a>"))
    result = polls.poll(html(server, item="li"))
    assert result.outcome in ("changed", "failed")
    server.route("/news/", reply(200, PAGE.encode("gbk")))
    assert polls.poll(html(server)).outcome == "changed"
