"""An OPML document -> sources for config.toml: which are new, which are there, which are refused and why. Pure.

OPML comes from strangers: an address counts only when it could stand in the config, and nothing in it may speak of
the environment. What ``exporting`` wrote beyond OPML's own attributes is taken back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import ValidationError

from aggregator.config.checks import address_key, no_region
from aggregator.config.load import Config, slug_of
from aggregator.config.settings import NATIONAL, SourceConfig
from aggregator.fetching.address_guard import Guard
from aggregator.reference.categories import CategoryTree
from feeds.opml import Opml, Outline

LONGEST_TITLE = 100  # characters
_LOCAL = re.compile(r"localhost|.*\.(?:localhost|local|internal|lan|home|intranet)", re.I)
_NUMBERS = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+))*", re.I)
_REGION = "region"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One feed of a document. ``table`` is what goes into the config; ``reason`` says why it does not."""

    url: str
    title: str
    outcome: Literal["added", "known", "refused"]
    reason: str = ""
    table: Mapping[str, Any] = field(default_factory=dict)


def candidates(document: Opml, config: Config, category: str | None, region: str | None) -> list[Candidate]:
    """Every feed of the document, in its order. ``category`` and ``region`` are for those that bring none."""
    known = {address_key(source.url): source.slug for source in config.sources}
    slugs = {source.slug for source in config.sources}
    guard = Guard(config.polling.allow)
    found = []
    for folders, outline in document.feeds():
        one = _candidate(outline, folders, config, known, guard, {"category": category, "region": region})
        if one.outcome == "added":
            one = _named(one, slugs)
            known[address_key(one.url)] = str(one.table.get("slug") or slug_of(one.url))
        found.append(one)
    return found


def _candidate(
    outline: Outline,
    folders: tuple[str, ...],
    config: Config,
    known: Mapping[str, str],
    guard: Guard,
    given: Mapping[str, str | None],
) -> Candidate:
    url = (outline.xml_url or "").strip()
    title = outline.text[:LONGEST_TITLE] if outline.text != url else ""
    shown = (url[:300], title)
    if reason := _forbidden(url, guard):
        return Candidate(*shown, "refused", reason)
    if (there := known.get(address_key(url))) is not None:
        return Candidate(*shown, "known", f"is there already, as {there}")
    table = _table(outline, title, folders, config, given)
    values = {name: table[name] for name in SourceConfig.model_fields if table.get(name) not in (None, "")}
    if any("${" in json.dumps(value) for value in values.values()):
        return Candidate(*shown, "refused", "speaks of the environment (${...}); add it by hand if that is meant")
    try:
        SourceConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return Candidate(*shown, "refused", f"{where}: {first['msg'].removeprefix('Value error, ')}")
    return Candidate(*shown, "added", table=values)


def _forbidden(url: str, guard: Guard) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in ("http", "https") or not host:
        return "is no http or https address"
    port = port or (443 if parts.scheme == "https" else 80)
    try:
        inward = not guard.permits(str(ip_address(host)), port)
    except ValueError:
        odd = _LOCAL.fullmatch(host) or _NUMBERS.fullmatch(host)  # 0x7f.1 is 127.0.0.1 to some
        inward = odd is not None and not guard.names(host, port)
    return "leads to a private place; name it in [polling] allow first if that is meant" if inward else None


def _table(
    outline: Outline, title: str, folders: tuple[str, ...], config: Config, given: Mapping[str, str | None]
) -> dict[str, Any]:
    language = outline.language if outline.language and 2 <= len(outline.language) <= 20 else None
    values: dict[str, Any] = {
        "url": (outline.xml_url or "").strip(),
        "title": title,
        "category": _category(outline, folders, config.tree) or given["category"],
        "region": _region(outline) or given["region"],
        "language": language if language != config.site.language else None,
    }
    own = {name: value for name, value in _extra(outline) if name in SourceConfig.model_fields and name != "url"}
    if own.get("category") and config.tree.find(str(own["category"])) is None:
        del own["category"]
    if values["title"] == own.get("slug"):  # written for want of a title
        values["title"] = ""
    return values | own


def _extra(outline: Outline) -> Iterator[tuple[str, Any]]:
    """What an export of ours wrote beside OPML's attributes."""
    for name, value in outline.extra:
        structured = value[:1] in ("[", "{") or value in ("true", "false")
        try:
            yield name, json.loads(value) if structured else value
        except ValueError:
            yield name, value


def _category(outline: Outline, folders: tuple[str, ...], tree: CategoryTree) -> str | None:
    """By what the outline says of itself, then by its folders."""
    said = [path.split("/") for path in outline.categories if not path.strip("/ ").startswith(f"{_REGION}/")]
    inside = [part for folder in folders for part in folder.split("/")]
    for path in (*said, inside):
        found = _of_path([part.strip() for part in path if part.strip()], tree)
        if found:
            return found
    return None


def _of_path(parts: list[str], tree: CategoryTree) -> str | None:
    """The category that the innermost part names that names one, by slug or name; below its outer part if it can be."""
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
        if head == _REGION and (code == NATIONAL or no_region(code) is None):
            return code
    return None


def _named(one: Candidate, slugs: set[str]) -> Candidate:
    """A slug that is taken is left out: the config makes one from the address."""
    table = dict(one.table)
    if table.get("slug") in slugs:
        del table["slug"]
    slugs.add(str(table.get("slug") or slug_of(one.url)))
    return Candidate(one.url, one.title, one.outcome, one.reason, table)
