"""Articles are fetched for items that have only an excerpt, on both databases."""

# ruff: noqa: E501 (pages as their publishers write them)
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregator.messages import render
from aggregator.model import Listing
from tests.clock import now
from tests.servers import Server, redirect, reply

pytestmark = pytest.mark.clock(every=17)

PARAGRAPHS = (
    "早上五点半，老桥头早市的摊主们第一次把车推进了新大棚。大棚建在旧粮站的院子里，东西两面敞开，能停下二百多辆三轮车。",
    "卖豆腐的孙桂兰来得最早。她说往年七月下雨，塑料布一掀，半板豆腐就泡了汤，今年夏天不用再看天色出门。",
    "街道办事处介绍，大棚是用两年前拆下的旧钢架改建的，没有向摊主收取入场费，只收每天两元的保洁费。管理员每天七点半清扫一次，九点收市后冲洗地面。",
    "附近的居民担心停车。街道把粮站北墙打开了一道门，又在沿河路画了六十个限时车位，早市期间停车一小时内不收费。",
    "按照计划，下个月大棚还会装上电子秤和公平秤各一台，摊主的健康证将统一挂在摊位上方，买菜的人抬头就能看见。",
)
TITLE = "早市搬进新大棚，摊主说今年夏天不怕雨"
FULL = 'content = "full"'
EXCERPT = "早上五点半，老桥头早市的摊主们第一次把车推进了新大棚……"


def article(*paragraphs: str, title: str = TITLE, encoding: str = "utf-8") -> bytes:
    text = "".join(f"<p>　　{paragraph}</p>" for paragraph in paragraphs)
    page = f"""<html><head><meta charset="{encoding}"><title>{title}_城区新闻网</title></head><body>
      <div class="nav"><a href="/">首页</a> <a href="/local">本地</a> <a href="/sport">体育</a></div>
      <div class="main"><h1>{title}</h1><div class="info">来源：城区晚报 作者：林小河</div>
      <div class="content" id="content">{text}<script>track("article")</script></div></div>
      <div class="side"><h4>热门</h4><ul><li><a href="/1">花市的灯亮到半夜</a></li><li><a href="/2">校车改线</a></li></ul></div>
      <div class="footer">版权所有 未经授权不得转载 电话 0000-0000000</div></body></html>"""
    return page.encode(encoding)


def feed(server: Server, *names: str, text: str = EXCERPT) -> bytes:
    stamp = (now() - timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    items = "".join(
        f"<item><title>{TITLE}</title><link>{server.url(f'/{name}.html')}</link><guid>{name}</guid>"
        f"<description>{text}</description><pubDate>{stamp}</pubDate></item>"
        for name in names
    )
    return f'<rss version="2.0"><channel><title>甲</title>{items}</channel></rss>'.encode()


def texts(polls: Any) -> dict[str, str]:
    """Return URL -> the text of an item that readers see."""
    found = {}
    for card in polls.store.items(Listing(), 50):
        for report in polls.store.story_items([card.story_id], 50)[card.story_id]:
            detail = polls.store.item(report.id)
            assert detail is not None
            found[report.url.rpartition("/")[2]] = detail.html or ""
    return found


def test_an_excerpt_is_followed_by_its_article(polls: Any, server: Server) -> None:
    server.route("/a", reply(200, feed(server, "1")))
    server.route("/1.html", redirect(302, "/moved.html"))
    server.route("/moved.html", reply(200, article(*PARAGRAPHS, encoding="gbk"), content_type="text/html"))
    polls.source("a", FULL)
    polls.poll()
    (text,) = texts(polls).values()
    for paragraph in PARAGRAPHS:
        assert f"<p>{paragraph}</p>" in text
    for rest in ("热门", "花市", "版权", "track", "体育"):
        assert rest not in text
    (card,) = polls.store.items(Listing(), 10)
    assert card.excerpt.startswith("早上五点半")
    assert polls.store.count_articles() == (0, 0)
    assert [card.id for card in polls.store.search_items("公平秤", 10)] == [card.id]
    polls.poll()
    assert server.count("/1.html") == 1, "once for each item"


def test_only_where_the_config_wants_it_and_the_text_is_missing(polls: Any, server: Server) -> None:
    for slug, name in (("plain", "1"), ("off", "2"), ("on", "3"), ("whole", "4")):
        text = "".join(f"&lt;p&gt;{p}&lt;/p&gt;" for p in PARAGRAPHS * 2) if slug == "whole" else EXCERPT
        server.route(f"/{slug}", reply(200, feed(server, name, text=text)))
        server.route(f"/{name}.html", reply(200, article(*PARAGRAPHS)))
    polls.source("plain")
    polls.source("off", 'content = "full"\narticles = false')
    polls.source("on", "articles = true")
    polls.source("whole", FULL)
    polls.poll()
    assert [server.count(f"/{name}.html") for name in "1234"] == [0, 0, 1, 0]


def test_the_secrets_of_a_source_go_to_its_own_pages_and_to_no_other(
    polls: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWS_TOKEN", "tok-123456")
    with Server() as other:
        address = other.route("/2.html", reply(404))
        document = feed(server, "1", "2").replace(server.url("/2.html").encode(), address.encode())
        server.route("/a", reply(200, document))
        server.route("/1.html", reply(200, article(*PARAGRAPHS)))
        polls.source("a", FULL + '\nheaders = { X-Token = "${NEWS_TOKEN}", Accept = "text/x-feed" }')
        polls.poll()
    sent = {request.path: request.headers for request in (*server.requests, *other.requests)}
    assert {path: headers.get("x-token") for path, headers in sent.items()} == {
        "/a": "tok-123456",
        "/1.html": "tok-123456",
        "/2.html": None,
    }
    assert sent["/a"]["accept"] == "text/x-feed"
    assert sent["/1.html"]["accept"].startswith("text/html")


def test_a_reprint_shows_once_its_article_was_read(polls: Any, server: Server) -> None:
    server.route("/a", reply(200, feed(server, "1")))
    server.route("/1.html", reply(200, article(*PARAGRAPHS)))
    polls.source("a", FULL)
    polls.poll()
    other = "大棚建好了，雨天也能逛早市"
    body = feed(server, "2", text="雨天也能逛早市了。").replace(TITLE.encode(), other.encode())
    server.route("/b", reply(200, body))
    server.route("/2.html", reply(200, article(*PARAGRAPHS, title=other)))
    polls.source("b", FULL)
    polls.poll()
    rows = {row["source"]: row for row in polls.store.export_items()}
    assert rows["b"]["story"] == rows["a"]["story"]
    assert rows["b"]["reprint_of"] == server.url("/1.html")


@pytest.mark.parametrize(
    ("page", "reason", "again"),
    [
        (reply(404), "404", False),
        (reply(500), "500", True),
        (reply(200, b"<html><body><p>short</p></body></html>"), "no", False),
        (reply(200, article("对不起，您访问的页面不存在或者已经被删除，请返回首页继续浏览其他内容。" * 8, title="提示")), "something else", False),
    ],
)  # fmt: skip
def test_what_fails_leaves_the_excerpt_and_its_reason(
    polls: Any, server: Server, page: Any, reason: str, again: bool
) -> None:
    server.route("/a", reply(200, feed(server, "1")))
    server.route("/1.html", page)
    polls.source("a", FULL)
    polls.poll()
    (text,) = texts(polls).values()
    assert "老桥头早市" in text
    (card,) = polls.store.items(Listing(), 10)
    assert reason in render(polls.store.article_failure_reasons([card.id])[card.id])
    assert polls.store.count_articles() == ((1, 0) if again else (0, 1))
    lease = timedelta(minutes=3)
    assert polls.store.claim_articles(now() + timedelta(minutes=1), 9, 9, lease, "me") == []
    later = polls.store.claim_articles(now() + timedelta(hours=1), 9, 9, lease, "me")
    assert [one.attempts for one in later] == ([2] if again else [])


def test_a_busy_server_is_left_alone_as_long_as_it_asks(polls: Any, server: Server) -> None:
    names = [str(number) for number in range(5)]
    server.route("/a", reply(200, feed(server, *names)))
    for name in names:
        server.route(f"/{name}.html", reply(429, b"", retry_after="7200"))
    polls.source("a", FULL)
    polls.poll()
    asked = sum(server.count(f"/{name}.html") for name in names)
    assert asked <= 3, "two are on their way when the first answer comes"
    assert polls.store.count_articles() == (5, 0)
    assert polls.store.claim_articles(now() + timedelta(hours=1), 9, 9, timedelta(minutes=3), "me") == []
    assert len(polls.store.claim_articles(now() + timedelta(hours=3), 9, 9, timedelta(minutes=3), "me")) == 5


def test_the_text_is_where_the_config_says(polls: Any, server: Server) -> None:
    page = f'<ul><li><a href="/1.html">{TITLE}</a><span>{now():%Y-%m-%d}</span></li></ul>'
    server.route("/a", reply(200, page.encode()))
    body = article("不是正文。" * 80) + f'<div class="real"><p>{PARAGRAPHS[0]}<script>x</script></p></div>'.encode()
    server.route("/1.html", reply(200, body))
    polls.source("a", 'content = "full"\nkind = "html"\nselect = { item = "li", article = "div.real" }')
    polls.poll()
    (text,) = texts(polls).values()
    assert text == f"<p>{PARAGRAPHS[0]}</p>"


def test_an_item_killed_half_way_is_tried_again(polls: Any, server: Server) -> None:
    server.route("/a", reply(200, feed(server, "1")))
    server.route("/1.html", reply(500))
    polls.source("a", FULL)
    polls.poll()
    (lent,) = polls.store.claim_articles(now() + timedelta(hours=1), 9, 9, timedelta(minutes=3), "me")
    assert polls.store.claim_articles(now() + timedelta(hours=1, minutes=2), 9, 9, timedelta(minutes=3), "me") == []
    (again,) = polls.store.claim_articles(now() + timedelta(hours=1, minutes=3), 9, 9, timedelta(minutes=3), "me")
    assert (again.item_id, again.attempts) == (lent.item_id, lent.attempts + 1)


def test_an_edit_asks_for_the_article_again(polls: Any, server: Server) -> None:
    server.route("/a", reply(200, feed(server, "1")))
    server.route("/1.html", reply(200, article(*PARAGRAPHS)))
    polls.source("a", FULL)
    polls.poll()
    server.route("/a", reply(200, feed(server, "1", text="更正：早市的新大棚能停下三百辆三轮车。")))
    server.route("/1.html", reply(200, article(*PARAGRAPHS, "更正：大棚能停下三百辆三轮车。")))
    polls.poll()
    (text,) = texts(polls).values()
    assert "<p>更正：大棚能停下三百辆三轮车。</p>" in text
    assert PARAGRAPHS[0] in text
