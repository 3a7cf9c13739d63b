"""Only the entry points of the program read the time; everything else gets a clock or a time as an argument."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("feeds", "aggregator", "web", "gedi", "samples", "benchmarks", "tests")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# The files that read the wall clock: one in the program, one that asks the database for its own, for signs of life of
# workers on different machines, and two that replace it in tests.
READERS = {
    "aggregator/runtime/clock.py",
    "aggregator/store/sql/database_clock.py",
    "tests/clock.py",
    "tests/shifted_clock/sitecustomize.py",
}
# The files that may use ``aggregator.runtime.clock``: where a process starts. APScheduler goes by the wall clock.
EDGES = {
    "gedi/commands/__init__.py",
    "gedi/site_server.py",
    "samples/__main__.py",
    "aggregator/scheduler.py",
    "benchmarks/fetch.py",
    "benchmarks/freshness.py",
    "benchmarks/polling.py",
    "benchmarks/polling_profile.py",
    "benchmarks/soak/__main__.py",
    "benchmarks/soak/outlets.py",
    "tests/clock.py",
}

_READS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {
        "time",
        "time_ns",
        "localtime",
        "gmtime",
        "ctime",
        "asctime",
        "strftime",
        "clock_gettime",
        "CLOCK_REALTIME",
    },
    "uuid": {"uuid1", "uuid6", "uuid7"},
    "func": {"now", "current_timestamp", "current_time", "current_date", "localtime", "localtimestamp", "sysdate"},
}
_MODULES = {name: find_clock_reads for name, find_clock_reads in _READS.items() if name in ("time", "uuid")}
_WITHOUT_ARGUMENT = {"formatdate", "localtime", "http_date"}  # they use the current time by default
_TIMES = {"timeval", "dt", "timestamp"}
_SQL = re.compile(
    r"\b(CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME|LOCALTIMESTAMP|LOCALTIME|clock_timestamp|statement_timestamp"
    r"|transaction_timestamp|sysdate)\b|\bnow\(\)|\b(datetime|date|time|julianday|unixepoch|strftime)\s*\([^)]*'now'",
    re.I,
)
_IN_TEMPLATES = re.compile(r"\b(Date\.now|new Date\s*\(\s*\)|performance\.timeOrigin)|\bnow\s*\(|\butcnow\b")


def find_clock_reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, name) for everything in a syntax tree that reads the wall clock."""
    documented = {id(text) for text in _docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
            if node.attr in _READS.get(owner, ()):
                yield node.lineno, f"{owner}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name in _MODULES.get(node.module or "", ()):
                    yield node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Call) and not node.args and not any(key.arg in _TIMES for key in node.keywords):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in _WITHOUT_ARGUMENT:
                yield node.lineno, f"{name}()"
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documented
            and (found := _SQL.search(node.value))
        ):
            yield node.lineno, found.group()


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


@pytest.mark.parametrize(
    "code",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "dt.date.today()",
        "def get(clock=time.time): ...",
        "from time import time_ns",
        "formatdate(usegmt=True)",
        "select(func.now())",
        "text('DELETE FROM items WHERE seen < CURRENT_TIMESTAMP')",
        "text(\"SELECT strftime('%s', 'now')\")",
    ],
)
def test_every_way_to_read_the_wall_clock_is_recognized(code: str) -> None:
    assert list(find_clock_reads(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["time.monotonic()", "now()", "at.strftime('%H')", "formatdate(5)", "datetime.fromtimestamp(0, UTC)"]
)
def test_a_given_time_and_a_duration_are_no_reading_of_the_wall_clock(code: str) -> None:
    assert not list(find_clock_reads(ast.parse(code)))


def test_only_the_clock_reads_the_wall_clock() -> None:
    this = Path(__file__).relative_to(ROOT).as_posix()
    found = [
        f"{file}:{line}: {name}"
        for path in FILES
        if (file := path.relative_to(ROOT).as_posix()) not in READERS | {this}
        for line, name in find_clock_reads(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


def test_only_the_edges_use_the_wall_clock() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        if re.search(r"^\s*(from aggregator\.runtime(\.clock)? import .*\b(clock|now_utc)|import .*runtime\.clock)\b",
                     path.read_text("utf-8"), re.M)
    }  # fmt: skip
    assert users == EDGES


def test_pages_and_scripts_are_given_the_time() -> None:
    for folder in ("templates", "static"):
        for path in (ROOT / "web" / folder).rglob("*"):
            if path.suffix in (".html", ".xml", ".js", ".txt", ".xsl"):
                assert not _IN_TEMPLATES.search(path.read_text("utf-8")), path
