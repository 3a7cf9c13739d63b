"""Items of the sample outlets in the whole pipeline, compared with the known truth about them."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from aggregator.config.load import read_config
from aggregator.store import Store
from gedi.cli import main
from samples.config import demo_config
from samples.outlets import OUTLETS
from samples.server import SampleServer
from samples.timeline import Publication
from tests.aggregator.store.factories import copy_database
from tests.clock import now
from tests.shared_worker import Bench
from tests.web.crawling import Crawl
from web import create_wsgi

pytestmark = pytest.mark.clock(every=4, together=True)


@dataclass(frozen=True)
class Found:
    """One stored item (as ``gedi items --json`` prints it) and the truth about it."""

    item: dict[str, Any]
    truth: Publication


@pytest.fixture(scope="module")
def config(instant: datetime, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the demo's config.toml, next to its database."""
    folder = tmp_path_factory.mktemp("demo")
    copy_database(sqlite_template, folder)
    return folder / "config.toml"


@pytest.fixture(scope="module")
def found(config: Path, bench: Bench) -> list[Found]:
    folder = config.parent
    with SampleServer(now, slow=0.1, hanging=0.1) as server:
        text = demo_config(server.url, 8000, folder).replace('timeout = "15s"', 'timeout = "4s"')
        text = text.replace("concurrency = 16", "concurrency = 1")  # stories depend on the order of arrival
        config.write_text(text, "utf-8")
        store = Store.open(read_config(config).database_url, migrate=False)
        results = bench.poll(read_config(config), store)
        store.close()
        assert any(result.outcome == "failed" for result in results)  # the polls of the faulty outlets fail
        pieces = {
            piece.path: piece.publication
            for slug in server.outlets_state.outlets
            for piece in server.outlets_state.items(slug)
        }
        listed = CliRunner().invoke(main, ["items", "--json", "--config", str(config)], obj=now)
    items = [json.loads(line) for line in listed.stdout.splitlines()]
    return [Found(item, pieces[_path(item["url"])]) for item in items]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_every_outlet_that_can_be_read_is(found: list[Found]) -> None:
    readable = {o.slug for o in OUTLETS if o.behavior in ("good", "slow", "moved", "elsewhere") and o.enabled}
    with SampleServer(now) as server:  # the last entry of a document that is cut off cannot be read
        readable |= {
            o.slug for o in OUTLETS if o.behavior == "cut" and len(list(server.outlets_state.items(o.slug))) > 1
        }
    assert readable - {one.item["source"] for one in found} == set()


def test_no_headline_is_garbled(found: list[Found]) -> None:
    assert [one.item["title"] for one in found] == [one.truth.article.title for one in found]


def test_advertorials_are_kept_out(found: list[Found]) -> None:
    assert not [one.item["title"] for one in found if "【推广】" in one.item["title"]]


def test_most_categories_and_provinces_are_right(found: list[Found]) -> None:
    tops = Counter((one.item["category"] or "").split("/")[0] for one in found)
    assert len([top for top in tops if top]) >= 12
    right = [one for one in found if (one.item["category"] or "").split("/")[0] == one.truth.category.split("/")[0]]
    assert len(right) >= 0.8 * len(found)
    placed = [one for one in found if one.truth.region]
    right = [one for one in placed if (one.item["province"] or "")[:2] == (one.truth.region or "")[:2]]
    assert len(right) >= 0.9 * len(placed)


def test_stories_are_the_events(found: list[Found]) -> None:
    outlets: dict[int, set[str]] = defaultdict(set)
    for one in found:
        outlets[one.item["story"]].add(one.item["source"])
    assert sum(len(slugs) >= 3 for slugs in outlets.values()) >= 10
    pairs = Counter(
        (one.truth.event == other.truth.event, one.item["story"] == other.item["story"])
        for one, other in combinations(found, 2)
    )
    both = pairs[True, True]
    assert both >= 0.85 * (both + pairs[False, True]), pairs
    assert both >= 0.75 * (both + pairs[True, False]), pairs


def test_reprints_repeat_what_they_repeat(found: list[Found]) -> None:
    truth = {one.item["url"]: one.truth for one in found}
    named = [one for one in found if one.item["reprint_of"] in truth]
    assert len(named) >= 0.7 * sum(one.truth.kind == "reprint" for one in found)
    wrong = [one for one in named if truth[one.item["reprint_of"]].event != one.truth.event]
    assert not wrong
    assert not [one.item["title"] for one in named if one.truth.kind == "bulletin"]


@pytest.mark.clock(every=12, together=True)
def test_every_link_of_the_site_leads_somewhere(found: list[Found], config: Path) -> None:
    settings = read_config(config)
    store = Store.open(settings.database_url, migrate=False)
    assert settings.site.url is not None
    crawl = Crawl(Client(create_wsgi(store, settings, clock=now)), settings.site.url, most=2)
    crawl.run()
    assert crawl.wrong == []
    assert len(crawl.seen) > 80
    store.close()
