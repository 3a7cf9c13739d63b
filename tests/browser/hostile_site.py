"""A site that polled hostile outlets."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aggregator import corrections
from aggregator.config.load import Config
from aggregator.model import Listing, PollSelection
from aggregator.model.correction_requests import RequestText
from aggregator.poll_once import poll_once
from aggregator.polling.environment import WorkerEnvironment
from aggregator.steps.entries.clean import is_web_address
from aggregator.store import Store
from tests.browser import hostile_feeds
from tests.browser.browser_helpers import TOKEN, serve
from tests.browser.vectors import VECTORS
from tests.servers import Server, reply
from tests.web import fixture_site
from tests.web.fixture_site import NOW
from web import create_wsgi

SETTINGS = f"""
[polling]
spacing = "0s"
allow = ["127.0.0.0/8"]
[web]
admin_token = "{TOKEN}"
"""


@dataclass(frozen=True)
class Hostile:
    url: str
    store: Store
    items: list[int]
    story: int


def settings(outlets: Server) -> Config:
    """Return a config of three hostile outlets with hostile names, and two that fail with hostile messages."""
    sources = [
        (
            "heaps",
            "/rss",
            VECTORS[3][:80],
            'content = "full"\narticles = false\ncategory = "society"\nregion = "370400"',
        ),
        ("trees", "/atom", "", 'content = "full"\narticles = false\nregion = "370400"'),
        ("words", "/json", "", 'category = "society"'),
        ("away", "/away", '"><img src=x onerror=ran()>', ""),
        ("page", "/page", "", ""),
    ]
    tables = [
        f'[[sources]]\nslug = "{slug}"\nurl = "{outlets.url(path)}"\n{more}\n'
        + (f"title = {json.dumps(title)}\n" if title else "")
        for slug, path, title, more in sources
    ]
    return fixture_site.config(SETTINGS + "\n".join(tables))


def serve_outlets(outlets: Server) -> None:
    outlets.route("/rss", reply(200, hostile_feeds.rss(), content_type="application/rss+xml"))
    outlets.route("/atom", reply(200, hostile_feeds.atom(), content_type="application/atom+xml"))
    outlets.route("/json", reply(200, hostile_feeds.json_feed(), content_type="application/feed+json"))
    outlets.route("/away", reply(302, location='javascript:ran()//"><img src=x onerror=ran()>'))
    page = "<html><title><b>ran()</b></title><link rel=alternate type='application/atom+xml' href='javascript:ran()'>"
    outlets.route("/page", reply(200, page.encode(), content_type='text/html; charset="><script>ran()</script>'))


@contextmanager
def hostile_site(path: Path) -> Iterator[Hostile]:
    """Yield a site that has polled all hostile outlets; its database is in ``path``."""
    store = Store.open(f"sqlite:///{path}", migrate=False)
    with Server() as outlets, ThreadPoolExecutor(1) as thread:  # the browser's event loop runs in this thread
        serve_outlets(outlets)
        config = settings(outlets)
        visits = poll_once(
            config,
            store,
            PollSelection(all_sources=True),
            WorkerEnvironment(rng=random.Random(1), clock=lambda: NOW),
        )
        results = thread.submit(asyncio.run, visits).result()
    assert sorted(result.new_items > 20 for result in results) == [False, False, True, True, True]
    lists = [store.items(Listing(source=slug), 2000) for slug in ("heaps", "trees", "words")]
    cards = [card for listed in lists for card in listed]
    assert all(is_web_address(card.url) for card in cards)
    items = [card.id for card in cards]
    # of three outlets, so that its spread is drawn
    story = corrections.merge(store, [items[0], lists[1][0].id, items[-1]], NOW)
    corrections.move(store, items[1:3], NOW, category="tech")
    corrections.remove(store, [items.pop(30)], NOW, '"><script>ran()</script>')
    for number, vector in enumerate(VECTORS[:60]):
        item = items[number] if number % 2 else None
        store.add_correction_request(RequestText(vector, vector, vector, vector, item), NOW)
    with serve(create_wsgi(store, config, clock=lambda: NOW)) as url:
        yield Hostile(url, store, items, story)
    store.close()
