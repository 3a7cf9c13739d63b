"""What to try where a search finds nothing: the nearest searches that do find something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode

from aggregator.steps.text.search_query import Query, understand
from web.i18n.language import t
from web.site import Site

WITHIN = {"1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
SHOWN = 3
TRIED = 8  # searches that one page makes to find them


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as its address says it; all checked, empty where nothing is said."""

    words: str
    category: str = ""
    region: str = ""
    source: str = ""
    within: str = ""
    sort: Literal["time", "rel"] = "time"

    @property
    def filters(self) -> list[tuple[str, str]]:
        given = (("category", self.category), ("region", self.region), ("source", self.source))
        return [("q", self.words), *((name, value) for name, value in given if value)]

    @property
    def query(self) -> list[tuple[str, str]]:
        more = (("within", self.within), ("sort", self.sort if self.sort != "time" else ""))
        return [*self.filters, *((name, value) for name, value in more if value)]

    @property
    def path(self) -> str:
        return f"/search?{urlencode(self.query)}"


def hints(site: Site, asked: Asked) -> list[tuple[str, str]]:
    """(what to do, address) of searches next to this one that find something."""
    found: list[tuple[str, str]] = []
    for tried, (words, other) in enumerate(_nearby(asked)):
        if tried == TRIED or len(found) == SHOWN:
            break
        if other.path not in [path for _, path in found] and _finds(site, other):
            found.append((words, other.path))
    return found


def _nearby(asked: Asked) -> Iterator[tuple[str, Asked]]:
    filters = {
        "within": t("不限时间"),
        "region": t("不限地区"),
        "category": t("不限分类"),
        "source": t("不限来源"),
    }
    given = [name for name in filters if getattr(asked, name)]
    for name in given:
        yield filters[name], replace(asked, **{name: ""})  # type: ignore[arg-type]
    anywhere = Asked(asked.words, sort=asked.sort)
    if len(given) > 1:
        yield t("在全部条目里再找一次"), anywhere
    understood = understand(asked.words)
    if understood.unwanted and understood.wanted:
        words = " ".join(_spelt(term.runs) for term in understood.wanted)
        yield t("不排除任何词"), replace(asked, words=words)
    for piece in _pieces(understood):
        yield t("只搜“%(words)s”", words=piece), replace(anywhere, words=piece)


def _spelt(runs: tuple[str, ...]) -> str:
    return f'"{" ".join(runs)}"' if len(runs) > 1 else runs[0]


def _pieces(query: Query) -> list[str]:
    """Each of several words alone; of one long word its halves, its end and its beginning."""
    runs = sorted((run for term in query.wanted for run in term.runs), key=len, reverse=True)
    if len(runs) > 1:
        return [run for run in runs[:4] if len(run) > 1]
    if not runs or len(runs[0]) < 3 or runs[0].isascii():
        return []
    run, half = runs[0], (len(runs[0]) + 1) // 2
    pieces = (run[half:], run[:half], run[-2:], run[:2])
    return [piece for piece in dict.fromkeys(pieces) if len(piece) > 1]


def _finds(site: Site, asked: Asked) -> bool:
    since = site.now() - WITHIN[asked.within] if asked.within else None
    return bool(
        site.store.search(
            asked.words, 1, category=asked.category or None, region=asked.region or None,
            source=asked.source or None, since=since,
        )
    )  # fmt: skip
