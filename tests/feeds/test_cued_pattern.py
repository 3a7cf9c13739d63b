"""Patterns with cues find what they would find without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.steps.entries import advertorial
from aggregator.steps.places import cross_mention_weights
from aggregator.steps.stories import fingerprint
from feeds import bylines
from feeds.cued_pattern import CuedPattern


def _patterns(module: ModuleType) -> Iterator[CuedPattern]:
    for value in vars(module).values():
        yield from (
            one for one in (value.values() if isinstance(value, dict) else (value,)) if isinstance(one, CuedPattern)
        )


PATTERNS = [one for module in (advertorial, bylines, cross_mention_weights, fingerprint) for one in _patterns(module)]


@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.cues.pattern)
def test_every_match_has_a_cue(one: CuedPattern) -> None:
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.from_regex(one.pattern))
    def check(text: str) -> None:
        match = one.pattern.search(text)
        assert match is None or one.may_match(match[0])

    check()


def test_a_text_without_a_cue_is_not_searched() -> None:
    pattern = CuedPattern.compile("记者 编辑", "(?:记者|编辑)[:/]")
    assert pattern.search("来源:江畔晚报") is None
    assert list(pattern.finditer("来源:江畔晚报")) == []
    assert pattern.search("责任编辑:周舟") is not None
    assert [match[0] for match in pattern.finditer("记者/编辑:周舟")] == ["记者/", "编辑:"]
    assert isinstance(pattern.pattern, re.Pattern)
