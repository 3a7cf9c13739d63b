"""The main navigation: every top category in the order of the tree, those that do not fit one line behind 更多.

The order does not depend on the news, so an entry is always found at the same place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import east_asian_width

from aggregator.reference.categories import Category
from web.i18n.display_names import display_name
from web.i18n.language import t
from web.site import Site

# Widths in pixels, as in section 3 of style.css. The line is measured without a scroll bar.
LAPTOP_LINE = 956  # at 62rem, where the navigation stops scrolling
DESKTOP_LINE = 1180  # from 80rem
_PADDING = 16  # of an entry, both sides
_GAP = 26  # before the first category
_MORE = 24  # beside the text of 更多: its padding and its triangle
_WIDE, _NARROW = 16.5, 9.0  # a Chinese character; a Latin one, of the widest common fonts


class Place(StrEnum):
    """Where an entry is shown; the value is the class of its elements."""

    LINE = ""
    WIDE_LINE = "wide"  # in the line of a desktop, behind 更多 on a narrower screen
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the navigation."""

    name: str
    path: str
    place: Place = Place.LINE
    first: bool = False  # the first category, set apart from the pages before it


@dataclass(frozen=True, slots=True)
class Navigation:
    """The entries in the line, and those behind 更多; a screen shows an entry at one of the two places."""

    line: tuple[Entry, ...]
    more: tuple[Entry, ...]

    @property
    def fits_desktop(self) -> bool:
        """Return whether a desktop shows every entry in the line."""
        return all(entry.place is Place.WIDE_LINE for entry in self.more)


def navigation(site: Site) -> Navigation:
    """Return the entries in their fixed order: the main pages, then every top category."""
    pages = [Entry(t("首页"), "/"), Entry(t("热门"), "/hot"), Entry(t("最新"), "/latest"), Entry(t("地区"), "/region")]
    entries = pages + _placed(site.tree.top_level(), sum(_width(page.name) for page in pages) + _GAP)
    return Navigation(
        tuple(entry for entry in entries if entry.place is not Place.MORE),
        tuple(entry for entry in entries if entry.place is not Place.LINE),
    )


def _placed(categories: Iterable[Category], used: float) -> list[Entry]:
    """Return the categories, each at the first place where it fits; ``used``: the width of what is before them."""
    names = [(category.path, display_name(category)) for category in categories]
    ends, end = [], used
    for _, name in names:
        end += _width(name)
        ends.append(end)
    more = _width(t("更多")) + _MORE - _PADDING
    desktop_line = DESKTOP_LINE if end <= DESKTOP_LINE else DESKTOP_LINE - more
    laptop_line = LAPTOP_LINE if end <= LAPTOP_LINE else LAPTOP_LINE - more
    return [
        Entry(
            name,
            f"/category/{path}",
            Place.LINE if end <= laptop_line else Place.WIDE_LINE if end <= desktop_line else Place.MORE,
            first=number == 0,
        )
        for number, ((path, name), end) in enumerate(zip(names, ends, strict=True))
    ]


def _width(name: str) -> float:
    return _PADDING + sum(_WIDE if east_asian_width(character) in "WF" else _NARROW for character in name)
