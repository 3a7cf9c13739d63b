"""Every command as a user calls it: its output, its effects, its error messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import tomlkit
from click.testing import CliRunner, Result

from aggregator.config.load import read_config
from aggregator.store import Store
from gedi.cli import COMMANDS, main
from tests.clock import now
from tests.kept_contents import KeptContents, keep_contents
from tests.rss import ARTICLE, BASE, OTHER, THIRD, item, rss
from tests.servers import Server, conditional, reply
from tests.shared_worker import Bench

pytestmark = pytest.mark.clock(every=34)

REWORDED = "来源：甲报\n" + ARTICLE


class Desk:
    """A folder with a config for a local server, in which commands are called."""

    def __init__(self, folder: Path, server: Server, database_url: str, bench: Bench) -> None:
        self.config = folder / "config.toml"
        self.folder, self.server, self._bench = folder, server, bench
        self.config.write_text(
            f"""# kept: a comment
[database]
url = "{database_url}"
[polling]
spacing = "0s"
timeout = "3s"
allow = ["127.0.0.0/8"]

[[sources]]
url = "{server.url("/a")}"   # kept: another comment
slug = "a"
title = "甲报"
region = "370400"

[[sources]]
url = "{server.url("/b")}"
slug = "b"
title = "乙报"
category = "travel"
"""
        )

    def __call__(self, *words: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(
            main, [*words, "--config", str(self.config)], input=stdin, catch_exceptions=False, obj=now
        )

    def visit(self, slug: str) -> None:
        """Poll as ``gedi poll SLUG`` does, without starting child processes."""
        config = read_config(self.config)
        store = Store.open(config.database_url, migrate=False)
        assert [result.error for result in self._bench.poll(config, store, [slug])] == [None]
        store.close()

    def rows(self, *words: str) -> list[dict[str, Any]]:
        answer = self(*words, "--json")
        assert answer.exit_code == 0, answer.output
        return [json.loads(line) for line in answer.stdout.splitlines()]


@pytest.fixture(scope="session")
def publisher() -> Iterator[Server]:
    """Yield the server of the sources; its address is stored in kept contents."""
    with Server() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, publisher: Server, database_url: str, bench: Bench) -> Desk:
    publisher.reset()
    first = item("1", "枣庄十二条背街小巷改造完工", ARTICLE, now() - timedelta(hours=3))
    publisher.route("/a", conditional(rss("甲", first, item("2", "翠湖边的合唱团", THIRD, now())), '"1"'))
    copy = item("8", "老城区小巷换上新管线", REWORDED, now() - timedelta(hours=1))
    publisher.route("/b", conditional(rss("乙", copy, item("9", "秋汛鲅鱼到港", OTHER, now())), '"1"'))
    return Desk(tmp_path, publisher, database_url, bench)


@pytest.fixture
def polled(desk: Desk, database_url: str) -> Desk:
    """Return the desk after a poll of both sources, whose results are kept for the tests that follow."""
    with closing(Store.open(database_url, migrate=False)) as store:
        key = (store._engine.dialect.name, desk.server.port, now())
        if key in _kept:
            _kept[key].fill(store)
        else:
            desk.visit("a")
            desk.visit("b")
            _kept[key] = keep_contents(store)
    return desk


_kept: dict[tuple[str, int, datetime], KeptContents] = {}  # by kind of database, port and time


def number(desk: Desk, name: str) -> str:
    return str(next(row["id"] for row in desk.rows("items") if row["url"] == f"{BASE}/{name}.html"))


def test_every_command_has_help() -> None:
    for name in COMMANDS:
        answer = CliRunner().invoke(main, [name, "--help"])
        assert answer.exit_code == 0, name
        assert f"Usage: main {name} " in answer.output


def test_an_unknown_command_is_met_with_the_nearest() -> None:
    answer = CliRunner().invoke(main, ["pol"])
    assert answer.exit_code == 2
    assert 'Did you mean "poll"?' in answer.output


def test_poll_reports_and_counts(desk: Desk) -> None:
    answer = desk("poll", "--all")
    assert answer.exit_code == 0
    assert "2 polled: 2 changed; 4 entries read, 0 unreadable" in answer.stdout
    assert "2 polled: 2 unchanged" in desk("poll", "--all").stdout


def test_poll_fails_when_a_source_fails(desk: Desk) -> None:
    desk.server.route("/b", reply(500))
    answer = desk("poll", "--all")
    assert answer.exit_code == 1
    assert "b: " in answer.stdout
    assert "1 failed" in answer.stdout


def test_poll_refuses_a_source_that_is_not_there(desk: Desk) -> None:
    answer = desk("poll", "nowhere")
    assert answer.exit_code == 2
    assert "no source nowhere" in answer.stderr


def test_items_hold_what_the_contract_names(polled: Desk) -> None:
    rows = polled.rows("items")
    names = {
        "url",
        "title",
        "source",
        "published",
        "first_seen",
        "story",
        "reprint_of",
        "category",
        "province",
        "city",
        "county",
    }
    assert all(names <= set(row) for row in rows)
    copy = next(row for row in rows if row["url"] == f"{BASE}/8.html")
    assert copy["reprint_of"] == f"{BASE}/1.html"
    assert [row["source"] for row in polled.rows("items", "--source", "b")] == ["b", "b"]
    assert {row["source"] for row in polled.rows("items", "--since", "2h")} == {"a", "b"}
    assert len(polled.rows("items", "--since", "2h")) == 3
    assert all(row["category"].split("/")[0] == "travel" for row in polled.rows("items", "--category", "travel"))
    assert polled.rows("items", "--region", "370400")
    newest = [row["published"] for row in rows]
    assert newest == sorted(newest, reverse=True)
    assert [row["published"] for row in polled.rows("items", "--limit", "2")] == newest[:2]
    local = datetime.fromisoformat(newest[0]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"{local:%Y-%m-%d %H:%M}" in polled("items", "--limit", "1").stdout


@pytest.mark.parametrize(
    "words", [("--category", "nowhere"), ("--region", "999999"), ("--since", "soon"), ("--source", "c")]
)
def test_items_refuses_what_does_not_exist(polled: Desk, words: tuple[str, str]) -> None:
    assert polled("items", *words).exit_code == 2


def test_sources_shows_health(polled: Desk) -> None:
    polled.server.route("/a", reply(503))
    polled("poll", "a")
    rows = {row["source"]: row for row in polled.rows("sources")}
    assert rows["a"]["state"] == "failing"
    assert rows["a"]["error"]
    assert rows["b"]["state"] == "ok"
    shown = polled("sources").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "a: " in shown  # and what is wrong with it
    assert "甲报" not in polled("sources", "--state", "ok").stdout
    assert polled("sources", "--state", "odd").exit_code == 2


def test_explain_split_merge_move_remove(polled: Desk) -> None:
    first, copy = number(polled, "1"), number(polled, "8")
    told = polled("explain", f"{BASE}/8.html").stdout
    assert "reprint (转载): overlap" in told
    assert "reprint of" in told
    assert polled("split", copy).exit_code == 0
    assert len({row["story"] for row in polled.rows("items")}) == 4
    assert polled("merge", first, copy).exit_code == 0
    assert len({row["story"] for row in polled.rows("items")}) == 3
    assert polled("move", first, "--category", "law", "--region", "530000").exit_code == 0
    moved = next(row for row in polled.rows("items") if row["url"] == f"{BASE}/1.html")
    assert (moved["category"], moved["province"], moved["city"]) == ("law", "530000", None)
    assert polled("remove", copy).exit_code == 0
    assert all(row["url"] != f"{BASE}/8.html" for row in polled.rows("items"))
    again = item("8", "老城区小巷换上新管线", REWORDED + "补。", now())
    polled.server.route("/b", conditional(rss("乙", again), '"2"'))
    polled.visit("b")
    assert all(row["url"] != f"{BASE}/8.html" for row in polled.rows("items"))


def test_corrections_refuse_what_they_cannot_do(polled: Desk) -> None:
    assert polled("explain", "0").exit_code == 1
    assert polled("split", "123456").exit_code == 2
    assert polled("merge", number(polled, "1")).exit_code == 2
    assert polled("move", number(polled, "1")).exit_code == 2
    assert polled("move", number(polled, "1"), "--category", "nowhere").exit_code == 2


def test_init_writes_a_config_that_is_valid_and_explains_itself(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    answers = ["--title", '鲁南"新闻', "--contact", "li@news.example", "--source", "https://news.example/f"]
    made = CliRunner().invoke(main, ["init", *answers, "--config", str(path)])
    assert made.exit_code == 0, made.output
    config = read_config(path)
    assert (config.site.title, config.site.contact) == ('鲁南"新闻', "li@news.example")
    assert [source.url for source in config.sources] == ["https://news.example/f"]
    text = path.read_text("utf-8")
    assert "# interval = " in text
    assert "addresses below" not in text
    assert CliRunner().invoke(main, ["init", "--config", str(path)]).exit_code == 2
    assert path.read_text("utf-8") == text
    wrong = CliRunner().invoke(main, ["init", "--source", "news", "--config", str(tmp_path / "other.toml")])
    assert (wrong.exit_code, (tmp_path / "other.toml").exists()) == (2, False)
    assert "write a full address" in wrong.stderr


def test_check_a_config(desk: Desk) -> None:
    assert "good; 2 sources (2 enabled)" in desk("check").stdout
    desk.config.write_text(desk.config.read_text().replace("timeout", "timout"))
    answer = desk("check")
    assert answer.exit_code == 2
    assert f'{desk.config}:6: polling.timout: there is no such setting; did you mean "timeout"?' in answer.stderr


def test_check_an_address(desk: Desk) -> None:
    shown = desk("check", desk.server.url("/b"))
    assert shown.exit_code == 0
    assert "秋汛鲅鱼到港" in shown.stdout
    assert "[[sources]]" in shown.stdout
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/a"></head></html>'
    desk.server.route("/", reply(200, page, content_type="text/html"))
    found = desk("check", desk.server.url("/"))
    assert desk.server.url("/a") in found.stdout
    desk.server.route("/none", reply(404))
    assert desk("check", desk.server.url("/none")).exit_code == 1


def test_import_keeps_every_comment_and_skips_what_is_there(desk: Desk) -> None:
    outlines = [
        f'<outline text="甲" xmlUrl="{desk.server.url("/a")}"/>',
        '<outline text="丙报" xmlUrl="http://c.example/rss"/>',
    ]
    opml = f'<opml version="2.0"><body><outline text="组">{"".join(outlines)}</outline></body></opml>'
    answer = desk("import", "-", stdin=opml)
    assert answer.exit_code == 0, answer.output
    assert "1 sources added" in answer.stdout
    text = desk.config.read_text()
    assert "# kept: a comment" in text
    assert "# kept: another comment" in text
    assert tomlkit.parse(text)["sources"][2]["title"] == "丙报"
    assert "good; 3 sources" in desk("check").stdout
    assert desk("import", "-", stdin="not OPML").exit_code == 2


def test_export_is_what_import_takes(desk: Desk) -> None:
    exported = desk("export").stdout
    assert desk.server.url("/b") in exported
    assert "0 sources added" in desk("import", "-", stdin=exported).stdout


def test_publish_writes_only_what_changed(polled: Desk) -> None:
    target = polled.folder / "out"
    first = polled("publish", str(target))
    assert first.exit_code == 0
    document = target / "feeds/all.atom"
    assert "枣庄十二条背街小巷改造完工" in document.read_text()
    assert document.with_name("all.atom.br").exists()
    assert (target / "opml").exists()
    assert "0 documents written" in polled("publish", str(target)).stdout.replace("1 documents", "0 documents")


def test_a_dry_run_changes_nothing_and_says_what_would_be(polled: Desk, tmp_path: Path) -> None:
    first, copy = number(polled, "1"), number(polled, "8")
    before = polled.rows("items"), polled.rows("actions")
    [split] = polled.rows("split", copy, "--dry-run")
    assert (split["item"], split["dry_run"]) == (int(copy), True)
    [merge] = polled.rows("merge", first, number(polled, "9"), "--dry-run")
    assert len(merge["stories"]) == 2
    [move] = polled.rows("move", copy, "--category", "law", "--dry-run")
    assert (move["before"]["category"], move["after"]["category"]) == ("travel", "law")
    assert "would be withdrawn: b" in polled("remove", copy, "--dry-run").stdout
    assert polled.rows("prune", "--dry-run")[0]["items"] == 0
    assert "would be copied" in polled("backup", str(tmp_path / "copy.db"), "--dry-run").stdout
    assert (polled.rows("items"), polled.rows("actions")) == before
    assert not (tmp_path / "copy.db").exists()


def test_corrections_report_as_json(polled: Desk) -> None:
    copy = number(polled, "8")
    [split] = polled.rows("split", copy, "--yes")
    assert split["story"] == int(copy) != split["before"]
    [moved] = polled.rows("move", copy, "--region", "370400", "--region", "320300")
    assert moved == {"items": [int(copy)], "category": None, "region": "370400", "regions": ["370400", "320300"]}
    [gone] = polled.rows("remove", copy, "--why", "error")
    assert gone == {"items": [int(copy)], "withdrawn": 1, "why": "error"}


def test_upkeep(polled: Desk) -> None:
    assert "0 items" in polled("prune").stdout
    stats = polled.rows("stats")[0]
    assert stats["items"] == 4
    zone = ZoneInfo("Asia/Shanghai")
    days = [datetime.fromisoformat(row["published"]).astimezone(zone).date() for row in polled.rows("items")]
    assert stats["items_today"] == days.count(now().astimezone(zone).date())
    copy = polled.folder / "copy.db"
    assert "4 items" in polled("backup", str(copy)).stdout
    assert polled("backup", str(copy)).exit_code == 2


def test_a_database_that_cannot_be_opened_is_named_without_its_password(desk: Desk) -> None:
    desk.config.write_text('[database]\nurl = "postgresql://gedi:secret@127.0.0.1:1/gedi"')
    answer = desk("stats")
    assert answer.exit_code == 2
    assert "secret" not in answer.stderr
    assert "cannot be opened" in answer.stderr


def test_queues_and_actions(polled: Desk) -> None:
    lengths = {
        line["queue"]: line["entries"] for line in map(json.loads, polled("queue", "--json").output.splitlines())
    }
    assert set(lengths) == {"uncategorized", "merges", "filtered", "failing", "requests"}
    first = number(polled, "1")
    assert polled("move", first, "--category", "tech").exit_code == 0
    (moved,) = [json.loads(line) for line in polled("actions", "--json").output.splitlines()]
    assert (moved["via"], moved["action"], moved["subject"], moved["after"]) == (
        "command",
        "move",
        f"item/{first}",
        "tech",
    )
    assert moved["who"]
    assert f"undone: move item/{first}" in polled("actions", "--undo", str(moved["id"])).output
    again = polled("actions", "--undo", str(moved["id"]))
    assert (again.exit_code, "undone already" in again.output) == (2, True)
    assert polled("actions", "--undo", "999").exit_code == 2
    log = polled("actions").output.splitlines()
    assert ["undo item" in line for line in log] == [True, False]
    assert f"(undone by {moved['id'] + 1})" in log[1]


def test_a_queue_is_decided_in_the_shell(polled: Desk) -> None:
    listed = polled("items", "--category", "none", "--json").output.splitlines()
    waiting = [json.loads(line) for line in polled("queue", "uncategorized", "--json").output.splitlines()]
    assert {str(json.loads(line)["id"]) for line in listed} == {entry["subject"] for entry in waiting}
    for entry in waiting:
        assert polled("queue", "uncategorized", "--decide", entry["subject"], "society").output == "1 decided\n"
    empty = polled("queue", "uncategorized")
    assert "nothing waits in this queue" in empty.output
    wrong = polled("queue", "failing", "--decide", "nowhere@never", "retry")
    assert (wrong.exit_code, 'no subject "nowhere@never"' in wrong.output) == (2, True)
    assert polled("queue", "--decide", "1", "society").exit_code == 2
    assert polled("queue", "requests", "--decide", "1", "dance").exit_code == 2
