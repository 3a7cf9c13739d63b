"""Fill a store directly, with a million invented items in minutes, so that queries can be measured.

The first item is the newest and each further one older, so a larger store has the same newest items and a longer
history. Of 64 items eight report one event, four another, two a third. Word frequencies follow Zipf's law: the
second word is half as frequent as the first.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import log
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from aggregator.messages import decisions
from aggregator.model import CategoryDecision, Draft, Place, Relation, Source
from aggregator.model.listing_keys import listings_by_bit
from aggregator.model.pictures import LARGE, SMALL, ItemPictures, Thumbnails, picture_id
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.stories import hotness
from aggregator.steps.text.search_words import search_words
from aggregator.store import Store
from aggregator.store.item_texts import sketch_row
from aggregator.store.rows import category_columns, content_columns, place_columns
from aggregator.store.schema.tables import items, sketches, sources, stories, story_listings, texts
from aggregator.store.schema.text_columns import packed_values
from aggregator.store.search_tokens import item_tags
from aggregator.store.sql.dialect_search import insert_into_search
from aggregator.store.sql.search_entry import search_key
from feeds.model import Picture

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
A_DAY = 10_000  # items
SOURCES = 200
ILLUSTRATED = 1_000  # newest items, five of six with a picture
BATCH = 6_400  # items per transaction, a multiple of the group below
CATEGORIES = ("society", "livelihood", "economy", "sports", "emotion/story", "tech", "culture", "education", "health")
REGIONS = ("370400", "370100", "370481", "330100", "420100", "510100", "110105", "440300")
_GROUP = 64
_STORIES = {founder + more: founder for founder, size in ((10, 8), (20, 4), (30, 2)) for more in range(size)}
_dice = random.Random(11)
_CHARACTERS = [chr(code) for code in range(0x4E00, 0x4E00 + 3500)]
WORDS = sorted({"".join(_dice.choices(_CHARACTERS, k=_dice.choice((2, 2, 2, 3, 4)))) for _ in range(50_000)})
_dice.shuffle(WORDS)
FREQUENCIES = list(accumulate(1 / rank for rank in range(1, len(WORDS) + 1)))


def fill(store: Store, first: int, until: int) -> None:
    """Store the items ``first`` to ``until`` - 1; item n, counted from 0, has the id n + 1."""
    listed = [Source(0, f"s{n}", f"http://s{n}.example/feed", f"Outlet {n}", region="370400") for n in range(SOURCES)]
    ids = list(store.sync_sources(listed, NOW, timedelta(0)).values())
    places = [Gazetteer.load().place(code) for code in REGIONS]
    for begin in range(first, until, BATCH):
        with store._write_transaction() as connection:
            _write(connection, ids, places, begin, min(begin + BATCH, until))
    with store._write_transaction() as connection:
        connection.execute(update(sources).values(item_count=until // SOURCES))
    if first == 0:
        _illustrate(store, [number for number in range(1, min(until, ILLUSTRATED) + 1) if number % 6])


def _illustrate(store: Store, item_ids: list[int]) -> None:
    """Store a picture of each item, of usual size."""
    thumbnails = Thumbnails({SMALL: bytes(5_000), LARGE: bytes(20_000)}, LARGE, LARGE * 3 // 4)
    pictures = {number: Picture(f"https://s.example/{number}.jpg", 1200, 900) for number in item_ids}
    with store.write_transaction() as writer:
        writer.set_pictures({number: ItemPictures(picture) for number, picture in pictures.items()}, NOW)
        for picture in pictures.values():
            writer.store_thumbnails(picture_id(picture.url), thumbnails, NOW)
    with store._write_transaction() as connection:
        connection.execute(
            update(items).where(items.c.id == bindparam("item")).values(picture=bindparam("shown")),
            [{"item": number, "shown": {"url": each.url, "width": 1200, "height": 900}}
             for number, each in pictures.items()],
        )  # fmt: skip


def _write(connection: Connection, ids: list[int], places: list[Place], begin: int, end: int) -> None:
    drafts = [draft_of(number, places[_dice.randrange(len(places))]) for number in range(begin, end)]
    founders = {number: founder_of(number) for number in range(begin, end)}
    others = Counter(founder for number, founder in founders.items() if founder != number)
    rows = [
        item_row(ids[number % SOURCES], number, draft, founders[number])
        for number, draft in zip(founders, drafts, strict=True)
    ]
    listed = set_representatives(rows)
    connection.execute(insert(items), rows)
    connection.execute(insert(texts), [
        {"item_id": number + 1, **packed_values(draft.html, draft.text)}
        for number, draft in zip(founders, drafts, strict=True)
    ])  # fmt: skip
    connection.execute(insert(sketches), [
        sketch_row(number + 1, draft) for number, draft in zip(founders, drafts, strict=True)
    ])  # fmt: skip
    connection.execute(insert(stories), [
        story_row(row, others[row["id"] - 1]) for row in rows if row["story_id"] == row["id"]
    ])  # fmt: skip
    connection.execute(insert(story_listings), listed)
    index = [(search_key(row["published"], row["id"]), search_words(row["title"], draft.text),
              item_tags(row["title"], row["source_id"], row["category"], (row["province"], row["city"], row["county"])))
             for row, draft in zip(rows, drafts, strict=True)]  # fmt: skip
    insert_into_search(connection, index[::-1])  # FTS5 is faster with ascending ids


def draft_of(number: int, place: Place) -> Draft:
    words = _dice.choices(WORDS, cum_weights=FREQUENCIES, k=90)
    text = "，".join("".join(words[at : at + 5]) for at in range(0, 90, 5))
    return Draft(
        uid=f"{number:032x}", guid=None, url=f"http://s.example/{number}", title="".join(words[:7]),
        published=NOW - timedelta(days=number / A_DAY), dated=True, updated=None, content_hash=f"{number:016x}",
        excerpt=text[:120], html=f"<p>{text}</p>", text=text, length=len(text),
        decision=CategoryDecision(_dice.choice(CATEGORIES), 0.9, decisions.SOURCE()), place=place,
    )  # fmt: skip


def founder_of(number: int) -> int:
    at = number % _GROUP
    return number - at + _STORIES.get(at, at)


def item_row(source: int, number: int, draft: Draft, founder: int) -> dict[str, Any]:
    published = draft.published.replace(microsecond=0)
    return content_columns(draft) | category_columns(draft.decision) | place_columns(draft.place) | {
        "id": number + 1, "source_id": source, "uid": draft.uid, "published": published, "first_seen": published,
        "changed": published, "dated": True, "story_id": founder + 1, "many": False,
        "represents": 0,
        "relation": Relation.ORIGINAL if founder == number else Relation.FURTHER, "reprint_of": None,
        "similarity": 0.0, "story_why": decisions.ALONE(), "pinned": 0, "removed": None, "removed_why": None,
    }  # fmt: skip


def set_representatives(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let the first item of each story represent it in each listing; returns the rows of ``story_listings``."""
    sizes = Counter(row["story_id"] for row in rows)
    taken: dict[tuple[int, str], int] = {}
    for row in rows:
        listings = listings_by_bit(row["category"], row["province"], row["city"], row["county"])
        story = row["story_id"]
        mine = {bit: key for bit, key in listings.items() if (story, key) not in taken}
        row |= {"represents": sum(mine), "many": bool(mine) and sizes[story] > 1}
        taken.update(((story, key), row["id"]) for key in mine.values())
    heats = {row["id"]: story_row(row, sizes[row["id"]] - 1) for row in rows if row["id"] == row["story_id"]}
    return [
        {"story_id": story, "listing": key, "item_id": item}
        | {name: heats[story][name] for name in ("heat_day", "heat_week")}
        for (story, key), item in taken.items()
        if sizes[story] > 1 and key != "all" and story in heats  # not of a story of the batch before
    ]


def story_row(row: dict[str, Any], others: int) -> dict[str, Any]:
    at, size = row["published"], 1 + others
    warmth = {name: at.timestamp() / tau.total_seconds() + log(size)
              for name, tau in (("heat_day", hotness.DAY_TAU), ("heat_week", hotness.WEEK_TAU))}  # fmt: skip
    return warmth | {
        "id": row["id"], "lead_id": row["id"], "first_id": row["id"], "item_count": size, "outlets": size,
        "first_published": at, "last_published": at,
    }  # fmt: skip
