"""Series of the benchmark's titles."""

from __future__ import annotations

from benchmarks.quality_series import SEEDS, measure


def test_most_issues_and_hardly_any_news_are_taken_for_a_series() -> None:
    precision, recall = measure(SEEDS[0])
    assert precision > 0.99
    assert recall > 0.95
