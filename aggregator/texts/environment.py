"""Choose the language of the command line from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.texts.catalog import CHINESE, ENGLISH

VARIABLE = "GEDI_LANG"
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # in the order of POSIX (XBD 8.2)


@dataclass(frozen=True, slots=True)
class Choice:
    """A language, and the value of GEDI_LANG if that is none and was ignored."""

    language: str
    ignored: str | None = None


def language_of(environ: Mapping[str, str]) -> Choice:
    """Return the language that GEDI_LANG names, else that of the locale: Chinese for zh*, English for any other."""
    wanted = environ.get(VARIABLE, "").strip()
    if wanted and (named := _language(wanted)):
        return Choice(named)
    locale = next((value for name in _LOCALE_VARIABLES if (value := environ.get(name))), "")
    return Choice(_language(locale) or ENGLISH, wanted or None)


def _language(name: str) -> str | None:
    """Return the language of a name such as zh, zh_CN.UTF-8 or en-GB; None for any other."""
    match = re.match(r"(zh|en)(?![a-z])", name, re.IGNORECASE)
    return {"zh": CHINESE, "en": ENGLISH}[match[1].lower()] if match else None
