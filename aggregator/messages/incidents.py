"""Codes of problems of the service itself."""

from __future__ import annotations

from aggregator.messages.message import Code

CONFIG = Code("incident.config", "{problems}", problems=str)  # each with its line, as the config check words it
DISK = Code("incident.disk", "数据库所在的磁盘可用空间不足300 MB；请清理磁盘，或缩短[retention] items")
TIMEOUT = Code("incident.timeout", "后台任务{job}的数据库语句超时，已中止，会自动重试", job=str)
DATABASE = Code("incident.database", "数据库无法写入：{error}", error=str)

DATABASE_FULL = Code(
    "incident.database-full", "数据库所在的磁盘已满，无法写入；请清理磁盘，之后服务自动恢复（{error}）", error=str
)
DATABASE_READ_ONLY = Code(
    "incident.database-read-only",
    "数据库只能读，不能写；请检查磁盘是否出错或被挂载为只读，以及文件的权限和数据库服务器，之后服务自动恢复（{error}）",
    error=str,
)
DATABASE_LOCKED = Code(
    "incident.database-locked",
    "数据库被另一个程序锁住；请结束占用它的程序（备份、sqlite3等），之后服务自动恢复（{error}）",
    error=str,
)
DATABASE_UNREACHABLE = Code(
    "incident.database-unreachable",
    "数据库没有响应；请检查数据库服务器、网络和磁盘，之后服务自动恢复（{error}）",
    error=str,
)
DATABASE_FILES = Code(
    "incident.database-files",
    "数据库文件打不开；请检查文件是否还在原处、权限是否正确，以及打开文件数的上限"
    "（ulimit -n），之后服务自动恢复（{error}）",
    error=str,
)
DATABASE_DAMAGED = Code(
    "incident.database-damaged", "数据库已损坏，或缺少表；请停止服务，从备份恢复（{error}）", error=str
)
DATABASE_REFUSED = Code(
    "incident.database-refused",
    "数据库服务器拒绝连接；请检查[database] url里的用户、密码和数据库名，以及服务器上的权限（{error}）",
    error=str,
)
DATABASE_MEMORY = Code(
    "incident.database-memory",
    "内存不足，数据库无法工作；请增加内存或提高内存上限，之后服务自动恢复（{error}）",
    error=str,
)
PROCESS = Code("incident.process", "进程{process}没有响应，已结束并重新启动；若反复出现，请查看日志", process=str)
CLOCK = Code("incident.clock", "系统时钟跳变了{seconds}秒；请检查时间同步（NTP）", seconds=int)
