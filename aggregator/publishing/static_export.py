"""Export every document as static files: plan, changed documents, and the folder.

Files are written beside their place and renamed into it; their time is the document's Last-Modified. The manifest lists
the files we have written: only these are replaced or removed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from aggregator.config.load import Config
from aggregator.config.watcher import render_fingerprint
from aggregator.model import RenderedDocument
from aggregator.publishing import daily_feed, incident_feed
from aggregator.publishing.documents import compressed_document
from aggregator.publishing.opml_lists import category_region_keys, feed_menu, render_opml
from aggregator.publishing.render import render
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from aggregator.store.journal import source_listing_key

MANIFEST = ".gedi-publish.json"
FORMATS = ("atom", "rss", "json")
FORM_SUFFIXES = ("", ".gz", ".br", ".zst")
LIST_TYPES = {
    "/opml/all.opml": "text/x-opml",
    "/opml/sources.opml": "text/x-opml",
    "/.well-known/feed-menu.json": "application/json",
}
_ALWAYS_RENDERED = ("hot", "lists", incident_feed.LISTING_KEY)  # documents that change although nothing has arrived
_TEMPORARY_SUFFIX = ".new"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A document to export; ``listing`` is the key by which it becomes stale."""

    path: str
    listing_key: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was exported: path -> ETag ("" if interrupted), as of a generation of the store."""

    etags: Mapping[str, str] = field(default_factory=dict)
    generation: int = 0
    render_fingerprint: int = 0

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read a manifest; an empty one if there is none. Paths outside of the folder are ignored."""
        try:
            found = json.loads((folder / MANIFEST).read_bytes())
            etags = {str(path): str(etag) for path, etag in found["files"].items() if _is_inside(str(path))}
            return cls(etags, int(found["generation"]), int(found["appearance"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def write(self, folder: Path) -> None:
        found = {"generation": self.generation, "appearance": self.render_fingerprint, "files": dict(self.etags)}
        _write_atomically(folder / MANIFEST, json.dumps(found, indent=0, sort_keys=True).encode(), None)


@dataclass(slots=True)
class ExportSummary:
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    bytes: int = 0  # written, all forms together


def plan_export(store: Store, config: Config, *, archives: bool) -> list[PlannedFile]:
    """Return every document: all listings with items, categories, provinces and sources, and stories that were
    requested.

    The incident feed is included only if the site shows it publicly.
    """
    provinces = [f"all/{province.code}" for province in Gazetteer.load().provinces()]
    names = {name: name for name in ("all", "hot", *provinces, *(category.path for category in config.category_tree))}
    names |= {name: name for name in store.all_listings() if not name.startswith("source/")}
    names |= {f"source/{source.slug}": source_listing_key(source.id) for source in store.sources()}
    digests = ("all", *(category.path for category in config.category_tree.top_level()))
    names |= {name: name for name in (f"{daily_feed.PREFIX}{listing}" for listing in digests)}
    names.pop(incident_feed.LISTING_KEY, None)
    shown = {incident_feed.LISTING_KEY: incident_feed.LISTING_KEY} if config.web.public_status else {}
    found = [PlannedFile(f"/feeds/{name}.{format}", name) for name in names | shown for format in FORMATS]
    asked = [path for path in store.document_paths() if "?" not in path and _is_plain_feed(path)]
    found += [PlannedFile(path, _feed_name(path)) for path in asked if _feed_name(path) != incident_feed.LISTING_KEY]
    if archives:
        full = store.full_page_counts()
        for name, history in names.items():
            pages = [f"/feeds/{name}/archive/{number}" for number in range(1, full.get(history, 0) + 1)]
            found += [PlannedFile(f"{page}.{format}", f"archive/{history}") for page in pages for format in FORMATS]
    found += [PlannedFile(path, "lists") for path in LIST_TYPES]
    return list({planned.path: planned for planned in found}.values())


def export_static(
    store: Store,
    config: Config,
    folder: Path,
    planned: list[PlannedFile],
    now: datetime,
    *,
    on_document: Callable[[], None] = lambda: None,
) -> ExportSummary:
    """Bring the folder up to date and call ``tell`` after each document. Raises OSError.

    The manifest lists every file before the first is written, so that an interrupted run leaves nothing unknown.
    """
    old = Manifest.read(folder)
    seen = store.generation()  # before anything is read, so that no change in between is lost
    looks = render_fingerprint(config)
    changed = store.changed_listings(old.generation) if old.render_fingerprint == looks else None
    begun = dict.fromkeys((each.path for each in planned), "") | dict(old.etags)
    folder.mkdir(parents=True, exist_ok=True)
    replace(old, etags=begun).write(folder)
    outcome, etags = ExportSummary(), {}
    for each in planned:
        etag = begun[each.path]
        same = changed is not None and each.listing_key not in changed and not _changes_by_itself(each.listing_key)
        if etag and same and _exists(folder, each.path):
            etags[each.path] = etag
            outcome.unchanged += 1
        else:
            document = _render_document(store, config, each.path, now)
            if document is not None:
                _write_document(folder, document, etag, outcome)
                etags[each.path] = document.etag
        on_document()
    for path in begun:
        if path not in etags:
            outcome.removed += _remove_forms(folder, path)
    Manifest(etags, seen, looks).write(folder)
    return outcome


def _changes_by_itself(listing_key: str) -> bool:
    return listing_key in _ALWAYS_RENDERED or listing_key.startswith(daily_feed.PREFIX)


def _render_document(store: Store, config: Config, path: str, now: datetime) -> RenderedDocument | None:
    """Return a document with the Last-Modified of the site."""
    if path in LIST_TYPES:
        return compressed_document(path, "lists", LIST_TYPES[path], _render_list(store, config, path), now)
    if "/archive/" in path and (read := store.get_document(path)) is not None:
        return read  # an archive stays as it was first read (RFC 5005 4)
    document = render(store, config, path, now)
    if document is None or store.document_etag(path) != document.etag:
        return document
    stored = store.get_document(path)
    return replace(document, modified=stored.modified) if stored else document


def _render_list(store: Store, config: Config, path: str) -> bytes:
    if path == "/opml/sources.opml":
        return render_opml(config, "sources")
    filled = store.non_empty_listings(category_region_keys(config))
    if path == "/opml/all.opml":
        return render_opml(config, non_empty=filled)
    return json.dumps(feed_menu(config, filled), ensure_ascii=False).encode()


def _write_document(folder: Path, document: RenderedDocument, etag: str, summary: ExportSummary) -> None:
    target = _target_path(folder, document.path)
    if document.etag == etag and _exists(folder, document.path):
        summary.unchanged += 1
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    forms = dict(zip(FORM_SUFFIXES, (document.body, document.gzip, document.br, document.zstd), strict=True))
    for suffix, body in reversed(forms.items()):  # the uncompressed form last: where it exists, all exist
        form = target.with_name(target.name + suffix)
        if body is not None and (not suffix or len(body) < len(document.body)):
            _write_atomically(form, body, document.modified)
            summary.bytes += len(body)
        else:
            form.unlink(missing_ok=True)
    summary.written += 1


def _remove_forms(folder: Path, path: str) -> int:
    """Return 1 if there was anything to remove, else 0."""
    target = _target_path(folder, path)
    forms = [form for suffix in FORM_SUFFIXES if (form := target.with_name(target.name + suffix)).is_file()]
    for form in forms:
        form.unlink()
    above = target.parent
    while above != folder and above.is_dir() and not any(above.iterdir()):
        above.rmdir()
        above = above.parent
    return bool(forms)


def _write_atomically(path: Path, body: bytes, modified: datetime | None) -> None:
    temporary = path.with_name(f".{path.name}{_TEMPORARY_SUFFIX}")
    temporary.write_bytes(body)
    if modified is not None:
        os.utime(temporary, (modified.timestamp(), modified.timestamp()))
    os.replace(temporary, path)


def _target_path(folder: Path, path: str) -> Path:
    return folder.joinpath(*PurePosixPath(path.lstrip("/")).parts)


def _exists(folder: Path, path: str) -> bool:
    return _target_path(folder, path).is_file()


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return path.startswith("/") and len(parts) > 1 and ".." not in parts


def _feed_name(path: str) -> str:
    return path.removeprefix("/feeds/").rpartition(".")[0]


def _is_plain_feed(path: str) -> bool:
    return path.startswith("/feeds/") and _is_inside(path) and "/archive/" not in path
