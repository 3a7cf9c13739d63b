"""``gedi demo``: the whole service over bundled sample outlets, without a network."""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from aggregator.texts import reason_of, t
from gedi import service
from gedi.commands import EXIT_USAGE, fail
from samples.config import demo_config
from samples.outlets import OUTLETS

STOP_TIMEOUT = 10  # seconds for the sample outlets to end by themselves


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Where the site listens.")
@click.option(
    "--folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the demo's files here.  [default: a new temporary folder]",
)
def demo(port: int, folder: Path | None) -> None:
    """Try Gedi without a network: sample outlets that keep publishing, and Gedi over them.

    Ends with Ctrl-C. The folder with config.toml and the database is new each time and is kept.
    """
    from gedi.commands.run import run_service

    if not service.port_is_free("127.0.0.1", port):
        fail(t("port {port} is in use; choose another with --port", port=port), EXIT_USAGE)
    folder, token = _folder(folder), secrets.token_urlsafe(18)
    with _run_outlets() as address:
        config = folder / "config.toml"
        config.write_text(demo_config(address, port, folder, token), "utf-8")
        click.echo(
            t(
                "{count} sample outlets publish on {address}; config.toml and the database are in {folder}",
                count=len(OUTLETS),
                address=address,
                folder=folder,
            )
        )
        click.echo(t("End with Ctrl-C. Starting ..."))
        site = f"http://127.0.0.1:{port}"
        message = t(
            "Site:    {site}/\nSources: {site}/status\nAdmin:   {site}/admin/login?token={token}",
            site=site,
            token=token,
        )
        status = run_service(config, open_message=message)
    click.echo(t("The demo's files are still in {folder}; remove them when you like.", folder=folder))
    sys.exit(status)


def _folder(chosen: Path | None) -> Path:
    """Return a folder without another config.toml."""
    if chosen is None:
        return Path(tempfile.mkdtemp(prefix="gedi-demo-"))
    if (chosen / "config.toml").exists():
        fail(t("{folder} holds a config.toml already; choose another folder with --folder", folder=chosen), EXIT_USAGE)
    try:
        chosen.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(
            t(
                "{folder} cannot be made: {reason}; choose another with --folder",
                folder=chosen,
                reason=reason_of(error),
            ),
            EXIT_USAGE,
        )
    return chosen.absolute()


@contextmanager
def _run_outlets() -> Iterator[str]:
    """Run the sample outlets in a process that ends when its standard input closes; yields their address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "samples"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    service.load_shared_modules()  # while the outlets start
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
