"""``gedi prune``, ``gedi backup``, ``gedi stats``."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from aggregator.config.durations import format_duration
from aggregator.store import Store
from gedi.commands import EXIT_FAILED, EXIT_USAGE, config_option, fail, json_option, load_config_and_store, now


@click.command("prune")
@config_option
def prune(config_path: Path) -> None:
    """Delete items older than [retention] items, and convert what a database of an older version holds.

    The service does both, the first daily.
    """
    config, store = load_config_and_store(config_path)
    count = store.prune(now(), config.retention.items)
    click.echo(f"{count} items older than {format_duration(config.retention.items)} deleted")
    _convert(store)


def _convert(store: Store) -> None:
    """Convert all rows, with a progress bar on a terminal."""
    total = store.unconverted_items()
    if total is None:
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("converting", total=total)
        for left in store.convert():
            progress.update(task, completed=total - left)
    click.echo("all items converted; the freed space is used for new ones")


@click.command("backup")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@config_option
def backup(file: Path, config_path: Path) -> None:
    """Write a consistent copy of the database to FILE, while the service runs."""
    if file.exists():
        fail(f"{file} is there already; name another file, or remove it first", EXIT_USAGE)
    _, store = load_config_and_store(config_path)
    try:
        store.backup(str(file))
    except Exception as error:  # every driver has its own exceptions
        fail(f"no backup was made: {str(error).strip().splitlines()[0]}", EXIT_FAILED)
    click.echo(f"backup written to {file}")


@click.command("stats")
@config_option
@json_option
def stats(config_path: Path, as_json: bool) -> None:
    """Print the numbers of stored items, stories and sources.

    Those of today are counted since midnight of [site] timezone, as on the pages.
    """
    from web.i18n.times import Clock  # the other commands of this module do not need the site

    config, store = load_config_and_store(config_path)
    figures = store.stats(Clock(now(), ZoneInfo(config.site.timezone)).midnight)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, default=str))
        return
    for name, value in figures.items():
        click.echo(f"{name:<24} {value}")
