"""Followed lists of sources are fetched as feeds are; a list with an error never replaces a good one."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator.config.load import Config, follow_lists, parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.jobs.list_fetch import ListFetcher, fetch_lists
from aggregator.messages import english
from aggregator.model import SourceState
from aggregator.model.source_lists import ListState
from aggregator.runtime.process_pool import ProcessPool
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import Store
from tests.servers import Server, conditional, redirect, reply
from web import create_app

ADMIN = "0123456789abcdef"
START = datetime.fromisoformat("2026-05-04T08:00:00+00:00")


def opml(*urls: str) -> bytes:
    outlines = "\n".join(f'<outline type="rss" text="x" xmlUrl="{url}"/>' for url in urls)
    return f"<opml version='2.0'>\n<body>\n{outlines}\n</body></opml>".encode()


GOOD = opml("https://a.example.org/feed", "https://b.example.org/feed")
BAD = opml("https://a.example.org/feed", "ftp://b.example.org/feed", "http://10.0.0.1/")


class Follower:
    """A worker that follows one list, with a clock that tests set."""

    def __init__(self, server: Server, store: Store) -> None:
        self.server, self.store, self.now = server, store, START
        self.url = server.url("/list.opml")

    def config(self) -> Config:
        text = f"""
            [web]
            admin_token = "{ADMIN}"
            [polling]
            sources_from = ["{self.url}"]
            minimum = "1m"
            timeout = "3s"
            spacing = "0s"
            allow = ["127.0.0.0/8"]"""
        return parse_config(text.encode(), Path("/nowhere/config.toml"))

    def poll(self, *, due: bool = True) -> ListState:
        asyncio.run(self._poll(due))
        return self.state()

    def state(self) -> ListState:
        return self.store.list_states([self.url])[0]

    def sources(self) -> list[str]:
        return [source.url for source in follow_lists(self.config(), self.store).sources]

    async def _poll(self, due: bool) -> None:
        config, writer = self.config(), SingleThreadExecutor("writer")
        async with Fetcher(config.polling, "Gedi", clock=lambda: self.now) as fetcher, ProcessPool(1) as pool:
            await fetch_lists(
                Tools(config, self.store, fetcher, pool, writer, lambda: self.now, random.Random(1)), due=due
            )
        writer.shutdown()

    def wait(self) -> None:
        """Let the time pass until the next poll is due."""
        due = self.state().next_poll
        assert due is not None
        assert due > self.now
        self.now = due


@pytest.fixture
def follower(server: Server, store: Store) -> Follower:
    return Follower(server, store)


def test_a_list_is_fetched_conditionally_and_only_when_it_is_due(follower: Follower) -> None:
    follower.server.route("/list.opml", conditional(GOOD, '"1"'))
    assert follower.state().state is SourceState.NEW
    assert follower.sources() == []
    state = follower.poll()
    assert (state.state, state.source_count, state.error) == (SourceState.OK, 2, None)
    assert follower.sources() == ["https://a.example.org/feed", "https://b.example.org/feed"]
    follower.poll()
    assert len(follower.server.requests) == 1
    follower.wait()
    state = follower.poll()
    assert follower.server.requests[1].headers["if-none-match"] == '"1"'
    assert (state.last_success, state.changed) == (follower.now, START)
    assert "opml" in follower.server.requests[0].headers["accept"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(503), "503"),
        (reply(404), "404"),
        (reply(200, b"<html>moved</html>"), "not OPML"),
        (reply(200, BAD), "line 4: is no http or https address (found 'ftp://b.example.org/feed'); line 5: leads"),
        (reply(200, b"<opml><body></body></opml>"), "no feed"),
        (redirect(302, "http://10.0.0.1/list.opml"), "private"),
    ],
)
def test_the_last_good_list_stays_in_force(follower: Follower, answer: object, reason: str) -> None:
    follower.server.route("/list.opml", conditional(GOOD, '"1"'))
    follower.poll()
    follower.server.route("/list.opml", answer)  # type: ignore[arg-type]
    follower.wait()
    state = follower.poll()
    assert state.state is SourceState.FAILING
    assert reason in (english(state.error) or "")
    assert (state.source_count, state.last_success, state.failures) == (2, START, 1)
    assert len(follower.sources()) == 2
    follower.server.route("/list.opml", reply(200, opml("https://c.example.org/feed")))
    follower.wait()
    assert follower.poll().failures == 0
    assert follower.sources() == ["https://c.example.org/feed"]


def test_failures_back_off_and_retry_after_is_obeyed(follower: Follower) -> None:
    follower.server.route("/list.opml", reply(500))
    waits = []
    for _ in range(4):
        follower.poll()
        before = follower.now
        follower.wait()
        waits.append(follower.now - before)
    assert waits[3] > 3 * waits[0]
    follower.server.route("/list.opml", reply(503, retry_after="80000"))
    state = follower.poll()
    assert state.next_poll is not None
    assert state.next_poll - follower.now >= timedelta(seconds=80000)


def test_a_list_that_is_gone_is_not_asked_again_and_stays_in_force(follower: Follower) -> None:
    follower.server.route("/list.opml", conditional(GOOD, '"1"'))
    follower.poll()
    follower.wait()
    follower.server.route("/list.opml", reply(410))
    assert follower.poll().next_poll is None
    assert len(follower.sources()) == 2
    assert follower.poll(due=False).state is SourceState.GONE
    assert len(follower.server.requests) == 3


def test_two_workers_do_not_fetch_a_list_twice(follower: Follower) -> None:
    lease = timedelta(minutes=2)
    assert len(follower.store.claim_lists([follower.url], START, lease, "a")) == 1
    assert follower.store.claim_lists([follower.url], START, lease, "a") == []
    assert len(follower.store.claim_lists([follower.url], START + lease, lease, "b")) == 1


def test_the_job_asks_the_store_rarely(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def claim_nothing(*_: object) -> list[object]:
        asked.append(1)
        return []

    monkeypatch.setattr(Store, "claim_lists", claim_nothing)

    async def ticks() -> None:
        config, writer = follower.config(), SingleThreadExecutor("writer")
        async with Fetcher(config.polling, "Gedi", clock=lambda: follower.now) as fetcher, ProcessPool(1) as pool:
            tools = Tools(config, follower.store, fetcher, pool, writer, lambda: follower.now, random.Random(1))
            job = ListFetcher()
            for _ in range(30):
                await job.tick(tools)
                follower.now += timedelta(seconds=1)
        writer.shutdown()

    asyncio.run(ticks())
    assert len(asked) == 3


def test_admins_see_every_list_and_what_is_wrong_with_it(follower: Follower) -> None:
    follower.server.route("/list.opml", conditional(GOOD, '"1"'))
    follower.poll()
    follower.server.route("/list.opml", reply(404))
    follower.wait()
    follower.poll()
    client = create_app(follower.store, follower.config(), clock=lambda: follower.now).test_client()
    shown = client.get("/status?lang=en", headers={"Authorization": f"Bearer {ADMIN}"}).text
    row = shown[shown.index("Lists of sources") :].partition("</table>")[0]
    assert follower.url in row
    assert 'class="num">2</td>' in row
    assert "404" in row
    assert "Lists of sources" not in client.get("/status?lang=en").text
