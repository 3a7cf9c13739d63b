"""``gedi export``: print the sources as OPML or JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from aggregator.config.opml_export import export_opml, source_tables
from gedi.commands import config_option, json_option, load_complete_config


@click.command("export")
@config_option
@json_option
def export(config_path: Path, as_json: bool) -> None:
    """Print the sources as OPML, with a folder for each category.

    What OPML has no words for (region, interval, selectors ...) is in attributes of our own, so that gedi import gives
    the same sources again, but those with secrets, a proxy or verify, which an admin adds by hand. Secrets are printed
    as the ${NAME} they have in the config.

    \b
    gedi export > sources.opml
    gedi export --json | jq -r .url
    """
    config = load_complete_config(config_path)
    if as_json:
        for table in source_tables(config):
            click.echo(json.dumps(table, ensure_ascii=False))
    else:
        sys.stdout.buffer.write(export_opml(config))
