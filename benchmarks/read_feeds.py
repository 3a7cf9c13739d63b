"""Speed of reading feeds, compared with feedparser on the same invented documents."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from xml.sax.saxutils import escape

import feedparser

from feeds.model import Feed
from feeds.read import read_feed

_SENTENCE = "据了解，当地已经启动应急响应，相关部门连夜转移群众，<a href='https://a.example/x'>详情</a>见后续报道。"
_URL = "https://a.example/feed"
_RUNS = 5


def document(entries: int, sentences: int) -> bytes:
    """Return an RSS 2.0 feed with summaries and full texts, in the form common on Chinese news sites."""
    body = "".join(f"<p>{_SENTENCE}</p>" for _ in range(sentences))
    items = "".join(
        f"<item><title>第{number}条新闻：今日要闻</title><link>https://a.example/{number}</link>"
        f"<guid>https://a.example/{number}</guid><pubDate>Fri, 10 Jan 2020 14:{number % 60:02}:00 +0800</pubDate>"
        f"<dc:creator>张三</dc:creator><category>社会</category><description>{escape(body[:200])}</description>"
        f"<content:encoded><![CDATA[{body}]]></content:encoded></item>"
        for number in range(entries)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>新闻</title>'
        f"<link>https://a.example/</link><description>要闻</description>{items}</channel></rss>"
    ).encode()


def _cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a call, the best of several runs."""
    best = float("inf")
    for _ in range(_RUNS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def _hashes_without_three(content: bytes) -> frozenset[str]:
    """Return the entry hashes that the previous poll would have remembered, without those of three entries."""
    found = read_feed(content, url=_URL, known_hashes=())
    assert isinstance(found, Feed)
    return frozenset(entry.raw_hash for entry in found.entries[3:] if entry.raw_hash)


def main() -> None:
    """Print the speed as a multiple of feedparser's, with its sanitizing switched on and off."""
    print("reading: feeds.read beside feedparser (times as fast; as it is / without sanitising and link resolution)")
    for name, entries, sentences in (
        ("20 short", 20, 1),
        ("20 full text", 20, 30),
        ("50 full text", 50, 30),
        ("200 full text", 200, 30),
    ):
        content = document(entries, sentences)
        ours = _cpu_seconds(lambda content=content: read_feed(content, url=_URL))  # type: ignore[misc]
        plain = _cpu_seconds(lambda content=content: feedparser.parse(io.BytesIO(content)))  # type: ignore[misc]
        lean = _cpu_seconds(
            lambda content=content: feedparser.parse(  # type: ignore[misc]
                io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False
            )
        )
        seen = _hashes_without_three(content)
        rest = _cpu_seconds(lambda content=content, seen=seen: read_feed(content, url=_URL, known_hashes=seen))  # type: ignore[misc]
        print(
            f"  {name:14} {len(content) // 1024:5} KB  {ours * 1000:7.1f} ms  {plain / ours:5.1f} / {lean / ours:4.1f}"
            f"    all but 3 seen {rest * 1000:6.1f} ms  {plain / rest:6.1f} / {lean / rest:5.1f}"
            f"  ({ours / rest:4.1f} times as fast as whole)"
        )


if __name__ == "__main__":
    main()
