"""``gedi mcp``: serve the API to language-model clients, by the Model Context Protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.texts import t
from gedi import logs
from gedi.commands import EXIT_USAGE, clock, config_option, fail, load_config_and_store

if TYPE_CHECKING:  # a command imports it when it runs
    from aggregator.config.load import Config
    from web.site import Site

DEFAULT_PORT = 8001


@click.command("mcp")
@click.option("--http", "over_http", is_flag=True, help="Serve streamable HTTP at /mcp instead of stdin and stdout.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="The port, with --http."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on, with --http; 0.0.0.0: all."
)
@config_option
def mcp(over_http: bool, port: int, host: str, config_path: Path) -> None:
    """Serve search, stories, hot, items and sources to language-model clients (MCP), read-only.

    Needs the optional part of the installation: pip install "gedi-news[mcp]".
    """
    try:
        from web.mcp import server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types", "uvicorn", "anyio"):
            raise
        fail(t('gedi mcp needs the MCP SDK, which is not installed: pip install "gedi-news[mcp]"'), EXIT_USAGE)
    from gedi.service import port_is_free

    logs.configure()
    site = _CurrentSite(config_path)
    tools = server.build_server(lambda: site.site)
    if not over_http:
        server.serve_stdio(tools)
        return
    if not port_is_free(host, port):
        fail(
            t("{host}:{port} is in use (or not ours to listen on); choose another --port", host=host, port=port),
            EXIT_USAGE,
        )
    click.echo(
        t(
            "MCP: {address}   (Ctrl-C stops)",
            address=f"http://{f'[{host}]' if ':' in host else host}:{port}{server.PATH}",
        ),
        err=True,
    )
    server.serve_http(tools, host, port, site.site.url)


class _CurrentSite:
    """The site of the config in force; follows changes of config.toml."""

    def __init__(self, path: Path) -> None:
        from aggregator.config.watcher import ConfigWatcher, watch_in_thread

        self._config, self._store = load_config_and_store(path)
        self._clock = clock()
        self._watch = ConfigWatcher(self._config, self._clock, followed=self._store)
        self.site = self._build(self._config)
        watch_in_thread(self._watch, self._apply, quiet=False)

    def _apply(self, config: Config) -> None:
        logs.register_secrets(config.secrets)
        self.site = self._build(config)

    def _build(self, config: Config) -> Site:
        from aggregator.reference.gazetteer import Gazetteer
        from web.site import Site

        return Site(self._store, config, Gazetteer.load(), self._clock, config_state=lambda: self._watch.state)
