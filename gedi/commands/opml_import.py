"""``gedi import``: add the feeds of an OPML file to the config and keep its comments."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click

from aggregator.config.checks import ConfigErrors, region_problem
from aggregator.config.load import Config, parse_config
from aggregator.config.opml_import import ImportedFeed, plan_import
from aggregator.texts import localize, reason_of, t
from feeds.model import NotAFeed
from feeds.opml import Opml, read_opml
from gedi import config_file
from gedi.commands import EXIT_FAILED, EXIT_USAGE, config_option, fail, json_option, load_complete_config

MAX_BYTES = 20_000_000  # bytes of OPML


@click.command("import")
@click.argument("file", metavar="OPML", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
@click.option("--category", metavar="C", help="The category of new sources that bring none we know.")
@click.option("--region", metavar="CODE", help="The home of new sources that bring none.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@config_option
@json_option
def import_(
    file: Path, category: str | None, region: str | None, dry_run: bool, config_path: Path, as_json: bool
) -> None:
    """Add the feeds of an OPML file to the config, as new [[sources]] at its end.

    Feeds that are there already (also by https instead of http, or with a slash at the end) are left alone; folders and
    categories that name one of ours, by slug or by Chinese name, give new sources their category. Nothing else in the
    file changes, and a running service takes the new sources by itself.

    \b
    gedi import reader.opml --dry-run
    gedi import reader.opml --category society --region 370400
    curl https://portal.example/opml | gedi import -
    """
    config = load_complete_config(config_path)
    _check_options(config, category, region)
    found = plan_import(_read_document(file), config, category, region)
    if not found:
        fail(t("{file}: there is no feed in it (no outline has an xmlUrl)", file=file), EXIT_USAGE)
    added = [one for one in found if one.outcome == "added"]
    if added:
        _write(config_path, added, dry_run)
    _report(found, config_path, dry_run, as_json)
    if all(one.outcome == "refused" for one in found):
        sys.exit(EXIT_FAILED)


def _check_options(config: Config, category: str | None, region: str | None) -> None:
    if category and config.category_tree.find(category) is None:
        fail(
            t('--category: there is no category "{category}"; docs/config.md tells how to add one', category=category),
            EXIT_USAGE,
        )
    if region and (problem := region_problem(region)):
        fail(f"--region: {localize(problem)}", EXIT_USAGE)


def _read_document(file: Path) -> Opml:
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1) if str(file) == "-" else _read_bytes(file)
    except OSError as error:
        fail(t("{file} cannot be read: {reason}", file=file, reason=reason_of(error)), EXIT_USAGE)
    if len(content) > MAX_BYTES:
        fail(t("{file} is larger than {size} MB; split it", file=file, size=MAX_BYTES // 1_000_000), EXIT_USAGE)
    document = read_opml(content)
    if isinstance(document, NotAFeed):
        fail(f"{file}: {localize(document.reason)}", EXIT_USAGE)
    return document


def _read_bytes(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _write(path: Path, added: list[ImportedFeed], dry_run: bool) -> None:
    before = config_file.read(path)
    after = config_file.append_sources(before, [one.table for one in added])
    try:
        parse_config(after.encode(), path)
    except ConfigErrors as errors:
        fail(
            t("nothing was changed, for the result would not be valid: {problem}", problem=errors.problems[0].text),
            EXIT_USAGE,
        )
    if dry_run:
        return
    try:
        config_file.replace_text(path, before, after)
    except config_file.FileChangedError:
        fail(
            t("{path} was saved by somebody else meanwhile; nothing was changed, run the command again", path=path),
            EXIT_FAILED,
        )
    except OSError as error:
        fail(
            t("{path} cannot be written: {reason}; nothing was changed", path=path, reason=reason_of(error)),
            EXIT_FAILED,
        )


def _report(imported: list[ImportedFeed], path: Path, dry_run: bool, as_json: bool) -> None:
    if as_json:
        for one in imported:
            record = {"url": one.url, "title": one.title, "outcome": one.outcome, "reason": one.reason}
            click.echo(json.dumps({**record, "category": one.table.get("category")}, ensure_ascii=False))
        return
    for one in imported:
        if one.outcome == "added":
            click.echo(
                f"  + {_printable(one.title or one.url)}  {one.table.get('category', '-')}  {_printable(one.url)}"
            )
        elif one.outcome == "refused":
            click.echo(f"  ! {_printable(one.url) or _printable(one.title)}: {localize(one.reason)}")
    counts = Counter(one.outcome for one in imported)
    refused = t(", {count} refused", count=counts["refused"]) if counts["refused"] else ""
    numbers = {"added": counts["added"], "file": path, "known": counts["known"], "refused": refused}
    click.echo(
        t("{added} sources would be added to {file}, {known} were there already{refused}", **numbers)
        if dry_run
        else t("{added} sources added to {file}, {known} were there already{refused}", **numbers)
    )


def _printable(text: str) -> str:
    """Escape control characters and line ends of a title."""
    return "".join(char if char.isprintable() else " " for char in text)[:200]
