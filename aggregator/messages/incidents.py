"""Codes of problems of the service itself."""

from __future__ import annotations

from aggregator.messages.message import Code

CONFIG = Code("incident.config", "{problems}", problems=str)  # each with its line, as the config check words it
DISK = Code("incident.disk", "数据库所在的磁盘可用空间不足300 MB；请清理磁盘，或缩短[retention] items")
TIMEOUT = Code("incident.timeout", "后台任务{job}的数据库语句超时，已中止，会自动重试", job=str)
DATABASE = Code("incident.database", "数据库无法写入：{error}", error=str)
