"""Plan the import of an OPML document: which sources are new, known, or refused and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aggregator.config.checks import url_key
from aggregator.config.load import Config, slug_of
from aggregator.config.opml_sources import OpmlRules, RefusedFeedError, source_of, title_of
from aggregator.fetching.address_guard import AddressGuard
from aggregator.texts import Phrase
from feeds.opml import Opml, Outline


@dataclass(frozen=True, slots=True)
class ImportedFeed:
    """One feed of a document. ``table`` goes into the config; ``reason`` says why it does not."""

    url: str
    title: str
    outcome: Literal["added", "known", "refused"]
    reason: str = ""
    table: Mapping[str, Any] = field(default_factory=dict)


def plan_import(document: Opml, config: Config, category: str | None, region: str | None) -> list[ImportedFeed]:
    """Return a plan for every feed of the document, in its order. ``category`` and ``region`` are defaults."""
    known = {url_key(source.url): source.slug for source in config.sources}
    slugs = {source.slug for source in config.sources}
    guard = AddressGuard(config.polling.allow)
    rules = OpmlRules(config.category_tree, guard, config.site.language, category, region, bool(config.polling.rsshub))
    found = []
    for folders, outline in document.feeds():
        one = _import_feed(outline, folders, rules, known)
        if one.outcome == "added":
            one = _with_free_slug(one, slugs)
            known[url_key(one.url)] = str(one.table.get("slug") or slug_of(one.url))
        found.append(one)
    return found


def _import_feed(
    outline: Outline, folders: tuple[str, ...], rules: OpmlRules, known: Mapping[str, str]
) -> ImportedFeed:
    url = (outline.xml_url or "").strip()
    shown = (url[:300], title_of(outline))
    if (there := known.get(url_key(url))) is not None:
        return ImportedFeed(*shown, "known", Phrase("is there already, as {source}", source=there))
    try:
        source = source_of(outline, folders, rules)
    except RefusedFeedError as refused:
        return ImportedFeed(*shown, "refused", refused.args[0])
    return ImportedFeed(*shown, "added", table=source.table)


def _with_free_slug(imported: ImportedFeed, slugs: set[str]) -> ImportedFeed:
    """Return the table without a slug that is taken; the config derives one from the address."""
    table = dict(imported.table)
    if table.get("slug") in slugs:
        del table["slug"]
    slugs.add(str(table.get("slug") or slug_of(imported.url)))
    return ImportedFeed(imported.url, imported.title, imported.outcome, imported.reason, table)
