"""``gedi publish``: write every document as precompressed static files, for a web server or a CDN."""

from __future__ import annotations

import fcntl
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from aggregator.publishing import static_export
from aggregator.texts import reason_of, t
from gedi.commands import EXIT_FAILED, config_option, fail, json_option, load_config_and_store, now

_LOCK = ".gedi-publish.lock"


@click.command("publish")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--archives/--no-archives", default=True, show_default=True, help="The past of each feed, page by page.")
@config_option
@json_option
def publish(folder: Path, archives: bool, config_path: Path, as_json: bool) -> None:
    """Write every feed, the OPML lists and the feed menu as static files, with .gz, .br and .zst beside them.

    Only changed files are written, each atomically, with the time of its last change. Files no longer published are
    removed; files that this command has not written are left alone. docs/nginx.conf serves such a folder.
    """
    config, store = load_config_and_store(config_path)
    try:
        with _exclusive(folder):
            planned = static_export.plan_export(store, config, archives=archives)
            hide_bar = as_json or not sys.stderr.isatty()
            with click.progressbar(length=len(planned), label=t("publishing"), file=sys.stderr, hidden=hide_bar) as bar:
                summary = static_export.export_static(
                    store, config, folder, planned, now(), on_document=lambda: bar.update(1)
                )
    except OSError as error:
        fail(
            t(
                "{file}: {reason}; no file was left half-written, run it again",
                file=error.filename or folder,
                reason=reason_of(error),
            ),
            EXIT_FAILED,
        )
    if as_json:
        click.echo(json.dumps(asdict(summary)))
        return
    click.echo(
        t(
            "{written} documents written to {folder} ({bytes:,} bytes), {unchanged} unchanged, {removed} removed",
            written=summary.written,
            folder=folder,
            bytes=summary.bytes,
            unchanged=summary.unchanged,
            removed=summary.removed,
        )
    )


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    """Allow one run at a time: a cron job may start again before the last run has ended."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fail(t("another gedi publish is writing to {folder}; wait until it has ended", folder=folder), EXIT_FAILED)
        yield
