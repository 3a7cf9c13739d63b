"""Batches of reports, for the steps that compute with arrays of all characters of several reports at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Report: TypeAlias = tuple[str, str]  # title and text, normalized
_MAX_CHARACTERS = 12_000  # with eight bytes each below 128 KB, from which each array is a memory mapping of its own


def in_batches(reports: Iterable[Report]) -> list[list[Report]]:
    """Return the reports in batches, in order; a report of more characters than a batch may have is one alone."""
    batches: list[list[Report]] = []
    free = 0
    for title, text in reports:
        length = len(title) + len(text)
        if length > free or not batches:
            batches.append([])
            free = _MAX_CHARACTERS
        batches[-1].append((title, text))
        free -= length
    return batches
