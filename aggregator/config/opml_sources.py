"""Translate the feeds of an OPML document to sources. Pure.

OPML is untrusted: an address counts only if it is valid in a config, and nothing in it may refer to the environment.
Attributes written by ``opml_export`` are read back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from aggregator.config.checks import NO_INSTANCE, region_problem
from aggregator.config.messages import value_message
from aggregator.config.request_checks import foreign_problem
from aggregator.config.settings import NATIONAL, SourceConfig
from aggregator.fetching.address_guard import AddressGuard
from aggregator.fetching.rsshub import is_route
from aggregator.fetching.urls import endpoint_of
from aggregator.reference.categories import CategoryTree
from aggregator.texts import Phrase

if TYPE_CHECKING:  # loads lxml, which configs without OPML do not need
    from feeds.opml import Outline

MAX_TITLE_LENGTH = 100  # characters
_REGION = "region"


class RefusedFeedError(ValueError):
    """A feed that cannot be a source, and why."""


@dataclass(frozen=True, slots=True)
class OpmlRules:
    """What decides how feeds become sources; ``category`` and ``region`` are for those that bring none."""

    tree: CategoryTree
    guard: AddressGuard
    language: str  # of the site
    category: str | None = None
    region: str | None = None
    has_rsshub: bool = False  # whether routes of RSSHub can be fetched
    categories: dict[tuple[str, ...], str | None] = field(default_factory=dict, compare=False)  # known paths


@dataclass(frozen=True, slots=True)
class OpmlSource:
    """A feed as a source; ``table`` is what the config would say."""

    config: SourceConfig
    table: Mapping[str, Any] = field(default_factory=dict)


def title_of(outline: Outline) -> str:
    """Return the title of a feed; empty if it has none but its address."""
    return outline.text[:MAX_TITLE_LENGTH] if outline.text != (outline.xml_url or "").strip() else ""


def source_of(outline: Outline, folders: tuple[str, ...], rules: OpmlRules) -> OpmlSource:
    """Return a feed as a source. Raises RefusedFeedError."""
    if reason := _url_problem((outline.xml_url or "").strip(), rules):
        raise RefusedFeedError(reason)
    table = _source_table(outline, folders, rules)
    values = {name: table[name] for name in SourceConfig.model_fields if table.get(name) not in (None, "")}
    if any("${" in json.dumps(value) for value in values.values()):
        raise RefusedFeedError(Phrase("speaks of the environment (${...}); add it by hand if that is meant"))
    if reason := foreign_problem(values):
        raise RefusedFeedError(reason)
    try:
        return OpmlSource(SourceConfig.model_validate(values), values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = value_message(first["type"], first["msg"], first.get("ctx", {}))
        raise RefusedFeedError(Phrase("{where}: {message}", where=where, message=message)) from None


def _url_problem(url: str, rules: OpmlRules) -> str | None:
    if is_route(url):
        return None if rules.has_rsshub else NO_INSTANCE
    try:
        host, port = endpoint_of(url)
    except ValueError:
        return Phrase("is no address")
    host = host.rstrip(".")
    if not host:
        return Phrase("is no http or https address")
    if rules.guard.permits_host(host, port):
        return None
    return Phrase("leads to a private place; name it in [polling] allow first if that is meant")


def _source_table(outline: Outline, folders: tuple[str, ...], rules: OpmlRules) -> dict[str, Any]:
    language = outline.language if outline.language and 2 <= len(outline.language) <= 20 else None
    values: dict[str, Any] = {
        "url": (outline.xml_url or "").strip(),
        "title": title_of(outline),
        "category": _category(outline, folders, rules) or rules.category,
        "region": _region(outline) or rules.region,
        "language": language if language != rules.language else None,
    }
    own = {
        name: value for name, value in _extra_attributes(outline) if name in SourceConfig.model_fields and name != "url"
    }
    if own.get("category") and rules.tree.find(str(own["category"])) is None:
        del own["category"]
    if values["title"] == own.get("slug"):  # used if there is no title
        values["title"] = ""
    return values | own


def _extra_attributes(outline: Outline) -> Iterator[tuple[str, Any]]:
    """Return the attributes that our export adds to OPML's."""
    for name, value in outline.extra:
        structured = (name != "body" and value[:1] in ("[", "{")) or value in ("true", "false")
        try:
            yield name, json.loads(value) if structured else value
        except ValueError:
            yield name, value


def _category(outline: Outline, folders: tuple[str, ...], rules: OpmlRules) -> str | None:
    """Return the category by the outline's own attributes, then by its folders."""
    said = [path.split("/") for path in outline.categories if not path.strip("/ ").startswith(f"{_REGION}/")]
    inside = [part for folder in folders for part in folder.split("/")]
    for path in (*said, inside):
        parts = tuple(part.strip() for part in path if part.strip())
        if parts not in rules.categories:
            rules.categories[parts] = _category_of_path(parts, rules.tree)
        if found := rules.categories[parts]:
            return found
    return None


def _category_of_path(parts: tuple[str, ...], tree: CategoryTree) -> str | None:
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
