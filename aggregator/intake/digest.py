"""A fetched document -> a Digest: all that can be found out without the store. Runs in a child process.

decode and read -> identify -> clean -> filter -> categorise -> locate -> sketch
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from aggregator.config.settings import CategoryConfig
from aggregator.learning.classifier import Model, ModelError
from aggregator.model import Digest, Draft, Known, Source
from aggregator.model.filters import KeptOut
from aggregator.reference.categories import CategoryTree
from aggregator.reference.gazetteer import Gazetteer
from aggregator.runtime.process_memory import settle_down
from aggregator.steps.categories.categorize import Rules, categorise
from aggregator.steps.entries.clean import Unusable, clean, headline, is_web_address
from aggregator.steps.entries.filter import kept_out_by, marked
from aggregator.steps.entries.identify import content_hash, identify
from aggregator.steps.entries.seen_entries import Seen, SeenEntry, are_tied, keys_of, pack, salt_of, unpack
from aggregator.steps.places.locate import locate
from aggregator.steps.stories.fingerprint import sketch
from aggregator.steps.text.normalize import fold
from feeds.context import Facts
from feeds.link_header import hub_of
from feeds.listings.read import read_listing
from feeds.model import Feed, NotAFeed
from feeds.read import read


@dataclass(frozen=True, slots=True)
class Task:
    """What a child process needs to know to read one document."""

    source: Source
    url: str  # where the document came from in the end
    headers: Mapping[str, str]
    body: bytes
    known: Known
    now: datetime
    categories: tuple[CategoryConfig, ...] = ()  # what the config adds to the built-in tree
    model: str | None = None  # file of the trained category model


def digest(task: Task) -> Digest | NotAFeed:
    """Read a document and work out its new and edited entries; what is stored unchanged costs next to nothing."""
    source, before = task.source, unpack(task.known.seen)
    feed = _read(task, before)
    if isinstance(feed, NotAFeed):
        return feed
    remembered = {mark: before[mark] for mark in feed.seen}
    drafts, kept_out, seen, skipped = [], [], [], feed.skipped
    still_out = sum(entry.filtered for entry in remembered.values())
    for uid, entry in identify(feed.entries, task.known):
        fingerprint = content_hash(entry)
        stored = task.known.hashes.get(uid) == fingerprint
        draft = None if stored else clean(entry, feed, source, uid, fingerprint, task.now)
        if isinstance(draft, Unusable):
            skipped += 1
            continue
        verdict = kept_out_by(draft, source) if draft else None
        if draft is None:
            seen.append(uid)
        elif verdict:
            kept_out.append(KeptOut(uid, draft.title, draft.url, verdict))
        else:
            drafts.append(understood(draft, task))
        if entry.mark:
            remembered[entry.mark] = SeenEntry(keys_of(entry, uid), verdict is not None)
    hub, topic = hub_of(feed, task.headers, task.url) if source.kind == "feed" else (None, None)
    found = _digest_of(feed, drafts, seen, skipped, still_out + len(kept_out), hub, topic)
    new = [draft for draft in drafts if draft.uid not in task.known.hashes]
    arrivals = tuple(draft.published if draft.dated else None for draft in new)
    return dataclasses.replace(
        found,
        edited=len(drafts) - len(new),
        arrivals=arrivals,
        remember=pack(remembered),
        kept_out=tuple(kept_out),
    )


def _read(task: Task, before: Seen) -> Feed | NotAFeed:
    """Read the document without the entries that the last one held, unless a new one may be one of these."""
    source = task.source
    about = Facts(
        url=task.url,
        media_type=task.headers.get("content-type"),
        charset=source.encoding,
        zone=ZoneInfo(source.timezone),
        language=source.language,
        now=task.now,
        headers=task.headers,
    )
    if source.kind != "feed":
        return read_listing(task.body, kind=source.kind, select=source.select, **about)

    def reading(known: Collection[str]) -> Feed | NotAFeed:
        return read(task.body, known=known, salt=salt_of(source), **about)

    feed = reading(before.keys())
    if isinstance(feed, NotAFeed) or not feed.seen:
        return feed
    left_out = {key for mark in feed.seen for key in before[mark].keys}
    return reading(()) if are_tied(feed.entries, left_out, task.known) else feed


def understood(draft: Draft, task: Task) -> Draft:
    """With its category, its place and the numbers by which relatives are found."""
    rules, model = rules_and_model(task.categories, task.model)
    source = task.source
    return dataclasses.replace(
        draft,
        decision=categorise(draft.title, draft.text, draft.terms, source.category, rules, model),
        place=locate(draft.title, draft.text, home=source.region, gazetteer=Gazetteer.load()),
        sketch=sketch(draft.title, draft.text),
        advertorial=marked(draft, source),
    )


def rules_and_model(categories: tuple[CategoryConfig, ...], model: str | None) -> tuple[Rules, Model | None]:
    """What decides about categories: the rules of a config, and the model whose file lies there, if one does."""
    return knowledge(categories, model, _stamp(model))


@lru_cache(maxsize=2)
def knowledge(
    categories: tuple[CategoryConfig, ...], model: str | None, stamp: float | None
) -> tuple[Rules, Model | None]:
    """The compiled rules and the trained model, once for each process, config and state of the model's file."""
    rules = Rules.from_tree(CategoryTree.default().merged(categories))
    try:
        return rules, Model.load(Path(model)) if model and stamp is not None else None
    except ModelError:  # a damaged or outdated model must not stop the polls; ``gedi classify`` names it
        return rules, None


def _stamp(model: str | None) -> float | None:
    """When the model's file was last written; None where there is none."""
    try:
        return Path(model).stat().st_mtime if model else None
    except OSError:
        return None


def warm() -> None:
    """Load what reading needs, so that no document pays for it."""
    knowledge((), None, None)
    locate("枣庄", "", gazetteer=Gazetteer.load())
    sketch("枣庄", fold("棗莊"))
    settle_down()


def _digest_of(
    feed: Feed, drafts: list[Draft], seen: list[str], skipped: int, filtered: int, hub: str | None, topic: str | None
) -> Digest:
    hints = feed.hints
    return Digest(
        drafts=tuple(sorted(drafts, key=lambda draft: draft.published)),
        seen=tuple(seen),
        title=headline(feed.title) or None,
        link=feed.link if feed.link and is_web_address(feed.link) else None,
        id=feed.id,
        entries=len(feed.entries) + len(feed.seen),
        skipped=skipped,
        filtered=filtered,
        hints_seconds=hints.ttl * 60 if hints.ttl else hints.update_seconds,
        hub=hub,
        topic=topic,
        skip_hours=hints.skip_hours,
        skip_days=hints.skip_days,
    )
