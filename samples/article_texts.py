"""Load the articles of the sample outlets from ``articles/*.toml``. All texts are fictional."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Role = Literal["report", "advert"]


@dataclass(frozen=True, slots=True)
class Article:
    """One text as its writer handed it in: no dateline, no credit; every outlet adds its own.

    ``category`` is a category path and ``region`` a GB/T 2260 code (None: of no one place). ``titles`` begins with the
    writer's own headline; the others are what further outlets make of it. Articles with the same ``event`` are about
    one event, the first report before the further ones. ``copies`` is how many outlets take it over. ``edit`` is a line
    added in a later edition.
    """

    key: str
    titles: tuple[str, ...]
    category: str
    region: str | None
    place: str
    author: str
    paragraphs: tuple[str, ...]
    editor: str | None = None
    event: str | None = None
    role: Role = "report"
    copies: int = 0
    edit: str | None = None


@cache
def load_articles() -> tuple[Article, ...]:
    """Return all articles, in the order of their files."""
    folder = files("samples") / "articles"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(
        _article(row) for name in names for row in tomllib.loads((folder / name).read_text("utf-8"))["articles"]
    )


def fill_dates(text: str, day: datetime) -> str:
    """Replace day placeholders: {今日}, {昨日}, {前日}, {明日} become "11月23日" and so on."""
    days = {"{今日}": 0, "{昨日}": -1, "{前日}": -2, "{明日}": 1, "{后日}": 2}
    for mark, distance in days.items():
        if mark in text:
            date = day + timedelta(days=distance)
            text = text.replace(mark, f"{date.month}月{date.day}日")
    return text


def _article(row: dict[str, Any]) -> Article:
    paragraphs = tuple(part.strip() for part in re.split(r"\n\s*\n", row.pop("text")) if part.strip())
    titles = (row.pop("title"), *row.pop("headlines", ()))
    row.setdefault("region", None)
    return Article(titles=titles, paragraphs=paragraphs, **row)
