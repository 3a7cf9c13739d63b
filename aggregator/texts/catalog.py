"""The catalog of Chinese texts, and the language in which texts are shown."""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, reduce
from pathlib import Path
from typing import Any

from feeds.phrase import Phrase

ENGLISH = "en"
CHINESE = "zh"
FOLDER = Path(__file__).parent / "translations"

_language = ENGLISH  # of this process: one person calls a command


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Show texts in a language until the end of the block."""
    global _language
    before, _language = _language, language
    try:
        yield
    finally:
        _language = before


def current_language() -> str:
    """Return the language in which texts are shown."""
    return _language


def translate(text: str) -> str:
    """Return a text of the code in the current language; English if it has no translation."""
    return text if _language == ENGLISH or not text else _catalog(_language).gettext(text)


def t(template: str, **values: Any) -> str:
    """Return a text in the current language. With values, it is a template in the syntax of ``str.format``.

    Values that are phrases or messages are translated as well.
    """
    shown = translate(template)
    return shown.format(**{name: localize(value) for name, value in values.items()}) if values else shown


def localize(value: Any) -> Any:
    """Return a phrase or a message in the current language, and any other value as it is.

    Of an exception it returns what it says.
    """
    if isinstance(value, Phrase):
        return t(value.template, **value.values)
    if isinstance(value, Exception):
        said = value.args[0] if value.args else ""
        return localize(said) if isinstance(said, Phrase) else str(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    from aggregator.messages import Message, render

    if isinstance(value, Message):
        return render(value, "zh-CN" if _language == CHINESE else "en")
    return value


def counted(count: int, one: Phrase, many: Phrase, **values: Any) -> Phrase:
    """Return the phrase for one or for many, whose templates have ``count`` and the other values."""
    return Phrase((one if count == 1 else many).template, count=count, **values)


def joined(parts: Iterable[str]) -> str:
    """Return texts, which may be phrases, as one that is translated with them."""
    return reduce(lambda first, other: Phrase("{first}, {other}", first=first, other=other), parts)


def reason_of(error: OSError) -> Phrase:
    """Return why the operating system refused something."""
    return Phrase(error.strerror or str(error))


_REASONS = (  # of the operating system, for extraction
    *(Phrase("No such file or directory"), Phrase("Permission denied"), Phrase("Is a directory")),
    *(Phrase("Not a directory"), Phrase("File exists"), Phrase("No space left on device")),
    *(Phrase("Read-only file system"), Phrase("Input/output error"), Phrase("File name too long")),
    Phrase("Operation not permitted"),
)


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    return gettext.translation("messages", str(FOLDER), [language], fallback=True)
