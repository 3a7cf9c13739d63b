"""Quality of regions, measured on public data under GEDI_DATA; ``--errors`` prints the errors by kind."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from aggregator.messages.short_form import short_form
from aggregator.model import Place
from aggregator.reference.gazetteer import Gazetteer
from aggregator.steps.places.locate import locate
from benchmarks.quality_several_regions import print_figures as print_several_regions

Case = tuple[str, str, Place, str]  # title, text, the place found, the expected code


def main() -> None:
    data = Path(os.environ.get("GEDI_DATA", "."))
    print(f"{'regions':44} {'figure':>8} {'baseline':>9} {'goal':>6}")
    print_several_regions(errors="--errors" in sys.argv)
    if not (data / "region").is_dir():
        print("regions: set GEDI_DATA to the folder of the development data")
        return
    _bulletins(data / "reprints" / "dxy_dev.jsonl")
    _addresses(data / "region" / "address_dev.tsv", "addresses, whole")
    _addresses(data / "region" / "address_district_dev.tsv", "addresses, from the district")
    _emergencies(data / "region" / "cec_dev.jsonl")
    _print_speed(data / "reprints" / "dxy_dev.jsonl")
    if "--errors" in sys.argv:
        _print_errors(dxy_cases(data / "reprints" / "dxy_dev.jsonl", summary=True))


def _print_errors(cases: list[Case]) -> None:
    """Print the errors by kind: no province found, another province, a province for national or foreign news."""
    missed = [(title, place, want) for title, _, place, want in cases if (place.province or "") != want]
    kinds: dict[str, list[str]] = {"silent": [], "another": [], "not silent": []}
    for title, place, want in missed:
        kind = "silent" if not place.province else "another" if want else "not silent"
        kinds[kind].append(f"{want or '-':7} {place.region or '-':7} {short_form(place.why):24} {title}")
    for kind, lines in kinds.items():
        print(f"{kind}: {len(lines)}", *lines, sep="\n  ")


def _row(name: str, figure: float, baseline: float | None = None, goal: float | None = None) -> None:
    print(f"{name:44} {figure:8.1f} {baseline or '':>9} {goal or '':>6}")


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def dxy_cases(path: Path, *, summary: bool) -> list[Case]:
    """Return the items with the place found and the expected province, which is "" for national and foreign news."""
    rows = [row for row in _lines(path) if row["province"]]
    texts = [(row["title"], row["summary"] if summary else "", row["province"].strip("-")) for row in rows]
    return [(title, text, locate(title, text), province) for title, text, province in texts]


def _bulletins(path: Path) -> None:
    for summary, name in ((False, "DXY province, title alone"), (True, "DXY province, title and summary")):
        cases = dxy_cases(path, summary=summary)
        right = [(place.province or "") == province for _, _, place, province in cases]
        local = [ok for ok, case in zip(right, cases, strict=True) if case[3]]
        silent = [ok for ok, case in zip(right, cases, strict=True) if not case[3]]
        _row(f"{name}, joint", _percent(right), 95.1, 97)
        _row("  where there is a province", _percent(local))
        _row("  silent on national and foreign news", _percent(silent))


def _addresses(path: Path, name: str) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    found = [(locate(row[3], ""), row) for row in rows]
    hard = "district" in path.name
    _print_precision_and_recall(
        f"{name}: city", [(place.city, row[1]) for place, row in found], (91.1, 99.2), (92, 98) if hard else None
    )
    _print_precision_and_recall(f"{name}: province", [(place.province, row[0]) for place, row in found])
    _print_precision_and_recall(f"{name}: county", [(place.county, row[2]) for place, row in found])


def _print_precision_and_recall(
    name: str,
    pairs: Iterable[tuple[str | None, str]],
    baseline: tuple[float, float] | None = None,
    goal: tuple[float, float] | None = None,
) -> None:
    labelled = [(got, want) for got, want in pairs if want]
    answered = [(got, want) for got, want in labelled if got]
    recall = [got == want for got, want in labelled]
    precision = [got == want for got, want in answered]
    _row(f"{name}, recall", _percent(recall), baseline and baseline[0], goal and goal[0])
    _row("  precision", _percent(precision), baseline and baseline[1], goal and goal[1])


def _emergencies(path: Path) -> None:
    rows = _lines(path)
    found = [locate(row["title"], row["text"][:300]) for row in rows]
    for level, baseline, goal in (("province", 93.9, 96), ("city", 86.6, 90)):
        right = [getattr(p, level) == row[level] for p, row in zip(found, rows, strict=True) if row[level]]
        _row(f"CEC {level}, title and 300 characters", _percent(right), baseline, goal)


def _print_speed(path: Path) -> None:
    rows = _lines(path)
    for name, length, goal in (("a title", 0, 0.3), ("an item of 400 characters", 400, 1)):
        texts = [(row["title"], (row["summary"] * 8)[:length]) for row in rows]
        began = time.process_time()
        for title, text in texts:
            locate(title, text)
        spent = 1000 * (time.process_time() - began) / len(texts)
        print(f"{'CPU milliseconds ' + name:44} {spent:8.2f} {'':>9} {goal:>6}")
    began = time.process_time()
    Gazetteer.read_csv()
    _row("CPU milliseconds to load the gazetteer", 1000 * (time.process_time() - began), None, 50)


def _percent(right: Iterable[bool]) -> float:
    marks = list(right)
    return 100 * sum(marks) / max(len(marks), 1)


if __name__ == "__main__":
    main()
