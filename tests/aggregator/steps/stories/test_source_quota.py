"""An outlet gets its share of a list, and more only if no other outlet has items for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.stories.source_quota import apply_source_quota, source_quota


def test_a_flood_leaves_room_for_the_others() -> None:
    assert apply_source_quota("aaaaaaaabbcc", 6, 0.5) == [0, 1, 2, 8, 9, 10]
    assert apply_source_quota("aaaaaaaabb", 6, 0.5) == [0, 1, 2, 3, 8, 9]


def test_one_outlet_alone_fills_its_list() -> None:
    assert apply_source_quota("aaaaa", 4, 0.3) == [0, 1, 2, 3]
    assert apply_source_quota("aaa", 4, 0.3) == [0, 1, 2]
    assert apply_source_quota("", 4, 0.3) == []


def test_no_share_means_no_limit() -> None:
    assert apply_source_quota("aaab", 3, 0) == [0, 1, 2]
    assert [source_quota(100, 0), source_quota(100, 0.3), source_quota(5, 0.3), source_quota(2, 0.1)] == [100, 30, 2, 1]


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(1, 20), st.floats(0, 1))
def test_lists_are_full_in_order_and_fair(outlets: list[int], limit: int, share: float) -> None:
    places = apply_source_quota(outlets, limit, share)
    assert len(places) == min(limit, len(outlets))
    assert places == sorted(set(places))
    passed = [place for place in range(len(outlets)) if place not in places]
    for outlet in set(outlets):
        got = [place for place in places if outlets[place] == outlet]
        assert all(outlets[place] != outlet or place > max(got, default=-1) for place in passed)
        modest = [
            other for other in set(outlets) if other != outlet and outlets.count(other) <= source_quota(limit, share)
        ]
        if len(got) > source_quota(limit, share):  # no outlet within its share was left out
            assert all(outlets[place] not in modest for place in passed)
