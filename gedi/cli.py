"""The ``gedi`` command: a table of commands, each in its own file and loaded when called."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from aggregator import VERSION
from aggregator.runtime.process_memory import prepare_command
from aggregator.texts import language_of, t, translate
from gedi.click_language import click_language, localized

# name -> (module in gedi.commands, one line of help), in the order of --help
COMMANDS = {
    "init": ("init", "Write a config: three questions."),
    "run": ("run", "Poll on schedule and serve the site, in one process tree."),
    "work": ("run", "Poll on schedule, without the site."),
    "serve": ("run", "Serve the site, without polling."),
    "poll": ("poll", "Poll due sources (or the named ones, or all) once."),
    "check": ("check", "Validate the config, or try an address and show what would be stored."),
    "sources": ("sources", "Show each source's health."),
    "import": ("opml_import", "Add the feeds of an OPML file to the config."),
    "export": ("opml_export", "Print the sources as OPML, or as JSON."),
    "read": ("read", "Read a feed document and print its entries as JSON lines."),
    "items": ("items", "List stored items, with category, region and story."),
    "filtered": ("filtered", "List entries that the filters left out, and why."),
    "explain": ("explain", "Explain why an item has this category, region, story and series."),
    "split": ("correct", "Remove an item from its story, permanently."),
    "series": ("series", "List series, and take items out of them."),
    "merge": ("correct", "Put items into one story, permanently."),
    "move": ("correct", "Give items another category or region, permanently."),
    "remove": ("correct", "Withdraw items; they leave a tombstone and never come back."),
    "corrections": ("list_corrections", "List the corrections by admins."),
    "queue": ("queue", "List what waits for a decision of an admin, and decide."),
    "actions": ("queue", "List what admins did, and undo it."),
    "requests": ("requests", "List the correction requests of readers, and mark them as done."),
    "notify": ("notify", "Show what waits for [[notify]] targets, or send them a test."),
    "learn": ("learn", "Train the category model from a labeled TSV or from the store."),
    "classify": ("learn", "Print a category for each line of text."),
    "locate": ("locate", "Print a region for each line of text."),
    "publish": ("publish", "Write every feed as static files, precompressed."),
    "prune": ("maintenance", "Delete items older than [retention] items."),
    "backup": ("backup", "Write a checked copy of the database, while the service runs."),
    "restore": ("backup", "Put a backup in place of the database, which is kept."),
    "doctor": ("doctor", "Check the database and its surroundings, and mend what is safe to mend."),
    "move-to": ("move", "Copy everything to another database, while the service runs."),
    "mcp": ("mcp", "Serve the API to language-model clients (MCP)."),
    "stats": ("maintenance", "Print the numbers of stored items, stories and sources."),
    "demo": ("demo", "Run over bundled sample outlets, without a network."),
}


class _LazyGroup(click.Group):
    """Imports a command only when it is used, so that every call starts fast; speaks the language of the "
    "environment."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        choice = language_of(os.environ)
        with click_language(choice.language):
            if choice.ignored is not None:
                text = t('GEDI_LANG is "{value}", which is ignored; write en or zh', value=choice.ignored)
                click.echo(f"gedi: {text}", err=True)
            return click.Group.main(localized(self), *args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            from aggregator.store.api.connection import DATABASE_STATES
            from gedi.commands import fail, first_line

            if not isinstance(error, DATABASE_STATES):
                raise
            fail(first_line(error))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"gedi.commands.{COMMANDS[cmd_name][0]}")
        name = {"import": "import_"}.get(cmd_name, cmd_name.replace("-", "_"))
        command: click.Command = getattr(module, name)
        return localized(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(t("Commands")):
            formatter.write_dl([(name, translate(line)) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            import difflib

            similar = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if similar:
                ctx.fail(t('There is no command "{name}". Did you mean "{similar}"?', name=args[0], similar=similar[0]))
            ctx.fail(t('There is no command "{name}". gedi --help lists them.', name=args[0]))
        return super().resolve_command(ctx, args)


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="gedi", message="%(prog)s %(version)s", help="Show the version and exit.")
def main() -> None:
    """Gedi 各地新闻: polls regional news, detects reprints and stories, and publishes feeds and pages."""
    prepare_command()
