"""config.toml edited under a running service, the way editors, ConfigMaps and people do."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, conditional, reply
from tests.service.processes import eventually, free_port, get, started
from tests.service.rss import ARTICLE, OTHER, THIRD, item, rss

pytestmark = pytest.mark.timeout(180)


class Desk:
    """A folder with a config that can be changed, and the site that shows what became of it."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server, self.port = folder, server, free_port()
        self.config = folder / "config.toml"
        self.site = f"http://127.0.0.1:{self.port}"

    def text(self, *sources: str, title: str = "甲站", more: str = "") -> str:
        tables = "".join(f'[[sources]]\nurl = "{self.server.url(path)}"\nslug = "{path[1:]}"\n' for path in sources)
        return f"""\
[site]
title = "{title}"
[web]
port = {self.port}
[polling]
interval = "1s"
minimum = "1s"
maximum = "5s"
spacing = "0s"
allow = ["127.0.0.0/8"]
{more}
{tables}"""

    def save(self, text: str) -> None:
        """As careful editors do: another file in its place."""
        new = self.folder / "config.toml~"
        new.write_text(text)
        os.replace(new, self.config)

    def log(self) -> str:
        return (self.folder / "gedi.log").read_text()

    def status(self) -> dict[str, Any]:
        code, text = get(f"{self.site}/status.json")
        found: dict[str, Any] = json.loads(text) if code == 200 else {}
        return found

    def shows(self, path: str, text: str) -> bool:
        return eventually(lambda: text in get(f"{self.site}{path}")[1])

    def lists(self, *slugs: str) -> bool:
        def same() -> bool:
            listed = {row["slug"] for row in self.status().get("sources", []) if row["listed"]}
            return listed == set(slugs)

        return eventually(same)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Server() as server:
        now = datetime.now(UTC)
        server.route("/a", conditional(rss("甲", item("1", "枣庄背街小巷改造完工", ARTICLE, now)), '"1"'))
        server.route("/b", conditional(rss("乙", item("2", "秋汛鲅鱼到港", OTHER, now)), '"1"'))
        server.route("/c", conditional(rss("丙", item("3", "翠湖边的合唱团", THIRD, now)), '"1"'))
        yield Desk(tmp_path, server)


class Unled(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def location(url: str) -> tuple[int, str | None]:
    """Status and Location, not followed."""
    try:
        with urllib.request.build_opener(Unled).open(url, timeout=5) as answer:
            return answer.status, None
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Location")


def test_sources_come_and_go_and_come_back(desk: Desk) -> None:
    desk.config.write_text(desk.text("/a"))
    with started("run", cwd=desk.folder):
        assert desk.shows("/latest", "枣庄背街小巷改造完工"), desk.log()
        desk.save(desk.text("/a", "/b"))
        assert desk.shows("/latest", "秋汛鲅鱼到港"), desk.log()
        desk.config.write_text(desk.text("/b"))  # written in place this time
        assert desk.lists("b"), desk.log()
        assert "枣庄背街小巷改造完工" in get(f"{desk.site}/source/a")[1]
        assert "枣庄背街小巷改造完工" in get(f"{desk.site}/feeds/all.atom")[1]
        desk.save(desk.text("/a", "/b"))
        assert desk.lists("a", "b")
    assert "sources +1 -0 ~0" in desk.log()
    assert "Traceback" not in desk.log()


def test_title_and_limits_are_taken_by_poller_pages_and_feeds(desk: Desk) -> None:
    desk.config.write_text(desk.text("/a"))
    with started("run", cwd=desk.folder):
        assert desk.shows("/feeds/all.atom", "甲站")
        assert desk.shows("/latest", "枣庄背街小巷改造完工")
        desk.save(desk.text("/a", title="乙站", more='user_agent = "Other/1"'))
        assert desk.shows("/", "乙站"), desk.log()
        assert desk.shows("/feeds/all.atom", "乙站")
        assert eventually(lambda: desk.server.requests[-1].headers.get("user-agent") == "Other/1"), desk.log()


def test_a_broken_file_is_told_and_the_old_one_stays_until_it_is_mended(desk: Desk) -> None:
    desk.config.write_text(desk.text("/a"))
    with started("run", cwd=desk.folder):
        assert desk.shows("/latest", "枣庄背街小巷改造完工")
        desk.save(desk.text("/a", "/b").replace('slug = "b"', 'slgu = "b"').replace('interval = "1s"', "interval = 1"))
        assert eventually(lambda: desk.status().get("config", {}).get("ok") is False), desk.log()
        state = desk.status()["config"]
        assert [(error["line"], error["key"]) for error in state["errors"]] == [
            (6, "polling.interval"),
            (17, "sources[2].slgu"),
        ]
        assert eventually(lambda: "config.toml:17: sources[2].slgu" in desk.log())
        assert "config.toml:6: polling.interval" in desk.log()
        assert desk.log().count("config.toml:17:") == 1
        assert desk.lists("a")
        desk.save(desk.text("/a", "/b"))
        assert desk.lists("a", "b")
        assert eventually(lambda: desk.status()["config"]["ok"] is True)
        desk.config.unlink()
        assert eventually(lambda: desk.status()["config"]["ok"] is False)
        assert desk.lists("a", "b")


def test_a_new_name_and_a_new_address_keep_the_history(desk: Desk) -> None:
    desk.config.write_text(desk.text("/a"))
    with started("run", cwd=desk.folder):
        assert desk.shows("/feeds/source/a.atom", "枣庄背街小巷改造完工"), desk.log()
        desk.save(desk.text("/a").replace('slug = "a"', 'slug = "z"'))
        assert desk.shows("/source/z", "枣庄背街小巷改造完工"), desk.log()
        assert eventually(lambda: location(f"{desk.site}/source/a") == (301, "/source/z"))
        assert eventually(lambda: location(f"{desk.site}/feeds/source/a.atom") == (301, "/feeds/source/z.atom"))
        assert location(f"{desk.site}/source/never")[0] == 404
        asked = len([request for request in desk.server.requests if request.path == "/c"])
        assert asked == 0
        desk.save(desk.text("/c").replace('slug = "c"', 'slug = "z"'))
        assert desk.shows("/source/z", "翠湖边的合唱团"), desk.log()
        assert "枣庄背街小巷改造完工" in get(f"{desk.site}/source/z")[1]
        first = next(request for request in desk.server.requests if request.path == "/c")
        assert "if-none-match" not in first.headers


def test_what_needs_a_restart_is_named(desk: Desk) -> None:
    desk.config.write_text(desk.text("/a"))
    with started("run", cwd=desk.folder):
        assert desk.lists("a"), desk.log()
        text = desk.text("/a", "/b").replace(f"port = {desk.port}", f"port = {free_port()}")
        desk.save(text + '[database]\nurl = "sqlite:///other.db"\n')
        assert desk.lists("a", "b"), desk.log()
        assert eventually(lambda: desk.status()["config"]["after_restart"] == ["database.url", "web.port"])
    assert "setting=web.port takes effect after a restart" in desk.log()
    assert not (desk.folder / "other.db").exists()


def test_a_link_that_is_switched_as_a_whole_is_noticed(desk: Desk) -> None:
    """As Kubernetes does with a ConfigMap: config.toml -> ..data/config.toml, ..data -> ..1, then ..data -> ..2."""
    for number, sources in (("..1", ("/a",)), ("..2", ("/a", "/b"))):
        (desk.folder / number).mkdir()
        (desk.folder / number / "config.toml").write_text(desk.text(*sources))
    (desk.folder / "..data").symlink_to("..1")
    desk.config.symlink_to("..data/config.toml")
    with started("run", cwd=desk.folder):
        assert desk.lists("a"), desk.log()
        (desk.folder / "..new").symlink_to("..2")
        os.replace(desk.folder / "..new", desk.folder / "..data")
        assert desk.lists("a", "b"), desk.log()


def test_the_poller_and_the_site_each_alone_follow_the_file(desk: Desk) -> None:
    desk.config.write_text(desk.text("/a"))
    with started("work", cwd=desk.folder), started("serve", cwd=desk.folder):
        assert desk.shows("/latest", "枣庄背街小巷改造完工"), desk.log()
        desk.save(desk.text("/b", title="丁站"))
        assert desk.shows("/latest", "秋汛鲅鱼到港"), desk.log()
        assert desk.shows("/", "丁站")


def test_no_secret_is_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_KEY", "s3cret-key")
    desk.server.route("/s3cret-key", reply(404))
    desk.config.write_text(desk.text("/x").replace('/x"\nslug = "x"', '/${FEED_KEY}"\ntitle = "密"'))
    with started("run", cwd=desk.folder):
        assert eventually(lambda: any(request.path == "/s3cret-key" for request in desk.server.requests)), desk.log()
        assert eventually(lambda: bool(desk.status().get("sources")) and bool(desk.status()["sources"][0]["error"]))
        for path in ("/status", "/status.json", "/sources", "/opml?kind=sources"):
            assert "s3cret" not in get(f"{desk.site}{path}")[1], path
    assert "s3cret" not in desk.log()
