"""Every statement that polls, pages, API and feeds execute is served from an index of a large table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import Connection
from werkzeug.test import Client

from aggregator.model import ClaimRoom, HostQuota, PollSelection
from aggregator.publishing import render
from aggregator.store import Store
from aggregator.store.sql.dialect import is_sqlite, open_engine
from aggregator.store.sql.partitions import PARTITIONED, partitions_of
from tests.aggregator.store.multiplied_rows import multiply
from tests.aggregator.store.statements import Statement, recorded
from tests.aggregator.store.writing import store_drafts
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World, draft
from web import create_wsgi

COPIES = 30
PARTS = [table.name for table in PARTITIONED]
FEEDS = ("all", "livelihood", "emotion/story", "all/370400", "hot", "source/shiqiao", "status", "daily/all")
API = (
    *("items", "items?category=tech", "items?region=370400&q=运河", "stories", "stories?sort=hot", "search?q=运河"),
    *("sources", "changes"),
)
PAGES = (
    *("/", "/latest", "/hot", "/category/tech", "/category/emotion/story", "/region", "/region/370400", "/sources"),
    *("/source/shiqiao", "/feeds", "/opml", "/opml/sources", "/status", "/status.json", "/status?source=shiqiao"),
    *("/metrics", "/healthz", "/widget", "/sitemap.xml", "/sitemap/news.xml", "/sitemap/pages-1.xml"),
    *("/sitemap/stories-1.xml", "/gone"),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def large(request: pytest.FixtureRequest) -> Iterator[tuple[World, set[str]]]:
    """Yield a site with many rows in each table that grows, and the names of these tables."""
    url: str = request.getfixturevalue("new_sqlite" if request.param == "sqlite" else "new_postgres")
    store = Store.open(url, migrate=False)
    world = fixture_site.build(store)
    client = Client(create_wsgi(store, world.config, clock=lambda: NOW))
    for feed in FEEDS:
        client.get(f"/feeds/{feed}.atom")
    engine = open_engine(url)
    with engine.connect() as connection, connection.begin():
        tables = multiply(connection, COPIES)
    engine.dispose()
    yield world, tables
    store.close()


# Sources are read as a whole where all of them are what is asked for: each once for many readers, kept for seconds.
WHOLE = re.compile(
    r"""SELECT\ CASE.*FROM\ sources\ WHERE\ sources.listed.*GROUP\ BY\ CASE   # totals by state
    |SELECT\ (coalesce\(sum\(sources.item_count\)|count\(\*\)).*FROM\ sources(\ WHERE\ sources.listed(\ =\ 1)?)?$
    |SELECT\ sources.id,\ sources.slug\ FROM\ sources                         # names of all feeds of sources
    |SELECT\ sources.id,\ sources.slug,.*FROM\ sources\ WHERE\ sources.listed(\ =\ 1)?\ ORDER\ BY\ sources.id$  # OPML
    |SELECT\ sources.timezone,\ sources.profile                              # rhythm of all sources on /status
    |SELECT\ sources.id,.*LEFT\ OUTER\ JOIN\ subscriptions.*ORDER\ BY.*LIMIT  # tables of sources, sorted by any column
    """,
    re.VERBOSE,
)


def test_no_hot_statement_scans_a_large_table(large: tuple[World, set[str]]) -> None:
    world, tables = large
    assert tables >= {"items", "texts", "sources", "stories", "documents", "source_days"}, tables
    with recorded() as found:
        read_pages(world)
        poll(world)
    statements = {each.text: each for each in found}.values()
    with world.store._engine.connect() as connection:
        whole_of = {part: table for table in PARTS for part in partitions_of(connection, [table])}
        every_plan = [(each.text, plan_of(connection, each)) for each in statements]
        plans = [(text, scanned(connection, plan, whole_of) & tables) for text, plan in every_plan]
    scattered = [text for text, plan in every_plan if max(partitions_in(plan, whole_of).values(), default=0) > 2]
    assert not scattered, "\n".join(scattered)
    scans = sorted(f"{', '.join(sorted(read))}: {' '.join(statement.split())}" for statement, read in plans if read)
    unexpected = [scan for scan in scans if not WHOLE.match(scan.removeprefix("sources: "))]
    assert not unexpected, "\n".join(unexpected)
    assert len(plans) > 100


def read_pages(world: World) -> None:
    client = Client(create_wsgi(world.store, world.config, clock=lambda: NOW))
    item, story = world.ids["event0"], world.story
    pages = [*PAGES, f"/item/{item}", f"/item/{item}.json", f"/story/{story}", f"/api/items/{item}", "/search?q=运河"]
    pages += [f"/api/{each}" for each in (*API, f"stories/{story}")]
    pages += [f"/feeds/{each}.atom" for each in (*FEEDS, f"story/{story}", "source/nobody", "all/archive/1")]
    pages += ["/feeds/all.atom?since=2026-07-01", "/feeds/search.atom?q=运河"]
    for page in pages:
        assert client.get(page).status_code < 500, page


def poll(world: World) -> None:
    store, now, lease = world.store, NOW + timedelta(minutes=1), timedelta(minutes=1)
    store.join("worker", now, lambda _: False)
    store.has_work(now)
    store.claim_due(now, ClaimRoom(4, 4, 4), HostQuota(2, 2), lease, "worker")
    (claimed,) = store.claim_polls(now, 1, lease, "worker", PollSelection(["shiqiao"], False))
    new = draft("shiqiao", "石桥的新消息", "正文", category="tech", region="370400", now=now)
    store_drafts(store, claimed.source, [new], now)
    store.claim_articles(now, 10, 5, lease, "worker")
    store.claim_pictures(now, 10, 2, {}, lease, "worker")
    store.claim_pushes(now, 10, lease, "worker")
    store.claim_hub_requests(now, 10, lease, "worker")
    store.claim_due_subscribers(now, 10, lease, "worker")
    store.claim_due_announcements(now, 10, lease, "worker")
    for path in store.stale_paths(5):
        generation = store.generation()
        document = render.render(store, world.config, path, now)
        assert document is not None
        store.put_documents([document], now, generation_seen=generation, announce=True)
    store.record_heartbeat(now)
    store.beat("worker", now)
    store.leave("worker", now)


def plan_of(connection: Connection, statement: Statement) -> str:
    verb = statement.text.lstrip().partition(" ")[0].upper()
    if verb not in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"):
        return ""
    parameters = statement.parameters[0] if isinstance(statement.parameters, list) else statement.parameters
    explain = "EXPLAIN QUERY PLAN " if is_sqlite(connection) else "EXPLAIN "
    return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement.text, parameters))


def scanned(connection: Connection, plan: str, whole_of: Mapping[str, str]) -> set[str]:
    """Return the tables that a plan reads from end to end; ``whole_of``: partition -> table."""
    if is_sqlite(connection):
        return set(re.findall(r"SCAN (\w+)(?! USING)\b(?!.*VIRTUAL)", plan))
    names = re.findall(r"Seq Scan on (\w+)", plan)
    return {whole_of.get(name, name) for name in names if not name.endswith("_default")}  # those are empty


def partitions_in(plan: str, whole_of: Mapping[str, str]) -> Counter[str]:
    """Return how many partitions of each table a plan names, the default one included."""
    found = {name for name in re.findall(r"Scan (?:using \w+ )?on (\w+)", plan) if name in whole_of}
    return Counter(whole_of[name] for name in found)
