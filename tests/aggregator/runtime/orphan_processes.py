"""A program that a test kills: it starts children that are busy for ever, and prints their process ids."""

from __future__ import annotations

import asyncio

from aggregator.runtime.process_pool import ProcessPool
from tests.aggregator.runtime import pool_jobs


async def main() -> None:
    async with ProcessPool(4) as children:
        ids = await asyncio.gather(*(children.run(pool_jobs.whoami, timeout=30) for _ in range(3)))
        print(*ids, flush=True)  # noqa: T201
        await asyncio.gather(*(children.run(job, timeout=600) for job in (pool_jobs.hang, pool_jobs.spin)))


asyncio.run(main())
