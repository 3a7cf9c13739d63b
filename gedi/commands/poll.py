"""``gedi poll``: poll sources once, now."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.messages import english
from aggregator.texts import Phrase, localize, t
from gedi import logs
from gedi.commands import (
    EXIT_FAILED,
    EXIT_USAGE,
    NEEDED_BY_SITE,
    clock,
    config_option,
    fail,
    json_option,
    load_complete_config,
    open_poll_store,
    open_store,
)

if TYPE_CHECKING:  # a command imports these when it runs
    from aggregator.config.load import Config
    from aggregator.model import PollResult, PollSelection
    from aggregator.runtime.worker_process import ServerProcess
    from aggregator.store import Store


@click.command("poll")
@click.argument("slugs", metavar="[SOURCE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every enabled source, due or not.")
@config_option
@json_option
def poll(slugs: tuple[str, ...], everything: bool, config_path: Path, as_json: bool) -> None:
    """Poll due sources (or the named ones, or --all) once and print a summary.

    Exit status 1 if any source failed.
    """
    import logging

    from aggregator.model import PollSelection

    logs.configure(logging.WARNING)
    config = load_complete_config(config_path, upgrade=True, may_be_unset=NEEDED_BY_SITE)
    known = {source.slug for source in config.sources}
    unknown = [slug for slug in slugs if slug not in known]
    if unknown:
        fail(
            t(
                "no source {names} in {file}; gedi sources lists them",
                names=", ".join(unknown),
                file=config_path,
            ),
            EXIT_USAGE,
        )
    if not slugs and not everything and not _has_work(config):
        _report([], {}, as_json)
        return
    fork_server = _fork_server()
    store = open_store(config, timeout=config.database.worker_timeout, upgrade=True)
    results = _poll(config, store, PollSelection(list(slugs) or None, everything), fork_server)
    _report(results, store.slug_by_id(), as_json)
    sys.exit(EXIT_FAILED if any(result.outcome in ("failed", "gone") for result in results) else 0)


def _has_work(config: Config) -> bool:
    """Return whether anything is due. If not, nothing of the service needs to be loaded."""
    from aggregator.polling.single_poll import prepare_poll

    store, now = open_poll_store(config, upgrade=True), clock()()
    prepare_poll(config, store, now)
    found = store.has_work(now, config.list_addresses)
    if not found and config.settings.notify:
        from aggregator.notifications.targets import targets_of

        found = store.has_due_notices([target.key for target in targets_of(config)], now)
    store.close()
    return found


def _fork_server() -> ServerProcess | None:
    """Fork the process that will start the readers, while there is one thread and no connection to the database."""
    from aggregator.runtime.worker_process import ServerProcess

    return ServerProcess.fork() if threading.active_count() == 1 else None


def _poll(
    config: Config, store: Store, selection: PollSelection, fork_server: ServerProcess | None
) -> list[PollResult]:
    from aggregator.poll_once import poll_once
    from aggregator.polling.environment import WorkerEnvironment
    from aggregator.runtime import event_loop

    total = len(selection.slugs or ()) or sum(source.enabled for source in config.sources)
    environment = WorkerEnvironment(clock(), fork_server=fork_server)
    with _progress_bar(total) as advance:
        return event_loop.run(poll_once(config, store, selection, environment, lambda _: advance()))


@contextmanager
def _progress_bar(total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal; yields the function that advances it by one."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(t("polling"), total=total)
        yield lambda: progress.advance(task)


_OUTCOMES = {
    "changed": Phrase("{count} changed"),
    "unchanged": Phrase("{count} unchanged"),
    "failed": Phrase("{count} failed"),
    "gone": Phrase("{count} gone"),
}


def _report(results: list[PollResult], slug_of: dict[int, str], as_json: bool) -> None:
    if as_json:
        for result in results:
            click.echo(json.dumps(_record(result, slug_of), ensure_ascii=False))
        return
    from aggregator.polling.poll_summary import NO_NETWORK, NO_NETWORK_KINDS, is_offline

    for result in results:
        if result.outcome in ("failed", "gone"):
            click.echo(f"{slug_of.get(result.source_id, '?')}: {localize(result.error)}")
    counts: Counter[str] = Counter(result.outcome for result in results)
    if is_offline(len(results), sum(result.error_kind in NO_NETWORK_KINDS for result in results)):
        click.echo(localize(NO_NETWORK), err=True)
    summary = ", ".join(t(template, count=counts[name]) for name, template in _OUTCOMES.items() if counts[name])
    skipped = sum(result.skipped for result in results)
    entries = sum(result.entries for result in results)
    click.echo(
        t(
            "{count} polled: {summary}; {entries} entries read, {skipped} unreadable",
            count=len(results),
            summary=summary or t("nothing was due"),
            entries=entries,
            skipped=skipped,
        )
    )


def _record(result: PollResult, slug_of: dict[int, str]) -> dict[str, object]:
    names = ("outcome", "status", "error_kind", "error", "entries", "skipped", "filtered")
    fields = {name: getattr(result, name) for name in names} | {"error": english(result.error)}
    return {"source": slug_of.get(result.source_id), "elapsed": round(result.elapsed, 3), **fields}
