"""Sanitizing of publishers' HTML: what is kept, what is removed, and the time it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.entries.sanitize import plain_text, sanitize, sanitize_with_text, to_paragraphs


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("一行字", "<p>一行字</p>"),
        ("第一段\n\n　　第二段", "<p>第一段</p><p>第二段</p>"),
        ("<p>好</p><script>alert(1)</script>", "<p>好</p>"),
        ('<p onclick="x()" style="color:red">好</p>', "<p>好</p>"),
        ('<a href="javascript:alert(1)">好</a>', '<a rel="noopener noreferrer nofollow">好</a>'),
        ('<img src="https://t.example/pixel.gif"><p>好</p>', "<p>好</p>"),
        ("<h1>大</h1><h2>中</h2>", "<h3>大</h3><h3>中</h3>"),
        ("<div>一</div><div>二</div>", "<p>一</p><p>二</p>"),
        ("<p>&nbsp;</p><p>　　首行缩进</p>", "<p>首行缩进</p>"),
        ("<p>AT&amp;T &lt;b&gt;</p>", "<p>AT&amp;T &lt;b&gt;</p>"),
        ('<iframe src="https://x.example"></iframe>', ""),
        ("<svg><a xlink:href='javascript:alert(1)'>x</a></svg>好", "好"),
    ],
)
def test_sanitise(markup: str, expected: str) -> None:
    assert sanitize(markup) == expected


def test_a_link_keeps_its_address_and_says_nothing_of_us() -> None:
    assert sanitize('<a href="https://a.example/?x=1&y=2" target="_blank">好</a>') == (
        '<a href="https://a.example/?x=1&amp;y=2" rel="noopener noreferrer nofollow">好</a>'
    )


def test_deep_nesting_becomes_plain_text() -> None:
    markup = "<div>" * 20_000 + "好" + "</div>" * 20_000
    assert sanitize(markup) == "<p>好</p>"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>一</p><p>二<br>三</p>", "一\n二\n三"),
        ("<style>p{}</style><p>好&nbsp;&hellip;</p>", "好 …"),
        ("没有标签 &amp; 实体", "没有标签 & 实体"),
        ("<script>if (a<b) {}</script>好", "好"),
        ("a &lt; b", "a < b"),
    ],
)
def test_plain_text(markup: str, expected: str) -> None:
    assert plain_text(markup) == expected


def test_paragraphs_escape_what_looks_like_markup() -> None:
    assert to_paragraphs("<script>") == "<p>&lt;script&gt;</p>"


PIECES = (
    *"<p> </p> <br/> <div> </div> <h2> </h2> <b> </b> <table><tr><td> <script> </script> <title> <pre> <hr>".split(),
    *"<ul><li> </a> <!--c--> <![CDATA[ < > & &nbsp; &lt;b&gt; 文字 <select>".split(),
    '<a href="https://a.example/?x=1&amp;y=&gt;">',
    "<a href='/b>c'>",
    '<img src="x">',
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_safe_html_and_plain_text_are_the_same_together_as_alone(markup: str) -> None:
    assert sanitize_with_text(markup) == (sanitize(markup), plain_text(markup))
