"""A crawl of the whole site: every link works, and every page has a title, a canonical URL and a feed."""

from __future__ import annotations

import shutil
from pathlib import Path

from werkzeug.test import Client

from aggregator.store import Store
from tests.web import fixture_site
from tests.web.crawling import Crawl
from tests.web.fixture_site import NOW
from tests.web.html_checks import page_of
from web import create_app, create_wsgi


def test_every_link_works(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "gedi.db"
    shutil.copyfile(sqlite_template, path)
    store = Store.open(f"sqlite:///{path}", migrate=False)
    world = fixture_site.build(store)
    crawl = Crawl(Client(create_wsgi(store, world.config, clock=lambda: NOW)), "https://gedi.example", most=2)
    crawl.run()
    assert crawl.wrong == []
    assert {"/item/1.?", "/story/1.?", "/source/1.?", "/category/2.?"} <= set(crawl.forms)
    assert len(crawl.seen) > 100
    client = create_app(store, world.config, clock=lambda: NOW).test_client()
    for lang, address in (("en", "/about?lang=en"), ("xx", "/about")):
        page = page_of(client, f"/about?lang={lang}")
        assert page.xpath("//link[@rel='canonical']/@href") == [f"https://gedi.example{address}"]
    store.close()
