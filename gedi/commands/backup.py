"""``gedi backup`` and ``gedi restore``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from aggregator.config.load import Config
from aggregator.store import Store
from aggregator.store.sql.dialect import reason_of
from aggregator.store.transfer.backup import dated_backups, rotate
from aggregator.store.transfer.copy_check import BackupError, BackupFacts, check_backup
from aggregator.texts import Phrase, localize, t
from gedi.commands import (
    EXIT_FAILED,
    EXIT_USAGE,
    change_options,
    confirm,
    fail,
    load_config,
    mask_credentials,
    now,
    open_store_as_it_is,
)
from gedi.commands.copy_progress import copy_progress

_STAMP = "%Y%m%dT%H%M%SZ"


@click.command("backup")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="FILE is a folder: name the backup by the time, and keep the newest N.",
)
@change_options
def backup(file: Path, keep: int | None, config_path: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Write a checked copy of the database to FILE, while the service runs.

    The copy is an SQLite database, also of PostgreSQL, and can be restored into either. It is opened and read whole
    before it gets its name; FILE.sha256 has its hash. A file that is there is replaced only with --yes, and once the
    new copy is complete. If FILE is a folder, the copy is gedi-TIME.db there.

    \b
    gedi backup before-upgrade.db
    gedi backup /var/backups/gedi --keep 14
    """
    path = file / f"gedi-{now():{_STAMP}}.db" if keep or file.is_dir() else file
    if path.exists() and not (yes or dry_run):
        fail(t("{file} is there already; name another file, or replace it with --yes", file=path), EXIT_USAGE)
    config = load_config(config_path)
    store = open_store_as_it_is(config)
    if dry_run:
        surplus = dated_backups(path.parent)[: -keep + 1 or None] if keep else []
        _show_plan(path, store.size_in_bytes(), surplus, as_json)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with copy_progress(as_json=False, hidden=as_json) as report:
            facts = store.back_up(path, report)
    except (BackupError, OSError) as error:
        fail(t("no backup was made: {reason}", reason=reason_of(error)))
    deleted = rotate(path.parent, keep) if keep else []
    if as_json:
        click.echo(json.dumps({**facts.as_dict(), "deleted": [str(each) for each in deleted]}))
        return
    click.echo(t("backup written to {file}, opened and checked:", file=path))
    click.echo(f"  {localize(_summary(facts))}\n  sha256 {facts.sha256}")
    for each in deleted:
        click.echo(t("deleted by --keep {count}: {file}", count=keep, file=each))


def _show_plan(path: Path, size: int, surplus: Sequence[Path], as_json: bool) -> None:
    if as_json:
        deleted = [str(each) for each in surplus]
        click.echo(json.dumps({"file": str(path), "bytes": size, "deleted": deleted, "dry_run": True}))
        return
    click.echo(t("{size:,} bytes would be copied to {file}", size=size, file=path))
    for each in surplus:
        click.echo(t("{file} would be deleted then", file=each))


def _summary(facts: BackupFacts) -> Phrase:
    return Phrase(
        "schema {schema}, {items:,} items, {stories:,} stories, {sources:,} sources, {size:,} bytes",
        schema=facts.schema,
        items=facts.items,
        stories=facts.stories,
        sources=facts.sources,
        size=facts.bytes,
    )


@click.command("restore")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@change_options
def restore(file: Path, config_path: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Put a backup in place of the database of [database] url, SQLite or PostgreSQL.

    Stop the service first. The backup is checked before anything is changed. The present database is kept, as a file
    beside it or as another schema of PostgreSQL; the command prints its name. A command that is killed leaves the
    present database in place. A backup of an older version is upgraded at the next start.

    \b
    gedi restore /var/backups/gedi/gedi-20260501T030000Z.db --dry-run
    gedi restore /var/backups/gedi/gedi-20260501T030000Z.db
    """
    config = load_config(config_path)
    shown = mask_credentials(config.database.url)
    if not file.exists():
        fail(t("there is no file {file}", file=file), EXIT_USAGE)
    try:
        facts = check_backup(file)
        store = _store_to_replace(config)
        store.check_unused()
        if not dry_run:
            question = t("put this backup ({summary}) in place of {database}?", summary=_summary(facts), database=shown)
            confirm(question, yes=yes)
        with copy_progress(as_json=False, hidden=as_json) as report:
            aside = None if dry_run else store.restore(facts, f"{now():{_STAMP}}", report)
    except BackupError as error:
        fail(localize(error), EXIT_FAILED)
    if as_json:
        click.echo(json.dumps({**facts.as_dict(), "restored_to": shown, "kept": aside, "dry_run": dry_run}))
        return
    click.echo(t("{file} is undamaged:", file=file))
    click.echo(f"  {localize(_summary(facts))}")
    if dry_run:
        click.echo(t("it would be put in place of {database}, which nobody else uses now", database=shown))
    elif aside:
        click.echo(t("it is in place of {database} now; the former database is {former}", database=shown, former=aside))
    else:
        click.echo(t("it is in place of {database} now", database=shown))


def _store_to_replace(config: Config) -> Store:
    """Return the store without looking at what it holds, which may be damaged."""
    store = Store.open(config.database_url, migrate=False)
    click.get_current_context().call_on_close(store.close)
    return store
