"""``gedi run``, ``gedi work``, ``gedi serve``: the service, whole or in parts."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.texts import t
from gedi import logs
from gedi.commands import EXIT_USAGE, NEEDED_BY_SITE, clock, config_option, fail, load_config, open_store

if TYPE_CHECKING:  # a command imports it when it runs
    from aggregator.config.load import Config
    from aggregator.store import Store
    from gedi.database_wait import DatabaseWait


@click.command("run")
@config_option
def run(config_path: Path) -> None:
    """Poll on schedule and serve the site, in one process tree.

    Stops on Ctrl-C or SIGTERM within ten seconds, without partial writes.
    """
    sys.exit(run_service(config_path))


@click.command("work")
@config_option
def work(config_path: Path) -> None:
    """Poll on schedule, without the site. Over PostgreSQL any number may run."""
    logs.configure()
    sys.exit(_run(load_config(config_path, may_be_unset=NEEDED_BY_SITE), with_site=False))


@click.command("serve")
@config_option
def serve(config_path: Path) -> None:
    """Serve the site, without polling. Over PostgreSQL any number may run."""
    from gedi import site_server
    from gedi.database_wait import DatabaseWait

    logs.configure()
    config = load_config(config_path, may_be_unset=())
    _check_port(config)
    open_store(config, upgrade=True, wait=DatabaseWait((config.web.host, config.web.port))).close()
    site_server.serve(config.path, config.web.host, config.web.port)


def run_service(config_path: Path, *, open_message: str | None = None) -> int:
    """Run the service of ``gedi run`` and ``gedi demo``. Blocks until SIGINT or SIGTERM; returns the exit status."""
    logs.configure()
    config = load_config(config_path, may_be_unset=())
    _check_port(config)
    address = f"http://{config.web.host}:{config.web.port}"
    message = t(
        "{title}: {address}\nSource health: {address}/status   (Ctrl-C stops)",
        title=config.site.title,
        address=address,
    )
    return _run(config, with_site=True, message=open_message or message)


def _run(config: Config, *, with_site: bool, message: str | None = None) -> int:
    """Wait for the database, upgrade it, say that the service runs, and run it."""
    from gedi import service
    from gedi.database_wait import DatabaseWait

    service.load_shared_modules()
    wait = DatabaseWait((config.web.host, config.web.port) if with_site else None)
    _check_database(config, wait)
    if message is not None:
        click.echo(message)
    opener = partial(
        open_store, config, timeout=config.database.worker_timeout, wait=DatabaseWait(availability=wait.availability)
    )
    return service.run(config, opener, clock=clock(), with_site=with_site)


def _check_database(config: Config, wait: DatabaseWait) -> None:
    """Upgrade the database, or end the command with the reason why it cannot be opened."""
    store = open_store(config, upgrade=True, wait=wait)
    if config.database_url.startswith("sqlite:"):
        _check_alone(config, store)
    store.close()  # a connection must not be inherited by the processes that are started


def _check_alone(config: Config, store: Store) -> None:
    """End the command if another process of this machine polls into the same SQLite file."""
    from aggregator.runtime.process_identity import process_id, state_of

    for owner in store.worker_names():
        if state_of(owner) == "running":
            file = config.database_url.removeprefix("sqlite:///")
            fail(
                t(
                    "process {number} polls into {file} already; stop it first, or use another [database] url (any "
                    "number of gedi work may run over PostgreSQL, any number of gedi serve over both)",
                    number=process_id(owner),
                    file=file,
                ),
                EXIT_USAGE,
            )


def _check_port(config: Config) -> None:
    from gedi.service import port_is_free

    if not port_is_free(config.web.host, config.web.port):
        fail(
            t(
                "{host}:{port} is in use (or not ours to listen on); stop what runs there, or choose another [web] "
                "port in {path}",
                host=config.web.host,
                port=config.web.port,
                path=config.path,
            ),
            EXIT_USAGE,
        )
