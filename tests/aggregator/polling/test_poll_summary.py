"""One line a minute about polls, and one when there is no network."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Literal

import pytest

from aggregator.model import Poll, PollResult, Source, SourceState
from aggregator.polling.poll_summary import PollSummary
from tests.clock import now

pytestmark = pytest.mark.clock(every=0)

Outcome = Literal["changed", "unchanged", "failed", "gone"]


def poll(slug: str) -> Poll:
    return Poll(Source(id=1, slug=slug, url=f"http://{slug}.example/", title=slug), f"http://{slug}.example/")


def result(outcome: Outcome, *, kind: str | None = None, failures: int = 0, new: int = 0) -> PollResult:
    return PollResult(
        source_id=1,
        at=now(),
        outcome=outcome,
        state=SourceState.OK,
        next_poll=now(),
        interval=timedelta(hours=1),
        failures=failures,
        elapsed=0.25,
        error_kind=kind,
        new_items=new,
    )


def test_a_minute_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    summary = PollSummary()
    summary.report()
    summary.add(poll("a"), result("changed", new=3))
    summary.add(poll("b"), result("unchanged"))
    for number in range(7):
        summary.add(poll(f"c{number}"), result("failed", kind="timeout", failures=1))
    summary.add(poll("d"), result("failed", kind="dns", failures=2))
    summary.report()
    assert [record.getMessage() for record in caplog.records] == [
        "polls_finished polls=10 changed=1 unchanged=1 failed=8 new=3 slowest=0.250 "
        'began_to_fail="c0, c1, c2, c3, c4, and 2 more"'
    ]


def test_a_missing_network_is_told_once_until_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    summary = PollSummary()
    for answered in (False, False, True, False):
        summary.add(poll("a"), result("failed", kind="dns", failures=1))
        summary.add(poll("b"), result("unchanged") if answered else result("failed", kind="connect", failures=1))
        summary.report()
    events = [record.getMessage().partition(" ")[0] for record in caplog.records]
    assert events == ["network_unavailable", "polls_finished", "network_unavailable"]
    assert "make demo" in caplog.records[0].getMessage()


def test_one_server_that_is_down_is_no_missing_network(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    summary = PollSummary()
    summary.add(poll("a"), result("failed", kind="connect", failures=1))
    summary.report()
    assert caplog.records[0].getMessage().startswith("polls_finished")
