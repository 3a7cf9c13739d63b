"""Freshness: the time from the fetch of a new item until a feed that ``gedi run`` serves contains it."""

from __future__ import annotations

import statistics
import tempfile
import time
from email.utils import format_datetime
from pathlib import Path

from aggregator.runtime.clock import now_utc
from benchmarks.servers import gedi, get, wait_until
from tests.servers import Server, conditional

DELAY = 2.0  # the goal, in seconds
FEED = "/feeds/all.atom"  # independent of the category of a headline
# with nothing in common, so that each is a story of its own
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
        _print_freshness(Path(folder))


def _print_freshness(folder: Path) -> None:
    """Print the delay from the first fetch of a document with a new item until our feed contains the item."""
    delays = []
    with Server() as outlet:
        outlet.route("/feed", conditional(_document(0), '"0"'))
        source = f'[[sources]]\nurl = "{outlet.url("/feed")}"\nslug = "outlet"\ncategory = "society"\n'
        with gedi(folder, f"sqlite:///{folder}/fresh.db", source, command="run") as (site, _):
            wait_until(lambda: b"http://outlet.example/0" in get(site + FEED)[0])  # the service is ready
            for number in range(1, ARRIVALS + 1):
                delays.append(_delay(outlet, number, site + FEED))
    print(f"from arrival to presence in the feed, {ARRIVALS} items: median {statistics.median(delays):.2f} s, "
          f"longest {max(delays):.2f} s (goal: a median of at most {DELAY:.0f} s)")  # fmt: skip


def _delay(outlet: Server, number: int, feed: str) -> float:
    """Return the seconds between the poll that finds a new item and the first response that contains it."""
    before = outlet.count("/feed")
    outlet.route("/feed", conditional(_document(number), f'"{number}"'))
    wait_until(lambda: outlet.count("/feed") > before)
    start = time.monotonic()
    wait_until(lambda: f"http://outlet.example/{number}".encode() in get(feed)[0])
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
