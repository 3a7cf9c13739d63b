"""Freshness: the time from an item's arrival to its presence in a feed that ``gedi run`` serves."""

from __future__ import annotations

import statistics
import tempfile
import time
from email.utils import format_datetime
from pathlib import Path

from aggregator.runtime.clock import now_utc
from benchmarks.servers import gedi, get, until
from tests.servers import Server, conditional

DELAY = 2.0  # seconds, the goal
FEED = "/feeds/all.atom"  # whatever category a headline is given
# of nothing in common, or they would be one story
_HEADLINES = (
    "北湾码头开通夜班轮渡",
    "小学生自制水火箭飞上百米",
    "老粮站改成社区图书馆",
    "果农试种蓝莓喜获丰收",
    "地铁七号线盾构机始发",
    "博物馆征集旧照片五千张",
    "消防员从枯井救出小狗",
    "退休医生义诊走遍山村",
    "暴雨致国道塌方已抢通",
    "锅炉厂研制出低氮燃烧器",
    "民警帮走失老人找到家",
)
ARRIVALS = len(_HEADLINES) - 1


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gedi-bench-") as folder:
        _freshness(Path(folder))


def _freshness(folder: Path) -> None:
    """An outlet publishes; from the moment its document is first fetched with the new item until our feed has it."""
    delays = []
    with Server() as outlet:
        outlet.route("/feed", conditional(_document(0), '"0"'))
        source = f'[[sources]]\nurl = "{outlet.url("/feed")}"\nslug = "outlet"\ncategory = "society"\n'
        with gedi(folder, f"sqlite:///{folder}/fresh.db", source, command="run") as (site, _):
            until(lambda: b"http://outlet.example/0" in get(site + FEED)[0])  # all is started
            for number in range(1, ARRIVALS + 1):
                delays.append(_delay(outlet, number, site + FEED))
    print(f"from arrival to presence in the feed, {ARRIVALS} items: median {statistics.median(delays):.2f} s, "
          f"longest {max(delays):.2f} s (goal: a median of at most {DELAY:.0f} s)")  # fmt: skip


def _delay(outlet: Server, number: int, feed: str) -> float:
    """Seconds between the visit that finds a new item and the first answer that has it."""
    before = outlet.count("/feed")
    outlet.route("/feed", conditional(_document(number), f'"{number}"'))
    until(lambda: outlet.count("/feed") > before)
    start = time.monotonic()
    until(lambda: f"http://outlet.example/{number}".encode() in get(feed)[0])
    return time.monotonic() - start


def _document(newest: int) -> bytes:
    now = format_datetime(now_utc())
    items = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><title>{_HEADLINES[n]}</title><link>http://outlet.example/{n}</link>"
        f"<pubDate>{now}</pubDate></item>"
        for n in range(newest, -1, -1)
    )
    return f"<rss version='2.0'><channel><title>Outlet</title><link>http://outlet.example/</link>{items}</channel></rss>".encode()


if __name__ == "__main__":
    main()
