"""``gedi init``: write a config."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from aggregator.texts import Phrase, counted, localize, reason_of, t
from gedi.commands import EXIT_USAGE, config_option, fail

_TITLE, _CONTACT = "各地新闻", ""


@click.command("init")
@click.option("--title", help="Name of the site, on every page and feed.")
@click.option("--contact", help="E-mail or web address for corrections; also sent to publishers.")
@click.option("--source", "sources", multiple=True, metavar="URL", help="A feed; may be given several times.")
@config_option
def init(title: str | None, contact: str | None, sources: tuple[str, ...], config_path: Path) -> None:
    """Write a config with every setting at its default, as comments, and your answers to three questions.

    An option answers its question. A config that is there is never overwritten.

    \b
    gedi init
    gedi init --title 鲁南新闻 --contact editor@example.org --source https://news.example/feed.xml
    """
    if config_path.exists():
        fail(
            t("{file} is there already; edit it, or name another file with --config", file=config_path),
            EXIT_USAGE,
        )
    asks = sys.stdin.isatty()
    if title is None:
        title = click.prompt(t("Name of the site"), default=_TITLE) if asks else _TITLE
    if contact is None:
        contact = click.prompt(t("E-mail or web address for corrections"), default=_CONTACT) if asks else _CONTACT
    if not sources and asks:
        answer = click.prompt(t("Address of a first feed (gedi check URL finds the one of a page)"), default="")
        sources = tuple(answer.split())
    text = build_config(title, contact, sources)
    _validate(text, config_path)
    try:
        with config_path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        fail(
            t("{file} cannot be written: {reason}", file=config_path, reason=reason_of(error)),
            EXIT_USAGE,
        )
    one = Phrase("{file} written with {count} source; every setting is explained in it")
    many = Phrase("{file} written with {count} sources; every setting is explained in it")
    click.echo(localize(counted(len(sources), one, many, file=config_path)))
    name = "" if str(config_path) == "config.toml" else f" --config {file}"
    click.echo(t("next: gedi check{option} checks it, gedi run{option} polls and serves the site", option=name))


def build_config(title: str, contact: str, sources: tuple[str, ...]) -> str:
    """Return the shipped config with these values and sources instead of its own."""
    from gedi.config_file import append_sources, template

    text = template()
    for name, value in (("title", title), ("contact", contact)):
        if value:
            text = _set(text, name, value)
    return append_sources(text, [{"url": url} for url in sources])


def _set(text: str, name: str, value: str) -> str:
    """Return the text with a setting that is a comment in it."""
    from gedi.config_file import as_toml

    written = f"{name} = {as_toml(value)}"
    return re.sub(rf'^# {name} = ".*?"', lambda _: written, text, count=1, flags=re.MULTILINE)


def _validate(text: str, path: Path) -> None:
    """End the command with the reason if an answer is no valid setting."""
    from aggregator.config.checks import ConfigErrors
    from aggregator.config.load import parse_config

    try:
        parse_config(text.encode(), path)
    except ConfigErrors as errors:
        fail("; ".join(f"{problem.key}: {localize(problem.message)}" for problem in errors.problems), EXIT_USAGE)
