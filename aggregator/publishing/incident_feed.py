"""Troubles as a feed for the admin: an entry when a source has proved to be ill and one when it is well again, and
likewise for config, disk and database. Made from the store alone: the same troubles give the same bytes."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aggregator.config.load import Config
from aggregator.messages import render
from aggregator.model.health import Trouble, TroubleSubject
from aggregator.publishing.entries import tag_uri
from aggregator.store import Store
from feeds.model import Entry, Person

LISTING = "status"
TITLE = "抓取异常"
DESCRIPTION = "来源出了故障、恢复正常，或服务本身有问题时，各有一条"
MOST = 60  # entries

_BEGAN: dict[TroubleSubject, str] = {
    "config": "config.toml有误，仍按旧的配置运行",
    "disk": "数据库所在的磁盘快满了",
    "database": "数据库无法写入",
}
_ENDED: dict[TroubleSubject, str] = {
    "config": "config.toml已改正并生效",
    "disk": "磁盘空间恢复充足",
    "database": "数据库恢复写入",
}
_REMEDIES: dict[TroubleSubject, str] = {
    "source": "失败的来源会拉长间隔后重试，恢复后自动回到正常节奏。",
    "config": "请按提示改正并保存，几秒内自动生效；gedi check可以先检查。",
    "disk": "请清理磁盘，或缩短config.toml里的[retention] items。",
    "database": "请检查磁盘、权限和数据库服务；期间没有写入的条目，之后会重新抓取。",
}


def trouble_entries(store: Store, config: Config) -> tuple[Entry, ...]:
    """The newest first."""
    troubles = store.troubles(MOST)
    replaced = {(trouble.subject, trouble.began) for trouble in troubles if trouble.subject != "source"}
    entries: list[tuple[datetime, int, Entry]] = []
    for trouble in troubles:
        entries.append((trouble.began, trouble.id, _began(trouble, config)))
        if trouble.ended is not None and (trouble.subject, trouble.ended) not in replaced:
            entries.append((trouble.ended, trouble.id, _ended(trouble, trouble.ended, config)))
    entries.sort(key=lambda each: each[:2], reverse=True)
    return tuple(entry for *_, entry in entries[:MOST])


def _began(trouble: Trouble, config: Config) -> Entry:
    detail = config.hide(render(trouble.detail))
    if trouble.subject == "source":
        fault = config.hide(render(trouble.detail, "zh-CN")) or "原因不明"
        verb = "已关闭" if trouble.kind == "gone" else "抓取失败"
        title = f"{_name(trouble)}{verb}：{fault}"
        lines = [f"{fault}。", *([f"已连续失败{trouble.failures}次。"] if trouble.failures > 1 else [])]
    else:
        title, lines = _BEGAN[trouble.subject], [f"{_BEGAN[trouble.subject]}。"]
    remedy = "" if trouble.kind == "gone" else _REMEDIES[trouble.subject]
    body = "".join(f"<p>{escape(each)}</p>" for each in (*lines, remedy) if each)
    body += f'<p lang="en">{escape(detail).replace(chr(10), "<br/>")}</p>' if detail else ""
    return _entry(trouble, "", title, body, trouble.began, config)


def _ended(trouble: Trouble, ended: datetime, config: Config) -> Entry:
    title = f"{_name(trouble)}恢复正常" if trouble.subject == "source" else _ENDED[trouble.subject]
    zone = ZoneInfo(config.site.timezone)
    since, until = (
        f"{at.month}月{at.day}日 {at:%H:%M}" for at in (trouble.began.astimezone(zone), ended.astimezone(zone))
    )
    body = f"<p>{escape(title)}。从{since}到{until}，历时{_span(ended - trouble.began)}。</p>"
    return _entry(trouble, "/over", title, body, ended, config)


def _entry(trouble: Trouble, part: str, title: str, body: str, at: datetime, config: Config) -> Entry:
    base = config.site.url or ""
    query = f"?source={quote(trouble.slug)}" if trouble.slug else ""
    return Entry(
        id=tag_uri(base, f"trouble/{trouble.id}{part}"),
        title=title,
        link=f"{base}/status{query}",
        published=at,
        updated=at,
        authors=(Person(config.site.title),),
        content=body,
    )


def _name(trouble: Trouble) -> str:
    return trouble.title or trouble.slug or "来源"


def _span(span: timedelta) -> str:
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes}分钟"
    hours = round(minutes / 60)
    return f"约{hours}小时" if hours < 48 else f"约{round(hours / 24)}天"
