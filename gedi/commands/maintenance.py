"""``gedi prune``, ``gedi stats``."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from aggregator.config.durations import format_duration
from aggregator.store import Store
from aggregator.texts import Phrase, t
from gedi.commands import (
    change_options,
    config_option,
    confirm,
    json_option,
    load_config_and_store,
    now,
)
from gedi.wide_text import pad

_FIGURES = (  # for extraction
    *(Phrase("database"), Phrase("bytes"), Phrase("sources"), Phrase("items"), Phrase("items_today")),
    *(Phrase("stories_today"), Phrase("uncategorised"), Phrase("stories"), Phrase("stories_of_several")),
    *(Phrase("reprints"), Phrase("open_requests"), Phrase("oldest"), Phrase("newest")),
)


@click.command("prune")
@change_options
def prune(config_path: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Delete items older than [retention] items, and convert what a database of an older version holds.

    The service does both, the first daily.
    """
    config, store = load_config_and_store(config_path)
    age, at = format_duration(config.retention.items), now()
    count = store.count_outdated(at, config.retention.items)
    if dry_run:
        record = {"items": count, "older_than": age, "dry_run": True}
        click.echo(
            json.dumps(record)
            if as_json
            else t("{count} items older than {age} would be deleted", count=count, age=age)
        )
        return
    if count:
        confirm(t("delete {count} items older than {age}?", count=count, age=age), yes=yes)
    count = store.prune(at, config.retention.items)
    record = {"items": count, "older_than": age}
    click.echo(json.dumps(record) if as_json else t("{count} items older than {age} deleted", count=count, age=age))
    _convert(store, quiet=as_json)


def _convert(store: Store, *, quiet: bool) -> None:
    """Convert all rows, with a progress bar on a terminal."""
    total = store.unconverted_items()
    if total is None:
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(t("converting"), total=total)
        for left in store.convert():
            progress.update(task, completed=total - left)
    if not quiet:
        click.echo(t("all items converted; the freed space is used for new ones"))


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
        click.echo(f"{pad(t(name), 24)} {value}")
