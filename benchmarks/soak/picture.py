"""Draw the curves of a recorded run as SVG: ``python -m benchmarks.soak.picture FILE [RUN]``."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.soak.curves import PAGES, Row, read_rows

RECORDED = Path(__file__).with_name("run.tsv")
COLUMNS, PANEL_WIDTH, PANEL_HEIGHT = 2, 450, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 30, 46, 28  # margins of a panel
_COLORS = ("#1f5fa8", "#c4571a", "#3f8f4f", "#7d4fa3")
_STYLE = "text{font:11px sans-serif;fill:#333}.title{font-size:13px;font-weight:bold}.grid{stroke:#ddd}"


@dataclass(frozen=True, slots=True)
class Panel:
    """A diagram of some curves over the simulated days, from zero."""

    title: str
    curves: tuple[str, ...]


PANELS = (
    Panel("Memory of the process tree, MB (PSS)", ("memory",)),
    Panel("Open handles and threads", ("handles", "threads")),
    Panel("Database and write-ahead log, MB", ("store", "wal")),
    Panel("Items stored", ("items",)),
    Panel("Sources overdue, stale documents, outbox, deliveries", ("overdue", "stale", "outbox", "deliveries")),
    Panel("Articles and pictures that wait", ("articles", "pictures")),
    Panel("Median latency, ms", tuple(f"{page}_p50" for page in PAGES)),
    Panel("99th percentile of the latency, ms", tuple(f"{page}_p99" for page in PAGES)),
)


def draw(rows: Sequence[Row]) -> str:
    """Return the panels below each other, two in a line."""
    width, height = COLUMNS * PANEL_WIDTH, math.ceil(len(PANELS) / COLUMNS) * PANEL_HEIGHT
    drawn = "".join(
        f'<g transform="translate({at % COLUMNS * PANEL_WIDTH},{at // COLUMNS * PANEL_HEIGHT})">{_panel(one, rows)}</g>'
        for at, one in enumerate(PANELS)
    )
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
            f'<style>{_STYLE}</style><rect width="{width}" height="{height}" fill="#fff"/>{drawn}</svg>\n')  # fmt: skip


def round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50 and so on; the top of an axis."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if value <= factor * power * (1 + 1e-9))


def _panel(panel: Panel, rows: Sequence[Row]) -> str:
    known = [row[name] for row in rows for name in panel.curves if not math.isnan(row[name])]
    top, days = round_up(max(known, default=0.0)), rows[-1]["day"]
    right, bottom = PANEL_WIDTH - _RIGHT, PANEL_HEIGHT - _BOTTOM

    def x(day: float) -> float:
        return _LEFT + day / days * (right - _LEFT)

    def y(value: float) -> float:
        return bottom - value / top * (bottom - _TOP)

    parts = [f'<text class="title" x="{_LEFT}" y="16">{escape(panel.title)}</text>']
    for part in range(5):
        value = top * part / 4
        parts.append(f'<path class="grid" d="M{_LEFT} {y(value):.1f}H{right}"/>')
        parts.append(_text(_LEFT - 6, y(value) + 4, f"{value:g}", "end"))
    step = round_up(days / 8)
    for number in range(int(days / step) + 1):
        parts.append(_text(x(number * step), bottom + 16, f"day {number * step:g}", "middle"))
    for at, (name, color) in enumerate(zip(panel.curves, _COLORS, strict=False)):
        points = "L".join(f"{x(row['day']):.1f} {y(row[name]):.1f}" for row in rows if not math.isnan(row[name]))
        parts.append(f'<path d="M{points}" fill="none" stroke="{color}" stroke-width="1.5"/>' if points else "")
        parts.append(f'<rect x="{_LEFT + at * 95}" y="25" width="10" height="10" fill="{color}"/>')
        parts.append(_text(_LEFT + at * 95 + 14, 34, name))
    return "".join(parts)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def main(target: str, run: Path = RECORDED) -> None:
    Path(target).write_text(draw(read_rows(run)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
