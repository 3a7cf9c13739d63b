"""The workflow, the templates and the check of a release."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml

from aggregator import VERSION
from tests.deploy.dockerfile import ROOT
from tests.release_check import changelog_problems, version_problems

PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


def workflow() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    return document["jobs"]  # type: ignore[no-any-return]


def test_workflow_tests_every_supported_version() -> None:
    supported = [
        name.rpartition(" ")[2]
        for name in tomllib.loads(PYPROJECT)["project"]["classifiers"]
        if re.search(r":: 3\.\d+$", name)
    ]
    assert workflow()["test"]["strategy"]["matrix"]["python"] == supported == ["3.11", "3.12", "3.13", "3.14"]


def test_workflow_calls_what_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    steps = [step for job in workflow().values() for step in job["steps"]]
    targets = [name for step in steps for name in re.findall(r"^make ([a-z-]+)", step.get("run", ""), re.M)]
    assert {"lint", "test", "test-clock", "wheel"} == set(targets)
    assert all(re.search(rf"^{target}:", makefile, re.M) for target in targets)
    assert any("docs/deploy/Dockerfile" in step.get("run", "") for step in steps)
    for job in workflow().values():
        assert job["timeout-minutes"] <= 60


def test_issue_forms_have_what_they_need() -> None:
    for name in ("bug", "feature"):
        form = yaml.safe_load((ROOT / f".github/ISSUE_TEMPLATE/{name}.yml").read_text("utf-8"))
        assert {"name", "description", "body"} <= set(form)
        ids = [part["id"] for part in form["body"]]
        assert len(ids) == len(set(ids)) > 1
        assert all(part["attributes"]["label"] for part in form["body"])


@pytest.mark.parametrize(
    ("changelog", "problems"),
    [
        ("# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-31\n- x\n", 0),
        ("# Changelog\n\n## 1.2.3 - 2026-01-31\n- x\n", 0),
        ("# Changelog\n\n## Unreleased\n- y\n\n## 1.2.3 - 2026-01-31\n- x\n", 1),
        ("# Changelog\n\n## Unreleased\n- y\n\n## 1.2.2 - 2026-01-31\n- x\n", 2),
        ("# Changelog\n\n## 1.2.3\n- x\n", 1),
    ],
)
def test_release_needs_a_changelog(changelog: str, problems: int) -> None:
    assert len(list(changelog_problems(changelog, "1.2.3"))) == problems


def test_version_is_the_same_everywhere() -> None:
    assert list(version_problems(PYPROJECT, VERSION)) == []
    assert len(list(version_problems(PYPROJECT, "9.9"))) == 2
