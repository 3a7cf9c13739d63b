"""Helpers for our own hub: new items, requests to it, and a worker that runs its jobs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aggregator.pipeline import publish_stale
from aggregator.polling.worker_settings import sync_sources
from aggregator.services import Tools
from aggregator.websub.hub import HubWorker as OwnHub
from tests.aggregator.store.factories import draft, publish
from tests.aggregator.websub.hub import fetch
from tests.aggregator.websub.listener import Listener

if TYPE_CHECKING:
    from tests.aggregator.websub.conftest import Gedi

FEED = "/feeds/all.atom"


def publish_item(gedi: Gedi, name: str) -> None:
    """Store a new item and publish its feeds."""
    sync_sources(gedi.config(), gedi.store, gedi.now())
    publish(gedi.store, "lunan", draft(name, title=f"消息{name}"))
    with gedi.store.write_transaction() as writer:
        writer.mark_stale({"all"})

    async def job(tools: Tools) -> None:
        while await publish_stale(tools):
            pass

    gedi.work(job)


def post_to_hub(gedi: Gedi, callback: str, **more: str) -> int:
    """Send a POST to the hub; return the status."""
    form = {"hub.mode": "subscribe", "hub.topic": gedi.site + FEED, "hub.callback": callback}
    form |= {f"hub.{name}": value for name, value in more.items()}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return fetch(f"{gedi.site}/hub", urlencode(form).encode(), headers)[0]


def run_hub(gedi: Gedi, after: timedelta = timedelta(0)) -> None:
    """Run the jobs of the hub until nothing is due or running."""
    gedi.late += after

    async def job(tools: Tools) -> None:
        hub = OwnHub()
        await hub.tick(tools)
        while hub.is_busy:
            await asyncio.sleep(0.01)
            await hub.tick(tools)
        await hub.stop(tools)

    gedi.work(job)


def subscribe(gedi: Gedi, listener: Listener, path: str = "/a", **more: str) -> str:
    callback = listener.url(path)
    listener.wants.setdefault(path, set()).add(gedi.site + FEED)
    assert post_to_hub(gedi, callback, **more) == 202
    run_hub(gedi)
    return callback
