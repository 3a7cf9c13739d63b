"""What is installed with Gedi has licenses that allow it."""

from __future__ import annotations

import pytest

from tests.deploy.licenses import is_allowed, locked_licenses


def test_licenses_of_what_runs_are_allowed() -> None:
    found = list(locked_licenses())
    assert len(found) > 50
    assert [row for row in found if not is_allowed(row[2])] == []


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("MPL-1.1 OR LGPL-2.1-or-later", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR AGPL-3.0-only", False),
        ("", False),
    ],
)
def test_an_alternative_must_be_allowed_as_a_whole(expression: str, allowed: bool) -> None:
    assert is_allowed(expression) == allowed
