"""Polling intervals with a real server, the whole pipeline, and the state in the store."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest

from aggregator.config.load import Config, parse_config
from aggregator.fetching.fetcher import Fetcher
from aggregator.messages import Message, poll_reasons
from aggregator.model import HostQuota, PollResult, PollSelection
from aggregator.pipeline import poll_source
from aggregator.polling.publishing_profile import PublishingProfile
from aggregator.polling.worker_settings import host_quota_of, next_claim_delay, spread_overdue_polls, sync_sources
from aggregator.runtime.single_thread import SingleThreadExecutor
from aggregator.services import Tools
from aggregator.store import Store
from tests.aggregator.polling.fake_pipeline import config_of
from tests.clock import now
from tests.servers import Server, conditional, reply
from tests.shared_worker import Bench

pytestmark = pytest.mark.clock(every=8)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def config(database_url: str, url: str, *, polling: str = "", own: str = "") -> Config:
    text = f"""
        [database]
        url = "{database_url}"
        [polling]
        spacing = "0s"
        allow = ["127.0.0.0/8"]
        {polling}
        [[sources]]
        url = "{url}"
        slug = "lunan"
        {own}"""
    return parse_config(text.encode(), Path("/nowhere/config.toml"))


def feed(ages: Iterable[timedelta], channel: str = "") -> bytes:
    items = "".join(
        f"<item><guid>{age}</guid><title>消息{n}</title><link>http://a.example/{n}</link>"
        f"<pubDate>{format_datetime(now() - age)}</pubDate></item>"
        for n, age in enumerate(ages)
    )
    return f"<rss version='2.0'><channel><title>鲁南</title>{channel}{items}</channel></rss>".encode()


Visited = Callable[[Config, Store], tuple[timedelta, Message]]


@pytest.fixture
def visited(bench: Bench) -> Visited:
    return partial(_visited, bench)


def _visited(bench: Bench, given: Config, store: Store) -> tuple[timedelta, Message]:
    """Poll once; return the time until the next poll and the stored reason."""

    async def visit() -> PollResult:
        writer = SingleThreadExecutor("writer")
        async with Fetcher(given.polling, "Gedi-Test", clock=now) as fetcher:
            try:
                tools = Tools(given, store, fetcher, bench.children, writer, now, random.Random(1))
                sync_sources(given, store, now())
                (poll,) = store.claim_polls(now(), 2, MINUTE, "test", PollSelection(all_sources=True))
                return await poll_source(poll, tools)
            finally:
                writer.shutdown()

    result = bench.run(visit())
    store.release_leases("test")
    assert result.next_poll is not None
    (health,) = store.source_health(now())
    assert health.next_why is not None
    assert health.next_why == result.why
    return result.next_poll - result.at, health.next_why


def profile_of(store: Store) -> PublishingProfile:
    (poll,) = store.claim_polls(now(), 1, MINUTE, "test", PollSelection(all_sources=True))
    store.release_leases("test")
    return PublishingProfile.unpack(poll.profile)


def test_a_lively_source_is_found_out_at_its_first_visit(
    server: Server, store: Store, database_url: str, visited: Visited
) -> None:
    given = config(database_url, server.route("/feed", reply(200, feed(6 * MINUTE * n for n in range(1, 31)))))
    wait, why = visited(given, store)
    assert 5 * MINUTE <= wait <= 15 * MINUTE
    assert poll_reasons.RATE_NOW.matches(why)
    rate = why.get("rate")
    assert isinstance(rate, Message)
    assert poll_reasons.PER_HOUR.matches(rate)
    assert sum(profile_of(store).slot_counts) > 20


def test_what_a_feed_asks_for_is_kept_over_answers_without_a_body(
    server: Server, store: Store, database_url: str, visited: Visited
) -> None:
    body = feed([HOUR], "<ttl>120</ttl>")
    given = config(database_url, server.route("/feed", conditional(body, '"1"')))
    for _ in range(3):
        wait, why = visited(given, store)
        assert wait >= 2 * HOUR
        assert why == poll_reasons.UPDATE_INTERVAL()


@pytest.mark.clock
def test_hours_to_skip_are_skipped(server: Server, store: Store, database_url: str, visited: Visited) -> None:
    hour = now().hour
    hours = "".join(f"<hour>{(hour + more) % 24}</hour>" for more in range(4))
    given = config(database_url, server.route("/feed", reply(200, feed([HOUR], f"<skipHours>{hours}</skipHours>"))))
    wait, why = visited(given, store)
    assert 3 * HOUR <= wait <= 4.1 * HOUR
    assert why == poll_reasons.SKIPPED()


def test_a_fixed_interval_is_kept(server: Server, store: Store, database_url: str, visited: Visited) -> None:
    url = server.route("/feed", reply(200, feed(MINUTE * n for n in range(1, 31))))
    wait, why = visited(config(database_url, url, own='interval = "2h"'), store)
    assert 1.8 * HOUR <= wait <= 2.2 * HOUR
    assert why == poll_reasons.FIXED()


def test_a_failure_gives_its_reason_and_keeps_what_was_learnt(
    server: Server, store: Store, database_url: str, visited: Visited
) -> None:
    url = server.route("/feed", reply(200, feed(6 * MINUTE * n for n in range(1, 31))))
    visited(config(database_url, url), store)
    before = profile_of(store)
    server.route("/feed", reply(500, b""))
    assert visited(config(database_url, url), store)[1] == poll_reasons.FAILED_ONCE()
    assert visited(config(database_url, url), store)[1] == poll_reasons.FAILED(times=2)
    assert profile_of(store) == before


def test_after_a_long_rest_sources_come_bit_by_bit(store: Store, database_url: str) -> None:
    given = config(database_url, "http://a.example/0")
    many = [given.sources[0]] + [
        type(given.sources[0])(0, f"s{n}", f"http://h{n}.example/", "S") for n in range(1, 400)
    ]
    store.sync_sources(many, now() - timedelta(days=30), timedelta(0))
    spread_overdue_polls(given, store, now())
    due = sorted(one.next_poll - now() for one in store.source_health(now(), limit=400) if one.next_poll is not None)
    assert due[0] == timedelta(0)
    assert due[-1] == timedelta(seconds=99.75)
    assert len(set(due)) == 400


@pytest.mark.parametrize(("per_host", "share"), [(3, HostQuota(3, 2)), (1, HostQuota(1, 1))])
def test_all_workers_keep_to_the_limit_of_a_host(per_host: int, share: HostQuota) -> None:
    given = config("sqlite:///x.db", "http://a.example/", polling=f"per_host = {per_host}")
    assert host_quota_of(given) == share


@pytest.mark.parametrize(("spacing", "least", "most"), [("0s", 50, 150), ("400ms", 200, 600)])
def test_a_host_that_was_full_is_tried_again_soon(spacing: str, least: int, most: int) -> None:
    given = config_of(Path("/nowhere"), ["http://a.example/"], f'spacing = "{spacing}"')
    delay = next_claim_delay(given, random.Random(1), others_wait=True)
    assert delay is not None
    assert least <= delay.total_seconds() * 1000 <= most
    assert next_claim_delay(given, random.Random(1), others_wait=False) is None


def test_workers_claim_at_random_times() -> None:
    given = config("postgresql://h/x", "http://a.example/")
    dice = random.Random(1)
    delays = [next_claim_delay(given, dice, others_wait=False) for _ in range(9)]
    assert len({*delays}) == 9
    assert all(delay is not None and timedelta(seconds=0.5) <= delay <= timedelta(seconds=1.5) for delay in delays)
