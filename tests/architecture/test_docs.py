"""Every setting, command and address is documented, and what is documented is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gedi.cli import COMMANDS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["config.md", "cli.md"])
def test_the_reference_is_up_to_date(page: str, tmp_path: Path) -> None:
    """In a process of its own, as make docs writes it: click remembers the help options of commands called before."""
    subprocess.run([sys.executable, "-m", "gedi.docs_generator", str(tmp_path)], cwd=ROOT, check=True)
    assert (ROOT / "docs" / page).read_text("utf-8") == (tmp_path / page).read_text("utf-8"), "run make docs"


def test_links_in_the_docs_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_file_the_architecture_names_is_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    for name in re.findall(r"`((?:feeds|aggregator|web|gedi|samples|tests|benchmarks)/[\w/.]*)`", text):
        assert (ROOT / name).exists(), name


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:`|^)make ([a-z]+)", (ROOT / "README.md").read_text("utf-8"), re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_command_in_the_docs_exists() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for command in re.findall(r"`gedi ([a-z]+)", page.read_text("utf-8")):
            assert command in COMMANDS, f"{page.name}: gedi {command}"
