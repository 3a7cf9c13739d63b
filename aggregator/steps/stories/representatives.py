"""Choose the report that represents a story in each listing of a category or region. Pure.

A list shows one report a story. It is the story's lead item where that belongs to the listing; elsewhere it is a report
that does belong there, so that a county or category shows every story it has a report of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from aggregator.model import Relation


class Report(Protocol):
    """A report of the story, with the listings it belongs to: bit -> key (``model.listing_keys``)."""

    @property
    def id(self) -> int: ...
    @property
    def relation(self) -> str: ...
    @property
    def represents(self) -> int: ...
    @property
    def listings(self) -> Mapping[int, str]: ...


def choose_representatives(reports: Collection[Report], lead_id: int) -> dict[str, int]:
    """Return listing key -> id of the report that represents the story there.

    A report that represents the story already goes on doing so unless the lead item joins it, because readers know
    it. Otherwise reports with a text of their own precede reprints, and earlier arrivals later ones.
    """
    chosen: dict[str, tuple[tuple[bool, bool, bool, int], int]] = {}
    for report in reports:
        is_reprint = report.relation == Relation.REPRINT
        for bit, key in report.listings.items():
            rank = (report.id != lead_id, not report.represents & bit, is_reprint, report.id)
            if key not in chosen or rank < chosen[key][0]:
                chosen[key] = rank, report.id
    return {key: report_id for key, (_, report_id) in chosen.items()}


def represented_bits(report: Report, representatives: Mapping[str, int]) -> int:
    """Return the bits of the listings in which the report represents the story."""
    return sum(bit for bit, key in report.listings.items() if representatives.get(key) == report.id)
