"""Shared by the commands: the config option, messages, tables, progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from aggregator.runtime.clock import now_utc
from aggregator.texts import ENGLISH, Phrase, localize, t, use_language
from gedi import logs

if TYPE_CHECKING:  # commands that need neither do not import them
    from aggregator.config.load import Config
    from aggregator.moderation.actions import Desk
    from aggregator.store import Store
    from aggregator.store.api.poll_store import PollStore
    from gedi.database_wait import DatabaseWait

EXIT_USAGE = 2  # wrong call or configuration
EXIT_FAILED = 1  # failed job
NEEDED_BY_SITE = frozenset({"web"})  # sections of the config whose variables only the site needs
NEEDED_BY_SERVICE = frozenset({"web", "notify", "sources"})

F = Callable[..., Any]
AnyStore = TypeVar("AnyStore", bound="PollStore")


def config_option(function: F) -> F:
    """``--config FILE`` of every command."""
    return click.option(
        "--config",
        "config_path",
        default="config.toml",
        show_default=True,
        envvar="GEDI_CONFIG",
        show_envvar=True,
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The configuration file.",
    )(function)


def json_option(function: F) -> F:
    """``--json``: output for programs, in English whatever the language of the environment."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        callback=_speak_english,
        help="Print JSON, one object per line, for programs.",
    )(function)


def _speak_english(context: click.Context, _: click.Parameter, as_json: bool) -> bool:
    if as_json:
        context.with_resource(use_language(ENGLISH))
    return as_json


def yes_option(function: F) -> F:
    """``--yes``: do not ask."""
    return click.option("--yes", is_flag=True, help="Do not ask before changing anything.")(function)


def dry_run_option(function: F) -> F:
    """``--dry-run``: change nothing."""
    return click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")(function)


def change_options(function: F) -> F:
    """``--config``, ``--yes``, ``--dry-run`` and ``--json`` of commands that change what is stored."""
    for option in (json_option, dry_run_option, yes_option, config_option):
        function = option(function)
    return function


def confirm(question: str, *, yes: bool) -> None:
    """Ask the question on a terminal, unless ``yes``; end the command if the answer is no."""
    if not yes and sys.stdin.isatty() and not click.confirm(question, err=True):
        fail(t("nothing was changed"), EXIT_FAILED)


def clock() -> Callable[[], datetime]:
    """Return the clock of the command that runs: the object of click's context, by default the wall clock."""
    context = click.get_current_context(silent=True)
    chosen: Callable[[], datetime] | None = context.obj if context is not None else None
    return chosen or now_utc


def now() -> datetime:
    """Return the time by the clock of the command that runs."""
    return clock()()


def first_line(error: Exception) -> str:
    """Return the first line of what an exception says, in the current language; its kind if it says nothing."""
    said = localize(getattr(error, "message", None) or error)  # that of a DatabaseUnavailableError names the remedy
    return next(iter(str(said).strip().splitlines()), type(error).__name__)


def fail(message: str, status: int = EXIT_FAILED) -> NoReturn:
    """Print one line on stderr that says what to do, and exit."""
    click.echo(f"gedi: {localize(message)}", err=True)
    sys.exit(status)


def load_config(path: Path, *, may_be_unset: Collection[str] = NEEDED_BY_SERVICE) -> Config:
    """Load the config; print every error on stderr and exit with status 2 if it is invalid.

    Variables of the sections ``may_be_unset``, which the command does not use, may be missing in the environment.
    """
    from aggregator.config.checks import ConfigErrors
    from aggregator.config.load import read_config

    try:
        config = read_config(path, may_be_unset=may_be_unset)
    except ConfigErrors as errors:
        for problem in errors.problems:
            click.echo(localize(problem.text), err=True)
        sys.exit(EXIT_USAGE)
    logs.register_secrets(config.secrets)
    return config


def open_store(
    config: Config, *, timeout: timedelta | None = None, upgrade: bool = False, wait: DatabaseWait | None = None
) -> Store:
    """Open the store, which is closed when the command ends; exit with status 2 and the reason on failure.

    ``timeout`` limits statements on PostgreSQL: of a worker, but not of commands that somebody waits for. Only with
    ``upgrade`` is a database made, or one of an older version upgraded, which is announced on stderr. With ``wait``
    outages that pass are waited for.
    """
    from aggregator.store import Store

    return _open(Store, config, timeout=timeout, upgrade=upgrade, wait=wait)


def open_store_to_move(config: Config) -> Store:
    """Open the store, also one that was moved and refuses writes."""
    from aggregator.store import Store

    return _open(Store, config, moved=True, upgrade=True)


def open_poll_store(config: Config, *, upgrade: bool = False) -> PollStore:
    """Open the part of the store that claims polls, as ``open_store`` does."""
    from aggregator.store.api.poll_store import PollStore

    return _open(PollStore, config, upgrade=upgrade)


def open_store_as_it_is(config: Config) -> Store:
    """Open the store, also with the schema of an older version, which stays; exit with status 2 on failure."""
    from aggregator.store import Store

    return _open(Store, config, as_it_is=True)


def announce(line: str) -> None:
    """Print what an upgrade does, on stderr, in the current language."""
    click.echo(f"gedi: {localize(line)}", err=True)


def _open(
    kind: type[AnyStore],
    config: Config,
    *,
    moved: bool = False,
    timeout: timedelta | None = None,
    upgrade: bool = False,
    as_it_is: bool = False,
    wait: DatabaseWait | None = None,
) -> AnyStore:
    def attempt() -> AnyStore:
        if as_it_is:
            _check_exists(config.database_url)
        store = kind.open(
            config.database_url, migrate=not as_it_is, timeout=timeout, may_upgrade=upgrade, report=announce
        )
        try:
            if as_it_is:
                store.check_known()
            elif not moved:
                store.check_in_use()
        except Exception:
            store.close()
            raise
        return store

    try:
        store = wait.open(attempt) if wait is not None else attempt()
    except Exception as error:  # every driver has its own exceptions
        values = {"database": mask_credentials(config.database.url), "reason": first_line(error)}
        if _says_what_to_do(error):
            fail(t("the database {database} cannot be opened: {reason}", **values), EXIT_USAGE)
        fail(t("the database {database} cannot be opened: {reason}; see [database] url", **values), EXIT_USAGE)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(store.close)
    return store


def _check_exists(url: str) -> None:
    """Raise FileNotFoundError if there is no such SQLite file, which opening it would create."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        raise FileNotFoundError(Phrase("there is no file {file}", file=path))


def _says_what_to_do(error: Exception) -> bool:
    from aggregator.store.api.connection import DATABASE_STATES
    from aggregator.store.schema.migrate import SchemaError

    return isinstance(error, (SchemaError, *DATABASE_STATES))


def load_config_and_store(path: Path) -> tuple[Config, Store]:
    """Return config and store."""
    from aggregator.config.load import follow_lists

    config = load_config(path)
    store = open_store(config)
    return follow_lists(config, store), store


def load_complete_config(
    path: Path, *, upgrade: bool = False, may_be_unset: Collection[str] = NEEDED_BY_SERVICE
) -> Config:
    """Return the config with the sources of followed lists; the store is opened only if there are any.

    ``upgrade`` is that of ``open_store``, ``may_be_unset`` that of ``load_config``.
    """
    from aggregator.config.load import follow_lists

    config = load_config(path, may_be_unset=may_be_unset)
    if not config.list_addresses:
        return config
    store = open_poll_store(config, upgrade=upgrade)
    try:
        return follow_lists(config, store)
    finally:
        store.close()


def desk(config: Config, store: Store) -> Desk:
    """Return the desk at which the user of this command acts."""
    from aggregator.model.moderation import Actor
    from aggregator.moderation.actions import Desk

    return Desk(store, config, Actor(_user_name(), "command"), now())


def _user_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no entry for this user
        return "unknown"


def mask_credentials(url: str) -> str:
    """Return the address of a database without user name and password."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}://…@{rest.rpartition('@')[2]}" if separator and "@" in rest else url
