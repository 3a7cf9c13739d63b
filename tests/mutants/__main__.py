"""Run a sample of mutants: ``python -m tests.mutants [--count N] [--seed S] [--tests PATH...] [PATH...]``."""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.mutants.operators import Mutant, mutants_of
from tests.mutants.session import OPTIONS, MutantSession

ROOT = Path(__file__).parents[2]
_TESTS = [
    "tests/aggregator/steps",
    "tests/aggregator/intake/test_article_selection.py",
    "tests/aggregator/pipeline/test_seen_entries.py",
]


def main() -> None:
    """Run the sample and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", nargs="+", default=_TESTS, help="files and options of pytest")
    parser.add_argument("--again", type=Path, help="run those of the sample that this output of an earlier run lists")
    parser.add_argument("paths", nargs="*", type=Path, default=[ROOT / "aggregator/steps"])
    asked = parser.parse_args()
    files = sorted(
        {file.resolve() for path in asked.paths for file in (path.rglob("*.py") if path.is_dir() else [path])}
    )
    every = [mutant for file in files for mutant in mutants_of(file)]
    sample = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    sys.stdout.write(f"{len(every)} mutants in {len(files)} files; a sample of {len(sample)}, seed {asked.seed}\n")
    if asked.again:
        listed = set(asked.again.read_text("utf-8").splitlines())
        sample = [mutant for mutant in sample if _line(mutant) in listed]
    killed: dict[Mutant, bool] = {}

    def report(mutant: Mutant, is_killed: bool) -> None:
        killed[mutant] = is_killed
        if not is_killed:
            sys.stdout.write(f"{_line(mutant)}\n")
        if not len(killed) % 50:
            sys.stdout.write(f"{sum(killed.values())} of {len(killed)} killed so far\n")
        sys.stdout.flush()

    code = pytest.main([*OPTIONS, *asked.tests], [MutantSession(sample, report)])
    _print(killed)
    sys.exit(code)


def _line(mutant: Mutant) -> str:
    return f"{mutant.path.relative_to(ROOT)}:{mutant.lines.start}: {mutant.change} ({mutant.number})"


def _print(killed: Mapping[Mutant, bool]) -> None:
    """Print the share of killed mutants by folder."""
    folders = Counter(mutant.path.parent.relative_to(ROOT) for mutant in killed)
    dead = Counter(mutant.path.parent.relative_to(ROOT) for mutant in killed if killed[mutant])
    for folder, count in sorted(folders.items()):
        sys.stdout.write(f"{folder}: {dead[folder]} of {count} killed, {dead[folder] / count:.1%}\n")
    sys.stdout.write(f"all: {dead.total()} of {len(killed)} killed, {dead.total() / max(len(killed), 1):.1%}\n")


if __name__ == "__main__":
    main()
