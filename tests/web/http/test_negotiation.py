"""Tests of content codings and conditional requests (RFC 9110 12.5.3 and 13.1)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from web.http.negotiation import choose_coding, etag_matches, is_unmodified_since

ALL = ("br", "zstd", "gzip")
MODIFIED = datetime(2026, 5, 20, 2, 24, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("GZIP", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip;q=0", "identity"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("br;q=0, *", "zstd"),
        ("identity", "identity"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("gzip;q=nonsense", "identity"),
        ("gzip;q=2", "gzip"),
        ("deflate", "identity"),
        (",,;;,", "identity"),
    ],
)
def test_coding_with_the_highest_quality_is_chosen(header: str, coding: str) -> None:
    assert choose_coding(header, ALL) == coding


def test_only_offered_codings_are_chosen() -> None:
    assert choose_coding("br, gzip", ("gzip",)) == "gzip"
    assert choose_coding("br", ()) == "identity"


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ('"abc-gz"', True),
        ('W/"abc-gz"', True),
        ('"x", "abc-gz"', True),
        ('"x",W/"abc-gz","y"', True),
        ("*", True),
        (" * ", True),
        ('"abc"', False),
        ('"abc-br"', False),
        ("abc-gz", False),
        ("", False),
    ],
)
def test_if_none_match(header: str, same: bool) -> None:
    assert etag_matches(header, '"abc-gz"') is same


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ("Wed, 20 May 2026 02:24:00 GMT", True),
        ("Wed, 20 May 2026 02:24:01 GMT", True),
        ("Wed, 20 May 2026 02:23:59 GMT", False),
        ("Wednesday, 20-May-26 02:24:00 GMT", True),
        ("yesterday", False),
        ("", False),
    ],
)
def test_if_modified_since(header: str, same: bool) -> None:
    assert is_unmodified_since(header, MODIFIED) is same
