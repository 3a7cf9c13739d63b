"""``gedi import`` and ``gedi export``: sources from and to OPML, without destroying a comment in the config."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click
import tomlkit
from tomlkit.items import AoT

from aggregator.config import Config, parse, slug_of
from aggregator.config_checks import ConfigErrors
from aggregator.publish import opml
from feeds.model import NotAFeed
from feeds.opml import Outline, read_opml
from gedi.commands import USAGE, config_option, fail, load_config


@click.command("import")
@click.argument("file", metavar="OPML", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
@click.option("--category", metavar="C", help="Give every new source this category.")
@click.option("--region", metavar="CODE", help="Give every new source this home.")
@config_option
def import_(file: Path, category: str | None, region: str | None, config_path: Path) -> None:
    """Add the feeds of an OPML file to the config, as new [[sources]] at its end.

    Feeds that are there already are left alone; nothing else in the file changes.
    """
    config = load_config(config_path)
    content = sys.stdin.buffer.read() if str(file) == "-" else _content(file)
    document = read_opml(content)
    if isinstance(document, NotAFeed):
        fail(f"{file}: {document.reason}", USAGE)
    outlines = {outline.xml_url: outline for _, outline in document.feeds() if outline.xml_url}
    if not outlines:
        fail(f"{file}: there is no feed in it (no outline has an xmlUrl)", USAGE)
    added = _add(outlines.values(), config, config_path, category, region)
    click.echo(f"{added} sources added to {config_path}, {len(outlines) - added} were there already")


def _add(
    outlines: Iterable[Outline], config: Config, config_path: Path, category: str | None, region: str | None
) -> int:
    known = {source.url for source in config.sources}
    slugs = {source.slug for source in config.sources}
    text = config_path.read_text("utf-8-sig")
    document = tomlkit.parse(text)
    tables = document.setdefault("sources", tomlkit.aot())
    assert isinstance(tables, AoT)
    added = 0
    for outline in outlines:
        slug = slug_of(outline.xml_url or "")
        if outline.xml_url not in known and slug not in slugs:
            slugs.add(slug)
            tables.append(_table(outline, category, region))
            added += 1
    new = tomlkit.dumps(document)
    try:
        parse(new.encode(), config_path)
    except ConfigErrors as errors:
        fail(f"nothing was changed, for the result would not be valid: {errors.problems[0]}", USAGE)
    _replace(config_path, new)
    return added


@click.command("export")
@config_option
def export(config_path: Path) -> None:
    """Print the sources as OPML."""
    sys.stdout.buffer.write(opml(load_config(config_path), "sources"))


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}", USAGE)


def _table(outline: Outline, category: str | None, region: str | None) -> tomlkit.items.Table:
    table = tomlkit.table()
    table["url"] = outline.xml_url or ""
    if outline.text and outline.text != outline.xml_url:
        table["title"] = outline.text
    if category:
        table["category"] = category
    if region:
        table["region"] = region
    return table


def _replace(path: Path, text: str) -> None:
    """The whole new file or the whole old one, whatever happens in between."""
    temporary = path.with_suffix(".toml.new")
    temporary.write_text(text, "utf-8")
    os.replace(temporary, path)
