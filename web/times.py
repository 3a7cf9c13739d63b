"""Times and numbers as Chinese readers write them: 6分钟前, 今天 09:19, 昨天 21:40, 10月9日, 2025年12月31日."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = "一二三四五六日"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """One ``<time>``: the machine's form, the full form shown on hover, and the short form that is read."""

    iso: str
    full: str
    text: str


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is for this answer, and in which zone its readers live."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def day_start(self, day: date) -> datetime:
        """The first instant of a day of this zone."""
        return datetime.combine(day, time(), self.zone)

    @property
    def midnight(self) -> datetime:
        return self.day_start(self.today)

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def moment(self, at: datetime) -> Moment:
        """For lists of any day."""
        return self._moment(at, _short(at.astimezone(self.zone), self.now, self.today))

    def in_day(self, at: datetime) -> Moment:
        """Under a heading that names the day: the time alone, unless it was within the hour."""
        recent = self.now - at < HOUR
        text = _ago(self.now - at) if recent else f"{at.astimezone(self.zone):%H:%M}"
        return self._moment(at, text)

    def hour(self, at: datetime) -> Moment:
        """HH:MM, under a heading that names the day."""
        return self._moment(at, f"{at.astimezone(self.zone):%H:%M}")

    def hour_or_day(self, at: datetime) -> Moment:
        """In a narrow column: HH:MM of today, otherwise the day."""
        local = at.astimezone(self.zone)
        return self.hour(at) if local.date() == self.today else self._moment(at, f"{local.month}月{local.day}日")

    def exact(self, at: datetime) -> Moment:
        """The whole date, as an article prints it."""
        local = at.astimezone(self.zone)
        return self._moment(at, f"{long_date(local.date())} {local:%H:%M}")

    def clock_time(self, at: datetime) -> Moment:
        """HH:MM, with the day where it is not today."""
        local = at.astimezone(self.zone)
        day = "" if local.date() == self.today else f"{local.month}月{local.day}日 "
        return self._moment(at, f"{day}{local:%H:%M}")

    def day_name(self, day: date) -> str:
        """今天 10月12日 星期一; the year where it is not this one."""
        near = {self.today: "今天 ", self.today - timedelta(days=1): "昨天 "}.get(day, "")
        year = "" if day.year == self.today.year else f"{day.year}年"
        return f"{near}{year}{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"

    def long_day(self, day: date) -> str:
        """2026年10月12日 星期一."""
        return f"{long_date(day)} 星期{WEEKDAYS[day.weekday()]}"

    def _moment(self, at: datetime, text: str) -> Moment:
        local = at.astimezone(self.zone)
        full = f"{long_date(local.date())} {local:%H:%M}（{zone_name(self.zone)}）"
        return Moment(local.isoformat(timespec="seconds"), full, text)


def _short(local: datetime, now: datetime, today: date) -> str:
    age = now - local
    if age < HOUR:
        return _ago(age)
    if local.date() == today:
        return f"今天 {local:%H:%M}"
    if local.date() == today - timedelta(days=1):
        return f"昨天 {local:%H:%M}"
    if local.year == today.year:
        return f"{local.month}月{local.day}日"
    return long_date(local.date())


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes}分钟前" if minutes > 0 else "刚刚"


def long_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def zone_name(zone: ZoneInfo) -> str:
    return {"Asia/Shanghai": "北京时间", "UTC": "协调世界时"}.get(zone.key, zone.key)


def duration(span: timedelta) -> str:
    """42分钟, 1小时20分, 2天3小时; the two largest units."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{rest}分" if rest else f"{hours}小时"
    return f"{rest}分钟" if rest else "不到1分钟"


def number(value: int) -> str:
    """1,284."""
    return f"{value:,}"
