"""Tables of data and of layout, pictures that are replaced, and texts that are cut."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from aggregator.steps.entries.illustrations import replace_pictures
from aggregator.steps.entries.tables import unwrap_layout_tables
from aggregator.steps.entries.truncation import is_truncated, matches_article
from tests.entry_factories import draft

DATA = "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>"


@pytest.mark.parametrize(
    "markup",
    [
        DATA,
        f"前{DATA}中{DATA}后",
        "<TABLE><caption>价</caption><thead><TR><th>1<th>2</thead><tbody><tr><td>3</tbody></TABLE>",
        "<table><tr><td>1</tr><tr><td>2</td><td>3</td></tr></table>",
        "a < b 没有表格",
        "",
    ],
)
def test_tables_of_data_are_kept(markup: str) -> None:
    assert unwrap_layout_tables(markup) == markup


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<table><tr><td>1</td><td>2</td></tr></table>", "<p><p><p>1</p><p>2</p></p></p>"),
        ("<table><tr><td>1</td></tr><tr><td>2</td></tr></table>", "<p><p><p>1</p></p><p><p>2</p></p></p>"),
        (DATA.removesuffix("</table>"), "<p><p><p>1</p><p>2</p></p><p><p>3</p><p>4</p></p>"),
        (f"<table><tr><td>{DATA}</td><td>栏</td></tr></table>", f"<p><p><p>{DATA}</p><p>栏</p></p></p>"),
        ("</td>单</tr><td>", "</p>单</p><p>"),
        ("<tr><td>1", "<p><p>1"),
        ("<TABLE><TR><TD>1</TD></TR></TABLE>x", "<p><p><p>1</p></p></p>x"),
    ],
)
def test_tables_of_layout_become_paragraphs(markup: str, expected: str) -> None:
    assert unwrap_layout_tables(markup) == expected


def without(_: Mapping[str, str]) -> str:
    return ""


def by_alt(attributes: Mapping[str, str]) -> str:
    return f"[{attributes['alt']} {sorted(attributes)}]"


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        ('<p>前<img src="https://a.example/1.jpg" alt="">后</p>', "<p>前后</p>"),
        ('<p><a href="/"><b> <img src="/1.jpg"></b></a> </p><p>后</p>', "<p>后</p>"),
        ('<figure><img src="/1.jpg"><figcaption>图为古城</figcaption></figure>后', "后"),
        (
            '<figure><img src="/1.jpg"><blockquote>引</blockquote><figcaption>题</figcaption></figure>',
            "<figure><blockquote>引</blockquote><figcaption>题</figcaption></figure>",
        ),
        ("<p></p><figure></figure>", "<p></p><figure></figure>"),  # nothing to replace
    ],
)
def test_pictures_are_removed_without_a_trace(markup: str, left: str) -> None:
    assert replace_pictures(markup, without) == left


def test_pictures_are_replaced_by_their_attributes() -> None:
    markup = '<figure><img src="/1.jpg?a=1&amp;b=2" alt="&quot;夜景&quot;"><figcaption>题</figcaption></figure>'
    assert replace_pictures(markup, by_alt) == "<figure>[\"夜景\" ['alt', 'src']]<figcaption>题</figcaption></figure>"
    assert replace_pictures(markup, lambda picture: f'<img src="{picture["src"]}">') == (
        '<figure><img src="/1.jpg?a=1&b=2"><figcaption>题</figcaption></figure>'
    )


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [
        ("一句完整的话。", 300, False),
        ("一句完整的话。", 299, True),
        ("话说到一半……", 999, True),
        ("话说到一半...[详细]", 999, True),
        ("Half a story [Read More] »", 999, True),
        ("阅读全文请买报纸。", 999, False),
        ("……" + "话" * 60, 999, False),
    ],
)
def test_texts_that_are_cut(text: str, length: int, cut: bool) -> None:
    assert is_truncated(draft("题", text, length=length)) is cut


def test_an_article_repeats_what_its_announcement_says() -> None:
    assert matches_article("山亭石板房村通上自来水，三十户人家不再挑水。", "石板房村通水", "三十户人家喝上自来水")
    assert not matches_article("请先登录后再继续阅读本站内容。", "石板房村通水", "三十户人家喝上自来水")
    assert matches_article("", "水", "，。")
    assert matches_article("ab", "abcdef", "")  # one pair of five
    assert not matches_article("ab", "abcdefg", "")
    assert matches_article("甲，乙", "", "甲 乙")
