"""Render incidents as a feed for the admin: one entry when a source fails, one when it works again.

Likewise for config, disk and database. The same incidents give the same bytes. Everybody may read the feed, so it does
not quote errors that can name paths, hosts and values.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aggregator.config.load import Config
from aggregator.messages import render
from aggregator.model.health import Incident, IncidentSubject
from aggregator.publishing.entries import tag_uri
from aggregator.store import Store
from feeds.model import Entry, Person

LISTING_KEY = "status"
TITLE = "抓取异常"
DESCRIPTION = "来源出了故障、恢复正常，或服务本身有问题时，各有一条"
MAX_ENTRIES = 60  # entries

_BEGAN: dict[IncidentSubject, str] = {
    "config": "config.toml有误，仍按旧的配置运行",
    "disk": "数据库所在的磁盘快满了",
    "database": "数据库无法写入",
    "service": "服务出过故障，已自行恢复",
}
_ENDED: dict[IncidentSubject, str] = {
    "config": "config.toml已改正并生效",
    "disk": "磁盘空间恢复充足",
    "database": "数据库恢复写入",
    "service": "服务恢复正常",
}
_REMEDIES: dict[IncidentSubject, str] = {
    "source": "失败的来源会拉长间隔后重试，恢复后自动回到正常节奏。",
    "config": "gedi check会列出全部错误；改正并保存后，几秒内自动生效。",
    "disk": "请清理磁盘，或缩短config.toml里的[retention] items。",
    "database": "请检查磁盘、权限和数据库服务；期间没有写入的条目，之后会重新抓取。",
    "service": "不必处理；若反复出现，请查看日志。",
}
_UNQUOTED: frozenset[IncidentSubject] = frozenset({"config", "database"})  # their errors are in the log and on /status


def incident_entries(store: Store, config: Config) -> tuple[Entry, ...]:
    """Return the entries, newest first."""
    troubles = store.recent_incidents(MAX_ENTRIES)
    replaced = {(trouble.subject, trouble.began) for trouble in troubles if trouble.subject != "source"}
    entries: list[tuple[datetime, int, Entry]] = []
    for trouble in troubles:
        entries.append((trouble.began, trouble.id, _began_entry(trouble, config)))
        if trouble.ended is not None and (trouble.subject, trouble.ended) not in replaced:
            entries.append((trouble.ended, trouble.id, _ended_entry(trouble, trouble.ended, config)))
    entries.sort(key=lambda each: each[:2], reverse=True)
    return tuple(entry for *_, entry in entries[:MAX_ENTRIES])


def _began_entry(incident: Incident, config: Config) -> Entry:
    detail = "" if incident.subject in _UNQUOTED else config.redact(render(incident.detail))
    if incident.subject == "source":
        fault = config.redact(render(incident.detail, "zh-CN")) or "原因不明"
        verb = "已关闭" if incident.kind == "gone" else "抓取失败"
        title = f"{_source_name(incident)}{verb}：{fault}"
        lines = [f"{fault}。", *([f"已连续失败{incident.failures}次。"] if incident.failures > 1 else [])]
    else:
        title, lines = _BEGAN[incident.subject], [f"{_BEGAN[incident.subject]}。"]
    remedy = "" if incident.kind == "gone" else _REMEDIES[incident.subject]
    body = "".join(f"<p>{escape(each)}</p>" for each in (*lines, remedy) if each)
    body += f'<p lang="en">{escape(detail).replace(chr(10), "<br/>")}</p>' if detail else ""
    return _entry(incident, "", title, body, incident.began, config)


def _ended_entry(incident: Incident, ended: datetime, config: Config) -> Entry:
    title = f"{_source_name(incident)}恢复正常" if incident.subject == "source" else _ENDED[incident.subject]
    zone = ZoneInfo(config.site.timezone)
    since, until = (
        f"{at.month}月{at.day}日 {at:%H:%M}" for at in (incident.began.astimezone(zone), ended.astimezone(zone))
    )
    body = f"<p>{escape(title)}。从{since}到{until}，历时{_format_span(ended - incident.began)}。</p>"
    return _entry(incident, "/over", title, body, ended, config)


def _entry(incident: Incident, part: str, title: str, body: str, at: datetime, config: Config) -> Entry:
    base = config.site.url or ""
    query = f"?source={quote(incident.slug)}" if incident.slug else ""
    return Entry(
        id=tag_uri(base, f"trouble/{incident.id}{part}"),
        title=title,
        link=f"{base}/status{query}",
        published=at,
        updated=at,
        authors=(Person(config.site.title),),
        content=body,
    )


def _source_name(incident: Incident) -> str:
    return incident.title or incident.slug or "来源"


def _format_span(span: timedelta) -> str:
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes}分钟"
    hours = round(minutes / 60)
    return f"约{hours}小时" if hours < 48 else f"约{round(hours / 24)}天"
