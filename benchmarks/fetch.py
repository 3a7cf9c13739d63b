"""Fetching: requests per second and CPU per request, compared with a bare aiohttp session that fetches the same.

The server is another process on 127.0.0.1 that responds from memory, so only the client is measured: one core,
32 concurrent requests. "304" is an unchanged feed, "200" a feed of 40 KB compressed by gzip.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta

import aiohttp

from aggregator.config.settings import PollingSettings
from aggregator.fetching.fetcher import Fetcher
from aggregator.model import Failed, Validators
from aggregator.runtime.clock import now_utc

REQUESTS = 1500
AT_ONCE = 32

Get = Callable[[str, bool], Awaitable[None]]
Client = Callable[[], AbstractAsyncContextManager[Get]]


class _Answers(asyncio.Protocol):
    """A minimal server: one read, one response, persistent connections."""

    feed = gzip.compress("".join(random.Random(1).choices("新闻报道鲁南<item>title ", k=20_000)).encode())
    full = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n' % len(feed) + feed
    same = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n"):
            self.transport.write(self.same if b"\r\nIf-None-Match" in data else self.full)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def running_server() -> Iterator[str]:
    """Yield the address to fetch."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import asyncio; from benchmarks.fetch import serve; asyncio.run(serve())"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/feed"
    finally:
        process.kill()
        process.communicate()


@asynccontextmanager
async def ours() -> AsyncIterator[Get]:
    settings = PollingSettings(per_host=AT_ONCE, spacing=timedelta(0), allow=("127.0.0.0/8",))
    async with Fetcher(settings, "Gedi-Benchmark/1.0", clock=now_utc) as fetcher:

        async def get(url: str, conditional: bool) -> None:
            outcome = await fetcher.get(url, Validators(etag='"1"') if conditional else Validators())
            assert not isinstance(outcome, Failed), outcome

        yield get


@asynccontextmanager
async def bare() -> AsyncIterator[Get]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def get(url: str, conditional: bool) -> None:
            async with session.get(url, headers={"If-None-Match": '"1"'} if conditional else {}) as response:
                await response.read()

        yield get


async def measure(client: Client, url: str, conditional: bool) -> tuple[float, float]:
    """Return the CPU milliseconds per request and the requests per second."""
    async with client() as get:
        places = asyncio.Semaphore(AT_ONCE)

        async def one() -> None:
            async with places:
                await get(url, conditional)

        await asyncio.gather(*(one() for _ in range(AT_ONCE)))
        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(one() for _ in range(REQUESTS)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return cpu / REQUESTS * 1000, REQUESTS / wall


def main() -> None:
    """Print the best of three alternating runs of each client."""
    with running_server() as url:
        for name, conditional in (("304", True), ("200", False)):
            best: dict[str, tuple[float, float]] = {}
            for _ in range(3):
                for label, client in (("gedi", ours), ("aiohttp", bare)):
                    cpu, rate = asyncio.run(measure(client, url, conditional))
                    best[label] = min(best.get(label, (9e9, 0.0)), (cpu, rate))
            (cpu, rate), (peer_cpu, peer) = best["gedi"], best["aiohttp"]
            print(f"   {name}: gedi {cpu:.2f} ms CPU a request, {rate:.0f}/s")
            print(f"        aiohttp {peer_cpu:.2f} ms, {peer:.0f}/s; ratio of CPU {cpu / peer_cpu:.2f}")


if __name__ == "__main__":
    main()
