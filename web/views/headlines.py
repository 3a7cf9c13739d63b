"""Reports with one headline, folded into one row that names their outlets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aggregator.model import ItemCard
from aggregator.steps.text.normalize import headline_key
from web.i18n.display_names import list_separator


@dataclass(frozen=True, slots=True)
class HeadlineRow:
    """A headline with the reports that carry it, one of each outlet."""

    reports: tuple[ItemCard, ...]

    @property
    def card(self) -> ItemCard:
        """Return the report whose headline is shown."""
        return self.reports[0]

    @property
    def outlets(self) -> str:
        """Return the names of the outlets."""
        return list_separator().join(report.source_title for report in self.reports)


def fold_headlines(cards: Iterable[ItemCard]) -> list[HeadlineRow]:
    """Return one row for each headline, in the order of the cards."""
    rows: dict[str, dict[str, ItemCard]] = {}
    for card in cards:
        rows.setdefault(headline_key(card.title), {}).setdefault(card.source, card)
    return [HeadlineRow(tuple(reports.values())) for reports in rows.values()]


def split_off(rows: Sequence[HeadlineRow], title: str) -> tuple[list[HeadlineRow], tuple[ItemCard, ...]]:
    """Return the rows with another headline than ``title``, and the reports with the same."""
    key = headline_key(title)
    same = [report for row in rows if headline_key(row.card.title) == key for report in row.reports]
    return [row for row in rows if headline_key(row.card.title) != key], tuple(same)
