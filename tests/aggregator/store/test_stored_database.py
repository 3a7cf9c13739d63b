"""A database of schema 0011 after an upgrade: the same feeds, and no document read again without need."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from aggregator.intake import story_placement
from aggregator.intake.digest import parse_document
from aggregator.intake.parse_task import ParseTask
from aggregator.model import CategoryDecision, ParsedDocument, PollResult
from aggregator.publishing.render import render
from aggregator.store import Store, StoryMembership
from feeds.model import Entry, Feed
from feeds.read import read_feed
from tests.aggregator.store import stored_database
from tests.aggregator.store.replay import Player, Publishers, Round, config_of
from tests.aggregator.store.stored_database import Results, Served, rounds, served, served_at
from tests.shared_worker import Bench
from web import create_wsgi

DIRECTORIES = ("/opml", "/.well-known/feed-menu.json")  # they list more feeds now, of regions that were empty
FEED_PATH = re.compile(rb"/feeds/[a-z0-9/_-]+\.[a-z]+")
HEADERS = ("Content-Type", "Link", "Location")
VALIDATORS = ("ETag", "Last-Modified")


@pytest.fixture
def stored(upgraded_url: str) -> Iterator[Store]:
    """Yield the stored database, upgraded."""
    store = Store.open(upgraded_url)
    yield store
    store.close()


# ---------------------------------------------------------------- feeds
def entries_of(served_at_path: str, body: bytes) -> dict[str, Entry]:
    """Return id -> entry of a feed, without its links and the number of outlets in its summary.

    An entry links to all reports of its story now, also in archives, and regions and categories list stories that were
    led from elsewhere before; nothing else differs.
    """
    return {
        entry.id or entry.link or "": replace(
            entry,
            links=(),
            place=None,
            raw_hash=None,
            summary=re.sub(r"（\d+家媒体报道）$", "", entry.summary or ""),
        )
        for entry in feed_of(served_at_path, body).entries
    }


@lru_cache(maxsize=1000)
def feed_of(path: str, body: bytes) -> Feed:
    """Return the feed; most are the same in every test."""
    feed = read_feed(body, url=f"https://gedi.example{path}", now=served_at())
    assert isinstance(feed, Feed), path
    return feed


def differences(store: Store, *, validators: bool, deltas: bool = True) -> list[str]:
    """Return what is served differently than recorded; ``validators``: compare ETag and Last-Modified as well."""
    config = config_of(stored_database.config_text())
    client = Client(create_wsgi(store, config, clock=served_at))
    compared = [each for each in served() if deltas or "A-IM" not in each.sent]
    assert len(compared) > 150
    return [line for each in compared for line in _differences(client, each, validators)]


def _differences(client: Client, expected: Served, validators: bool) -> Iterator[str]:
    answer = client.get(expected.path, headers=dict(expected.sent))
    if expected.status == 302 and answer.status_code == 200:  # an archive that was not full then
        return
    if answer.status_code != expected.status:
        yield f"{expected.path}: {answer.status}, was {expected.status}"
    same = answer.data == expected.body
    if not same and expected.path.startswith("/feeds/") and answer.status_code in (200, 226):
        now = entries_of(expected.path, answer.data)
        for key, entry in entries_of(expected.path, expected.body).items():
            if is_kept(now.get(key), entry):
                continue
            archived, listed = with_archives(client, expected.path)
            if not is_kept(archived.get(key), entry) and entry.link not in listed:
                yield f"{expected.path}: {key} is {now.get(key)}, was {entry}"
    elif not same and expected.path in DIRECTORIES and answer.status_code == 200:
        missing = set(FEED_PATH.findall(expected.body)) - set(FEED_PATH.findall(answer.data))
        yield from (f"{expected.path}: {path.decode()} is missing" for path in sorted(missing))
    elif not same and answer.status_code != 404:  # the text of 404 is in the reader's language now
        yield f"{expected.path}: {_first_difference(answer.data, expected.body)}"
    for name in HEADERS + (VALIDATORS if validators and same else ()):
        if answer.headers.get(name) != expected.headers.get(name):
            yield f"{expected.path}: {name} {answer.headers.get(name)}, was {expected.headers.get(name)}"


def is_kept(entry: Entry | None, before: Entry) -> bool:
    """Return whether an entry is as before; it may have a picture, a category that the rules of that time did not find,
    or the name of an outlet that had none."""
    if entry is None:
        return False
    shown = entry.picture.url if entry.picture else None
    enclosures = tuple(one for one in entry.enclosures if one.url != shown or one in before.enclosures)
    may_differ: dict[str, Any] = {"categories": before.categories, "picture": before.picture, "enclosures": enclosures}
    if entry.origin and before.origin and not before.origin.title:
        may_differ |= {"origin": replace(entry.origin, title=before.origin.title)}
    if not before.authors:
        may_differ |= {"authors": ()}
    same = replace(entry, **may_differ) == before
    return same and set(before.categories) <= set(entry.categories)


@lru_cache(maxsize=200)
def with_archives(client: Client, path: str) -> tuple[dict[str, Entry], set[str]]:
    """Return id -> entry of a feed and all its archives, which together have everything, and the links they contain."""
    if path.startswith("/feeds/search."):
        return {}, set()
    name, _, ending = re.sub(r"/archive/\d+", "", path.partition("?")[0]).rpartition(".")
    bodies = [client.get(f"{name}.{ending}").data]
    while (answer := client.get(f"{name}/archive/{len(bodies)}.{ending}")).status_code == 200:
        bodies.append(answer.data)
    entries = {key: entry for body in reversed(bodies) for key, entry in entries_of(path, body).items()}
    links = {link.href for body in bodies for entry in feed_of(path, body).entries for link in entry.links}
    return entries, links


def _first_difference(new: bytes, old: bytes) -> str:
    at = next((at for at, (a, b) in enumerate(zip(new, old, strict=False)) if a != b), min(len(new), len(old)))
    part = slice(max(0, at - 60), at + 60)
    return f"...{new[part].decode(errors='replace')}..., was ...{old[part].decode(errors='replace')}..."


def test_feeds_are_served_as_they_were_stored(stored: Store) -> None:
    assert differences(stored, validators=True) == []


def test_feeds_are_the_same_when_rendered_again(stored: Store) -> None:
    """Feeds are rendered again after a change of the version or the settings."""
    stored.apply_render_fingerprint(1)
    paths = stored.stale_paths(10_000)
    assert paths == list(stored.document_paths())
    rendered = [render(stored, config_of(stored_database.config_text()), path, served_at()) for path in paths]
    documents = [document for document in rendered if document is not None]
    assert len(documents) == len(paths) > 80
    stored.put_documents(documents, served_at())
    assert differences(stored, validators=True) == []


@pytest.mark.parametrize("upgraded_url", ["sqlite"], indirect=True)
def test_feeds_are_the_same_when_their_documents_were_dropped(stored: Store) -> None:
    stored.delete_documents(list(stored.document_paths()))
    assert differences(stored, validators=False, deltas=False) == []


# ---------------------------------------------------------------- polls
HOUR = timedelta(hours=1)


def play(bench: Bench, store: Store, publishers: Publishers, *played: Round) -> list[dict[str, PollResult]]:
    return bench.run(Player(store, publishers, bench.children).play(played))


def summary(results: Mapping[str, PollResult]) -> Results:
    return {
        slug: (each.outcome, each.entries, each.new_items, each.skipped, each.filtered, each.error_kind)
        for slug, each in results.items()
    }


def items(store: Store) -> list[tuple[str, str]]:
    return [(row["source"], row["url"]) for row in store.export_items()]


def polled(played: Round) -> list[str]:
    """Return the URLs that sources are polled at; one of them moved before the database was stored."""
    found = [source.url for source in config_of(played.config).sources if source.slug in played.sources]
    return [url.replace("yuzhong.example/rss.php", "yuzhong.example/feed.xml") for url in found]


def last_polls() -> tuple[Round, set[str]]:
    """Return the last round before the database was stored, and the sources that responded in it."""
    played, results = rounds()[4]
    return played, {slug for slug, (outcome, *_) in results.items() if outcome in ("changed", "unchanged")}


def test_polls_of_the_same_documents_read_none_twice(stored: Store, bench: Bench) -> None:
    played, healthy = last_polls()
    before = items(stored)
    with Publishers() as publishers:
        repeated = [replace(played, at=served_at() + number * HOUR, corrections=()) for number in (1, 2)]
        first, second = play(bench, stored, publishers, *repeated)
        requests = {url: publishers.requests(url) for url in polled(played)}
    assert items(stored) == before
    assert [slug for slug in healthy if first[slug].outcome != "unchanged" or first[slug].new_items] == []
    assert [slug for slug in healthy if second[slug].outcome != "unchanged" or second[slug].entries] == []
    assert {slug for slug in healthy if second[slug].status != 304} == WITHOUT_VALIDATORS
    assert {url: number for url, number in requests.items() if number != 2} == {}
    assert differences(stored, validators=False) == []


WITHOUT_VALIDATORS = {"baodu", "duanxian"}  # they respond 200 each time; the hash of the body is unchanged


def test_new_entries_of_a_changed_document_are_stored_once(stored: Store, bench: Bench) -> None:
    """Stored entries are recognized, although a newer parser reads them."""
    played, expected = rounds()[5]
    before = items(stored)
    with Publishers() as publishers:
        first, second = play(bench, stored, publishers, played, replace(played, at=played.at + HOUR))
    assert {slug: each for slug, each in summary(first).items() if slug in expected} == expected
    fresh = sum(each.new_items for each in first.values())
    assert fresh > 10
    assert len(set(items(stored))) == len(items(stored)) == len(before) + fresh
    assert [slug for slug, each in second.items() if each.new_items or each.entries] == []
    changed = {slug for slug, (outcome, *_) in expected.items() if outcome == "changed"}
    assert {slug: seen for slug, seen in read_again(stored, played).items() if slug in changed and seen} == {}


def read_again(store: Store, played: Round) -> dict[str, tuple[str, ...]]:
    """Return source -> stored entries of its XML feed that a poll of a changed document would read."""
    found = {}
    for source in store.sources():
        answer = played.answers.get(source.url)
        if answer is not None and source.kind == "feed" and "json" not in answer.headers.get("content-type", ""):
            task = ParseTask(source, source.url, answer.headers, answer.body, store.known_items(source.id), played.at)
            digested = parse_document(task)
            found[source.slug] = digested.unchanged_uids if isinstance(digested, ParsedDocument) else ()
    return found


def skip_unused_ids(store: Store, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let new items get the ids that they have in the stored database, which has a gap for some edits."""
    stored_database.make_sqlite(path)
    with closing(sqlite3.connect(path)) as connection:
        used = {item_id for (item_id,) in connection.execute("SELECT id FROM items")}
    reserve = store.reserve_item_ids

    def reserve_item_ids(count: int) -> list[int]:
        ids = reserve(count)
        while unused := [item_id for item_id in ids if item_id < max(used) and item_id not in used]:
            ids = [item_id for item_id in ids if item_id not in unused] + reserve(len(unused))
        return ids

    monkeypatch.setattr(store, "reserve_item_ids", reserve_item_ids)


def recorded_categories(path: Path) -> Callable[[StoryMembership], dict[int, CategoryDecision]]:
    """Return what gives items the categories that the recorded version found with the keywords of its time.

    Those that it did not find are left to the present ones, and those that an admin set to the replayed corrections.
    """
    found = "SELECT id, category FROM items WHERE category IS NOT NULL AND category_why != 'admin'"
    with closing(sqlite3.connect(path)) as connection:
        recorded = dict(connection.execute(found))

    def give(membership: StoryMembership) -> dict[int, CategoryDecision]:
        changed = {
            item_id: CategoryDecision(recorded[item_id])
            for item_id, item in membership.items_by_id.items()
            if item.category != recorded.get(item_id, item.category)
        }
        for item_id, decision in changed.items():
            membership.items_by_id[item_id].category = decision.category
        return changed

    return give


@pytest.mark.timeout(300)
def test_the_same_polls_give_the_same_feeds(
    new_sqlite: str, bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Repeat every poll and correction that filled the stored database with this version."""
    played, expected = zip(*rounds()[:5], strict=True)
    played = tuple(replace(each, config=each.config + FORMER_TERMS) for each in played)
    store = Store.open(new_sqlite)
    skip_unused_ids(store, monkeypatch, tmp_path / "stored.db")
    monkeypatch.setattr(story_placement, "inherit_categories", recorded_categories(tmp_path / "stored.db"))
    monkeypatch.setattr(story_placement, "inherit_places", lambda *_: {})  # the recorded version did not have it
    with Publishers() as publishers:
        results = play(bench, store, publishers, *played)
    for found, wanted in zip(results, expected, strict=True):
        assert {slug: each for slug, each in summary(found).items() if slug in wanted} == wanted
    changed = differences(store, validators=False, deltas=False)
    assert [line for line in changed if not line.startswith(STATUS)] == []
    store.close()


FORMER_TERMS = '\n[[categories]]\nslug = "politics"\nterms = ["要闻:0.5", "头条:0.2"]\n'
STATUS = "/feeds/status."  # shows failures that cannot be repeated here: timeouts, DNS and TLS
