"""Parse a fetched document into drafts, as far as possible without the store. Runs in a worker process.

decode and read -> identify -> clean -> filter -> categorize -> locate -> fingerprint -> features
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.intake.parse_task import ParseTask
from aggregator.learning.classifier import Model, ModelError
from aggregator.learning.keyword_meanings import KeywordMeanings
from aggregator.model import Draft, ParsedDocument, StoredText
from aggregator.model.filters import FilteredEntry
from aggregator.reference.categories import CategoryTree
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.categories.categorize import CategoryRules, categorize
from aggregator.steps.entries.clean import Unusable, clean, clean_title, is_web_address
from aggregator.steps.entries.filter import advertorial_mark, find_filter_reason
from aggregator.steps.entries.identify import assign_uids, content_hash
from aggregator.steps.entries.sanitize import picture_addresses
from aggregator.steps.entries.seen_entries import (
    SeenEntries,
    SeenEntry,
    entry_keys,
    pack_seen,
    reading_salt,
    share_keys,
    unpack_seen,
)
from aggregator.steps.places.locate import locate
from aggregator.steps.stories.features import build_features_of
from aggregator.steps.stories.fingerprint import build_sketches
from aggregator.steps.text.batches import in_batches
from aggregator.steps.text.normalize import fold
from aggregator.steps.text.packing import pack_texts
from aggregator.steps.text.search_words import search_words_of
from feeds.context import ReadOptions
from feeds.link_header import hub_and_topic
from feeds.model import Feed, NotAFeed
from feeds.read import read_feed, read_listing

if TYPE_CHECKING:  # reading processes do without pydantic, which takes 7 MB and 0.15 s
    from aggregator.config.settings import CategoryConfig


def parse_document(task: ParseTask) -> ParsedDocument | NotAFeed:
    """Read a document and return its new and edited entries as drafts.

    Entries that are stored unchanged are skipped before any costly step. Returns ``NotAFeed`` if the document is not a
    feed.
    """
    source, before = task.source, unpack_seen(task.known.seen_entries)
    feed = _read_feed(task, before)
    if isinstance(feed, NotAFeed):
        return feed
    remembered = {mark: before[mark] for mark in feed.known_hashes}
    drafts, kept_out, seen, skipped = [], [], [], feed.skipped
    still_out = sum(entry.filtered for entry in remembered.values())
    for uid, entry in assign_uids(feed.entries, task.known):
        fingerprint = content_hash(entry)
        stored = task.known.content_hashes.get(uid) == fingerprint
        draft = None if stored else clean(entry, feed, source, uid, fingerprint, task.now)
        if isinstance(draft, Unusable):
            skipped += 1
            continue
        is_filtered = draft is not None and uid not in task.known.admitted
        verdict = find_filter_reason(draft, source) if draft and is_filtered else None
        if draft is None:
            seen.append(uid)
        elif verdict:
            kept_out.append(FilteredEntry(uid, draft.title, draft.url, verdict))
        else:
            drafts.append(draft)
        if entry.raw_hash:
            remembered[entry.raw_hash] = SeenEntry(entry_keys(entry, uid), verdict is not None)
    drafts = enrich(drafts, task)
    new = [draft for draft in drafts if draft.uid not in task.known.content_hashes]
    arrivals = tuple(draft.published if draft.dated else None for draft in new)
    return dataclasses.replace(
        _describe_feed(feed, task),
        drafts=tuple(sorted(drafts, key=lambda draft: draft.published)),
        unchanged_uids=tuple(seen),
        skipped=skipped,
        filtered=still_out + len(kept_out),
        new_item_dates=arrivals,
        seen_entries=pack_seen(remembered),
        filtered_entries=tuple(kept_out),
    )


def _read_feed(task: ParseTask, seen_before: SeenEntries) -> Feed | NotAFeed:
    """Read the document without the entries of the last document, unless a new entry may be one of them."""
    source = task.source
    about = ReadOptions(
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
        return read_feed(task.body, known_hashes=known, salt=reading_salt(source), **about)

    feed = reading(seen_before.keys())
    if isinstance(feed, NotAFeed) or not feed.known_hashes:
        return feed
    left_out = {key for mark in feed.known_hashes for key in seen_before[mark].keys}
    return reading(()) if share_keys(feed.entries, left_out, task.known) else feed


def enrich(drafts: Sequence[Draft], task: ParseTask) -> list[Draft]:
    """Return the drafts with category, region, fingerprints, features and advertorial mark.

    Each step takes all drafts, so that its tables stay in the processor's cache.
    """
    rules, model = load_rules_and_model(task.categories, task.model)
    rules = rules.for_titles([one.title for one in drafts])
    source, gazetteer = task.source, Gazetteer.load()
    decisions = [categorize(one.title, one.text, one.terms, source.category, rules, model) for one in drafts]
    places = [locate(one.title, one.text, home=source.region, gazetteer=gazetteer) for one in drafts]
    batches = in_batches((fold(one.title), one.text) for one in drafts)
    sketches = [sketch for batch in batches for sketch in build_sketches(batch)]
    features = [packed for batch in batches for packed in build_features_of(batch)]
    words = [tokens for batch in batches for tokens in search_words_of(batch)]
    marks = [advertorial_mark(one, source) for one in drafts]
    stored = [_store_form(one, tokens) for one, tokens in zip(drafts, words, strict=True)]
    found = zip(drafts, decisions, places, sketches, features, stored, marks, strict=True)
    return [
        dataclasses.replace(
            draft,
            decision=decision,
            place=place,
            sketch=sketch,
            features=told_by,
            html=None if text else draft.html,
            stored_text=text,
            advertorial=mark,
        )
        for draft, decision, place, sketch, told_by, text, mark in found
    ]


def _store_form(draft: Draft, words: str) -> StoredText | None:
    """Return what the store writes of a draft's texts; None if it must mend them before."""
    whole = f"{draft.title}{draft.html}{draft.text}"
    try:
        whole.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return None
    if "\x00" in whole:
        return None
    return StoredText(pack_texts(draft.html, draft.text), words, picture_addresses(draft.html or ""))


def load_rules_and_model(
    categories: tuple[CategoryConfig, ...], model: str | None
) -> tuple[CategoryRules, Model | None]:
    """Return the category rules of a config, and the trained model if its file exists."""
    modified_at = _modified_at(model)
    return _rules_of(categories), _model_at(model, modified_at) if model and modified_at is not None else None


@lru_cache(maxsize=2)
def _rules_of(categories: tuple[CategoryConfig, ...]) -> CategoryRules:
    """Return the compiled rules of a config; those without additions are made before processes fork."""
    return CategoryRules(CategoryTree.default().with_config(categories), KeywordMeanings.load())


@lru_cache(maxsize=2)
def _model_at(path: str, modified_at: float) -> Model | None:
    """Return the model, loaded once for each time it is written; None if it cannot be used."""
    try:
        return Model.load(Path(path))
    except ModelError:  # a damaged or outdated model must not stop polls; ``gedi classify`` reports it
        return None


def _modified_at(model: str | None) -> float | None:
    """Return the modification time of the model file; None if there is none."""
    try:
        return Path(model).stat().st_mtime if model else None
    except OSError:
        return None


def preload() -> None:
    """Load all data that reading needs, so that no document pays for it."""
    _rules_of(())
    locate("枣庄", "", gazetteer=Gazetteer.load())
    reports = [("枣庄", fold("棗莊"))]
    build_sketches(reports)
    build_features_of(reports)
    pack_texts("枣庄", "枣庄")


def _describe_feed(feed: Feed, task: ParseTask) -> ParsedDocument:
    """Return what the document says of itself, without items."""
    hints = feed.hints
    hub, topic = hub_and_topic(feed, task.headers, task.url) if task.source.kind == "feed" else (None, None)
    return ParsedDocument(
        drafts=(),
        unchanged_uids=(),
        skipped=0,
        filtered=0,
        title=clean_title(feed.title) or None,
        link=feed.link if feed.link and is_web_address(feed.link) else None,
        id=feed.id,
        entry_count=len(feed.entries) + len(feed.known_hashes),
        update_interval_seconds=hints.ttl * 60 if hints.ttl else hints.update_seconds,
        hub=hub,
        topic=topic,
        skip_hours=hints.skip_hours,
        skip_days=hints.skip_days,
    )
