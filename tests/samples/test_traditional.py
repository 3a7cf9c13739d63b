"""Conversion of simplified to traditional characters by OpenCC's tables."""

from __future__ import annotations

import pytest

from aggregator.steps.text.normalize import fold
from samples.traditional import Standard, traditional


@pytest.mark.parametrize(
    ("text", "standard", "expected"),
    [
        ("", "TW", ""),
        ("Gedi 2026", "TW", "Gedi 2026"),
        ("理发师发现头发长了", "TW", "理髮師發現頭髮長了"),
        ("皇后在台阶后面吃面条", "TW", "皇后在臺階後面吃麵條"),
        ("村里的群众", "OpenCC", "村裏的羣衆"),
        ("村里的群众", "TW", "村裡的群眾"),
        ("村里的群众", "HK", "村裏的羣眾"),
    ],
)
def test_phrases_then_characters_then_the_forms_of_a_region(text: str, standard: Standard, expected: str) -> None:
    assert traditional(text, standard) == expected
    assert fold(expected) == fold(text)
