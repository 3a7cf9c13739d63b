"""Run as a program by a test that kills it: starts children that are busy for ever and prints their ids."""

from __future__ import annotations

import asyncio

from aggregator.children import Children
from tests.polling import chores


async def main() -> None:
    async with Children(3) as children:
        ids = await asyncio.gather(*(children.run(chores.whoami, timeout=30) for _ in range(3)))
        print(*ids, flush=True)  # noqa: T201
        await asyncio.gather(*(children.run(job, timeout=600) for job in (chores.hang, chores.spin)))


asyncio.run(main())
