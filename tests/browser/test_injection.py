"""Hostile texts in every field of a feed, read as feeds are read, on every page, with the pages' policy switched off in
the browser: nothing runs, nothing foreign is loaded, nothing covers the page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from playwright.sync_api import Browser

from aggregator.digest import Task, digest
from aggregator.model import Known, Source
from aggregator.store import Store
from feeds.model import NotAFeed
from tests.browser.vectors import VECTORS
from tests.browser.visiting import serving
from tests.web import world
from tests.web.world import NOW
from web import create_wsgi

COUNT = len(VECTORS)
EACH = 8  # vectors in the text of one item


def text(vector: str) -> str:
    """As it may stand in XML."""
    return escape(vector.replace("\x01", ""))


def field(number: int, shift: int) -> str:
    return text(VECTORS[(number + shift) % COUNT])


def document() -> bytes:
    """Every vector in titles, authors, categories, summaries and texts; some in links, enclosures and sources."""
    entries = []
    for number in range(0, COUNT, EACH):
        content = "".join(f"<p>{VECTORS[(number + more) % COUNT]}</p>".replace("\x01", "") for more in range(EACH))
        entries.append(
            f"<item><title>{number} {field(number, 0)} {field(number, 1)} {field(number, 2)}</title>"
            f"<link>https://fine.example/{number}?q={quote(VECTORS[number])}</link>"
            f"<guid isPermaLink='false'>{number}{field(number, 4)}</guid><author>{field(number, 5)}</author>"
            f"<dc:creator>{field(number, 6)}</dc:creator><category>{field(number, 7)}</category>"
            f"<description>{field(number, 3)} {field(number, 4)}</description>"
            f"<source url='https://fine.example/'>{field(number, 5)}</source>"
            f"<enclosure url='https://fine.example/{number}.jpg' type='image/jpeg' length='1'/>"
            f"<content:encoded>{escape(content)}</content:encoded></item>"
        )
    for vector in VECTORS[-38:-30]:  # addresses that run: such entries are skipped, or the text is taken for a path
        entries.append(f"<item><title>link</title><link>{text(vector[9:-7])}</link></item>")
    head = (
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
    )
    return f"{head}<channel><title>{field(0, 0)}</title>{''.join(entries)}</channel></rss>".encode()


@pytest.fixture(scope="module")
def hostile(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[int]]]:
    """(address, items) of a site that took the document in."""
    path = tmp_path_factory.mktemp("hostile") / "gedi.db"
    shutil.copyfile(sqlite_template, path)
    store = Store.open(f"sqlite:///{path}", migrate=False)
    source = Source(0, "evil", "https://fine.example/feed", VECTORS[1], "society", "370400", content="full")
    known = store.sync_sources([source], NOW - timedelta(days=1), timedelta(0))
    found = digest(Task(source, source.url, {"content-type": "application/rss+xml"}, document(), Known(), NOW))
    assert not isinstance(found, NotAFeed)
    assert len(found.drafts) >= len(range(0, COUNT, EACH))
    assert all(draft.url.startswith("https://fine.example/") for draft in found.drafts)
    ids = world.insert(store, known["evil"], found.drafts)
    with serving(create_wsgi(store, world.config(), clock=lambda: NOW)) as url:
        yield url, list(ids.values())
    store.close()


def test_nothing_runs_nothing_is_loaded_and_nothing_covers_the_page(
    browser: Browser, hostile: tuple[str, list[int]]
) -> None:
    assert len(set(VECTORS)) >= 200
    url, items = hostile
    pages = ["/", "/latest", "/category/society", "/region/370400", "/source/evil", "/sources", "/hot", "/widget"]
    pages += ["/search?q=ran", "/status", "/feeds", *(f"/item/{number}" for number in items)]
    pages += [f"/story/{items[0]}", "/search?q=%3Cscript%3Eran()%3C/script%3E"]
    foreign: list[str] = []
    with browser.new_context(bypass_csp=True) as context:
        context.add_init_script("window.hits = 0; window.ran = () => { window.top.hits += 1 }")
        context.route(lambda address: not address.startswith(url), lambda route: route.abort())
        page = context.new_page()
        page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(url) else None)
        page.on("dialog", lambda dialog: foreign.append(dialog.message))
        for path in pages:
            answer = page.goto(url + path, wait_until="load")
            assert answer is not None
            assert answer.status == 200, path
            assert page.evaluate("window.hits") == 0, path
            assert (
                page.evaluate("document.querySelectorAll('[style], iframe, object, base[href], main script').length")
                == 0
            )
            assert page.evaluate("[...document.links].every(link => /^https?:|^mailto:/.test(link.protocol))"), path
    assert foreign == []


def test_the_browser_would_notice(browser: Browser) -> None:
    """The trap itself works: what is really markup runs."""
    with browser.new_context(bypass_csp=True) as context:
        context.add_init_script("window.hits = 0; window.ran = () => { window.top.hits += 1 }")
        page = context.new_page()
        page.set_content("<img src=x onerror=ran()>")
        page.wait_for_function("window.hits > 0")
