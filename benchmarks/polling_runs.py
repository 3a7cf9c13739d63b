"""The recorded runs of the section ``polling``: a line in ``polling_runs.tsv`` per phase and client."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path

PATH = Path(__file__).with_suffix(".tsv")


@dataclass(frozen=True, slots=True)
class Run:
    """What a client used in a phase of a run; ``stored`` is the number of items stored before."""

    date: str
    commit: str
    feeds: int
    stored: int
    phase: str
    client: str
    cpu_s: float
    wall_s: float
    pss_mb: float
    store_mb: float
    items: int


def append_runs(runs: Sequence[Run]) -> None:
    with PATH.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        if file.tell() == 0:
            writer.writerow(field.name for field in fields(Run))
        writer.writerows(astuple(run) for run in runs)


def read_runs() -> list[Run]:
    with PATH.open(encoding="utf-8", newline="") as file:
        return [
            Run(
                row["date"], row["commit"], int(row["feeds"]), int(row["stored"]), row["phase"], row["client"],
                float(row["cpu_s"]), float(row["wall_s"]), float(row["pss_mb"]), float(row["store_mb"]),
                int(row["items"]),
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]  # fmt: skip


def label(now: datetime) -> tuple[str, str]:
    """Return the date and the commit of a run; "+" marks a changed working tree."""
    folder = PATH.parent
    commit = subprocess.check_output(["git", "rev-parse", "--short=9", "HEAD"], cwd=folder, text=True).strip()
    status = ["git", "status", "--porcelain", "--untracked-files=no", "--", ":/", f":!{PATH.name}"]
    changed = subprocess.check_output(status, cwd=folder, text=True)
    return now.date().isoformat(), f"{commit}+" if changed else commit
