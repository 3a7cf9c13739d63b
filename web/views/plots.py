"""Plots as inline SVG: bars as strokes at integer coordinates, so that a plot of thirty days takes some 500 bytes.

A plot stretches to the width of its column; its texts are HTML around it. Kinds of bars differ by color and by pattern
(style.css), and each plot has a text alternative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 60  # units of the view box; the top bar reaches it
STEP = 10  # units of a bar with its gap
_FIRST = STEP // 2


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of bars, or a line over them: its name for the legend, its style class and its path."""

    name: str
    style: str
    path: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot with its heading, the text next to it, its alternative, and the labels below from left to right."""

    title: str
    note: str
    alternative: str
    width: int
    series: tuple[Series, ...]
    labels: tuple[str, ...]
    peak: str = ""  # the value of the full height

    @property
    def view_box(self) -> str:
        """Return the view box of the SVG element."""
        return f"0 0 {self.width} {HEIGHT}"


def bar_paths(stacks: Sequence[Sequence[float]], top: float) -> list[str]:
    """Return one path for each kind of bars; ``stacks`` are the values of each column from the bottom up, ``top`` is
    the value of the full height."""
    kinds = max((len(stack) for stack in stacks), default=0)
    paths = [""] * kinds
    for column, stack in enumerate(stacks):
        below = 0.0
        for kind, value in enumerate(stack):
            start, end = _y(below, top), _y(below + value, top)
            below += value
            if value > 0 and start == end and below <= value:
                end = start - 1  # something must not look like nothing
            if end < start:
                paths[kind] += f"M{column * STEP + _FIRST} {start}v{end - start}"
    return paths


def step_path(values: Sequence[float], top: float) -> str:
    """Return a line that runs level over each column."""
    parts = []
    for column, value in enumerate(values):
        y = _y(value, top)
        parts.append(f"M0 {y}h{STEP}" if column == 0 else f"V{y}h{STEP}")
    return "".join(parts)


def _y(value: float, top: float) -> int:
    return HEIGHT - round(min(value / top, 1.0) * HEIGHT) if top else HEIGHT
