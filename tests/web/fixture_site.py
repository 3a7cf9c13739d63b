"""A small site of fictional outlets and reports, written into a real store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.config.load import Config, parse_config
from aggregator.messages import decisions, fetch_errors
from aggregator.model import (
    CategoryDecision,
    Draft,
    Place,
    Placement,
    PollResult,
    Relation,
    Sketch,
    Source,
    SourceState,
)
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.stories.features import build_features
from aggregator.store import Store, Writer
from tests.aggregator.store.writing import apply_placements, insert_items
from tests.kept_contents import KeptContents, keep_contents
from tests.web.reports import EVENT, OUTLETS, REPORTS

_TOPIC = 7  # a key term of every report
_COMMON = "运河沿岸石桥码头等待通航汽笛声"  # what makes them related
NOW = datetime(2026, 5, 20, 2, 24, tzinfo=UTC)  # 10:24 in Beijing, a Wednesday

CONFIG = """
[site]
title = "各地新闻"
url = "https://gedi.example"
contact = "editor@gedi.example"
"""

HOSTILE_TITLE = '<script>alert("标题")</script>"><img src=x onerror=alert(1)> & 其他'


@dataclass(frozen=True)
class World:
    """A store with the fixture data, and the item ids by name."""

    store: Store
    config: Config
    ids: dict[str, int]
    story: int

    def __getitem__(self, name: str) -> int:
        return self.ids[name]


def config(extra: str = "") -> Config:
    return parse_config((CONFIG + extra).encode(), Path("config.toml"), {})


def sources() -> list[Source]:
    return [
        Source(0, slug, f"https://{slug}.example/feed", title, category, region, content=content)  # type: ignore[arg-type]
        for slug, title, region, category, content in OUTLETS
    ]


def draft(
    slug: str,
    title: str,
    excerpt: str = "",
    *,
    minutes: float = 0,
    category: str | None = None,
    region: str | None = None,
    html: str | None = None,
    author: str | None = None,
    now: datetime = NOW,
) -> Draft:
    """Return a draft of an outlet's report, as the item pipeline produces it."""
    uid = hashlib.sha256(f"{slug} {title} {minutes}".encode()).hexdigest()[:32]
    text = excerpt or title
    if html is None and excerpt:
        html = f"<p>{excerpt}</p><p>这一段是正文的第二段，只有允许展示全文的来源才会在条目页上出现。</p>"
    return Draft(
        uid=uid,
        guid=f"tag:{slug}.example,2026:{uid[:8]}",
        url=f"https://{slug}.example/2026/{uid[:8]}.html",
        title=title,
        published=now - timedelta(minutes=minutes),
        dated=True,
        updated=None,
        content_hash=uid,
        excerpt=excerpt,
        html=html,
        text=text,
        length=len(text) * 3,
        author=author,
        decision=CategoryDecision(category, 0.9, decisions.SOURCE()) if category else CategoryDecision(),
        place=Gazetteer.load().place(region, decisions.IN_TITLE(names=("枣庄",))) if region else Place(),
        sketch=Sketch((int(uid[:7], 16),), (_TOPIC,)),
        features=build_features(title, text + _COMMON),
    )


def insert(store: Store, source_id: int, drafts: Sequence[Draft], now: datetime = NOW) -> dict[str, int]:
    """Store drafts of one source, each as a story of its own. Return uid -> id."""
    with store.write_transaction() as writer:
        return put(writer, source_id, drafts, now)


def put(writer: Writer, source_id: int, drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
    ids = insert_items(writer, source_id, drafts, now)
    apply_placements(writer, [Placement(number, None, Relation.ORIGINAL) for number in ids.values()], now)
    return ids


def build(store: Store, settings: Config | None = None, now: datetime = NOW) -> World:
    """Store all outlets and reports, one story of four outlets, one hostile item and one withdrawn item.

    The store must be empty. What the first call writes is kept for later calls, because most tests of the site need it.
    """
    key = (store._engine.dialect.name, now)
    if key in _kept:
        contents, ids = _kept[key]
        contents.fill(store)
    else:
        ids = _write(store, now)
        _kept[key] = keep_contents(store), ids
    first_report = store.item(ids["event0"])
    assert first_report is not None
    return World(store, settings or config(), dict(ids), first_report.card.story_id)


_kept: dict[tuple[str, datetime], tuple[KeptContents, dict[str, int]]] = {}  # by kind of database and time


def _write(store: Store, now: datetime) -> dict[str, int]:
    """Store the site; return the item ids by name."""
    source_ids = store.sync_sources(sources(), now - timedelta(days=3), timedelta(0))
    ids: dict[str, int] = {}
    with store.write_transaction() as writer:
        for slug, minutes, category, region, title, excerpt in REPORTS:
            report = draft(
                slug, title, excerpt, minutes=minutes, category=category, region=region, author="顾一舟", now=now
            )
            ids[title] = put(writer, source_ids[slug], [report], now)[report.uid]
        _event(writer, source_ids, ids, now)
        hostile = draft(
            "jiangpan", HOSTILE_TITLE, HOSTILE_TITLE, minutes=400, category="tech", author=HOSTILE_TITLE, now=now
        )
        ids["hostile"] = put(writer, source_ids["jiangpan"], [hostile], now)[hostile.uid]
        removed = draft("jiangpan", "一条后来被撤下的消息", "撤下之前的文字", minutes=500, category="society", now=now)
        ids["gone"] = put(writer, source_ids["jiangpan"], [removed], now)[removed.uid]
        _visits(writer, source_ids, now)
    store.remove([ids["gone"]], now)
    return ids


def _event(writer: Writer, source_ids: dict[str, int], ids: dict[str, int], now: datetime) -> None:
    """Store the reports about the canal as one story."""
    first: int | None = None
    for number, (slug, minutes, relation, similarity, title, excerpt) in enumerate(EVENT):
        report = draft(slug, title, excerpt, minutes=minutes, category="livelihood", region="370400", now=now)
        item = insert_items(writer, source_ids[slug], [report], now)[report.uid]
        reprint_of = first if relation is Relation.REPRINT else None
        apply_placements(writer, [Placement(item, first, relation, reprint_of, similarity)], now)
        ids[f"event{number}"] = item
        first = first or item


def _visits(writer: Writer, source_ids: dict[str, int], now: datetime) -> None:
    """Record polls: most sources succeed, one fails, one is slow, one is never polled."""
    for number, slug in enumerate(source_ids):
        if slug == "dengta":
            continue
        failing, slow = slug == "jiuzhan", slug == "haijiao"
        state = SourceState.FAILING if failing else SourceState.SLOW if slow else SourceState.OK
        result = PollResult(
            source_id=source_ids[slug],
            at=now - timedelta(minutes=number + 1),
            outcome="failed" if failing else "changed",
            state=state,
            next_poll=now + timedelta(minutes=20 + number),
            interval=timedelta(minutes=30),
            failures=5 if failing else 0,
            elapsed=4.8 if slow else 0.24,
            status=403 if failing else 200,
            error_kind="http" if failing else None,
            error=fetch_errors.STATUSES[403](status=403, line="403 Forbidden") if failing else None,
            feed_title=slug,
            feed_link=f"https://{slug}.example/",
            entries=20,
        )
        writer.record_poll_result(result)
