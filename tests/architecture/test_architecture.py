"""The rules of the architecture: import directions, one file per library, pure packages, sizes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("feeds", "aggregator", "web", "gedi", "samples")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# library -> the only files that may import it
DOORS = {
    "feedparser": {"feeds/xml/read.py"},
    "ahocorasick_rs": {"aggregator/reference/word_finder.py"},
    "aiohttp": {"aggregator/fetching/transport.py"},
    "nh3": {"aggregator/steps/entries/sanitize.py"},
    "rjieba": {"aggregator/steps/text/segment.py"},
    "apscheduler": {"aggregator/scheduler.py"},
    "apprise": {"aggregator/notifications/apprise_child.py"},
    "granian": {"gedi/site_server.py"},
    "alembic": {"aggregator/store/schema/migrate.py"},
    "dotenv": {"aggregator/config/environment.py"},
    "cssselect": {"feeds/html/parse.py"},
    "webencodings": {"feeds/encoding/charsets.py"},
    "trafilatura": {"aggregator/intake/article_text.py"},
    "itsdangerous": {"web/admin/session.py"},
    "babel": {"web/i18n/catalogs.py"},
    "markdown_it": {"gedi/markdown_messages.py"},
    "tomlkit": {"gedi/config_file.py"},
    "prometheus_client": {"web/metrics.py"},
    "protego": {"aggregator/fetching/robots.py"},
    "mcp": {"web/mcp/server.py"},
    "uvicorn": {"web/mcp/server.py"},
    "anyio": {"web/mcp/server.py"},
    "re2": {"aggregator/steps/categories/patterns.py"},
}
FOLDER_DOORS = {
    "sqlalchemy": "aggregator/store/",
    "psycopg": "aggregator/store/",
    "flask": "web/",
    "feedgen": "feeds/",
    "click": "gedi/",
    "rich": "gedi/",
}


def imported_modules(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return names


IMPORTS = {path.relative_to(ROOT).as_posix(): imported_modules(path) for path in FILES}


def importers(library: str) -> set[str]:
    return {file for file, names in IMPORTS.items() if any(name.split(".")[0] == library for name in names)}


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    expected = DOORS[library]
    folders = {file for file in importers(library) if "/migrations/" not in file}
    assert folders <= expected, f"{library} is imported by {sorted(folders - expected)}"


@pytest.mark.parametrize("library", FOLDER_DOORS)
def test_each_library_stays_in_its_folder(library: str) -> None:
    strangers = {file for file in importers(library) if not file.startswith(FOLDER_DOORS[library])}
    assert not strangers


def test_imports_go_one_way() -> None:
    order = ["feeds", "aggregator", "web", "samples", "gedi"]
    for file, names in IMPORTS.items():
        package = file.split("/")[0]
        above = set(order[order.index(package) + 1 :])
        assert not {name for name in names if name.split(".")[0] in above}, file


IMPURE = {"socket", "sqlite3", "sqlalchemy", "aiohttp", "flask", "subprocess", "asyncio", "random", "time"}


def test_formats_and_steps_are_pure() -> None:
    for file, names in IMPORTS.items():
        if file.startswith(("feeds/", "aggregator/steps/")):
            assert not {name.split(".")[0] for name in names} & IMPURE, file


def test_sql_is_written_in_the_store_alone() -> None:
    statement = re.compile(r"""["'](SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE)\b""")
    for path in FILES:
        file = path.relative_to(ROOT).as_posix()
        if not file.startswith("aggregator/store/"):
            assert not statement.search(path.read_text("utf-8")), file


def test_files_stay_small() -> None:
    large = {str(path): n for path in FILES if (n := len(path.read_text("utf-8").splitlines())) > 500}
    assert not large


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path)
        for path in FILES
        if path.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


def test_no_file_names_a_package_index() -> None:
    parts = (("pypi", "org"), ("files", "pythonhosted"), ("registry", "npmjs"), ("deb", "debian"))
    host = re.compile("|".join([*map(r"\.".join, parts), "index" + "-url"]), re.I)
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    for name in listed.stdout.split("\n"):
        path = ROOT / name
        if (
            path.is_file()
            and path.suffix in (".py", ".toml", ".lock", ".md", ".txt", ".json", ".yml", "")
            and path != Path(__file__)
        ):
            assert not host.search(path.read_text("utf-8", "ignore")), name


def test_the_command_starts_without_loading_the_service() -> None:
    """Every command pays for the imports of the entry point: help loads neither web, network nor database."""
    script = (
        "import sys, gedi.cli; print(*(m for m in ('flask', 'aiohttp', 'sqlalchemy', 'numpy') if m in sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == ""


READING = ("feedparser", "numpy", "feedgen", "aggregator.learning.classifier")


def loaded_by(names: tuple[str, ...], config: Path, *words: str) -> list[str]:
    """Return the output of a command, and after it those of the modules that it has loaded."""
    script = f"""
import atexit, sys
from gedi.cli import main
atexit.register(lambda: print(*(name for name in {names} if name in sys.modules)))
main([*{words}, "--config", {str(config)!r}])
"""
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    return answer.stdout.splitlines()


def test_a_poll_with_nothing_due_loads_neither_network_nor_reading(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[database]\nurl = "sqlite:///gedi.db"\n', "utf-8")
    costly = ("aiohttp", "apprise", "apscheduler", "flask", "sqlalchemy.dialects.postgresql", *READING)
    nothing = ["0 polled: nothing was due; 0 entries read, 0 unreadable", ""]
    loaded_by(costly, config, "poll")  # creates the database
    assert loaded_by(costly, config, "poll") == nothing


def test_a_poll_without_a_document_loads_nothing_of_reading(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[database]\nurl = "sqlite:///gedi.db"\n[[sources]]\nurl = "http://127.0.0.1/"\n', "utf-8")
    assert loaded_by(("flask", *READING), config, "poll", "--all")[1:] == [
        "1 polled: 1 failed; 0 entries read, 0 unreadable",
        "",
    ]
