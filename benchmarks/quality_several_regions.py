"""Quality of further regions: 200 headlines and leads written for this project.

``several_regions.tsv`` has home, title, lead and regions of each. The rows marked "held" were set aside before any rule
was written. A story of several places must be in the list of each; what is compared with, visited or part of another
name must not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aggregator.model import Place
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.places.locate import locate

_TABLE = Path(__file__).with_name("several_regions.tsv")


@dataclass(frozen=True, slots=True)
class Case:
    """An item, the codes of its regions, and the place found."""

    title: str
    expected: tuple[str, ...]
    place: Place
    is_held_out: bool


def read_cases() -> list[Case]:
    """Return the labelled items with the places found."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Case(title, tuple(_codes(regions)), locate(title, lead, home=next(_codes(home), None)), mark == "held")
        for mark, home, title, lead, regions in rows
    ]


def _codes(names: str) -> Iterator[str]:
    gazetteer = Gazetteer.load()
    places = (gazetteer.place(gazetteer.search(name)[0].code) for name in names.split(",") if name != "-")
    return (place.region for place in places if place.region)


def precision_and_recall(cases: Sequence[Case]) -> tuple[float, float]:
    """Return, in percent, how many further regions are right, and in how many of their lists stories of several are."""
    found = [code in case.expected for case in cases for code in case.place.further_regions]
    listed = [_is_listed(code, case.place) for case in cases if len(case.expected) > 1 for code in case.expected]
    return 100 * sum(found) / max(len(found), 1), 100 * sum(listed) / max(len(listed), 1)


def _is_listed(code: str, place: Place) -> bool:
    return code in (place.province, place.city, place.county, *place.further)


def print_figures(*, errors: bool = False) -> None:
    """Print precision and recall of both halves."""
    cases = read_cases()
    for is_held_out, name in ((False, "several regions"), (True, "several regions, held out")):
        chosen = [case for case in cases if case.is_held_out == is_held_out]
        for figure, value, goal in zip(("precision", "recall"), precision_and_recall(chosen), (97, 85), strict=True):
            print(f"{f'{name}: {figure}':44} {value:8.1f} {'':>9} {goal:>6}")
        if errors:
            _print_errors(chosen)


def _print_errors(cases: Sequence[Case]) -> None:
    gazetteer = Gazetteer.load()
    for case in cases:
        wrong = [code for code in case.place.further_regions if code not in case.expected]
        missed = [code for code in case.expected if len(case.expected) > 1 and not _is_listed(code, case.place)]
        if wrong or missed:
            shown = (" ".join(gazetteer.path(code) for code in codes) or "-" for codes in (wrong, missed))
            print(f"  wrong {next(shown)}, missed {next(shown)}: {case.title}")


if __name__ == "__main__":
    print_figures(errors=True)
