"""Update of the catalog of the command line (``make translations``).

Extracts the texts of commands, config check, help, settings and the comments of the shipped config, with click's own
words. Commands do not import this module; run it as ``python -m gedi.text_catalog``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.extract import extract_from_dir

from aggregator.texts.catalog import FOLDER
from gedi.cli import COMMANDS, main
from gedi.click_language import help_paragraphs
from gedi.config_comments import comments_of
from gedi.config_template import config_template
from gedi.docs_generator import config_texts
from web.i18n.catalogs import Domain

LOCALE = "zh"
_KEYWORDS = {"t": None, "Phrase": None}
_CLICK_KEYWORDS = {"_": None, "ngettext": (1, 2)}
_METHODS = [("**.py", "python")]
_ROOT = Path(__file__).parents[1]
# parts of click that no command uses: shell completion, editors, Windows, errors of programs
_UNUSED = ("_winconsole.py", "shell_completion.py", "utils.py")

Texts = Iterator[tuple[str | tuple[str, ...], str | None]]


def _of_command_line() -> Texts:
    """Yield every text with no context."""
    for package in ("feeds", "aggregator", "gedi"):
        for _, _, text, _, _ in extract_from_dir(str(_ROOT / package), _METHODS, {}, _KEYWORDS):
            if text:
                yield text, None
    yield from ((text, None) for text in (*help_texts(), *config_texts(), *comments_of(config_template())) if text)
    for name, _, text, _, _ in extract_from_dir(str(Path(click.__file__).parent), _METHODS, {}, _CLICK_KEYWORDS):
        if name not in _UNUSED:
            yield text, None


def help_texts() -> Iterator[str]:
    """Yield the help of the group, and of every command and option."""
    context = click.Context(main)
    yield from (line for _, line in COMMANDS.values())
    for command in (main, *(main.get_command(context, name) for name in COMMANDS)):
        assert command is not None
        yield from (each for each in help_paragraphs(command) if not each.startswith("\b"))
        yield from (each.help for each in command.params if isinstance(each, click.Option) and each.help)


CATALOG = Domain(FOLDER, "The command line", _of_command_line)


if __name__ == "__main__":
    CATALOG.update(LOCALE)
