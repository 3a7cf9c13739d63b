"""The memory held when many servers send large bodies at the same time."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from aggregator.fetching.body_budget import SMALL_BODY_BYTES, BodyBudget
from aggregator.fetching.content_encoding import BadBodyError
from tests.aggregator.conftest import get_all
from tests.aggregator.settings import Settings
from tests.servers import Server, drip, reply

LARGE = bytes(SMALL_BODY_BYTES + 1)


def test_the_largest_body_is_given_up_when_all_are_far_too_much() -> None:
    memory = BodyBudget(3 * SMALL_BODY_BYTES // 2)
    with memory.incoming_body() as small, memory.incoming_body() as large, memory.incoming_body() as other:
        small.add(b"x" * 100)
        large.add(LARGE + LARGE)
        other.add(LARGE)
        assert (large.is_dropped, len(large.wire)) == (True, 0)
        small.add(b"x" * 100)
        other.add(LARGE)
        with pytest.raises(BadBodyError, match="put off"):
            large.add(b"x")
        assert len(small.wire) == 200
        assert not memory.is_exceeded, "that is for bodies that have arrived"


def test_small_and_whole_bodies_are_never_given_up() -> None:
    memory = BodyBudget(SMALL_BODY_BYTES // 2)
    with memory.incoming_body() as whole, memory.incoming_body() as one, memory.incoming_body() as two:
        whole.add(LARGE[:-1])
        whole.is_complete = True
        one.add(LARGE[:-2])
        two.add(LARGE[:-2])
        assert [body.is_dropped for body in (whole, one, two)] == [False, False, False]


def test_what_was_given_up_leaves_room() -> None:
    memory = BodyBudget(SMALL_BODY_BYTES)
    for _ in range(10):
        with memory.incoming_body() as body:
            body.add(LARGE)
    with memory.incoming_body() as body:
        body.add(LARGE)
        assert not body.is_dropped


def test_read_bodies_count_until_their_task_ends() -> None:
    memory = BodyBudget(3 * SMALL_BODY_BYTES)

    async def visit(end: asyncio.Event) -> None:
        for _ in range(3):  # a task's earlier bodies are released when it reads the next
            with memory.incoming_body() as body:
                body.add(gzip.compress(LARGE))
                assert await memory.decode(body, "gzip", 10 * SMALL_BODY_BYTES) == LARGE
        await end.wait()

    async def main() -> list[bool]:
        crowded, visits = [], []
        ends = [asyncio.Event() for _ in range(3)]
        for end in ends:
            visits.append(asyncio.create_task(visit(end)))
            await asyncio.sleep(0)
            crowded.append(memory.is_exceeded)
        for end in ends:
            end.set()
        await asyncio.gather(*visits)
        return [*crowded, memory.is_exceeded]

    assert asyncio.run(main()) == [False, False, True, False]


def test_small_feeds_arrive_beside_many_that_pour(server: Server) -> None:
    pouring = [
        server.route(f"/pour/{n}", drip([b"HTTP/1.1 200 OK\r\n\r\n", *[bytes(100_000)] * 9], 0.05)) for n in range(30)
    ]
    healthy = [server.route(f"/feed/{n}", reply(200, bytes(50_000))) for n in range(5)]
    outcomes = get_all(pouring + healthy, settings=Settings(per_host=50, max_bytes=1_000_000))
    kinds = [getattr(outcome, "kind", "fetched") for outcome in outcomes]
    assert kinds[30:] == ["fetched"] * 5
    assert set(kinds[:30]) == {"fetched", "crowded"}
