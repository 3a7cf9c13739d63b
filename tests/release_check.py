"""Check what a release needs beside lint and tests; run by ``make release``.

The version is the same everywhere, the changelog has it with a date and nothing unreleased before it, generated pages
are up to date, and everything is committed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from aggregator import VERSION

ROOT = Path(__file__).parents[1]
PAGES = ("config.md", "cli.md", "zh/config.md", "zh/cli.md")


def version_problems(pyproject: str, version: str) -> Iterator[str]:
    """Yield what is wrong with the version."""
    declared = tomllib.loads(pyproject)["project"]["version"]
    if declared != version:
        yield f"pyproject.toml has version {declared}, aggregator.VERSION is {version}"
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        yield f"{version} is no semantic version"


def changelog_problems(changelog: str, version: str) -> Iterator[str]:
    """Yield what is wrong with the changelog."""
    unreleased = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", changelog, re.M | re.S)
    if unreleased and unreleased[1].strip():
        yield "CHANGELOG.md: move what is Unreleased below the heading of this version"
    if not re.search(rf"^## {re.escape(version)} - \d{{4}}-\d{{2}}-\d{{2}}$", changelog, re.M):
        yield f"CHANGELOG.md has no heading '## {version} - YYYY-MM-DD'"


def page_problems() -> Iterator[str]:
    """Yield generated pages that are out of date."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "gedi.docs_generator", folder], cwd=ROOT, check=True)
        for page in PAGES:
            if (ROOT / "docs" / page).read_bytes() != (Path(folder) / page).read_bytes():
                yield f"docs/{page} is out of date: make docs"


def repository_problems() -> Iterator[str]:
    """Yield what is not committed."""
    status = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    if status.stdout:
        yield "not committed:\n" + status.stdout.rstrip()


def main() -> int:
    """Print every problem; returns the exit status."""
    problems = [
        *version_problems((ROOT / "pyproject.toml").read_text("utf-8"), VERSION),
        *changelog_problems((ROOT / "CHANGELOG.md").read_text("utf-8"), VERSION),
        *page_problems(),
        *repository_problems(),
    ]
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
