"""``gedi publish``: every feed as static files, precompressed, for a web server or a CDN."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from aggregator.config import Config
from aggregator.gazetteer import Gazetteer
from aggregator.model import Document
from aggregator.publish import opml, packed, render
from aggregator.store import Store
from gedi.commands import USAGE, config_option, fail, load_both


@click.command("publish")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@config_option
def publish(folder: Path, config_path: Path) -> None:
    """Write every feed as static files, with .gz, .br and .zst beside them.

    Only what changed is written, each file whole or not at all.
    """
    config, store = load_both(config_path)
    now = datetime.now(UTC)
    paths = list(_paths(config, store))
    written = kept = 0
    try:
        with click.progressbar(paths, label="publishing") as bar:
            for path in bar:
                document = render(store, config, path, now)
                if document is None:
                    continue
                changed = _write(folder, document)
                written, kept = written + changed, kept + (not changed)
        subscriptions = packed("/opml", "opml", "text/x-opml", opml(config), now)
        written += _write(folder, subscriptions)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}; nothing half-written was left", USAGE)
    click.echo(f"{written} documents written to {folder}, {kept} unchanged")


def _paths(config: Config, store: Store) -> Iterator[str]:
    regions = [province.code for province in Gazetteer.load().provinces()]
    names = ["hot", "all", *(f"all/{code}" for code in regions), *(category.path for category in config.tree)]
    names += [f"source/{source.slug}" for source in store.sources()]
    wanted = [f"/feeds/{name}.{kind}" for name in names for kind in ("atom", "rss", "json")]
    yield from dict.fromkeys((*wanted, *(path for path in store.all_documents() if "?" not in path)))


def _write(folder: Path, document: Document) -> bool:
    target = folder / document.path.lstrip("/")
    if target.exists() and target.read_bytes() == document.body:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    forms = {"": document.body, ".gz": document.gzip, ".br": document.br, ".zst": document.zstd}
    for suffix, body in forms.items():
        if body is not None:
            _replace(target.with_name(target.name + suffix), body, document.modified.timestamp())
    return True


def _replace(path: Path, body: bytes, modified: float) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(body)
    os.utime(temporary, (modified, modified))
    os.replace(temporary, path)
