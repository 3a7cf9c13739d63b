"""One outlet gets its share of a list, and more only where nobody else wants it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.stories.source_quota import fair, share_of


def test_a_flood_leaves_room_for_the_others() -> None:
    assert fair("aaaaaaaabbcc", 6, 0.5) == [0, 1, 2, 8, 9, 10]
    assert fair("aaaaaaaabb", 6, 0.5) == [0, 1, 2, 3, 8, 9]


def test_one_outlet_alone_fills_its_list() -> None:
    assert fair("aaaaa", 4, 0.3) == [0, 1, 2, 3]
    assert fair("aaa", 4, 0.3) == [0, 1, 2]
    assert fair("", 4, 0.3) == []


def test_no_share_means_no_limit() -> None:
    assert fair("aaab", 3, 0) == [0, 1, 2]
    assert [share_of(100, 0), share_of(100, 0.3), share_of(5, 0.3), share_of(2, 0.1)] == [100, 30, 2, 1]


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(1, 20), st.floats(0, 1))
def test_lists_are_full_in_order_and_fair(outlets: list[int], limit: int, share: float) -> None:
    places = fair(outlets, limit, share)
    assert len(places) == min(limit, len(outlets))
    assert places == sorted(set(places))
    passed = [place for place in range(len(outlets)) if place not in places]
    for outlet in set(outlets):
        got = [place for place in places if outlets[place] == outlet]
        assert all(outlets[place] != outlet or place > max(got, default=-1) for place in passed)
        modest = [other for other in set(outlets) if other != outlet and outlets.count(other) <= share_of(limit, share)]
        if len(got) > share_of(limit, share):  # then nobody who asked for no more than a share was left out
            assert all(outlets[place] not in modest for place in passed)
