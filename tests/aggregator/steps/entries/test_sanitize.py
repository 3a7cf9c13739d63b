"""Sanitizing of publishers' HTML: what is kept, what is removed, and the time it takes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.steps.entries.sanitize import MAX_PICTURES, plain_text, sanitize, sanitize_with_text, to_paragraphs


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
        (
            '<p>好<img src="https://a.example/1.jpg" alt="夜景" width="640" height="480" onerror="x()"></p>',
            '<p>好<img src="https://a.example/1.jpg" alt="夜景" width="640" height="480"></p>',
        ),
        ('<img src="/1.jpg">', '<img src="https://a.example/1.jpg" alt="">'),
        ('<img src="javascript:alert(1)"><img src="data:image/png;base64,AA"><img>', ""),
        (
            '<img data-src="/1.jpg"><noscript><img src="/1.jpg"></noscript>',
            '<img src="https://a.example/1.jpg" alt="">',
        ),
        (
            "<figure><img src='/1.jpg'><figcaption>图为<b>古城</b></figcaption></figure>",
            '<figure><img src="https://a.example/1.jpg" alt=""><figcaption>图为<b>古城</b></figcaption></figure>',
        ),
        ("<figure><video src='/1.mp4'></video><figcaption>视频</figcaption></figure>", "<p>视频</p>"),
        (
            '<table border="1"><tr><th colspan="2">菜</th></tr><tr><td rowspan="x">姜</td><td>3元</td></tr></table>',
            '<table><tbody><tr><th colspan="2">菜</th></tr><tr><td>姜</td><td>3元</td></tr></tbody></table>',
        ),
        ("<table><tr><td>一段</td></tr><tr><td>二段</td></tr></table>", "<p>一段</p><p>二段</p>"),
        ("<table><tr><td>栏</td><td><p>正文</p></td></tr></table>", "<p>栏</p><p>正文</p>"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3", "<p>1</p><p>2</p><p>3</p>"),
        (
            "<table><tr><td><table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table></td></tr></table>",
            "<table><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></tbody></table>",
        ),
        ('<iframe src="https://x.example"></iframe>', ""),
        ("<svg><a xlink:href='javascript:alert(1)'>x</a></svg>好", "好"),
    ],
)
def test_sanitise(markup: str, expected: str) -> None:
    assert sanitize(markup, "https://a.example/news/1.html") == expected


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
        ("<table><tr><td>白菜</td><td>1元</td></tr></table>", "白菜\n1元"),
        ('<p>前<img src="https://a.example/1.jpg" alt="夜景">后</p>', "前后"),
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


@pytest.mark.parametrize(
    "markup", ["<table>" * 50_000, "<table><tr><td>" * 13_000, "<img src=/1.jpg>" * 12_000, "<figure>" * 20_000]
)
def test_sanitizing_is_fast(markup: str) -> None:
    before = time.process_time()
    sanitize(markup, "https://a.example/")
    assert time.process_time() - before < 2


def test_a_text_has_a_bounded_number_of_pictures() -> None:
    markup = "".join(f"<img src='/{number}.jpg'>" for number in range(100))
    assert sanitize(markup, "https://a.example/").count("<img") == MAX_PICTURES
