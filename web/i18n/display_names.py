"""Names of categories and places in the language of the page."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache

from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division
from web.i18n.language import FOLDER, current, t


def name(thing: Category | Division, *, whole: bool = False) -> str:
    """民生, Livelihood; 枣庄, 棗莊, Zaozhuang. ``whole``: a place with what kind of division it is (枣庄市), where the
    language says so."""
    if isinstance(thing, Category):
        return thing.name_en or thing.name if current() == "en" else t(thing.name)
    english, traditional = _places().get(thing.code, ("", ""))
    own = thing.name if whole else thing.short
    if current() == "en":
        return english or own
    if current() == "zh-TW" and traditional:
        return traditional if whole else traditional[: len(own)] if thing.name.startswith(own) else traditional
    return own


def place_path(chain: Iterable[Division], separator: str = " ") -> str:
    """山东省 枣庄市; Zaozhuang, Shandong."""
    names = [name(division, whole=True) for division in chain if not division.placeholder]
    return ", ".join(reversed(names)) if current() == "en" else separator.join(names)


def comma() -> str:
    """What stands between the parts of a list."""
    return ", " if current() == "en" else "、"


@cache
def _places() -> dict[str, tuple[str, str]]:
    """code -> (English or pinyin, the whole name in traditional characters)."""
    with (FOLDER / "places.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["en"], row["zh_TW"]) for row in csv.DictReader(file)}
