"""Names of categories and places in the language of the page."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache

from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division
from web.i18n.language import TRANSLATIONS_FOLDER, current_language, t


def display_name(thing: Category | Division, *, full: bool = False) -> str:
    """Return the localized name: 民生, Livelihood; 枣庄, 棗莊, Zaozhuang.

    ``full`` adds the type of division (枣庄市), in the languages that use it.
    """
    if isinstance(thing, Category):
        return thing.name_en or thing.name if current_language() == "en" else t(thing.name)
    english, traditional = _place_translations().get(thing.code, ("", ""))
    own = thing.name if full else thing.short
    if current_language() == "en":
        return english or own
    if current_language() == "zh-TW" and traditional:
        return traditional if full else traditional[: len(own)] if thing.name.startswith(own) else traditional
    return own


def place_path(chain: Iterable[Division], separator: str = " ") -> str:
    """Return the names of nested divisions: 山东省 枣庄市; Zaozhuang, Shandong."""
    names = [display_name(division, full=True) for division in chain if not division.is_placeholder]
    return ", ".join(reversed(names)) if current_language() == "en" else separator.join(names)


def list_separator() -> str:
    """Return the separator of list elements."""
    return ", " if current_language() == "en" else "、"


@cache
def _place_translations() -> dict[str, tuple[str, str]]:
    """Return code -> (English or pinyin name, full name in traditional characters)."""
    with (TRANSLATIONS_FOLDER / "places.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["en"], row["zh_TW"]) for row in csv.DictReader(file)}
