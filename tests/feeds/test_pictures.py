"""Which img tags of a text are pictures."""

from __future__ import annotations

import time

import pytest

from feeds.model import Picture
from feeds.pictures import pictures_in

BASE = "https://a.example/news/1.html"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<p><img src="https://a.example/1.jpg"></p>', Picture("https://a.example/1.jpg")),
        (
            "<IMG SRC='/1.jpg' WIDTH=800 HEIGHT=\"450px\" ALT='夜 &amp; 景'>",
            Picture("https://a.example/1.jpg", 800, 450, "夜 & 景"),
        ),
        ('<img src="1.jpg">', Picture("https://a.example/news/1.jpg")),
        ('<img src="//b.example/1.jpg?a=1&amp;b=2">', Picture("https://b.example/1.jpg?a=1&b=2")),
        ('<img src="1.jpg" width="100%" height="auto">', Picture("https://a.example/news/1.jpg")),
        ('<img src="1.jpg" style="width:640px;height:360.5px">', Picture("https://a.example/news/1.jpg", 640, 360)),
        ('<img src="/loading.gif" data-src="/1.jpg">', Picture("https://a.example/1.jpg")),
        ('<img src="data:image/gif;base64,R0" data-original="/1.jpg">', Picture("https://a.example/1.jpg")),
        ('<img alt="a > b" src="/1.jpg">', Picture("https://a.example/1.jpg", alt="a > b")),
        ('<img src="/1.gif" width="1" height="1"><img src="/2.jpg">', Picture("https://a.example/2.jpg")),
        ('<img src="/1.jpg" width="600" height="2"/>', None),
        ('<img src="/e/smile.png" class="wp-smiley">', None),
        ('<img src="https://s.w.org/images/core/emoji/14/72x72/1f600.png">', None),
        ('<img src="/static/emoji/1.png">', None),
        ('<img src="/images/spacer.gif">', None),
        ('<img src="/images/blank.gif?1">', None),
        ('<img src="/count.php?id=1">', None),
        ('<img src="https://pixel.wp.com/b.gif?x=1">', None),
        ('<img src="https://hm.baidu.com/hm.gif">', None),
        ('<img src="/1.jpg" style="display: none">', None),
        ('<img src="/logo.svg">', None),
        ('<img src="javascript:alert(1)">', None),
        ('<img src="ftp://a.example/1.jpg">', None),
        ('<img src="data:image/png;base64,AAAA">', None),
        ("<img>", None),
        ('<image src="/1.jpg">', None),
        ("text", None),
    ],
)
def test_first_picture(markup: str, expected: Picture | None) -> None:
    assert next(pictures_in(markup, BASE), None) == expected


@pytest.mark.parametrize(
    "markup", ["<img " * 40_000, '<img alt="' * 20_000, "<img a='\"" * 20_000, "<img " + "a=1 " * 50_000]
)
def test_reading_is_linear(markup: str) -> None:
    before = time.process_time()
    list(pictures_in(markup, BASE))
    assert time.process_time() - before < 1
