"""The digests of a day are made before their hour, with a summary by a real server if it answers in time."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from aggregator import corrections
from aggregator.config.load import Config, ConfigErrors, parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.jobs import daily_digests, digest_summary
from aggregator.jobs.daily_digests import DigestJob
from aggregator.jobs.digest_summary import read_answer, request_summary
from aggregator.model.daily_digests import DailyDigest, DigestStory
from aggregator.publishing.render import render
from aggregator.runtime.process_pool import ProcessPool
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, draft, outlets, publish
from tests.servers import Behaviour, Request, Server, hang, raw, redirect, reply, respond_slowly

DAY = date(2026, 6, 1)
MORNING = NOW + 15 * HOUR  # seven o'clock on the next day
EARLY = MORNING - daily_digests.PREPARE
PATH = "/v1/chat/completions"


def completion(text: object) -> Behaviour:
    """Return what a server that speaks the chat completions format answers."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    answer = {"id": "1", "object": "chat.completion", "model": "m", "choices": [choice], "usage": {"total_tokens": 9}}
    return reply(200, json.dumps(answer).encode(), content_type="application/json")


def configure(server: Server, polling: str = 'allow = ["127.0.0.0/8"]') -> Config:
    text = f"""
        [site]
        url = "https://gedi.example"
        [polling]
        {polling}
        [summaries]
        url = "{server.url("/v1")}"
        model = "small"
        key = "${{LLM_KEY}}"
    """
    return parse_config(text.encode(), Path("/nowhere/config.toml"), {"LLM_KEY": "s3cret-key"})


class Editor:
    """A worker with a digest to make, and a clock that tests set."""

    def __init__(self, server: Server, store: Store) -> None:
        self.server, self.store, self.now, self.job = server, store, EARLY, DigestJob()
        self.config = configure(server)
        outlets(store, "a")
        publish(store, "a", draft("1", title="运河通船", text="首航走了两小时", minutes=60))

    def tick(self, moment: datetime) -> DailyDigest:
        """Run the job at this moment until its requests have ended; return the digest."""
        self.now = moment
        asyncio.run(self._tick())
        return self.store.daily_digests("all", DAY, DAY)[DAY]

    async def _tick(self) -> None:
        writer = SingleThreadExecutor("writer")
        async with Fetcher(self.config.polling, "Gedi", clock=lambda: self.now) as fetcher, ProcessPool(1) as pool:
            tools = Tools(self.config, self.store, fetcher, pool, writer, lambda: self.now, random.Random(1))
            await self.job.tick(tools)
            await self.job._tasks.wait(5)
            await self.job.stop()
        writer.shutdown()


@pytest.fixture
def editor(server: Server, store: Store) -> Editor:
    return Editor(server, store)


def test_the_summary_is_there_when_the_hour_comes(editor: Editor) -> None:
    store, path = editor.store, "/feeds/daily/all.atom"
    editor.server.route(PATH, respond_slowly(0.3, completion("<think>嗯</think>\n运河通船，\n首航 <b>成功</b>。")))
    digest = editor.tick(EARLY)
    assert digest.summary == "运河通船， 首航 <b>成功</b>。"
    document = render(store, editor.config, path, EARLY)
    assert document is not None
    assert b"<entry>" not in document.body
    store.put_documents([document], EARLY)
    assert editor.tick(MORNING - timedelta(seconds=1)) == digest
    assert store.stale_paths(9) == []
    assert editor.tick(MORNING) == digest
    assert store.stale_paths(9) == [path]
    published = render(store, editor.config, path, MORNING)
    assert published is not None
    assert "机器生成的摘要：&lt;/strong&gt;运河通船， 首航 &amp;lt;b&amp;gt;" in published.body.decode()
    (request,) = editor.server.requests
    asked = json.loads(request.body)
    assert (request.method, request.headers["authorization"]) == ("POST", "Bearer s3cret-key")
    assert (asked["model"], [message["role"] for message in asked["messages"]]) == ("small", ["system", "user"])
    assert "运河通船（1家媒体）\n首航走了两小时" in asked["messages"][1]["content"]
    corrections.remove(store, [digest.stories[0].item_id], MORNING + HOUR)
    assert store.daily_digests("all", DAY, DAY)[DAY].summary is None


def test_the_hour_does_not_wait_for_a_summary(editor: Editor) -> None:
    async def too_late(request: Request, writer: asyncio.StreamWriter) -> None:
        editor.now = MORNING
        await completion("概括")(request, writer)

    editor.server.route(PATH, too_late)
    assert editor.tick(EARLY).summary is None
    assert len(editor.server.requests) == 1


def test_a_digest_made_after_its_hour_has_none(editor: Editor) -> None:
    editor.server.route(PATH, completion("概括"))
    assert editor.tick(MORNING).summary is None
    assert editor.server.requests == []


def summary_of(config: Config) -> str | None:
    digest = DailyDigest(DAY, "all", MORNING, (DigestStory(1, 1, "https://a.example/", "标题", "摘要", 1),))
    return asyncio.run(request_summary(digest, config, lambda: EARLY))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(500, b"s3cret-key"), "status=500"),
        (reply(200, b"<html>"), "kind=unreadable"),
        (completion(None), "kind=unreadable"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), "kind=truncated"),
        (redirect(302, "https://elsewhere.example/"), "kind="),
        (hang, "kind=timeout"),
    ],
)
def test_a_broken_or_slow_server_gives_none(
    answer: Behaviour, reason: str, server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(digest_summary, "TIMEOUT", timedelta(seconds=0.3))
    server.route(PATH, answer)
    with caplog.at_level(logging.WARNING):
        assert summary_of(configure(server)) is None
    assert reason in caplog.text
    assert "s3cret-key" not in caplog.text


def test_a_private_address_has_to_be_allowed(server: Server) -> None:
    server.route(PATH, completion("概括"))
    assert summary_of(configure(server)) == "概括"
    assert summary_of(configure(server, "")) is None
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b'{"choices": []}', b'{"choices": [{"message": {"content": " "}}]}'])
def test_other_answers_have_no_summary(body: bytes) -> None:
    assert read_answer(body) is None


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ('url = "https://llm.example/v1"', "model is missing"),
        ('url = "ftp://llm.example"\nmodel = "m"', "begins with http"),
        ('url = "https://llm.example/v1?key=1"\nmodel = "m"', "the key belongs in key"),
    ],
)
def test_mistakes_in_the_config(table: str, reason: str) -> None:
    with pytest.raises(ConfigErrors, match=reason):
        parse_config(f"[summaries]\n{table}\n".encode(), Path("config.toml"), {})
