"""Render messages as text, by code, from gettext catalogs; the only place that does.

Simplified Chinese is the text in the code declarations; in the other catalogs the code is the context (msgctxt), so
that codes that share a Chinese sentence can differ in English.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from aggregator.messages import (
    decisions,
    explanations,
    fetch_errors,
    first_reports,
    incidents,
    index_errors,
    notifications,
    poll_reasons,
    push_errors,
)
from aggregator.messages.message import TEXT, Code, Message, Param

SOURCE_LANGUAGE = "zh-CN"
ENGLISH = "en"  # of the command line, the logs and the JSON outputs
LANGUAGES = (SOURCE_LANGUAGE, "zh-TW", ENGLISH)
FOLDER = Path(__file__).parent / "translations"

_KINDS = (
    *(poll_reasons, fetch_errors, decisions, explanations, first_reports),
    *(push_errors, index_errors, incidents, notifications),
)
_PARAMETER = re.compile(r"\{[^{}]*\}")
_SEPARATORS = {ENGLISH: ", "}  # of the members of a list; a space elsewhere


def render(message: Message, language: str = ENGLISH) -> str:
    """Return a message in words; ``language`` is one of ``LANGUAGES``.

    A code of another version is named with its parameters, since a stored message must never break a page.
    """
    template = _templates(language).get(message.code)
    values = {name: _shown(value, language) for name, value in message.params}
    if template is not None:
        try:
            return template.format(**values)
        except (LookupError, ValueError, TypeError):
            pass  # the parameters are those of another version
    return " ".join([message.code, *(f"{name}={value}" for name, value in values.items())])


def english(message: Message | None) -> str | None:
    """Return a message in English, for the command line, logs and JSON outputs; None for none."""
    return render(message) if message else None


def codes_with(words: str) -> list[str]:
    """Return the codes whose text contains these words in any language, ignoring case."""
    wanted = words.casefold()
    texts = ((code, template) for language in LANGUAGES for code, template in _templates(language).items())
    return sorted({code for code, template in texts if wanted in _PARAMETER.sub("\n", template).casefold()})


@cache
def codes() -> Mapping[str, Code]:
    """Return all codes by name."""
    found = [code for kind in _KINDS for value in vars(kind).values() for code in _codes_in(value)]
    return {code.name: code for code in (TEXT, *found)}


def _codes_in(value: object) -> list[Code]:
    """Return the code declared under a name in a module, or those of a table of codes."""
    if isinstance(value, dict):
        return [each for each in value.values() if isinstance(each, Code)]
    return [value] if isinstance(value, Code) else []


@cache
def _templates(language: str) -> Mapping[str, str]:
    if language == SOURCE_LANGUAGE:
        return {name: code.text for name, code in codes().items()}
    catalog = gettext.translation("messages", str(FOLDER), [language.replace("-", "_")], fallback=True)
    return {name: catalog.pgettext(name, code.text) for name, code in codes().items()}


def _shown(value: Param, language: str) -> Any:
    """Return a parameter for the template; numbers stay numbers."""
    if isinstance(value, Message):
        return render(value, language)
    if isinstance(value, tuple):
        return _SEPARATORS.get(language, " ").join(str(_shown(each, language)) for each in value)
    return value
