"""RSS documents for tests, written without our own writers so that they are independent of them."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

BASE = "http://news.example"


def rss(title: str, *items: str) -> bytes:
    """Return an RSS 2.0 document."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{escape(title)}</title>'
        f"<link>{BASE}/</link><description>x</description>{''.join(items)}</channel></rss>"
    ).encode()


def item(name: str, title: str, text: str = "", date: datetime | None = None, *, category: str = "") -> str:
    """Return one item; ``name`` is its guid and the end of its URL."""
    when = f"<pubDate>{format_datetime(date)}</pubDate>" if date else ""
    term = f"<category>{escape(category)}</category>" if category else ""
    return (
        f"<item><guid isPermaLink='false'>{name}</guid><title>{escape(title)}</title><link>{BASE}/{name}.html</link>"
        f"<description>{escape(text)}</description>{when}{term}</item>"
    )


ARTICLE = (
    "枣庄老城区十二条背街小巷的管线改造今天全部完工，雨水和污水从此各走各的管道。施工方采用白天围挡、夜间回填的办法，沿线八百多户居民没有断过"
    "一天水。首场并网试验显示，雨天溢流点由九处减为一处。住建部门介绍，工程历时十四个月，更换管线二十三公里，新建检查井四百余座。"
    "巷口修鞋摊的孙师傅说，过去一下雨就得把摊子搬进门洞，今年总算不用看天吃饭了。"
)
OTHER = (
    "秋汛期的鲅鱼大量到港，日照市东港区的渔村把码头变成了露天食堂。四十张长桌沿防波堤排开，渔民现卖现蒸，游客自带碗筷可以少付两元。"
    "村里约定，所有垃圾由返航的船只带回岸上统一处理。带头的老船长说，往年鱼一上岸就装车运走，村里人自己都吃不上一口新鲜的。"
)
THIRD = (
    "一支由退休教师组成的合唱团在昆明翠湖边坚持唱了十年。最初只有七个人，如今每个周末有两百多人赶来，最远的一位要换三趟公交车。"
    "团长说合唱团从不收费，只有一条规矩，谁家有难处，大家轮流去帮一天忙。"
)
