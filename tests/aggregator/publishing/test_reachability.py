"""Every stored report is in the feeds of its own category and region, itself or as a report of a story's entry."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator import corrections
from aggregator.config.load import Config, parse_config
from aggregator.model import Draft, ItemCard, Listing, Place, Placement, Relation, RenderedDocument
from aggregator.model.listing_keys import listing_keys_of
from aggregator.publishing.render import render, render_delta
from aggregator.store import Store
from feeds.model import Feed
from feeds.read import read_feed
from tests.aggregator.store.factories import NOW, draft, outlets
from tests.aggregator.store.writing import apply_placements, insert_items, update_items

OUTLETS = ("a", "b", "c", "d")
CATEGORIES = (None, "society", "tech", "emotion", "emotion/story")
PLACES = (
    Place(),
    Place("370000"),
    Place("370000", "370400"),
    Place("370000", "370400", "370406"),
    Place("370000", "370100"),
    Place("230000", "230100", "230184"),
    Place("370000", "370400", further=("320000", "320300")),
    Place("370000", further=("370100", "370400")),
    Place(further=("230000", "230100", "370000", "370400")),
)
REPRINT, FURTHER, ORIGINAL = Relation.REPRINT, Relation.FURTHER, Relation.ORIGINAL


class Newsroom:
    """A store that changes at random in every way that items and stories can change."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.now = NOW
        self._rng = random.Random(seed)
        self._sources = outlets(store, *OUTLETS)
        self._number = 0

    def step(self) -> None:
        """Make one change; most often, something is published."""
        self.now += timedelta(seconds=self._rng.uniform(0.1, 400))
        change = self._rng.choice(
            [*[self._publish] * 6, self._edit, self._move, self._merge, self._split, self._remove]
        )
        change()

    def cards(self) -> list[ItemCard]:
        """Return all items that are not withdrawn."""
        return self.store.items(Listing(one_per_story=False), 10_000)

    def _draft(self, name: str, title: str = "") -> Draft:
        age = self._rng.choice((0, 5, 60, 3000))  # some arrive late
        place, category = self._rng.choice(PLACES), self._rng.choice(CATEGORIES)
        return draft(name, title=title, minutes=age, category=category, place=place)

    def _publish(self) -> None:
        self._number += 1
        source = self._sources[self._rng.choice(OUTLETS)]
        others = [card for card in self.cards() if self._rng.random() < 0.3]
        with self.store.write_transaction() as writer:
            (number,) = insert_items(writer, source, [self._draft(str(self._number))], self.now).values()
            other = self._rng.choice(others) if others and self._rng.random() < 0.7 else None
            merged = tuple({card.story_id for card in others[:2]}) if self._rng.random() < 0.1 else ()
            if other is None:
                placement = Placement(number, None, ORIGINAL)
            else:
                is_reprint = self._rng.random() < 0.5 and other.reprint_of is None
                relation, original = (REPRINT, other.id) if is_reprint else (FURTHER, None)
                placement = Placement(number, other.story_id, relation, original, merged_stories=merged)
            apply_placements(writer, [placement], self.now)

    def _edit(self) -> None:
        if card := self._any():
            name = card.url.rpartition("/")[2]
            with self.store.write_transaction() as writer:
                edited = self._draft(name, f"{card.title}（更正）")
                update_items(writer, self._sources[card.source], [edited], self.now)

    def _move(self) -> None:
        if card := self._any():
            category, place = self._rng.choice(CATEGORIES[1:]), self._rng.choice(PLACES[1:])
            corrections.move(self.store, [card.id], self.now, category=category, place=place)

    def _merge(self) -> None:
        first, second = self._any(), self._any()
        if first and second and first.id != second.id:
            corrections.merge(self.store, [first.id, second.id], self.now)

    def _split(self) -> None:
        if card := self._any():
            corrections.split(self.store, card.id, self.now)

    def _remove(self) -> None:
        if (card := self._any()) and self._rng.random() < 0.5:
            corrections.remove(self.store, [card.id], self.now)

    def _any(self) -> ItemCard | None:
        cards = self.cards()
        return self._rng.choice(cards) if cards else None


def config_of(folder: Path, entries: int) -> Config:
    text = f'[site]\nurl = "https://gedi.example"\n[publishing]\nentries = {entries}\nper_source = 0\n'
    return parse_config(text.encode(), folder / "config.toml", {})


def addresses(document: RenderedDocument | None) -> set[str]:
    """Return the URLs of the reports that a document has or lists."""
    assert document is not None
    feed = read_feed(document.body, url=f"https://gedi.example{document.path}", now=NOW)
    assert isinstance(feed, Feed)
    return {
        address for entry in feed.entries for address in (entry.link, *(link.href for link in entry.links)) if address
    }


def reports_by_listing(cards: list[ItemCard]) -> dict[str, set[str]]:
    """Return listing key -> URLs of the reports in it."""
    found: dict[str, set[str]] = {}
    for card in cards:
        for key in listing_keys_of(card.category, card.place):
            found.setdefault(key, set()).add(card.url)
    return found


def with_archives(store: Store, config: Config, key: str, now: datetime) -> set[str]:
    """Return the URLs in a feed and all its archives."""
    found = addresses(render(store, config, f"/feeds/{key}.atom", now))
    number = 1
    while archive := render(store, config, f"/feeds/{key}/archive/{number}.atom", now):
        found |= addresses(archive)
        number += 1
    return found


@pytest.mark.parametrize("seed", range(4))
def test_feeds_have_every_report_of_their_listing(store: Store, tmp_path: Path, seed: int) -> None:
    newsroom, config = Newsroom(store, seed), config_of(tmp_path, 500)
    for _ in range(60):
        newsroom.step()
    for key, wanted in reports_by_listing(newsroom.cards()).items():
        assert wanted - addresses(render(store, config, f"/feeds/{key}.atom", newsroom.now)) == set(), key


@pytest.mark.parametrize("seed", range(4, 6))
def test_short_feeds_have_every_report_in_their_archives(store: Store, tmp_path: Path, seed: int) -> None:
    newsroom, config = Newsroom(store, seed), config_of(tmp_path, 5)
    for _ in range(120):
        newsroom.step()
    for key, wanted in reports_by_listing(newsroom.cards()).items():
        assert wanted - with_archives(store, config, key, newsroom.now) == set(), key


@pytest.mark.parametrize("seed", range(6, 8))
def test_deltas_have_every_report_that_is_new(store: Store, tmp_path: Path, seed: int) -> None:
    newsroom, config = Newsroom(store, seed), config_of(tmp_path, 500)
    known: dict[str, set[str]] = {}
    etags: dict[str, str] = {}
    for number in range(60):
        newsroom.step()
        if number == 20:  # a subscriber reads every feed
            for key in reports_by_listing(newsroom.cards()):
                document = render(store, config, f"/feeds/{key}.atom", newsroom.now)
                assert document is not None
                store.put_documents([document], newsroom.now)
                known[key], etags[key] = addresses(document), document.etag
    for key, wanted in reports_by_listing(newsroom.cards()).items():
        if key in etags:
            delta = render_delta(store, config, f"/feeds/{key}.atom", etags[key], newsroom.now)
            assert wanted - known[key] - addresses(delta) == set(), key


def test_a_county_lists_the_report_it_has_of_a_story_led_from_elsewhere(store: Store, tmp_path: Path) -> None:
    sources, config = outlets(store, "city", "county"), config_of(tmp_path, 20)
    with store.write_transaction() as writer:
        (lead,) = insert_items(writer, sources["city"], [draft("lead", place=PLACES[4])], NOW).values()
        apply_placements(writer, [Placement(lead, None, ORIGINAL)], NOW)
        (own,) = insert_items(writer, sources["county"], [draft("own", place=PLACES[5], category="tech")], NOW).values()
        apply_placements(writer, [Placement(own, lead, FURTHER)], NOW)
    assert [card.id for card in store.items(Listing(region="230184"), 9)] == [own]
    assert [card.id for card in store.items(Listing(category="tech", region="230184"), 9)] == [own]
    assert [card.id for card in store.items(Listing(region="370100"), 9)] == [lead]
    assert [card.id for card in store.items(Listing(), 9)] == [lead]
    assert [story.lead.id for story in store.hot_stories("24h", NOW, 9, region="230184")] == [own]
    document = render(store, config, "/feeds/tech/230184.atom", NOW)
    assert addresses(document) >= {"http://news.example/own", "http://news.example/lead"}


def test_the_lead_item_represents_its_story_where_it_belongs(store: Store) -> None:
    sources = outlets(store, "a", "b")
    with store.write_transaction() as writer:
        ids = insert_items(writer, sources["a"], [draft("lead", place=PLACES[3])], NOW)
        apply_placements(writer, [Placement(number, None, ORIGINAL) for number in ids.values()], NOW)
        more = insert_items(writer, sources["b"], [draft(name, place=PLACES[2]) for name in "xy"], NOW)
        story = next(iter(ids.values()))
        apply_placements(writer, [Placement(number, story, FURTHER) for number in more.values()], NOW)
    for listing in (Listing(), Listing(region="370000"), Listing(region="370400"), Listing(region="370406")):
        assert [card.id for card in store.items(listing, 9)] == [story]
