"""Date formats of feeds, and texts that are no dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.dates.parse import parse_date
from feeds.write.feedgen_extension import rfc822, rfc3339
from tests.clock import now

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # a Monday; 17:30 in China
SHANGHAI = timezone(timedelta(hours=8))

# text, expected time in UTC (isoformat without the zone), for an English feed without a time zone
PLAIN = """
2020-01-10T14:33:00Z | 2020-01-10T14:33:00
2020-01-10t14:33:00z | 2020-01-10T14:33:00
2020-01-10T14:33:00+08:00 | 2020-01-10T06:33:00
2020-01-10T14:33:00+0800 | 2020-01-10T06:33:00
2020-01-10T14:33:00-05 | 2020-01-10T19:33:00
2020-01-10 14:33:00.123 +0800 | 2020-01-10T06:33:00
2020-01-10T14:33:00.123456789Z | 2020-01-10T14:33:00
2020-01-10T14:33:00,5Z | 2020-01-10T14:33:00
2020-01-10T14:33 | 2020-01-10T14:33:00
2020-01-10 14:33 | 2020-01-10T14:33:00
2020-01-10 | 2020-01-10T00:00:00
2020-1-5 9:3 | 2020-01-05T09:03:00
2020-01 | 2020-01-01T00:00:00
2020 | 2020-01-01T00:00:00
2020-010 | 2020-01-10T00:00:00
2020-W02-5 | 2020-01-10T00:00:00
20200110 | 2020-01-10T00:00:00
202001101433 | 2020-01-10T14:33:00
20200110143300 | 2020-01-10T14:33:00
20200110T143300Z | 2020-01-10T14:33:00
2020-01-10T24:00:00Z | 2020-01-11T00:00:00
2016-12-31T23:59:60Z | 2017-01-01T00:00:00
1578666780 | 2020-01-10T14:33:00
1578666780000 | 2020-01-10T14:33:00
2020/1/10 14:33:00 | 2020-01-10T14:33:00
2020/01/10 | 2020-01-10T00:00:00
2020.01.10 | 2020-01-10T00:00:00
2020.01.10 14:33 | 2020-01-10T14:33:00
Fri, 10 Jan 2020 14:33:00 GMT | 2020-01-10T14:33:00
Fri, 10 Jan 2020 14:33:00 +0800 | 2020-01-10T06:33:00
Fri, 10 Jan 2020 14:33:00 +08:00 | 2020-01-10T06:33:00
Fri, 10 Jan 2020 14:33:00 -0000 | 2020-01-10T14:33:00
Fri,10 Jan 2020 14:33:00 GMT | 2020-01-10T14:33:00
Fri , 10 Jan 2020 14:33:00 GMT | 2020-01-10T14:33:00
Fri 10 Jan 2020 14:33:00 GMT | 2020-01-10T14:33:00
Mon, 10 Jan 2020 14:33:00 GMT | 2020-01-10T14:33:00
10 Jan 2020 14:33:00 GMT | 2020-01-10T14:33:00
10 Jan 20 14:33 EST | 2020-01-10T19:33:00
Fri, 10 Jan 2020 | 2020-01-10T00:00:00
Fri, 10 January 2020 14:33:00 EDT | 2020-01-10T18:33:00
Friday, 10 January 2020 14:33:00 PST | 2020-01-10T22:33:00
Friday, 10-Jan-20 14:33:00 GMT | 2020-01-10T14:33:00
Friday, 10-Jan-20 | 2020-01-10T00:00:00
Fri, 10 Jan 2020 14:33:00 GMT+8 | 2020-01-10T06:33:00
Fri, 10 Jan 2020 14:33:00 UTC+08:00 | 2020-01-10T06:33:00
Fri, 10 Jan 2020 14:33:00 CST | 2020-01-10T20:33:00
Fri, 10 Jan 2020 14:33:00 JST | 2020-01-10T05:33:00
Fri, 10 Jan 2020 14:33:00 CET | 2020-01-10T13:33:00
Fri, 10 Jan 2020 14:33:00 Z | 2020-01-10T14:33:00
Fri, 10 Jan 2020 14:33:00 America/Los_Angeles | 2020-01-10T22:33:00
Fri, 10 Jul 2020 14:33:00 America/Los_Angeles | 2020-07-10T21:33:00
2020-01-10 14:33:00 Asia/Shanghai | 2020-01-10T06:33:00
2020-01-10T14:33:00.000-08:00[America/Los_Angeles] | 2020-01-10T22:33:00
Fri Jan 10 14:33:00 2020 | 2020-01-10T14:33:00
Fri Jan 10 14:33:00 PST 2020 | 2020-01-10T22:33:00
Fri Jan 10 14:33:00 +0800 2020 | 2020-01-10T06:33:00
Fri Jan 10 2020 14:33:00 GMT+0800 (China Standard Time) | 2020-01-10T06:33:00
Fri, 10 Jan 2020 14:33:00 +0000 (UTC) | 2020-01-10T14:33:00
Jan 10, 2020 | 2020-01-10T00:00:00
January 10th, 2020 2:33 PM | 2020-01-10T14:33:00
January 10, 2020 at 2:33 pm | 2020-01-10T14:33:00
Jan 10 2020 02:33PM | 2020-01-10T14:33:00
10 Jan 2020 2pm | 2020-01-10T14:00:00
12 Jan 2020 12:05 AM | 2020-01-12T00:05:00
Sept. 5, 2020 | 2020-09-05T00:00:00
2020-Jan-10 14:33 | 2020-01-10T14:33:00
13/01/2020 | 2020-01-13T00:00:00
01/13/2020 14:33 | 2020-01-13T14:33:00
1/1/2020 | 2020-01-01T00:00:00
10.01.2020 14:33 | 2020-01-10T14:33:00
10.1.20 | 2020-01-10T00:00:00
Fri, 2006/09/15 08:19:53 EDT | 2006-09-15T12:19:53
2004-07-08 23:56:58.0 | 2004-07-08T23:56:58
ven, 10 gen 2020 14:33:00 +0100 | 2020-01-10T13:33:00
mar, 10 mar 2020 14:33:00 +0100 | 2020-03-10T13:33:00
vendredi 10 janvier 2020 à 14:33 | 2020-01-10T14:33:00
10. Januar 2020, 14:33 Uhr | 2020-01-10T14:33:00
5 de enero de 2020 | 2020-01-05T00:00:00
пт, 10 янв 2020 14:33:00 +0300 | 2020-01-10T11:33:00
Κυρ, 11 Ιούλ 2004 12:00:00 EST | 2004-07-11T17:00:00
2004-július-13T9:15-05:00 | 2004-07-13T14:15:00
Do, 10 okt 2019 14:33:00 +0200 | 2019-10-10T12:33:00
2020-01-10 14:33 Uhr | 2020-01-10T14:33:00
  2020-01-10T14:33:00Z   | 2020-01-10T14:33:00
２０２０－０１－１０　１４：３３ | 2020-01-10T14:33:00
"""

# the same for a Chinese feed without a time zone
CHINESE = """
2020-01-10 14:33:00 | 2020-01-10T06:33:00
Fri, 10 Jan 2020 14:33:00 CST | 2020-01-10T06:33:00
Fri Jan 10 14:33:00 CST 2020 | 2020-01-10T06:33:00
2023年7月20日 08:30 | 2023-07-20T00:30:00
2023年7月20日08:30:15 | 2023-07-20T00:30:15
2023年07月20日 星期四 下午3:05 | 2023-07-20T07:05:00
2023年7月20日(周四)15时05分 | 2023-07-20T07:05:00
2023年7月20日下午3点半 | 2023-07-20T07:30:00
2023年7月20日15点 | 2023-07-20T07:00:00
2023年7月20日 | 2023-07-19T16:00:00
２０２３年７月２０日 | 2023-07-19T16:00:00
二〇二三年七月二十日 | 2023-07-19T16:00:00
民國112年7月20日 | 2023-07-19T16:00:00
23年7月20日 08:30 | 2023-07-20T00:30:00
2023-07-20 08:30 北京时间 | 2023-07-20T00:30:00
2023-07-20 下午 3:05 | 2023-07-20T07:05:00
2023-07-20 08:30:00 星期四 | 2023-07-20T00:30:00
发布时间:2023-07-20 08:30 | 2023-07-20T00:30:00
时间：2023年7月20日 08:30 | 2023-07-20T00:30:00
10月20日讯 | 2026-10-19T16:00:00
11月23日 08:30 | 2026-11-23T00:30:00
10-20 08:30 | 2026-10-20T00:30:00
昨天 08:30 | 2026-11-22T00:30:00
昨日08:30 | 2026-11-22T00:30:00
今天 08:30 | 2026-11-23T00:30:00
前天 | 2026-11-20T16:00:00
3小时前 | 2026-11-23T06:30:00
5分钟前 | 2026-11-23T09:25:00
30 秒前 | 2026-11-23T09:29:30
半小时前 | 2026-11-23T09:00:00
2天前 | 2026-11-21T09:30:00
刚刚 | 2026-11-23T09:30:00
周三 | 2026-11-17T16:00:00
周三 08:30 | 2026-11-18T00:30:00
星期一 08:30 | 2026-11-23T00:30:00
周一 23:30 | 2026-11-16T15:30:00
上周五 08:30 | 2026-11-20T00:30:00
2020년 1월 10일 오후 2:33 | 2020-01-10T06:33:00
2004-07-13 오후 2:33:00 | 2004-07-13T06:33:00
2020年1月10日(金) 14時33分 | 2020-01-10T06:33:00
3 hours ago | 2026-11-23T06:30:00
1 hour ago | 2026-11-23T08:30:00
yesterday 08:30 | 2026-11-22T00:30:00
just now | 2026-11-23T09:30:00
"""

NOTHING = """
soon
nonsense
2020-13-01
2020-02-30
Sun, 32 Jan 2020 00:00:00 GMT
2020-01-10T25:00:00Z
2020-01-10T14:61:00Z
2020-01-10 garbage
Fri, 10 Jan 2020 14:33:00 XYZT
Fri, 10 Jan 2020 14:33:00 Atlantis/Sunken
10/01/2020
10-01-2020
3/4/20
14:33
Friday
January
2020年
2020年13月1日
1月5日 9:30
99999
12345678901234567890
2020-01-10T14:33:00+99:00
10 Jan 2020 25:00
10 Foo 2020
10 Jan
Jan 2020 14:33
2020-01-10 and 2020-01-11
"""


def _rows(table: str) -> list[tuple[str, str]]:
    return [tuple(line.rsplit(" | ", 1)) for line in table.strip("\n").split("\n")]  # type: ignore[misc]


@pytest.mark.parametrize(("text", "expected"), _rows(PLAIN))
def test_date_of_an_english_feed(text: str, expected: str) -> None:
    assert parse_date(text, now=NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(("text", "expected"), _rows(CHINESE))
def test_date_of_a_chinese_feed(text: str, expected: str) -> None:
    assert parse_date(text, language="zh-CN", now=NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", NOTHING.strip("\n").split("\n"))
def test_partly_understood_text_is_no_date(text: str) -> None:
    assert parse_date(text, language="zh-CN", now=NOW) is None


def test_zone_of_the_source_applies_to_dates_without_one() -> None:
    assert parse_date("2020-01-10 14:33", zone=SHANGHAI) == datetime(2020, 1, 10, 6, 33, tzinfo=UTC)
    assert parse_date("2020-01-10 14:33 +0000", zone=SHANGHAI) == datetime(2020, 1, 10, 14, 33, tzinfo=UTC)


def test_relative_dates_require_the_current_time() -> None:
    assert parse_date("3小时前", language="zh") is None
    assert parse_date("7月20日讯", language="zh") is None


def test_language_decides_which_number_is_the_month() -> None:
    assert parse_date("3/4/2020", language="en-US") == datetime(2020, 3, 4, tzinfo=UTC)
    assert parse_date("3/4/2020", language="en-GB") == datetime(2020, 4, 3, tzinfo=UTC)


@given(st.integers(-2_000_000_000, 30_000_000_000))
def test_written_dates_are_read_back(seconds: int) -> None:
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    assert parse_date(rfc3339(moment)) == moment
    assert parse_date(rfc822(moment)) == moment


@given(st.text(max_size=150))
def test_parse_date_never_raises(text: str) -> None:
    result = parse_date(text, language="zh", now=NOW)
    assert result is None or result.tzinfo is UTC


@given(st.text(alphabet="0123456789:-/., TZ+年月日时分GMTJanFri周昨天前小时上下午", max_size=40))
def test_parse_date_never_raises_on_datelike_text(text: str) -> None:
    result = parse_date(text, language="zh", now=NOW)
    assert result is None or result.tzinfo is UTC


@pytest.mark.clock
@pytest.mark.parametrize("days", [0, 1, 2, 30, 180])
def test_a_date_without_a_year_is_the_last_one(days: int) -> None:
    at = (now() - timedelta(days=days)).astimezone(SHANGHAI).replace(second=0)
    assert parse_date(f"{at.month}月{at.day}日 {at:%H:%M}", zone=SHANGHAI, now=now()) == at


@pytest.mark.clock
def test_relative_dates_count_from_the_present_day_of_the_zone() -> None:
    local = now().astimezone(SHANGHAI)
    yesterday = (local - timedelta(days=1)).replace(hour=23, minute=10, second=0)
    assert parse_date("昨天 23:10", zone=SHANGHAI, now=now()) == yesterday
    assert parse_date("今天 00:00", zone=SHANGHAI, now=now()) == local.replace(hour=0, minute=0, second=0)
    assert parse_date("3小时前", zone=SHANGHAI, now=now()) == now() - timedelta(hours=3)
