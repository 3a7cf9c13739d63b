"""Plan the import of an OPML document: which sources are new, known, or refused and why. Pure.

OPML is untrusted: an address counts only if it is valid in a config, and nothing in it may refer to the environment.
Attributes written by ``opml_export`` are read back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from aggregator.config.checks import region_problem, url_key
from aggregator.config.load import Config, slug_of
from aggregator.config.settings import NATIONAL, SourceConfig
from aggregator.fetching.address_guard import AddressGuard
from aggregator.fetching.urls import endpoint_of
from aggregator.reference.categories import CategoryTree
from feeds.opml import Opml, Outline

MAX_TITLE_LENGTH = 100  # characters
_REGION = "region"


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
    found = []
    for folders, outline in document.feeds():
        one = _import_feed(outline, folders, config, known, guard, {"category": category, "region": region})
        if one.outcome == "added":
            one = _with_free_slug(one, slugs)
            known[url_key(one.url)] = str(one.table.get("slug") or slug_of(one.url))
        found.append(one)
    return found


def _import_feed(
    outline: Outline,
    folders: tuple[str, ...],
    config: Config,
    known: Mapping[str, str],
    guard: AddressGuard,
    defaults: Mapping[str, str | None],
) -> ImportedFeed:
    url = (outline.xml_url or "").strip()
    title = outline.text[:MAX_TITLE_LENGTH] if outline.text != url else ""
    shown = (url[:300], title)
    if reason := _url_problem(url, guard):
        return ImportedFeed(*shown, "refused", reason)
    if (there := known.get(url_key(url))) is not None:
        return ImportedFeed(*shown, "known", f"is there already, as {there}")
    table = _source_table(outline, title, folders, config, defaults)
    values = {name: table[name] for name in SourceConfig.model_fields if table.get(name) not in (None, "")}
    if any("${" in json.dumps(value) for value in values.values()):
        return ImportedFeed(*shown, "refused", "speaks of the environment (${...}); add it by hand if that is meant")
    try:
        SourceConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return ImportedFeed(*shown, "refused", f"{where}: {first['msg'].removeprefix('Value error, ')}")
    return ImportedFeed(*shown, "added", table=values)


def _url_problem(url: str, guard: AddressGuard) -> str | None:
    try:
        host, port = endpoint_of(url)
    except ValueError:
        return "is no address"
    host = host.rstrip(".")
    if not host:
        return "is no http or https address"
    if guard.permits_host(host, port):
        return None
    return "leads to a private place; name it in [polling] allow first if that is meant"


def _source_table(
    outline: Outline, title: str, folders: tuple[str, ...], config: Config, defaults: Mapping[str, str | None]
) -> dict[str, Any]:
    language = outline.language if outline.language and 2 <= len(outline.language) <= 20 else None
    values: dict[str, Any] = {
        "url": (outline.xml_url or "").strip(),
        "title": title,
        "category": _category(outline, folders, config.category_tree) or defaults["category"],
        "region": _region(outline) or defaults["region"],
        "language": language if language != config.site.language else None,
    }
    own = {
        name: value for name, value in _extra_attributes(outline) if name in SourceConfig.model_fields and name != "url"
    }
    if own.get("category") and config.category_tree.find(str(own["category"])) is None:
        del own["category"]
    if values["title"] == own.get("slug"):  # used if there is no title
        values["title"] = ""
    return values | own


def _extra_attributes(outline: Outline) -> Iterator[tuple[str, Any]]:
    """Return the attributes that our export adds to OPML's."""
    for name, value in outline.extra:
        structured = value[:1] in ("[", "{") or value in ("true", "false")
        try:
            yield name, json.loads(value) if structured else value
        except ValueError:
            yield name, value


def _category(outline: Outline, folders: tuple[str, ...], tree: CategoryTree) -> str | None:
    """Return the category by the outline's own attributes, then by its folders."""
    said = [path.split("/") for path in outline.categories if not path.strip("/ ").startswith(f"{_REGION}/")]
    inside = [part for folder in folders for part in folder.split("/")]
    for path in (*said, inside):
        found = _category_of_path([part.strip() for part in path if part.strip()], tree)
        if found:
            return found
    return None


def _category_of_path(parts: list[str], tree: CategoryTree) -> str | None:
    """Return the category of the innermost path part that names one, below its outer part if possible."""
    for end in range(len(parts), 0, -1):
        known = [
            category for category in tree if parts[end - 1].lower() == category.slug or parts[end - 1] == category.name
        ]
        outer = parts[end - 2] if end > 1 else None
        above = {
            category.path for category in tree if outer and (outer.lower() == category.slug or outer == category.name)
        }
        within = [category for category in known if category.parent in above]
        for category in (*within, *sorted(known, key=lambda category: category.parent is not None)):
            return category.path
    return None


def _region(outline: Outline) -> str | None:
    for path in outline.categories:
        head, _, code = path.strip("/ ").partition("/")
        if head == _REGION and (code == NATIONAL or region_problem(code) is None):
            return code
    return None


def _with_free_slug(imported: ImportedFeed, slugs: set[str]) -> ImportedFeed:
    """Return the table without a slug that is taken; the config derives one from the address."""
    table = dict(imported.table)
    if table.get("slug") in slugs:
        del table["slug"]
    slugs.add(str(table.get("slug") or slug_of(imported.url)))
    return ImportedFeed(imported.url, imported.title, imported.outcome, imported.reason, table)
