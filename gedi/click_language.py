"""Click in the language of the command line: its own words, the help of commands, and lines of wide characters.

Commands declare their help in English; ``localized`` returns a copy with the translations. Click takes its own words
from gettext's default domain, which is bound to our catalog while a command runs in Chinese.
"""

from __future__ import annotations

import copy
import gettext
import inspect
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from aggregator.texts import ENGLISH, current_language, translate, use_language
from aggregator.texts.catalog import FOLDER

_DOMAIN = "messages"
_GETTEXT_VARIABLE = "LANGUAGE"  # read by gettext before LC_ALL and LANG

TYPE_NAMES = ("TEXT", "INTEGER RANGE")  # that click shows in help without translating them

AnyCommand = TypeVar("AnyCommand", bound=click.Command)


@contextmanager
def click_language(language: str) -> Iterator[None]:
    """Show our texts and those of click in a language until the end of the block."""
    with use_language(language):
        if language == ENGLISH:
            yield
            return
        folder, names = gettext.bindtextdomain(_DOMAIN), os.environ.get(_GETTEXT_VARIABLE)
        gettext.bindtextdomain(_DOMAIN, str(FOLDER))
        os.environ[_GETTEXT_VARIABLE] = language
        try:
            yield
        finally:
            gettext.bindtextdomain(_DOMAIN, folder)
            if names is None:
                del os.environ[_GETTEXT_VARIABLE]
            else:
                os.environ[_GETTEXT_VARIABLE] = names


def localized(command: AnyCommand) -> AnyCommand:
    """Return a copy of a command with its help in the current language; the command itself for English."""
    if current_language() == ENGLISH:
        return command
    from gedi.wide_help import WideContext  # not needed for English

    shown = copy.copy(command)
    shown.context_class = WideContext
    shown.help = "\n\n".join(map(_translate_paragraph, help_paragraphs(command)))
    shown.options_metavar = translate(command.options_metavar or "")
    if isinstance(shown, click.Group):
        shown.subcommand_metavar = translate(shown.subcommand_metavar or "")
    shown.params = [_localized_parameter(each) for each in command.params]
    shown._help_option = None  # built anew, with the words of the current language
    return shown


def _localized_parameter(parameter: click.Parameter) -> click.Parameter:
    if not isinstance(parameter, click.Option) or not parameter.help:
        return parameter
    shown = copy.copy(parameter)
    shown.help = translate(parameter.help)
    if shown.metavar is None and not shown.is_flag and shown.type.name.upper() in TYPE_NAMES:
        shown.metavar = translate(shown.type.name.upper())
    return shown


def help_paragraphs(command: click.Command) -> list[str]:
    """Return the paragraphs of a command's help, each in one line, except for examples (which begin with \\b)."""
    text = inspect.cleandoc(command.help or "").partition("\f")[0]
    return [each if _is_verbatim(each) else " ".join(each.split()) for each in re.split(r"\n\s*\n", text)]


def _is_verbatim(paragraph: str) -> bool:
    return paragraph.startswith("\b")


def _translate_paragraph(paragraph: str) -> str:
    return paragraph if _is_verbatim(paragraph) else translate(paragraph)
