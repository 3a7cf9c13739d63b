"""Limits of requests to one host, with a simulated clock and with a real server."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from aggregator.fetching.host_limiter import HostLimiter
from tests.aggregator.conftest import fetched, get_all
from tests.aggregator.settings import Settings
from tests.servers import Server, redirect, reply, respond_slowly


class Clock:
    """A clock that advances only during a sleep."""

    now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def request_starts(hosts: list[str], per_host: int, spacing: float) -> list[tuple[str, float]]:
    clock = Clock()
    log = []

    async def main() -> None:
        turns = HostLimiter(per_host, spacing, clock=clock, sleep=clock.sleep)
        for host in hosts:
            async with turns.slot(host):
                log.append((host, clock.now))

    asyncio.run(main())
    return log


def test_requests_to_a_host_are_spaced_and_hosts_do_not_wait_for_each_other() -> None:
    assert request_starts(["a", "a", "b", "a"], 2, 1.5) == [("a", 0), ("a", 1.5), ("b", 1.5), ("a", 3.0)]


def test_no_spacing() -> None:
    assert request_starts(["a", "a", "a"], 1, 0) == [("a", 0)] * 3


def test_idle_hosts_are_forgotten_and_busy_ones_are_not() -> None:
    names = [f"h{number}" for number in range(3000)]
    assert request_starts(["a", *names, "a"], 1, 1.0) == [("a", 0), *((name, 0) for name in names), ("a", 1.0)]


def test_a_host_never_answers_more_than_its_share_at_once(server: Server) -> None:
    urls = [server.route(f"/{number}", respond_slowly(0.05, reply(200, b"<rss/>"))) for number in range(8)]
    for outcome in get_all(urls, settings=Settings(per_host=2)):
        assert fetched(outcome).status == 200
    assert max(request.running for request in server.requests) == 2
    assert len({request.peer for request in server.requests}) <= 8


def test_redirects_take_their_turn_as_well(server: Server) -> None:
    server.route("/old", redirect(301, "/new"))
    server.route("/new", reply(200, b"<rss/>"))
    get_all([server.url("/old")], settings=Settings(per_host=1, spacing=timedelta(seconds=0.4)))
    first, second = server.requests
    assert second.at - first.at > 0.2


def test_waiting_for_a_turn_does_not_count_against_the_deadline(server: Server) -> None:
    urls = [server.route(f"/{number}", respond_slowly(0.4, reply(200, b"<rss/>"))) for number in range(5)]
    settings = Settings(per_host=1, timeout=timedelta(seconds=1.5))
    assert [fetched(outcome).status for outcome in get_all(urls, settings=settings)] == [200] * 5


def test_connections_are_used_again(server: Server) -> None:
    urls = [server.route(f"/{number}", reply(200, b"<rss/>")) for number in range(5)]
    get_all(urls, settings=Settings(per_host=1))
    assert len({request.peer for request in server.requests}) == 1
