"""Addresses of new stories are sent to search engines once each, within their quota, against a local server."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aggregator.config.load import Config, parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.jobs import index_push
from aggregator.jobs.index_push import claim_due, push_stories
from aggregator.messages import english
from aggregator.model import Placement, Relation
from aggregator.model.index_push import IndexPushResult, IndexState
from aggregator.publishing.index_requests import BAIDU, INDEXNOW, configured_services
from aggregator.runtime.process_pool import ProcessPool
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import LeaseLostError, Store
from tests.aggregator.store.factories import NOW, draft, outlets, place, publish
from tests.servers import Behaviour, Server, redirect, reply
from web import create_app

TOKEN, KEY = "tok123SECRET", "0123456789abcdef"
BAIDU_PATH = f"/urls?site=https://news.gedi.cn&token={TOKEN}"
INDEXNOW_PATH = "/indexnow"
ADMIN = "0123456789abcdefg"


def taken(remain: int, **more: object) -> Behaviour:
    return reply(200, json.dumps({"remain": remain, "success": 1, **more}).encode())


def refused(status: int, message: str) -> Behaviour:
    return reply(status, json.dumps({"error": status, "message": message}).encode())


class Site:
    """A worker that pushes, with a clock that tests set; each story is reported by two outlets."""

    def __init__(self, server: Server, store: Store) -> None:
        self.server, self.store, self.now = server, store, NOW
        self.names = iter(range(1000))
        self.settings = f'baidu_token = "{TOKEN}"'
        outlets(store, "a", "b")

    def config(self, url: str = "https://news.gedi.cn") -> Config:
        text = f"""
            [site]
            url = "{url}"
            [web]
            admin_token = "{ADMIN}"
            [polling]
            allow = ["127.0.0.0/8"]
            [publishing]
            baidu_url = "{self.server.url("/urls")}"
            indexnow_url = "{self.server.url(INDEXNOW_PATH)}"
            {self.settings}"""
        return parse_config(text.encode(), Path("/nowhere/config.toml"))

    def stories(self, count: int) -> list[int]:
        """Store stories of two outlets, and one of a single outlet, which may not be indexed."""
        found = []
        for _ in range(count):
            name = f"story {next(self.names)}"
            first, second = (publish(self.store, slug, draft(name + slug), now=self.now)[0] for slug in "ab")
            place(self.store, Placement(second, first, Relation.FURTHER))
            found.append(first)
        publish(self.store, "a", draft(f"single {next(self.names)}"), now=self.now)
        return found

    def push(self) -> None:
        """Push to whom is due, as the worker does."""
        asyncio.run(self._push())

    async def _push(self) -> None:
        config, writer = self.config(), SingleThreadExecutor("writer")
        async with Fetcher(config.polling, "Gedi", clock=lambda: self.now) as fetcher:
            pool = ProcessPool(1)  # never started
            tools = Tools(config, self.store, fetcher, pool, writer, lambda: self.now, random.Random(1))
            for claim in await claim_due(tools):
                await push_stories(claim, tools)
        writer.shutdown()

    def state(self, service: str = BAIDU) -> IndexState:
        return self.store.index_states([service])[0]

    def sent(self) -> list[list[int]]:
        """Return the numbers of the stories in each request."""
        bodies = [
            json.loads(request.body)["urlList"] if request.path == INDEXNOW_PATH else request.body.decode().split("\n")
            for request in self.server.requests
        ]
        return [sorted(int(url.removeprefix("https://news.gedi.cn/story/")) for url in body) for body in bodies]

    def wait(self) -> datetime:
        """Let the time pass until the next push is due."""
        due = self.state().next_at
        assert due is not None
        assert due > self.now
        self.now = due
        return due


@pytest.fixture
def site(server: Server, store: Store) -> Site:
    return Site(server, store)


def test_new_stories_are_sent_once_within_the_quota(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_push, "BATCH", 2)
    site.server.route(BAIDU_PATH, taken(1))
    first = site.stories(3)
    site.push()
    request = site.server.requests[0]
    assert (request.method, request.headers["content-type"]) == ("POST", "text/plain")
    site.push()  # not due yet
    assert len(site.sent()) == 1
    assert site.wait() - NOW == index_push.BACKLOG_EVERY
    site.server.route(BAIDU_PATH, taken(0))
    site.push()  # the quota has room for one
    assert sorted(number for numbers in site.sent() for number in numbers) == first
    assert (site.state().sent, site.state().remain, site.state().last_success) == (3, 0, site.now)
    second = site.stories(1)
    assert site.wait().astimezone(ZoneInfo("Asia/Shanghai")).strftime("%d %H:%M") == "02 00:05"
    site.server.route(BAIDU_PATH, taken(9))
    site.push()
    assert site.sent()[2:] == [second]
    assert (site.state().sent, site.state().error) == (1, None)


def test_own_limit_a_day(site: Site) -> None:
    site.settings += "\nindex_daily = 2"
    site.server.route(BAIDU_PATH, taken(500))
    site.stories(3)
    for _ in range(2):
        site.push()
        site.wait()
    assert [len(numbers) for numbers in site.sent()] == [2]


def test_indexnow_and_the_file_of_its_key(site: Site) -> None:
    site.settings = f'indexnow_key = "{KEY}"'
    site.server.route(INDEXNOW_PATH, reply(202))
    numbers = site.stories(2)
    site.push()
    assert site.sent() == [numbers]
    request = site.server.requests[0]
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    content = json.loads(request.body)
    address = f"https://news.gedi.cn/{KEY}.txt"
    assert (content["host"], content["key"], content["keyLocation"]) == ("news.gedi.cn", KEY, address)
    answer = create_app(site.store, site.config(), clock=lambda: site.now).test_client().get(f"/{KEY}.txt")
    assert (answer.text, answer.mimetype) == (KEY, "text/plain")
    site.server.route(INDEXNOW_PATH, reply(403))
    site.now += timedelta(minutes=6)
    site.stories(1)
    site.push()
    assert (
        english(site.state(INDEXNOW).error)
        == f"the key was not verified: search engines must be able to read {address}"
    )


REFUSALS = (
    (refused(401, "token is not valid"), "compare [publishing] baidu_token"),
    (refused(400, "site error"), "https://news.gedi.cn is not the site"),
    (refused(400, f"what is {TOKEN}"), "it was refused: what is … (HTTP 400)"),
    (reply(200, b"<html>"), "cannot be understood (HTTP 200)"),
    (reply(200, b""), "cannot be understood"),
    (redirect(302, "https://elsewhere.example.org/"), "redirect"),
    (reply(503), "HTTP 503"),
)


def test_failures_are_named_without_the_token_and_lose_nothing(site: Site) -> None:
    numbers = site.stories(1)
    waits = []
    for behavior, reason in REFUSALS:
        site.server.route(BAIDU_PATH, behavior)
        site.push()
        told = english(site.state().error) or ""
        assert reason in told
        assert TOKEN not in told
        waits.append(-(site.now - site.wait()))
    assert waits[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    client = create_app(site.store, site.config(), clock=lambda: site.now).test_client()
    assert "百度" not in client.get("/status").text
    bearer = {"Authorization": f"Bearer {ADMIN}"}
    assert "503" in client.get("/status", headers=bearer).text
    assert client.get("/status.json", headers=bearer).json["index"][0]["failures"] == len(REFUSALS)  # type: ignore[index]
    assert client.get("/status.json").json["index"] == []  # type: ignore[index]
    site.server.route(BAIDU_PATH, taken(5, not_same_site=["x"]))
    site.push()
    assert site.sent() == [numbers] * (len(REFUSALS) + 1)
    assert "1 addresses were not taken" in (english(site.state().error) or "")
    site.wait()
    site.push()
    assert len(site.sent()) == len(REFUSALS) + 1
    assert site.state().error is None


def test_a_killed_worker_repeats_one_batch_and_a_late_one_records_nothing(site: Site) -> None:
    services, lease = (BAIDU,), timedelta(minutes=2)
    numbers = site.stories(1)
    (killed,) = site.store.claim_index_services(services, site.now, lease, "killed")  # and sends, and is killed
    assert site.store.claim_index_services(services, site.now, lease, "other") == []
    site.now += lease
    site.server.route(BAIDU_PATH, taken(5))
    site.push()
    assert site.sent() == [numbers]
    late = index_push.plan_next(
        IndexPushResult(BAIDU, site.now, site.now, "2026-05-01", 9, 9, 0, lease=killed.lease),
        0,
        is_full=False,
    )
    with pytest.raises(LeaseLostError):
        site.store.record_index_push(late)
    assert site.state().sent == 1


def test_nothing_is_sent_for_a_site_that_is_not_public(site: Site) -> None:
    assert configured_services(site.config()) == (BAIDU,)
    for url in ("http://127.0.0.1:8000", "https://intranet.local", "https://192.168.1.2"):
        config = site.config(url)
        assert configured_services(config) == ()
        assert any("nothing is sent" in str(warning) for warning in config.warnings)
    site.settings = ""
    assert configured_services(site.config()) == ()
