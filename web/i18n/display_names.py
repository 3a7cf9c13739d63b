"""Names of categories and places in the language of the page."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from functools import cache

from aggregator.reference.categories import Category
from aggregator.reference.gazetteer import Division
from web.i18n.language import TRANSLATIONS_FOLDER, current_language, t


def display_name(entity: Category | Division, *, full: bool = False) -> str:
    """Return the localized name: 民生, Livelihood; 枣庄, 棗莊, Zaozhuang.

    ``full`` adds the type of division (枣庄市), in the languages that use it.
    """
    if isinstance(entity, Category):
        return entity.name_en or entity.name if current_language() == "en" else t(entity.name)
    english, traditional = _place_translations().get(entity.code, ("", ""))
    chinese_name = entity.name if full else entity.short
    if current_language() == "en":
        return english or chinese_name
    if current_language() == "zh-TW" and traditional:
        return (
            traditional
            if full
            else traditional[: len(chinese_name)]
            if entity.name.startswith(chinese_name)
            else traditional
        )
    return chinese_name


def whole_division(division: Division) -> str:
    """Return the word for all of a division, by its kind: 全省, 全区 for an autonomous region, 全市, 全州."""
    words = {
        "自治区": t("全区"),
        "特别行政区": t("全境"),
        "自治州": t("全州"),
        "地区": t("全地区"),
        "盟": t("全盟"),
        "省": t("全省"),
        "市": t("全市"),
    }
    return next((word for kind, word in words.items() if division.name.endswith(kind)), t("全部"))


def place_path(chain: Iterable[Division], separator: str = " ") -> str:
    """Return the names of nested divisions: 山东省 枣庄市; Zaozhuang, Shandong."""
    names = [display_name(division, full=True) for division in chain if not division.is_placeholder]
    return ", ".join(reversed(names)) if current_language() == "en" else separator.join(names)


def english_place_name(text: str) -> tuple[str, ...]:
    """Return the codes of the divisions with this English name, in any case: Inner Mongolia, Shaanxi."""
    return _codes_by_english_name().get(_letters(text), ())


def list_separator() -> str:
    """Return the separator of list elements."""
    return ", " if current_language() == "en" else "、"


@cache
def _place_translations() -> dict[str, tuple[str, str]]:
    """Return code -> (English or pinyin name, full name in traditional characters)."""
    with (TRANSLATIONS_FOLDER / "places.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["en"], row["zh_TW"]) for row in csv.DictReader(file)}


@cache
def _codes_by_english_name() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, (english, _) in _place_translations().items():
        found[_letters(english)] = (*found.get(_letters(english), ()), code)
    return found


def _letters(text: str) -> str:
    """Return the letters of a name without case, accents and spaces."""
    return "".join(filter(str.isalpha, unicodedata.normalize("NFD", text.lower())))
