"""``gedi move-to``: copy the store to another database while the service runs, and switch without a gap."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from aggregator.config.environment import expand_references, with_env_file
from aggregator.config.load import Config, resolve_sqlite_path
from aggregator.store import Store
from aggregator.store.transfer.move import MoveError
from aggregator.store.transfer.table_sync import TableResult
from aggregator.texts import localize, t
from gedi.commands import (
    EXIT_FAILED,
    EXIT_USAGE,
    config_option,
    fail,
    first_line,
    json_option,
    load_config,
    mask_credentials,
    open_store_to_move,
)
from gedi.commands.copy_progress import copy_progress


@click.command("move-to")
@click.argument("url", required=False)
@click.option("--cancel", is_flag=True, help="Take writes to the old database again, after a move.")
@config_option
@json_option
def move_to(url: str | None, cancel: bool, config_path: Path, as_json: bool) -> None:
    """Copy everything to another database, from SQLite to PostgreSQL or back.

    The service may run meanwhile. Only for the last pass, which compares all rows, its writes wait; then the old
    database refuses them, while its pages and feeds are still served. Set [database] url to the new one and restart the
    service. A command that was interrupted is simply started again. URL must be empty, or hold the part that is copied
    already. ${NAME} in it comes from the environment or .env, as in the config: other users can see what is on a
    command line.

    \b
    gedi move-to 'postgresql://gedi:${GEDI_PASSWORD}@db.example/gedi'
    gedi move-to sqlite:///gedi.db --config postgres.toml
    gedi move-to --cancel
    """
    config = load_config(config_path)
    if cancel:
        _cancel(config, url, as_json)
        return
    if url is None:
        fail(t("name the database to move to, such as postgresql://user:password@host/name"), EXIT_USAGE)
    url = resolve_sqlite_path(_resolve_variables(url, config), config_path)
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        fail(t("write the database as sqlite:///file or postgresql://user:password@host/name"), EXIT_USAGE)
    if url == config.database_url:
        fail(t("that is the database of [database] url already"), EXIT_USAGE)
    original, copy = open_store_to_move(config), _open_target(url)
    shown = mask_credentials(url)
    try:
        with copy_progress(as_json=as_json) as report:
            results = original.move_to(copy, report)
    except MoveError as error:
        fail(f"{shown}: {localize(error)}", EXIT_FAILED)
    finally:
        copy.close()
    _summarize(results, shown, as_json)


def _resolve_variables(url: str, config: Config) -> str:
    """Return the URL with its references replaced; exit with status 2 if one is not set."""
    expansion = expand_references({"url": url}, with_env_file(config.folder, os.environ))
    for _, problem in expansion.problems:
        fail(localize(problem), EXIT_USAGE)
    return str(expansion.data["url"])


def _cancel(config: Config, url: str | None, as_json: bool) -> None:
    if url is not None:
        fail(t("--cancel takes no database: it is about the one of [database] url"), EXIT_USAGE)
    was_moved = open_store_to_move(config).cancel_move()
    if as_json:
        click.echo(json.dumps({"cancelled": was_moved}))
    else:
        click.echo(
            t("the database takes writes again") if was_moved else t("the database was not moved; nothing was changed")
        )


def _open_target(url: str) -> Store:
    try:
        return Store.open(url)
    except Exception as error:  # every driver has its own exceptions
        reason = first_line(error)
        fail(
            t(
                "the database {database} cannot be opened: {reason}",
                database=mask_credentials(url),
                reason=reason,
            ),
            EXIT_USAGE,
        )


def _summarize(results: list[TableResult], shown: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"moved_to": shown, "tables": len(results), "rows": sum(each.rows for each in results)}))
        return
    for each in results:
        if each.rows:
            click.echo(f"  {each.name:<24} {each.rows:>12,}  {each.digest[:16]}")
    rows = sum(each.rows for each in results)
    click.echo(
        t(
            "{rows:,} rows are in {database}, equal by count and digest. The old database still serves pages and "
            "feeds, but\ntakes no writes: set [database] url to the new one, and restart the service. To stay: gedi "
            "move-to --cancel",
            rows=rows,
            database=shown,
        )
    )
