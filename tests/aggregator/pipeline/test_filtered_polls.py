"""Filtered entries, from config and feed to the stored record, in complete polls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.config.load import read_config
from aggregator.messages import decisions
from aggregator.model import Listing, PollResult
from aggregator.store import Store
from gedi.cli import main
from tests.clock import now
from tests.rss import ARTICLE, THIRD, item, rss
from tests.servers import Server, conditional
from tests.shared_worker import Bench

pytestmark = pytest.mark.clock(every=17)

HOUR = timedelta(hours=1)


def feed() -> bytes:
    return rss(
        "甲",
        item("1", "楼市周报：买房送车位", "", now() - HOUR),
        item("2", "翠湖边的合唱团", THIRD, now() - HOUR),
        item("3", "【广告】云湖花苑样板间开放", "", now() - HOUR),
        item("4", "十二条小巷完工", ARTICLE, now() - HOUR),
    )


class Desk:
    """A config file that is edited between polls of one feed."""

    def __init__(self, folder: Path, server: Server, store: Store, database_url: str, bench: Bench) -> None:
        self.file = folder / "config.toml"
        self.store, self.bench = store, bench
        self._head = f'[database]\nurl = "{database_url}"\n[polling]\nspacing = "0s"\nallow = ["127.0.0.0/8"]\n'
        self._source = f'[[sources]]\nurl = "{server.url("/a")}"\nslug = "a"\ntitle = "甲报"\n'

    def poll(self, filters: str, of_source: str = "") -> PollResult:
        self.file.write_text(f"{self._head}[filters]\n{filters}\n{self._source}{of_source}\n", "utf-8")
        (result,) = self.bench.poll(read_config(self.file), self.store)
        return result

    def titles(self) -> set[str]:
        return {card.title for card in self.store.items(Listing(source="a"), 50)}

    def filtered(self, *more: str) -> list[dict[str, str]]:
        answer = CliRunner().invoke(main, ["filtered", "--json", "--config", str(self.file), *more])
        assert answer.exit_code == 0, answer.output
        return [json.loads(line) for line in answer.stdout.splitlines()]


@pytest.fixture
def desk(tmp_path: Path, store: Store, database_url: str, bench: Bench) -> Iterator[Desk]:
    with Server() as server:
        server.route("/a", conditional(feed(), '"v1"'))
        yield Desk(tmp_path, server, store, database_url, bench)


def test_what_is_kept_out_is_told_once_and_let_in_by_another_config(desk: Desk) -> None:
    first = desk.poll('exclude = ["车位"]\nadvertorial = "drop"')
    assert (first.new_items, first.filtered) == (2, 2)
    assert desk.titles() == {"翠湖边的合唱团", "十二条小巷完工"}
    told = desk.filtered()
    assert {row["title"]: (row["rule"], row["evidence"], row["set_in"]) for row in told} == {
        "楼市周报：买房送车位": ("exclude", "车位 in the title", "[filters]"),
        "【广告】云湖花苑样板间开放": ("advertorial", "label: 【广告】 in the title", "[filters]"),
    }
    assert desk.poll('exclude = ["车位"]\nadvertorial = "drop"').status == 304
    assert desk.filtered() == told

    changed = desk.poll('advertorial = "drop"')
    assert (changed.status, changed.new_items, changed.filtered) == (200, 1, 2 - 1)
    assert "楼市周报：买房送车位" not in {row["title"] for row in desk.filtered()}

    assert desk.poll('advertorial = "drop"', 'advertorial = "mark"').new_items == 1
    assert desk.filtered() == []
    cards = {card.title: card.id for card in desk.store.items(Listing(source="a"), 50)}
    detail = desk.store.item(cards["【广告】云湖花苑样板间开放"])
    assert detail is not None
    assert detail.advertorial == decisions.LABEL_IN_TITLE(words="【广告】")


def test_rules_are_named_by_where_they_stand(desk: Desk) -> None:
    desk.poll('exclude = ["广告"]', 'include = ["合唱", "广告"]')
    found = {row["title"]: (row["rule"], row["evidence"], row["set_in"]) for row in desk.filtered("--source", "a")}
    assert found == {
        "楼市周报：买房送车位": ("include", "none of 合唱, 广告", "[[sources]] a"),
        "【广告】云湖花苑样板间开放": ("exclude", "广告 in the title", "[filters]"),
        "十二条小巷完工": ("include", "none of 合唱, 广告", "[[sources]] a"),
    }
    text = CliRunner().invoke(main, ["filtered", "--config", str(desk.file), "--limit", "1"]).stdout
    assert len(text.splitlines()) == 3
    assert CliRunner().invoke(main, ["filtered", "--config", str(desk.file), "--source", "zz"]).exit_code == 2


def test_nothing_kept_out_is_said(desk: Desk) -> None:
    desk.poll("")
    assert desk.filtered() == []
    answer = CliRunner().invoke(main, ["filtered", "--config", str(desk.file)])
    assert answer.stdout == "nothing was kept out in the last 30 days\n"
