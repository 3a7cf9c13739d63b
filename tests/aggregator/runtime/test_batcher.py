"""Values that arrive one by one are processed together."""

from __future__ import annotations

import asyncio

import pytest

from aggregator.runtime.batcher import Batcher, Process


def recorded() -> tuple[list[list[int]], Process[int, int]]:
    """Return the batches so far, and the function that processes them."""
    batches: list[list[int]] = []

    async def process(values: list[int]) -> list[int]:
        batches.append(values)
        return values

    return batches, process


def test_a_batch_is_full_or_has_waited() -> None:
    batches, process = recorded()

    async def main() -> None:
        batcher = Batcher[int, int](0.05)
        await asyncio.gather(*(batcher.add(number, process, limit=3) for number in range(7)))
        assert batches == [[0, 1, 2], [3, 4, 5], [6]]
        await batcher.add(7, process, limit=3)

    asyncio.run(main())
    assert batches[3:] == [[7]]


def test_everybody_learns_that_a_batch_failed_and_the_next_one_works() -> None:
    async def process(values: list[int]) -> list[int]:
        if 0 in values:
            raise OSError("disk full")
        return values

    async def main() -> list[int | BaseException]:
        batcher = Batcher[int, int](0.01)
        return await asyncio.gather(
            *(batcher.add(number, process, limit=2) for number in range(4)), return_exceptions=True
        )

    outcomes = asyncio.run(main())
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError, int, int]


def test_a_value_whose_caller_is_cancelled_is_left_out() -> None:
    batches, process = recorded()

    async def main() -> None:
        batcher = Batcher[int, int](0.05)
        first, second = (asyncio.create_task(batcher.add(number, process, limit=3)) for number in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await second
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(main())
    assert batches == [[1]]


def test_a_batch_is_full_by_weight() -> None:
    batches, process = recorded()

    async def main() -> None:
        batcher = Batcher[int, int](0.01)
        await asyncio.gather(*(batcher.add(weight, process, limit=10, weight=weight) for weight in (4, 4, 4, 30, 9, 1)))

    asyncio.run(main())
    assert batches == [[4, 4, 4], [30], [9, 1]]


def test_in_turn_a_batch_waits_for_the_one_before() -> None:
    batches: list[list[int]] = []

    async def process(values: list[int]) -> list[int | Exception]:
        batches.append(values)
        await asyncio.sleep(0.01)
        return [ValueError() if value == 3 else 10 * value for value in values]

    async def main() -> list[int | BaseException]:
        batcher = Batcher[int, int](0.001, in_turn=True)
        return await asyncio.gather(
            *(batcher.add(number, process, limit=3) for number in range(7)), return_exceptions=True
        )

    outcomes = asyncio.run(main())
    assert batches == [[0, 1, 2], [3, 4, 5], [6]]
    assert [outcome if isinstance(outcome, int) else type(outcome) for outcome in outcomes] == [
        0, 10, 20, ValueError, 40, 50, 60,
    ]  # fmt: skip
