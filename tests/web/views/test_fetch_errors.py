"""Reasons of failed polls, told on the site."""

from __future__ import annotations

import pytest

from aggregator.fetching.connection_errors import Trouble
from aggregator.model import Health, State
from web.views.fetch_errors import fault_of


def health(kind: str | None, error: str | None) -> Health:
    return Health(
        id=1, slug="a", title="A", url="http://a.example/", enabled=True, listed=True, state=State.FAILING,
        error_kind=kind, error=error, failures=1, items=0, day_items=0, trend=(),
        region=None, category=None, last_poll=None, last_success=None, newest=None, next_poll=None, elapsed=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        (None, None, ""),
        (
            "http",
            "There is nothing. (HTTP 404 Not Found)",
            "这个地址已经没有内容，请到媒体网站找新的订阅地址（HTTP 404）",
        ),
        ("http", "An error. (HTTP 502 Bad Gateway)", "对方的服务器出错，会自动重试（HTTP 502）"),
        ("http", "Odd. (HTTP 418 I'm a Teapot)", "对方没有给出订阅源，请检查地址（HTTP 418）"),
        (
            "busy",
            "Too often. (HTTP 429 Too Many Requests)",
            "对方暂时不接受请求，会按对方要求的时间等待后重试（HTTP 429）",
        ),
        ("dns", "The name a.example cannot be looked up.", "域名解析不了，请检查拼写或本机网络"),
        ("new-kind", "In its own words.", "In its own words."),
    ],
)
def test_faults_are_told_in_the_language_of_the_site(kind: str | None, error: str | None, text: str) -> None:
    assert fault_of(health(kind, error)) == text


def test_every_trouble_of_fetching_has_its_sentence() -> None:
    for trouble in Trouble:
        assert fault_of(health(trouble.value, "x")) != "x", trouble
