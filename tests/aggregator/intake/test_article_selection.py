"""The choice of items whose article is fetched, the check of the page, and the time of a retry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.intake.article_selection import OF_ONE_POLL, awaited
from aggregator.jobs.article_fetch import next_attempt_at
from aggregator.messages import TEXT
from aggregator.model import Draft, Failed, Source
from aggregator.steps.entries.truncation import SHORT_LENGTH, is_truncated, matches_article

SAID = TEXT(text="")
NOW = datetime(2026, 7, 22, tzinfo=UTC)


def draft(text: str, number: int = 0) -> Draft:
    published = NOW - timedelta(minutes=number)
    return Draft(
        uid=str(number), guid=None, url="https://a.example/1", title="早市搬进新大棚", published=published, dated=True,
        updated=None, content_hash="", excerpt=text[:200], html=None, text=text, length=len(text),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("早市搬进了新大棚。", True),
        ("早" * SHORT_LENGTH + "。", False),
        ("早" * SHORT_LENGTH + "……", True),
        ("早" * SHORT_LENGTH + "...", True),
        ("早" * SHORT_LENGTH + "[阅读全文]", True),
        ("早" * SHORT_LENGTH + "…他说。", False),
    ],
)
def test_what_lacks_its_text(text: str, expected: bool) -> None:
    assert is_truncated(draft(text)) is expected


def test_the_newest_of_one_visit_and_only_where_the_source_wants_them() -> None:
    drafts = [draft("短讯", number) for number in range(50)]
    source = Source(id=1, slug="a", url="https://a.example/", title="", articles=True)
    assert awaited(source, drafts) == [str(number) for number in range(OF_ONE_POLL)]
    assert awaited(Source(id=1, slug="a", url="https://a.example/", title=""), drafts) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("摊主们第一次把车推进了新大棚，早市从此不怕下雨。", True),
        ("对不起，您访问的页面不存在或者已经被删除。", False),
        ("请登录后查看，会员可以阅读全部内容。", False),
    ],
)
def test_a_notice_is_not_the_article(text: str, expected: bool) -> None:
    assert matches_article(text, "早市搬进新大棚，摊主不怕下雨", "") is expected


@pytest.mark.parametrize(
    ("attempts", "why", "expected"),
    [
        (1, Failed("timeout", SAID), timedelta(minutes=10)),
        (2, Failed("http", SAID, 500), timedelta(hours=1)),
        (3, Failed("dns", SAID), timedelta(hours=6)),
        (4, Failed("timeout", SAID), None),
        (1, Failed("http", SAID, 404), None),
        (1, Failed("no-article", SAID), None),
        (1, Failed("robots", SAID), None),
        (1, Failed("unreadable", SAID), None),
        (1, Failed("busy", SAID, 429, retry_after=timedelta(hours=2)), timedelta(hours=2)),
    ],
)
def test_when_to_try_again(attempts: int, why: Failed, expected: timedelta | None) -> None:
    assert next_attempt_at(attempts, why, NOW) == (NOW + expected if expected else None)
