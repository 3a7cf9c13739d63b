"""``gedi check``: all errors at once, and the report about a URL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aggregator.config.load import parse_config
from gedi.cli import main
from tests.clock import now
from tests.rss import ARTICLE, item, rss
from tests.servers import Server, conditional, reply

pytestmark = pytest.mark.clock(every=8)


def feed() -> bytes:
    return rss("甲报", item("1", "枣庄背街小巷改造完工", ARTICLE, now()), item("2", "枣庄另一题", ARTICLE))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[polling]\nspacing = "0s"\ntimeout = "3s"\nallow = ["127.0.0.0/8"]\n')
    return path


def call(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["check", *words, "--config", str(config)], catch_exceptions=False, obj=now)


def record(answer: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_mistakes_as_json_have_line_column_and_key(config: Path) -> None:
    config.write_text('[polling]\n  timeout = "x"\n[[sources]]\nurl = "https://a.example/"\nregion = "37"\n')
    answer = call(config, "--json")
    assert answer.exit_code == 2
    found = record(answer)
    assert found["ok"] is False
    places = [(error["line"], error["column"], error["key"]) for error in found["errors"]]
    assert places == [(2, 3, "polling.timeout"), (5, 1, "sources[1].region")]


def test_a_warning_is_told_and_the_config_is_good(config: Path) -> None:
    config.write_text('[[sources]]\nurl = "http://a.example/x"\n[[sources]]\nurl = "https://a.example/x/"\n')
    answer = call(config)
    assert answer.exit_code == 0
    assert "warning: " in answer.stderr
    assert ":4: sources[2].url" in answer.stderr
    assert record(call(config, "--json"))["warnings"][0]["line"] == 4


def test_a_feed_that_answers_304_is_cheap(config: Path, server: Server) -> None:
    server.route("/feed", conditional(feed(), '"1"'))
    answer = call(config, server.url("/feed"))
    assert "it answers 304: cheap to poll" in answer.stdout
    assert "1 without a usable date" in answer.stdout
    found = record(call(config, server.url("/feed"), "--json"))
    assert (found["conditional"], found["etag"], found["undated"], found["encoding"]) == ("304", True, 1, "utf-8")


def test_a_feed_without_validators_costs_everything_each_time(config: Path, server: Server) -> None:
    server.route("/feed", reply(200, feed()))
    assert "neither ETag nor Last-Modified" in call(config, server.url("/feed")).stdout
    assert len(server.requests) == 1


def test_the_block_can_be_pasted(config: Path, server: Server) -> None:
    server.route("/feed", reply(200, feed().replace("甲报".encode(), '甲"报\\'.encode())))
    block = call(config, server.url("/feed")).stdout.partition("[[sources]]")[2]
    (source,) = parse_config(f"[[sources]]{block}".encode(), Path("x")).sources
    assert source.title == '甲"报\\'
    assert source.region == "370400"


def test_a_page_that_names_no_feed_is_asked_at_usual_places(config: Path, server: Server) -> None:
    server.route("/", reply(200, b"<html><body><p>nothing</p></body></html>", content_type="text/html"))
    server.route("/rss.xml", reply(200, feed()))
    answer = call(config, server.url("/"))
    assert answer.exit_code == 0, answer.output
    assert server.url("/rss.xml") in answer.stdout


def test_nothing_found_is_a_failure_with_its_reason(config: Path, server: Server) -> None:
    server.route("/none", reply(404))
    answer = call(config, server.url("/none"), "--json")
    assert answer.exit_code == 1
    assert record(answer)["error"]
    assert not (config.parent / "gedi.db").exists()
