"""Durations and sizes as an admin writes them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.config.durations import format_duration, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("15m", 900), ("1h30m", 5400), ("7d", 604800), ("1.5h", 5400), ("250ms", 0.25), ("0s", 0), (0, 0)],
)
def test_durations(text: object, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", 30, "h", "5 parsecs", "-5m", None, True])
def test_no_durations(text: object) -> None:
    with pytest.raises(ValueError, match="with its unit"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["30s", "15m", "1h30m", "7d", "2d4h", "0.25s", "0s"])
def test_a_duration_is_written_as_it_is_read(text: str) -> None:
    assert format_duration(parse_duration(text)) == text


@pytest.mark.parametrize(("text", "size"), [("5MB", 5_000_000), ("512KiB", 524_288), (1000, 1000), ("10 kb", 10_000)])
def test_sizes(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "5XB", True, None])
def test_no_sizes(text: object) -> None:
    with pytest.raises(ValueError, match="write a size"):
        parse_size(text)
