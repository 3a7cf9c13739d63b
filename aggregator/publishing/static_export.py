"""Every document as static files: what there is to publish, what of it has changed, and the folder that holds it.

Files are written beside their place and moved there, whole or not at all; their time is the document's Last-Modified.
The manifest names what is ours in the folder: only that is ever replaced or removed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from aggregator.config.load import Config
from aggregator.config.watcher import appearance
from aggregator.model import Document
from aggregator.publishing import incident_feed
from aggregator.publishing.documents import packed
from aggregator.publishing.opml_lists import combinations, feed_menu, opml
from aggregator.publishing.render import render
from aggregator.reference.gazetteer import Gazetteer
from aggregator.store import Store
from aggregator.store.journal import source_listing

MANIFEST = ".gedi-publish.json"
FORMATS = ("atom", "rss", "json")
FORMS = ("", ".gz", ".br", ".zst")
LISTS = {
    "/opml/all.opml": "text/x-opml",
    "/opml/sources.opml": "text/x-opml",
    "/.well-known/feed-menu.json": "application/json",
}
_ALWAYS = ("hot", "lists", incident_feed.LISTING)  # what changes though nothing has arrived
_TEMPORARY = ".new"


@dataclass(frozen=True, slots=True)
class Planned:
    """A document to be there; ``listing`` is the key by which it is made stale."""

    path: str
    listing: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was written: path -> ETag ("" where that was cut short), as of a generation of the store."""

    etags: Mapping[str, str] = field(default_factory=dict)
    generation: int = 0
    appearance: int = 0

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """An empty one where there is none that can be read; paths that lead out of the folder are left out."""
        try:
            found = json.loads((folder / MANIFEST).read_bytes())
            etags = {str(path): str(etag) for path, etag in found["files"].items() if _inside(str(path))}
            return cls(etags, int(found["generation"]), int(found["appearance"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def write(self, folder: Path) -> None:
        found = {"generation": self.generation, "appearance": self.appearance, "files": dict(self.etags)}
        _replace(folder / MANIFEST, json.dumps(found, indent=0, sort_keys=True).encode(), None)


@dataclass(slots=True)
class Outcome:
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    bytes: int = 0  # written, all forms together


def plan(store: Store, config: Config, *, archives: bool) -> list[Planned]:
    """Every document: of all that was ever filled, of categories, provinces and sources, of stories asked for. What
    the admin is told of only where the site tells it to everybody."""
    provinces = [f"all/{province.code}" for province in Gazetteer.load().provinces()]
    names = {name: name for name in ("all", "hot", *provinces, *(category.path for category in config.tree))}
    names |= {name: name for name in store.listings() if not name.startswith("source/")}
    names |= {f"source/{source.slug}": source_listing(source.id) for source in store.sources()}
    names.pop(incident_feed.LISTING, None)
    shown = {incident_feed.LISTING: incident_feed.LISTING} if config.web.public_status else {}
    found = [Planned(f"/feeds/{name}.{format}", name) for name in names | shown for format in FORMATS]
    asked = [path for path in store.all_documents() if "?" not in path and _is_plain(path)]
    found += [Planned(path, _name_of(path)) for path in asked if _name_of(path) != incident_feed.LISTING]
    if archives:
        full = store.full_pages()
        for name, history in names.items():
            pages = [f"/feeds/{name}/archive/{number}" for number in range(1, full.get(history, 0) + 1)]
            found += [Planned(f"{page}.{format}", f"archive/{history}") for page in pages for format in FORMATS]
    found += [Planned(path, "lists") for path in LISTS]
    return list({planned.path: planned for planned in found}.values())


def publish(
    store: Store,
    config: Config,
    folder: Path,
    planned: list[Planned],
    now: datetime,
    *,
    tell: Callable[[], None] = lambda: None,
) -> Outcome:
    """Bring the folder up to date; ``tell`` is called after each document. Raises OSError. The manifest names every
    file before the first is written, so that a run that is cut short leaves nothing that a later one does not know."""
    old = Manifest.read(folder)
    seen = store.generation()  # before anything is read, so that no change between is lost
    looks = appearance(config)
    changed = store.changed_listings(old.generation) if old.appearance == looks else None
    begun = dict.fromkeys((each.path for each in planned), "") | dict(old.etags)
    folder.mkdir(parents=True, exist_ok=True)
    replace(old, etags=begun).write(folder)
    outcome, etags = Outcome(), {}
    for each in planned:
        etag = begun[each.path]
        same = changed is not None and each.listing not in changed and each.listing not in _ALWAYS
        if etag and same and _is_there(folder, each.path):
            etags[each.path] = etag
            outcome.unchanged += 1
        else:
            document = _document(store, config, each.path, now)
            if document is not None:
                _put(folder, document, etag, outcome)
                etags[each.path] = document.etag
        tell()
    for path in begun:
        if path not in etags:
            outcome.removed += _remove(folder, path)
    Manifest(etags, seen, looks).write(folder)
    return outcome


def _document(store: Store, config: Config, path: str, now: datetime) -> Document | None:
    """With the Last-Modified that the site gives it."""
    if path in LISTS:
        return packed(path, "lists", LISTS[path], _list(store, config, path), now)
    if "/archive/" in path and (read := store.document(path)) is not None:
        return read  # an archive stays as somebody has read it (RFC 5005 4)
    document = render(store, config, path, now)
    if document is None or store.document_tag(path) != document.etag:
        return document
    stored = store.document(path)
    return replace(document, modified=stored.modified) if stored else document


def _list(store: Store, config: Config, path: str) -> bytes:
    if path == "/opml/sources.opml":
        return opml(config, "sources")
    filled = store.filled(combinations(config))
    if path == "/opml/all.opml":
        return opml(config, filled=filled)
    return json.dumps(feed_menu(config, filled), ensure_ascii=False).encode()


def _put(folder: Path, document: Document, etag: str, outcome: Outcome) -> None:
    target = _place(folder, document.path)
    if document.etag == etag and _is_there(folder, document.path):
        outcome.unchanged += 1
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    forms = dict(zip(FORMS, (document.body, document.gzip, document.br, document.zstd), strict=True))
    for suffix, body in reversed(forms.items()):  # the plain one last: where it is, all are
        form = target.with_name(target.name + suffix)
        if body is not None and (not suffix or len(body) < len(document.body)):
            _replace(form, body, document.modified)
            outcome.bytes += len(body)
        else:
            form.unlink(missing_ok=True)
    outcome.written += 1


def _remove(folder: Path, path: str) -> int:
    """1 where there was anything to remove."""
    target = _place(folder, path)
    forms = [form for suffix in FORMS if (form := target.with_name(target.name + suffix)).is_file()]
    for form in forms:
        form.unlink()
    above = target.parent
    while above != folder and above.is_dir() and not any(above.iterdir()):
        above.rmdir()
        above = above.parent
    return bool(forms)


def _replace(path: Path, body: bytes, modified: datetime | None) -> None:
    temporary = path.with_name(f".{path.name}{_TEMPORARY}")
    temporary.write_bytes(body)
    if modified is not None:
        os.utime(temporary, (modified.timestamp(), modified.timestamp()))
    os.replace(temporary, path)


def _place(folder: Path, path: str) -> Path:
    return folder.joinpath(*PurePosixPath(path.lstrip("/")).parts)


def _is_there(folder: Path, path: str) -> bool:
    return _place(folder, path).is_file()


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return path.startswith("/") and len(parts) > 1 and ".." not in parts


def _name_of(path: str) -> str:
    return path.removeprefix("/feeds/").rpartition(".")[0]


def _is_plain(path: str) -> bool:
    return path.startswith("/feeds/") and _inside(path) and "/archive/" not in path
