"""Draw the recorded runs of the section ``polling`` as SVG: the ratio to the script by run, and the CPU time of an item
by the number of items stored before. ``python -m benchmarks.polling_picture FILE``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.polling_runs import Run, read_runs

WIDTH, HEIGHT = 900, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 20, 60, 70  # margins of a panel
_COLORS = ("#1f5fa8", "#c4571a", "#3f8f4f", "#7d4fa3")
_STYLE = "text{font:13px sans-serif;fill:#333}.title{font-weight:bold}.grid{stroke:#ddd}.small{font-size:11px}"
Point = tuple[int, float]  # number of the label below, value


@dataclass(frozen=True, slots=True)
class Panel:
    """A diagram with a logarithmic y axis: ``labels`` below the x axis, and points of each series."""

    title: str
    labels: Sequence[str]
    series: dict[str, list[Point]]


def ratio_panel(runs: Sequence[Run]) -> Panel:
    """Return the CPU of Gedi in each phase as a ratio to the script, by recorded run."""
    plain = [run for run in runs if run.stored == 0]
    labels = list(dict.fromkeys(_label(run) for run in plain))
    cpu = {(_label(run), run.phase, run.client): run.cpu_s for run in plain}
    series: dict[str, list[Point]] = {}
    for (label, phase, client), spent in cpu.items():
        if client == "gedi" and (base := cpu.get((label, phase, "script"))):
            series.setdefault(phase, []).append((labels.index(label), spent / base))
    return Panel("CPU as a ratio to the script, by run", labels, series)


def growth_panel(runs: Sequence[Run]) -> Panel:
    """Return the CPU milliseconds of an item of the first poll by the number stored before, of the newest runs."""
    first = [run for run in runs if run.client == "gedi" and run.phase == "first poll"]
    sizes = sorted({run.stored for run in first})
    series: dict[str, list[Point]] = {}
    for run in first:
        point = (sizes.index(run.stored), run.cpu_s * 1000 / (run.items - run.stored))
        series.setdefault(_label(run), []).append(point)
    newest = dict([*series.items()][-len(_COLORS) :])
    return Panel("ms of CPU per item of a first poll, by items stored before", [f"{size:,}" for size in sizes], newest)


def draw(panels: Sequence[Panel]) -> str:
    width = WIDTH / len(panels)
    drawn = "".join(
        f'<g transform="translate({at * width:g},0)">{_panel(one, width)}</g>' for at, one in enumerate(panels)
    )
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
            f'<style>{_STYLE}</style><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{drawn}</svg>\n')  # fmt: skip


def _label(run: Run) -> str:
    return f"{run.date} {run.commit}"


def _panel(panel: Panel, width: float) -> str:
    values = [value for points in panel.series.values() for _, value in points]
    low, high = floor(log10(min(values))), ceil(log10(max(values)) + 1e-9)
    step = (width - _LEFT - _RIGHT) / max(len(panel.labels), 1)
    bottom = HEIGHT - _BOTTOM

    def x(at: int) -> float:
        return _LEFT + (at + 0.5) * step

    def y(value: float) -> float:
        return bottom - (log10(value) - low) / (high - low) * (bottom - _TOP)

    parts = [f'<text class="title" x="{_LEFT}" y="22">{escape(panel.title)}</text>']
    for power in range(low, high + 1):
        for factor in (1, 2, 5) if power < high else (1,):
            value = factor * 10.0**power
            parts.append(f'<path class="grid" d="M{_LEFT} {y(value):.1f}H{width - _RIGHT:g}"/>')
            parts.append(_text(_LEFT - 6, y(value) + 4, f"{value:g}", "end"))
    for at, label in enumerate(panel.labels):
        parts += [_text(x(at), bottom + 18 + 14 * line, word, "middle") for line, word in enumerate(label.split())]
    for points, color in zip(panel.series.values(), _COLORS, strict=False):
        path = "L".join(f"{x(at):.1f} {y(value):.1f}" for at, value in sorted(points))
        parts.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [_dot(x(at), y(value), color) for at, value in points]
        parts += [_text(x(at) + 7, y(value) - 5, f"{value:.2g}") for at, value in points]
    return "".join(parts) + _legend(panel, width)


def _legend(panel: Panel, width: float) -> str:
    """Return the names of the series, two in a line."""
    column = (width - _LEFT) / 2
    parts = []
    for at, (name, color) in enumerate(zip(panel.series, _COLORS, strict=False)):
        left, top = _LEFT + at % 2 * column, 36 + at // 2 * 16
        parts += [_dot(left + 5, top, color), _text(left + 14, top + 4, name)]
    return "".join(parts)


def _dot(x: float, y: float, color: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text class="small" text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def main(target: str) -> None:
    runs = read_runs()
    Path(target).write_text(draw([ratio_panel(runs), growth_panel(runs)]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
