"""The picture that a page states in its head."""

from __future__ import annotations

import pytest

from feeds.html.metadata import page_picture
from feeds.model import Picture


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (
            '<meta property="og:image" content="/1.jpg?a=1&amp;b=2"><meta property="og:image:width" content="1200">'
            '<meta property="og:image:height" content="630"><meta property="og:image:alt" content="夜景">',
            Picture("https://a.example/1.jpg?a=1&b=2", 1200, 630, "夜景"),
        ),
        ("<meta content='//b.example/1.jpg' property=og:image>", Picture("https://b.example/1.jpg")),
        ('<meta name="twitter:image" content="https://a.example/1.jpg">', Picture("https://a.example/1.jpg")),
        ('<meta property="og:image" content="/images/logo.png">', None),
        ('<meta property="og:image" content="javascript:x">', None),
        ("<meta charset=utf-8>", None),
    ],
)
def test_page_picture(markup: str, expected: Picture | None) -> None:
    assert page_picture(markup, "https://a.example/news/1.html") == expected
