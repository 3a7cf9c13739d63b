"""Each document of the case tables in ``cases/`` gives the expected result."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeds.encoding.charsets import charset_parameter
from feeds.model import NotAFeed
from feeds.read import read_feed
from gedi.commands.read import entry_fields, feed_fields
from tests.feeds.case_loader import CASES, Case, load, rest_of_entry, rest_of_feed

NOW = datetime(2020, 1, 11, 0, 0, tzinfo=UTC)
ALL = [
    pytest.param(case, id=f"{path.stem}: {case.story}") for path in sorted(CASES.glob("*.txt")) for case in load(path)
]


@pytest.mark.parametrize("case", ALL)
def test_case(case: Case) -> None:
    charset = charset_parameter(case.type)
    result = read_feed(case.content, url=case.url, media_type=case.type, charset=charset, headers=case.headers, now=NOW)
    if "error" in case.expected:
        assert isinstance(result, NotAFeed)
        assert [link.href for link in result.feed_links] == case.expected.get("found", [])
        return
    assert not isinstance(result, NotAFeed), result.reason
    feed = feed_fields(result) | rest_of_feed(result)
    entries = [entry_fields(entry) | rest_of_entry(entry) for entry in result.entries]
    expected_feed = case.expected.get("feed", {})
    assert {name: feed[name] for name in expected_feed} == expected_feed
    assert case.expected.get("skipped", result.skipped) == result.skipped
    if "entries" in case.expected:
        parts = [
            {name: entry[name] for name in expected}
            for entry, expected in zip(entries, case.expected["entries"], strict=True)
        ]
        assert parts == case.expected["entries"]
