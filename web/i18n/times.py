"""Localized times and numbers.

6分钟前, 今天 09:19, 昨天 21:40, 10月9日, 2025年12月31日; 6 min ago, today 09:19, yesterday 21:40, 9 Oct, 31 Dec 2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feeds.model import WEEKDAYS
from web.i18n.language import current_language, nt, t

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TimeLabel:
    """The values of one ``<time>`` element: ISO form, full form (tooltip) and short form (text)."""

    iso: str
    full: str
    text: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The current time of one response and the time zone of the site."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """Return the current date in the zone of the site."""
        return self.now.astimezone(self.zone).date()

    def day_start(self, day: date) -> datetime:
        """Return midnight at the start of a day in the zone of the site."""
        return datetime.combine(day, time(), self.zone)

    @property
    def midnight(self) -> datetime:
        """Return the start of the current day."""
        return self.day_start(self.today)

    def day_of(self, at: datetime) -> date:
        """Return the date of an instant in the zone of the site."""
        return at.astimezone(self.zone).date()

    def moment(self, at: datetime) -> TimeLabel:
        """Return a label for lists that span days."""
        return self._moment(at, _relative_text(at.astimezone(self.zone), self.now, self.today))

    def time_in_day(self, at: datetime) -> TimeLabel:
        """Return a label under a day heading: the time only, or its age within the last hour."""
        recent = self.now - at < HOUR
        text = _ago(self.now - at) if recent else f"{at.astimezone(self.zone):%H:%M}"
        return self._moment(at, text)

    def time_of_day(self, at: datetime) -> TimeLabel:
        """Return HH:MM, for use under a day heading."""
        return self._moment(at, f"{at.astimezone(self.zone):%H:%M}")

    def time_or_date(self, at: datetime) -> TimeLabel:
        """Return a label for narrow columns: HH:MM if today, otherwise the day."""
        local = at.astimezone(self.zone)
        return self.time_of_day(at) if local.date() == self.today else self._moment(at, short_date(local.date()))

    def full_date_time(self, at: datetime) -> TimeLabel:
        """Return the full date and time, as shown in articles."""
        local = at.astimezone(self.zone)
        return self._moment(at, f"{long_date(local.date())} {local:%H:%M}")

    def clock_time(self, at: datetime) -> TimeLabel:
        """Return HH:MM, preceded by the day if it is not today."""
        local = at.astimezone(self.zone)
        day = "" if local.date() == self.today else f"{short_date(local.date())} "
        return self._moment(at, f"{day}{local:%H:%M}")

    def day_heading(self, day: date) -> str:
        """Return a day heading: 今天 10月12日 星期一; with the year if it is not the current one."""
        names = {self.today: t("今天"), self.today - timedelta(days=1): t("昨天")}
        date = (
            long_date(day)
            if day.year != self.today.year
            else t("%(month)s月%(day)s日", **_month_and_day(day, long=True))
        )
        with_weekday = t("%(date)s 星期%(weekday)s", date=date, weekday=_weekday(day))
        return t("%(near)s %(date)s", near=names[day], date=with_weekday) if day in names else with_weekday

    def month_heading(self, day: date) -> str:
        """Return the month of a day with its year: 2026年10月."""
        return t("%(year)s年%(month)s月", year=day.year, month=_month_and_day(day, long=True)["month"])

    def full_date(self, day: date) -> str:
        """Return the date with its weekday: 2026年10月12日 星期一."""
        return t("%(date)s 星期%(weekday)s", date=long_date(day), weekday=_weekday(day))

    def _moment(self, at: datetime, text: str) -> TimeLabel:
        local = at.astimezone(self.zone)
        full = t("%(time)s（%(zone)s）", time=f"{long_date(local.date())} {local:%H:%M}", zone=zone_name(self.zone))
        return TimeLabel(local.isoformat(timespec="seconds"), full, text)


def _relative_text(local: datetime, now: datetime, today: date) -> str:
    age = now - local
    if age < HOUR:
        return _ago(age)
    if local.date() == today:
        return t("今天 %(time)s", time=f"{local:%H:%M}")
    if local.date() == today - timedelta(days=1):
        return t("昨天 %(time)s", time=f"{local:%H:%M}")
    if local.year == today.year:
        return short_date(local.date())
    return t("%(year)s年%(month)s月%(day)s日", year=local.year, **_month_and_day(local.date()))


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return nt("%(n)s分钟前", minutes) if minutes > 0 else t("刚刚")


def long_date(day: date) -> str:
    """Return a date with its year: 2025年12月31日; 31 December 2025."""
    return t("%(year)s年%(month)s月%(day)s日", year=day.year, **_month_and_day(day, long=True))


def short_date(day: date) -> str:
    """Return a date without year: 10月9日; 9 Oct."""
    return t("%(month)s月%(day)s日", **_month_and_day(day))


def _month_and_day(day: date, *, long: bool = False) -> dict[str, object]:
    """Return month and day as message parameters; the month by name in English, by number otherwise."""
    name = MONTHS[day.month - 1]
    return {"month": (name if long else name[:3]) if current_language() == "en" else day.month, "day": day.day}


def _weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()] if current_language() == "en" else "一二三四五六日"[day.weekday()]


def zone_name(zone: ZoneInfo) -> str:
    """Return the localized name of a time zone, or its key if there is none."""
    names = {"Asia/Shanghai": t("北京时间"), "UTC": t("协调世界时")}
    return names.get(zone.key, zone.key)


def format_duration(span: timedelta) -> str:
    """Return a duration in its two largest units: 42分钟, 1小时20分, 2天3小时."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return t("%(days)s天%(hours)s小时", days=days, hours=hours) if hours else nt("%(n)s天", days)
    if hours:
        return t("%(hours)s小时%(minutes)s分", hours=hours, minutes=rest) if rest else nt("%(n)s小时", hours)
    return nt("%(n)s分钟", rest) if rest else t("不到1分钟")


def format_number(value: int) -> str:
    """Return an integer with thousands separators: 1,284."""
    return f"{value:,}"
