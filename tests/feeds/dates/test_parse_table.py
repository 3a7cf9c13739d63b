"""The table of dates in ``dates.tsv``: language of the feed, text and expected time in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest

from feeds.dates.parse import parse_date

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # a Monday; 17:30 in China
ZONES: dict[str, tzinfo] = {tongue: timezone(timedelta(hours=9)) for tongue in ("ja", "ko")}


def _rows() -> list[tuple[str, str, str]]:
    """Return language, text and time ("None" for a text that is no date or ambiguous)."""
    rows, language = [], ""
    for line in Path(__file__).with_name("dates.tsv").read_text("utf-8").splitlines():
        if line.startswith("== "):
            language = line[3:]
        else:
            text, _, expected = line.rpartition("\t")
            rows.append((language, text, expected))
    return rows


@pytest.mark.parametrize(("language", "text", "expected"), _rows())
def test_date_is_parsed(language: str, text: str, expected: str) -> None:
    wanted = None if expected == "None" else datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert parse_date(text, zone=ZONES.get(language), language=language, now=NOW) == wanted
