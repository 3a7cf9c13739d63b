"""Line numbers of keys in TOML files, for every notation of a table."""

from __future__ import annotations

import pytest

from aggregator.config.toml_positions import Key, position_of

TEXT = '''# a comment with [brackets]
title = """x
[sources]
y"""
[a.b]
c.d = 1
e = [1, 2, # ]
  "x]", {q = 2, r = [3]}]
f = 2024-01-01 10:00:00
[[sources]]
url = "x" # [[
"slug" = 'y'
[sources.select]
item = "li"
[[sources]]
url = "z"
include = [
  "a",
  "b"
]
z = {}
y = []
g = 1
'''


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (("title",), (2, 1)),
        (("a", "b", "c", "d"), (6, 1)),
        (("a", "b", "e", 2), (8, 3)),
        (("a", "b", "e", 3, "r", 0), (8, 22)),
        (("a", "b", "f"), (9, 1)),
        (("sources",), (10, 1)),
        (("sources", 0, "slug"), (12, 1)),
        (("sources", 0, "select", "item"), (14, 1)),
        (("sources", 1, "url"), (16, 1)),
        (("sources", 1, "include", 1), (19, 3)),
        (("sources", 1, "z"), (21, 1)),
        (("sources", 1, "g"), (23, 1)),
        (("sources", 1, "nothing"), (15, 1)),
        (("nothing",), None),
    ],
)
def test_a_key_is_found_where_it_stands(key: Key, place: tuple[int, int] | None) -> None:
    assert position_of(TEXT, key) == place
