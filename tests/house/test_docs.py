"""Every setting, command and address is documented, and what is documented is true."""

from __future__ import annotations

import re
from pathlib import Path

from gedi.cli import COMMANDS
from gedi.reference import cli_reference, config_reference

ROOT = Path(__file__).parents[2]


def test_the_reference_of_settings_is_up_to_date() -> None:
    assert (ROOT / "docs/config.md").read_text("utf-8") == config_reference(), "run make docs"


def test_the_reference_of_commands_is_up_to_date() -> None:
    assert (ROOT / "docs/cli.md").read_text("utf-8") == cli_reference(), "run make docs"


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
