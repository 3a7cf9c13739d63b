"""Search for inputs that break a door: ``python -m tests.fuzz [--seconds N] [DOOR...]``; ``make fuzz``.

With atheris (the extra "fuzz") the mutations follow the coverage of feeds, aggregator and web, else they are random.
What is found is made smaller, written into tests/corpus, where the tests run it from then on, and reported.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
from pathlib import Path

from tests.fuzz.mutations import CORPUS


def _kept() -> set[Path]:
    return {path for path in CORPUS.rglob("found-*") if path.is_file()}


def main() -> None:
    """Search at each door; exit with 1 if anything was found."""
    doors = sorted(path.name for path in CORPUS.iterdir())
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60, help="for each door")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("doors", nargs="*", help=f"of {', '.join(doors)}")
    asked = parser.parse_args()
    before = _kept()
    sys.stdout.write(f"seed {asked.seed}\n")
    sys.stdout.flush()
    for door in asked.doors or doors:
        words = [door, str(asked.seconds), str(asked.seed)]
        subprocess.run([sys.executable, "-m", "tests.fuzz.search", *words], check=False)
    sys.exit(1 if _kept() - before else 0)


if __name__ == "__main__":
    main()
