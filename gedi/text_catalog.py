"""Update of the catalog of the command line (``make translations``).

Extracts the texts of commands, config check, help, settings and the comments of the shipped config, with click's own
words. Commands do not import this module; run it as ``python -m gedi.text_catalog``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click

from aggregator.texts.catalog import FOLDER
from gedi.cli import COMMANDS, main
from gedi.click_language import TYPE_NAMES, help_paragraphs
from gedi.config_comments import comments_of
from gedi.config_template import config_template
from gedi.docs_generator import config_texts
from web.i18n.catalogs import Domain

LOCALE = "zh"
_ROOT = Path(__file__).parents[1]
# parts of click that no command uses: shell completion, editors, Windows, errors of programs
_UNUSED = ("_winconsole.py", "shell_completion.py", "utils.py")

Texts = Iterator[tuple[str | tuple[str, ...], str | None]]


def _of_command_line() -> Texts:
    """Yield every text with no context."""
    yield from ((text, None) for text in code_texts())
    yield from ((text, None) for text in (*help_texts(), *config_texts(), *comments_of(config_template())) if text)
    for file in sorted(Path(click.__file__).parent.glob("*.py")):
        if file.name not in _UNUSED:
            yield from ((text, None) for text in _texts_in(file.read_text("utf-8"), ("_", "ngettext")))


def code_texts() -> Iterator[str | tuple[str, ...]]:
    """Yield the text of every call of ``t`` and ``Phrase``."""
    for package in ("feeds", "aggregator", "gedi"):
        for file in sorted((_ROOT / package).rglob("*.py")):
            yield from _texts_in(file.read_text("utf-8"), ("t", "Phrase"))


def _texts_in(code: str, functions: tuple[str, ...]) -> Iterator[str | tuple[str, ...]]:
    """Yield what functions are called with, also in f-strings, into which babel does not look; plurals are pairs."""
    if not re.search(rf"\b(?:{'|'.join(functions)})\(", code):
        return
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if texts and texts[0]:
                yield (texts[0], texts[1]) if node.func.id == "ngettext" else texts[0]


def help_texts() -> Iterator[str]:
    """Yield the help of the group, and of every command and option."""
    context = click.Context(main)
    yield from (main.options_metavar or "", main.subcommand_metavar or "", *TYPE_NAMES)
    yield from (line for _, line in COMMANDS.values())
    for command in (main, *(main.get_command(context, name) for name in COMMANDS)):
        assert command is not None
        yield from (each for each in help_paragraphs(command) if not each.startswith("\b"))
        yield from (each.help for each in command.params if isinstance(each, click.Option) and each.help)


CATALOG = Domain(FOLDER, "The command line", _of_command_line)


if __name__ == "__main__":
    CATALOG.update(LOCALE)
