"""Guessed selectors for pages that list articles."""

# ruff: noqa: E501 (pages as their publishers write them)
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from feeds.listings.guess_selectors import guess_selectors

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 7, 22, 9, 0, tzinfo=CHINA)
TITLES = (
    "早市搬进新大棚，不怕下雨了",
    "夜班公交多开两小时",
    "三个村通上自来水，老人不再挑水",
    "少年篮球队夺冠归来",
    "水库下游的路修好了",
    "渡口的最后一班船开走了",
)
NAV = '<div class="nav"><ul>' + "".join(f'<li><a href="/{n}/">栏目{n}</a></li>' for n in range(12)) + "</ul></div>"
SIDE = (
    '<div class="hot"><ol>'
    + "".join(f'<li><a href="/h{n}.html">热门文章第{n}号的标题</a></li>' for n in range(5))
    + "</ol></div>"
)
FOOT = '<div class="foot"><a href="/about">关于我们的网站</a> <a href="/law">法律声明与隐私条款</a></div>'


def page(body: str) -> bytes:
    return f"<html><head><title>城区</title></head><body>{NAV}{body}{SIDE}{FOOT}</body></html>".encode()


def each(form: str) -> str:
    return "".join(form.format(n=n, t=title, d=f"07-{20 - n}", y=f"2026-07-{20 - n}") for n, title in enumerate(TITLES))


@pytest.mark.parametrize(
    ("body", "selector"),
    [
        ('<ul class="news">' + each('<li><a href="/a{n}.html">{t}</a><span>{d}</span></li>') + "</ul>", "ul.news > li"),
        ('<div id="list"><ul>' + each('<li class="i{n}">·<a href="a{n}.html">{t}</a> [{d}]</li>') + "</ul></div>", "div#list li"),
        ("<table><tr><td><table class='lb'>" + each("<tr><td><a href='a{n}.html'>{t}</a></td><td>{y}</td></tr>") + "</table></td></tr></table>", "table.lb > tr"),
        ('<div class="main">' + each('<div class="card first{n}"><a href="/{n}"><img src="{n}.jpg"></a><h3><a href="/{n}">{t}</a></h3><p>这是一段摘要，说的是这件事情的经过。</p><span class="time">{y}</span></div>') + "</div>", "div.main > div.card"),
        ('<section class="feed">' + each('<a href="/{n}"><h4>{t}</h4><time datetime="{y}T08:00:00+08:00">今天</time></a>') + "</section>", "section.feed > a"),
        ('<dl class="wz">' + each('<dt><a href="{n}.html" title="{t}">{t}</a></dt><dd>发布时间：{y}</dd>') + "</dl>", "dl.wz > dt"),
    ],
)  # fmt: skip
def test_the_list_is_found_among_menus_and_side_columns(body: str, selector: str) -> None:
    found = guess_selectors(page(body), url="https://a.example/list.html", zone=CHINA, language="zh-CN", now=NOW)
    assert found is not None
    assert found.select.item == selector
    assert [entry.title for entry in found.feed.entries] == list(TITLES)
    dated = {entry.published is not None for entry in found.feed.entries}
    assert dated == {not selector.endswith("dt")}  # its dates are beside the items, in <dd>


@pytest.mark.parametrize("body", [b"", b"<p>words</p>", b"<ul><li><a href='/'>x</a></li></ul>", b"<div>" * 5000])
def test_page_without_a_list_gives_no_guess(body: bytes) -> None:
    assert guess_selectors(body, url="https://a.example/", now=NOW) is None
