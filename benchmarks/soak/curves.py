"""The curves of a run: a row a minute, the trend of each in the second half, and the verdict."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

WEEK = 7.0  # days
Row = dict[str, float]
Verdict = Literal["flat", "unclear", "GROWS"]


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure of each row. It may grow by ``limit`` of its mean in a simulated week, and by ``floor`` in any case."""

    name: str
    unit: str
    limit: float
    floor: float = 0.0


PAGES = ("home", "feed", "search", "story")
CURVES = (
    Curve("memory", "MB", 0.05, 2.0),
    Curve("handles", "", 0.02, 2.0),
    Curve("threads", "", 0.02, 1.0),
    Curve("store", "MB", 0.10, 1.0),
    Curve("wal", "MB", 0.10, 1.0),
    Curve("items", "", 0.10, 50.0),
    Curve("overdue", "sources", 0.10, 2.0),
    Curve("stale", "documents", 0.10, 5.0),
    Curve("articles", "", 0.10, 5.0),
    Curve("pictures", "", 0.10, 5.0),
    Curve("outbox", "messages", 0.10, 2.0),
    Curve("deliveries", "", 0.10, 2.0),
    *(Curve(f"{page}_{part}", "ms", 0.25, floor) for page in PAGES for part, floor in (("p50", 2.0), ("p99", 20.0))),
    Curve("cpu", "s a minute", 0.10, 3.0),
)
COLUMNS = ("minute", "day", *(curve.name for curve in CURVES), "failures", "new_items", "published")


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through points: its mean height, and slope with standard error by week."""

    mean: float
    slope: float
    error: float


def trend(points: Sequence[tuple[float, float]]) -> Trend:
    """Return the line of least squares through (day, value)."""
    count = len(points)
    middle = sum(x for x, _ in points) / count
    mean = sum(y for _, y in points) / count
    spread = sum((x - middle) ** 2 for x, _ in points)
    if count < 3 or spread == 0:
        return Trend(mean, 0.0, math.inf)
    slope = sum((x - middle) * (y - mean) for x, y in points) / spread
    rest = sum((y - mean - slope * (x - middle)) ** 2 for x, y in points)
    return Trend(mean, slope * WEEK, math.sqrt(rest / (count - 2) / spread) * WEEK)


def judge(curve: Curve, line: Trend) -> Verdict:
    """Return what a trend says: growth counts if its slope, less twice its standard error, exceeds the limit."""
    allowed = max(curve.limit * line.mean, curve.floor)
    if line.slope - 2 * line.error > allowed:
        return "GROWS"
    return "flat" if line.slope + 2 * line.error <= allowed else "unclear"


def second_half(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows after the middle of the run: in the first half caches and the store fill."""
    return rows[len(rows) // 2 :]


def verdicts(rows: Sequence[Row]) -> list[tuple[Curve, Trend, Verdict]]:
    """Return the trend of each curve in the second half."""
    half = second_half(rows)
    found = []
    for curve in CURVES:
        points = [(row["day"], row[curve.name]) for row in half if not math.isnan(row[curve.name])]
        line = trend(points) if points else Trend(math.nan, 0.0, math.inf)
        found.append((curve, line, judge(curve, line)))
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of the values are; not a number if there is none."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] if values else math.nan


def mean(values: Iterable[float]) -> float:
    """Return the mean of what was measured; not a number if nothing was."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def write_row(file: TextIO, row: Row) -> None:
    """Append a row; the first follows the names of the columns."""
    writer = csv.writer(file, delimiter="\t", lineterminator="\n")
    if file.tell() == 0:
        writer.writerow(COLUMNS)
    writer.writerow(f"{row[name]:.6g}" for name in COLUMNS)
    file.flush()


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file, delimiter="\t")]


def report(rows: Sequence[Row]) -> tuple[str, bool]:
    """Return the table of verdicts, and whether every curve kept its limit."""
    found = verdicts(rows)
    lines = [f"{'curve':14}{'mean':>10}{'a week':>10}{'error':>10}{'limit':>10}  verdict"]
    for curve, line, verdict in found:
        allowed = max(curve.limit * line.mean, curve.floor)
        lines.append(f"{curve.name:14}{line.mean:10.2f}{line.slope:+10.2f}{line.error:10.2f}{allowed:10.2f}  {verdict}")
    return "\n".join(lines), all(verdict != "GROWS" for _, _, verdict in found)
