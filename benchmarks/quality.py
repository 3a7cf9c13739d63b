"""``make quality``: measure reprints, stories, series, categories and regions on public data in GEDI_DATA."""

from __future__ import annotations

import os
import sys

from benchmarks.__main__ import run

QUALITY = (
    "quality_categories",
    "quality_regions",
    "quality_reprints",
    "quality_stories",
    "quality_syndication",
    "quality_series",
)

if __name__ == "__main__":
    if not os.environ.get("GEDI_DATA"):
        print("GEDI_DATA names no folder with the labelled data; parts that need it are left out", file=sys.stderr)
    run(sys.argv[1:] or list(QUALITY))
