"""Every setting, command and URL is documented, and the documentation is correct."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

from gedi.cli import COMMANDS

ROOT = Path(__file__).parents[2]


def test_the_reference_is_up_to_date_in_both_languages(tmp_path: Path) -> None:
    """The reference is generated in a separate process, since click remembers the help options of earlier commands."""
    subprocess.run([sys.executable, "-m", "gedi.docs_generator", str(tmp_path)], cwd=ROOT, check=True)
    for page in ("config.md", "cli.md", "zh/config.md", "zh/cli.md"):
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


def _imports(path: Path) -> set[str]:
    """Return the files of the project that a file imports, wherever in it; a package stands for its ``__init__.py``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value]  # a process is started by the name of its module
        for name in names:
            for file in (f"{name.replace('.', '/')}.py", f"{name.replace('.', '/')}/__init__.py"):
                if len(name) < 100 and (ROOT / file).is_file():
                    found.add(file)
    return found


def test_the_path_of_an_item_is_short_and_connected() -> None:
    """Each file of the path is imported by an earlier one, directly or through the ``__init__.py`` of its folder."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    part = text.partition("path of an item: begin")[2].partition("path of an item: end")[0]
    files = re.findall(r"^\d+\. `([\w/]+\.py)`", part, re.M)
    assert 20 < len(files) <= 40
    reached = {files[0]} | _imports(ROOT / files[0])
    for file in files[1:]:
        assert file in reached, file
        direct = _imports(ROOT / file)
        reached |= direct
        for face in direct:
            if face.endswith("__init__.py"):
                reached |= _imports(ROOT / face)


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    """Every decision has the same sections and a line in the index."""
    files = sorted((ROOT / "docs/decisions").glob("0*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    for file in files:
        text = file.read_text("utf-8")
        assert text.startswith(f"# {int(file.name[:4])}. "), file.name
        sections = re.findall(r"^## (.+)$", text, re.M)
        assert sections == ["Context", "Decision", "Consequences", "Measured"], file.name
        assert f"({file.name})" in index, file.name


def test_the_chinese_readme_has_what_the_english_one_has() -> None:
    """Headings by number, and commands, addresses and links by name, links to pages in Chinese where they exist."""
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))
    for page in set(re.findall(r"\]\(docs/([\w/-]+\.md)", chinese)):
        assert page.startswith("zh/") or not (ROOT / "docs/zh" / page).exists(), page
    chinese = chinese.replace("](docs/zh/", "](docs/")
    assert len(re.findall("^## ", chinese, re.M)) == len(re.findall("^## ", english, re.M))
    for text in (r"\]\(((?:docs|[A-Z])[^)]+)\)", r"`(?:gedi|make) [a-z-]+", r"`(/[a-z]+)`"):
        assert set(re.findall(text, english)) - {"README.zh-CN.md"} <= set(re.findall(text, chinese))


def test_every_make_target_is_documented() -> None:
    documentation = "\n".join(
        page.read_text("utf-8") for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"))
    )
    for target in re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.M):
        assert re.search(rf"make {target}\b", documentation), target
