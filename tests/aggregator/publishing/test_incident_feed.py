"""/feeds/status.*: the feed of incidents for the admin."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from aggregator.config.load import Config, parse_config
from aggregator.messages import fetch_errors, incidents
from aggregator.model import PollSelection, SourceState
from aggregator.publishing.render import render
from aggregator.store import Store
from tests.aggregator.store.factories import HOUR, NOW, outlets, poll_result

ATOM = "{http://www.w3.org/2005/Atom}"
FAILED = {"outcome": "failed", "state": SourceState.FAILING, "error_kind": "http"}
LATER = NOW + timedelta(days=3)


@pytest.fixture
def config() -> Config:
    text = b'[site]\ntitle = "S"\nurl = "https://gedi.example"\n[[sources]]\nurl = "https://a.example/?k=${KEY}"\n'
    return parse_config(text, Path("config.toml"), {"KEY": "s3cret"})


def visited(store: Store, hours: int, **more: object) -> None:
    (poll,) = store.claim_polls(NOW, 1, HOUR, "me", PollSelection(slugs=["a"]))
    with store.write_transaction() as writer:
        writer.record_poll_result(poll_result(poll, at=NOW + hours * HOUR, **more))


def body(store: Store, config: Config, ending: str = "atom", now: object = LATER) -> bytes:
    found = render(store, config, f"/feeds/status.{ending}", now)  # type: ignore[arg-type]
    assert found is not None
    return found.body


def entries(store: Store, config: Config) -> list[tuple[str, str, str]]:
    root = etree.fromstring(body(store, config))
    return [
        tuple(entry.findtext(ATOM + name) for name in ("id", "title", "updated"))  # type: ignore[misc]
        for entry in root.findall(ATOM + "entry")
    ]


def test_an_empty_feed_is_a_feed(store: Store, config: Config) -> None:
    assert entries(store, config) == []
    assert json.loads(body(store, config, "json"))["items"] == []
    assert b"<rss" in body(store, config, "rss")


def test_illness_and_recovery_have_an_entry_each(store: Store, config: Config) -> None:
    outlets(store, "a")
    for hours in (1, 2, 3, 4):
        error = fetch_errors.STATUSES[404](status=404, line="404 Not Found at https://a.example/?k=s3cret <b>")
        visited(store, hours, **FAILED, failures=hours, error=error)
    ill = entries(store, config)
    assert [title for _, title, _ in ill] == ["A抓取失败：这个地址已经没有内容，请到媒体网站找新的订阅地址（HTTP 404）"]
    text = body(store, config).decode()
    assert "https://gedi.example/status?source=a" in text
    assert "s3cret" not in text
    visited(store, 30)
    both = entries(store, config)
    assert both[1] == ill[0]
    assert both[0][1:] == ("A恢复正常", "2026-06-02T14:00:00Z")
    assert both[0][0] == both[1][0] + "/over"
    assert "历时约27小时" in body(store, config).decode()


def test_the_same_bytes_as_long_as_nothing_changes(store: Store, config: Config) -> None:
    outlets(store, "a")
    for hours in (1, 2, 3):
        visited(
            store, hours, **FAILED, failures=hours, error=fetch_errors.STATUSES[403](status=403, line="403 Forbidden")
        )
    for ending in ("atom", "rss", "json"):
        first = body(store, config, ending)
        visited(store, 5, **FAILED, failures=4, error=fetch_errors.STATUSES[500](status=500, line="500 Error"))
        assert body(store, config, ending, LATER + HOUR) == first


def test_a_trouble_makes_the_stored_feed_stale_and_a_hiccup_does_not(store: Store, config: Config) -> None:
    outlets(store, "a")
    document = render(store, config, "/feeds/status.atom", NOW)
    assert document is not None
    store.put_documents([document], NOW)
    visited(store, 1, **FAILED, failures=1, error=fetch_errors.TRUNCATED())
    visited(store, 2)
    assert store.stale_paths(9) == []
    visited(store, 3, **FAILED, failures=3, error=fetch_errors.TRUNCATED())
    assert store.stale_paths(9) == ["/feeds/status.atom"]


def test_config_disk_and_database(store: Store, config: Config) -> None:
    store.open_incident("config", incidents.CONFIG(problems="config.toml:3: one\nconfig.toml:4: two"), NOW)
    store.open_incident(
        "config", incidents.CONFIG(problems="config.toml:3: three"), NOW + HOUR
    )  # not resolved, but another error
    store.close_incident("config", NOW + 2 * HOUR)
    store.open_incident("disk", incidents.DISK(), NOW + 3 * HOUR)
    store.open_incident("database", incidents.DATABASE(error="away"), NOW + 4 * HOUR)
    store.close_incident("database", NOW + 5 * HOUR)
    assert [title for _, title, _ in entries(store, config)] == [
        "数据库恢复写入",
        "数据库无法写入",
        "数据库所在的磁盘快满了",
        "config.toml已改正并生效",
        "config.toml有误，仍按旧的配置运行",
        "config.toml有误，仍按旧的配置运行",
    ]
    assert len({number for number, *_ in entries(store, config)}) == 6


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_errors_that_can_name_paths_and_values_are_not_quoted(store: Store, config: Config, format: str) -> None:
    problems = "/srv/gedi/config.toml:3: sources[0].url: not an address (found 'http://hidden')"
    store.open_incident("config", incidents.CONFIG(problems=problems), NOW)
    store.open_incident("database", incidents.DATABASE(error='connection to "hidden.example" failed'), NOW)
    text = body(store, config, format).decode()
    assert "config.toml有误" in text
    assert "数据库无法写入" in text
    assert "/srv" not in text
    assert "hidden" not in text
