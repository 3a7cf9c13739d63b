"""Listing sources from server to store: the fetcher and child processes, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.messages import english
from aggregator.model import PollResult
from tests.servers import Server, conditional, reply

pytestmark = pytest.mark.clock(every=17)

PAGE = """<html><head><meta charset="gb2312"><title>城区新闻</title></head><body><div class="list"><ul>
<li><a href="a1.html" title="早市搬进新大棚，摊主说今年夏天不怕雨">早市搬进新大棚…</a><span>07-20</span></li>
<li><a href="a2.html">夜班公交多开两小时</a><span>07-19</span></li></ul></div></body></html>"""


def poll(polls: Any, item: str = "div.list li") -> PollResult:
    polls.sources = ""
    polls.source("news/", f'kind = "html"\n[sources.select]\nitem = "{item}"')
    polls.sources = polls.sources.replace('slug = "news/"', 'slug = "a"')
    result: PollResult = polls.poll()
    return result


def items(polls: Any) -> list[dict[str, Any]]:
    return sorted(polls.store.export_items(), key=lambda row: str(row["url"]))


def test_a_page_is_a_source(polls: Any, server: Server) -> None:
    server.route("/news/", conditional(PAGE.encode("gbk"), '"1"', content_type="text/html"))
    result = poll(polls)
    assert (result.outcome, result.entries, result.skipped, result.error) == ("changed", 2, 0, None)
    first, second = items(polls)
    assert (first["title"], first["url"]) == ("早市搬进新大棚，摊主说今年夏天不怕雨", server.url("/news/a1.html"))
    published = datetime.fromisoformat(str(second["published"])).astimezone(UTC)
    assert (published.month, published.day, published.hour) == (7, 18, 16)
    again = poll(polls)
    assert (again.status, again.outcome) == (304, "unchanged")
    assert server.requests[-1].headers["if-none-match"] == '"1"'
    assert len(items(polls)) == 2


def test_a_rebuilt_page_is_a_fault_that_says_so_and_loses_nothing(polls: Any, server: Server) -> None:
    server.route("/news/", conditional(PAGE.encode("gbk"), '"1"'))
    poll(polls)
    server.route("/news/", conditional(b"<html><main><section><a href=x>new</a></section></main></html>", '"2"'))
    result = poll(polls)
    assert (result.outcome, result.failures) == ("failed", 1)
    assert english(result.error) == 'the selector "div.list li" found nothing on this page: has it been rebuilt?'
    assert len(items(polls)) == 2
    poll(polls)
    assert server.requests[-1].headers["if-none-match"] == '"1"', "what vouches for the last good page stays"
    server.route("/news/", conditional(PAGE.replace("a2", "a3").encode("gbk"), '"3"'))
    assert poll(polls).outcome == "changed"
    assert len(items(polls)) == 3


def test_another_selector_reads_the_same_page_again(polls: Any, server: Server) -> None:
    server.route("/news/", conditional(PAGE.encode("gbk"), '"1"'))
    poll(polls, "li:first-child")
    assert len(items(polls)) == 1
    assert poll(polls).outcome == "changed"
    assert len(items(polls)) == 2


def test_a_json_list_is_a_source(polls: Any, server: Server) -> None:
    rows = [{"id": 5, "t": "河埠头的灯又亮了", "at": 1784593800}, {"id": 6, "t": ""}]
    server.route("/api", reply(200, b"cb(" + json.dumps({"data": {"rows": rows}}).encode() + b")"))
    polls.source(
        "api", 'kind = "json"\nselect = { items = "data.rows", title = "t", link = "/n/{id}.html", time = "at" }'
    )
    result = polls.poll()
    assert (result.outcome, result.entries, result.skipped, result.error) == ("changed", 1, 1, None)
    (row,) = items(polls)
    assert (row["title"], row["url"]) == ("河埠头的灯又亮了", server.url("/n/5.html"))
    assert datetime.fromisoformat(str(row["published"])) == datetime(2026, 7, 21, 0, 30, tzinfo=UTC)


def test_a_hostile_page_costs_one_visit(polls: Any, server: Server) -> None:
    server.route("/news/", reply(200, b"<ul>" + b"<li><div>" * 200_000 + b"<a href=/1>headline of it</a>"))
    result = poll(polls, "li")
    assert result.outcome in ("changed", "failed")
    server.route("/news/", reply(200, PAGE.encode("gbk")))
    assert poll(polls).outcome == "changed"


def test_pages_and_lists_are_asked_for_as_such(polls: Any, server: Server) -> None:
    server.route("/news/", reply(200, PAGE.encode("gbk")))
    poll(polls)
    assert server.requests[-1].headers["accept"].startswith("text/html")
    server.route("/news/", reply(200, b"<p>elsewhere"))
    assert poll(polls).error_kind == "no-items"
