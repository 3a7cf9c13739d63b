"""Changes of config.toml during a running service, as made by editors, ConfigMaps and admins.

The tests share one service, since its start is slow; each saves a config with sources of its own first."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.clock import now
from tests.gedi.processes import eventually, free_port, get, run_gedi
from tests.rss import ARTICLE, OTHER, THIRD, item, rss
from tests.servers import Server, conditional, reply

pytestmark = [pytest.mark.timeout(180), pytest.mark.clock(every=0)]


_numbers = count(1)


@dataclass
class Desk:
    """A folder with a config that can be changed, and the site that runs with it.

    ``name`` separates the sources of a test from those of others: "/a" is a path, and "a" a slug, of this test.
    """

    folder: Path
    server: Server
    port: int = field(default_factory=free_port)
    name: str = field(default_factory=lambda: f"t{next(_numbers)}")
    log_begins: int = 0

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def slug(self, path: str) -> str:
        return f"{self.name}{path.strip('/')}"

    def text(self, *sources: str, title: str = "甲站", more: str = "") -> str:
        tables = "".join(
            f'[[sources]]\nurl = "{self.server.url("/" + self.slug(path))}"\nslug = "{self.slug(path)}"\n'
            for path in sources
        )
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
        """Replace the file by a new one, as careful editors do."""
        new = self.folder / "config.toml~"
        new.write_text(text)
        os.replace(new, self.config)

    def log(self) -> str:
        return (self.folder / "gedi.log").read_bytes()[self.log_begins :].decode()

    def status(self) -> dict[str, Any]:
        code, text = get(f"{self.site}/status.json")
        found: dict[str, Any] = json.loads(text) if code == 200 else {}
        return found

    def shows(self, path: str, text: str) -> bool:
        return eventually(lambda: text in get(f"{self.site}{path}")[1])

    def gathers(self, path: str, text: str) -> bool:
        return self.shows(f"/source/{self.slug(path)}", text)

    def lists(self, *paths: str) -> bool:
        def same() -> bool:
            listed = {row["slug"] for row in self.status().get("sources", []) if row["listed"]}
            return listed == {self.slug(path) for path in paths}

        return eventually(same)

    def serve_feeds(self) -> None:
        """Serve three feeds for the sources of this test."""
        for path, title, *one in (
            ("a", "甲", "1", "枣庄背街小巷改造完工", ARTICLE),
            ("b", "乙", "2", "秋汛鲅鱼到港", OTHER),
            ("c", "丙", "3", "翠湖边的合唱团", THIRD),
        ):
            name, heading, text = one
            self.server.route(f"/{self.slug(path)}", conditional(rss(title, item(name, heading, text, now())), '"1"'))


@pytest.fixture(scope="module")
def service(instant: datetime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Run ``gedi run`` once for all tests of this file."""
    with Server() as server, pytest.MonkeyPatch.context() as environ:
        environ.setenv("FEED_KEY", "s3cret-key")
        desk = Desk(tmp_path_factory.mktemp("reload"), server)
        desk.config.write_text(desk.text())
        with run_gedi("run", cwd=desk.folder):
            assert eventually(lambda: desk.status() != {}), desk.log()
            yield desk


@pytest.fixture
def desk(service: Desk) -> Desk:
    """Return the running service, with the source "a" in the config."""
    mine = Desk(service.folder, service.server, service.port)
    mine.serve_feeds()
    mine.save(mine.text("/a"))
    assert mine.lists("a"), mine.log()
    mine.log_begins = (mine.folder / "gedi.log").stat().st_size
    return mine


@pytest.fixture
def stopped_desk(tmp_path: Path) -> Iterator[Desk]:
    """Return a folder with a config, without a running service."""
    with Server() as server:
        desk = Desk(tmp_path, server)
        desk.serve_feeds()
        desk.config.write_text(desk.text("/a"))
        yield desk


class Unled(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def location(url: str) -> tuple[int, str | None]:
    """Return the status and Location of a response, without following it."""
    try:
        with urllib.request.build_opener(Unled).open(url, timeout=5) as answer:
            return answer.status, None
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Location")


def test_sources_come_and_go_and_come_back(desk: Desk) -> None:
    assert desk.gathers("a", "枣庄背街小巷改造完工"), desk.log()
    desk.save(desk.text("/a", "/b"))
    assert desk.gathers("b", "秋汛鲅鱼到港"), desk.log()
    desk.config.write_text(desk.text("/b"))  # the file is written in place
    assert desk.lists("b"), desk.log()
    assert "枣庄背街小巷改造完工" in get(f"{desk.site}/source/{desk.slug('a')}")[1]
    assert "枣庄背街小巷改造完工" in get(f"{desk.site}/feeds/all.atom")[1]
    desk.save(desk.text("/a", "/b"))
    assert desk.lists("a", "b")
    assert "sources +1 -0 ~0" in desk.log()
    assert "Traceback" not in desk.log()


def test_title_and_limits_are_taken_by_poller_pages_and_feeds(desk: Desk) -> None:
    assert desk.shows("/feeds/all.atom", "甲站")
    assert desk.gathers("a", "枣庄背街小巷改造完工")
    desk.save(desk.text("/a", title="乙站", more='user_agent = "Other/1"'))
    assert desk.shows("/", "乙站"), desk.log()
    assert desk.shows("/feeds/all.atom", "乙站")
    assert eventually(lambda: desk.server.requests[-1].headers.get("user-agent") == "Other/1"), desk.log()


def test_a_broken_file_is_told_and_the_old_one_stays_until_it_is_mended(desk: Desk) -> None:
    assert desk.gathers("a", "枣庄背街小巷改造完工")
    desk.save(
        desk.text("/a", "/b")
        .replace(f'slug = "{desk.slug("b")}"', 'slgu = "b"')
        .replace('interval = "1s"', "interval = 1")
    )
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
    a, c, z = (desk.slug(path) for path in "acz")
    assert desk.shows(f"/feeds/source/{a}.atom", "枣庄背街小巷改造完工"), desk.log()
    desk.save(desk.text("/a").replace(f'slug = "{a}"', f'slug = "{z}"'))
    assert desk.gathers("z", "枣庄背街小巷改造完工"), desk.log()
    assert eventually(lambda: location(f"{desk.site}/source/{a}") == (301, f"/source/{z}"))
    assert eventually(lambda: location(f"{desk.site}/feeds/source/{a}.atom") == (301, f"/feeds/source/{z}.atom"))
    assert location(f"{desk.site}/source/never")[0] == 404
    assert desk.server.count(f"/{c}") == 0
    desk.save(desk.text("/c").replace(f'slug = "{c}"', f'slug = "{z}"'))
    assert desk.gathers("z", "翠湖边的合唱团"), desk.log()
    assert "枣庄背街小巷改造完工" in get(f"{desk.site}/source/{z}")[1]
    first = next(request for request in desk.server.requests if request.path == f"/{c}")
    assert "if-none-match" not in first.headers


def test_what_needs_a_restart_is_named(desk: Desk) -> None:
    assert desk.lists("a"), desk.log()
    text = desk.text("/a", "/b").replace(f"port = {desk.port}", f"port = {free_port()}")
    desk.save(text + '[database]\nurl = "sqlite:///other.db"\n')
    assert desk.lists("a", "b"), desk.log()
    assert eventually(lambda: desk.status()["config"]["after_restart"] == ["database.url", "web.port"])
    assert re.search(r"config_restart_needed file=\S+ setting=web\.port", desk.log())
    assert not (desk.folder / "other.db").exists()


def test_a_link_that_is_switched_as_a_whole_is_noticed(desk: Desk) -> None:
    """Kubernetes updates a ConfigMap so: config.toml -> ..data/config.toml, ..data -> ..1, then ..data -> ..2."""
    for number, sources in (("..1", ("/a",)), ("..2", ("/a", "/b"))):
        (desk.folder / number).mkdir()
        (desk.folder / number / "config.toml").write_text(desk.text(*sources))
    (desk.folder / "..data").symlink_to("..1")
    (desk.folder / "link").symlink_to("..data/config.toml")
    os.replace(desk.folder / "link", desk.config)
    (desk.folder / "..new").symlink_to("..2")
    os.replace(desk.folder / "..new", desk.folder / "..data")
    assert desk.lists("a", "b"), desk.log()
    (desk.folder / "..3").mkdir()
    (desk.folder / "..3" / "config.toml").write_text(desk.text("/b"))
    (desk.folder / "..new").symlink_to("..3")
    os.replace(desk.folder / "..new", desk.folder / "..data")
    assert desk.lists("b"), desk.log()


def test_no_secret_is_shown(desk: Desk) -> None:
    desk.server.route("/s3cret-key", reply(404))
    secret = desk.text("/x").replace(f'/{desk.slug("x")}"\nslug', '/${FEED_KEY}"\ntitle = "密"\nslug')
    desk.save(secret)
    assert eventually(lambda: desk.server.count("/s3cret-key") > 0), desk.log()

    def ailing() -> bool:
        return any(row["slug"] == desk.slug("x") and row["error"] for row in desk.status().get("sources", []))

    assert eventually(ailing), desk.log()
    for path in ("/status", "/status.json", "/sources", "/opml?kind=sources"):
        assert "s3cret" not in get(f"{desk.site}{path}")[1], path
    assert "s3cret" not in desk.log()


def test_the_poller_and_the_site_each_alone_follow_the_file(stopped_desk: Desk) -> None:
    with run_gedi("work", cwd=stopped_desk.folder), run_gedi("serve", cwd=stopped_desk.folder):
        assert stopped_desk.gathers("a", "枣庄背街小巷改造完工"), stopped_desk.log()
        stopped_desk.save(stopped_desk.text("/b", title="丁站"))
        assert stopped_desk.gathers("b", "秋汛鲅鱼到港"), stopped_desk.log()
        assert stopped_desk.shows("/", "丁站")


def test_files_of_sources_are_noticed_like_the_config(desk: Desk) -> None:
    (desk.folder / "sources.d").mkdir(exist_ok=True)
    path = desk.folder / "sources.d" / f"{desk.name}.toml"
    address = desk.server.url("/" + desk.slug("b"))
    path.write_text(f'[[sources]]\nurl = "{address}"\nslug = "{desk.slug("b")}"\n')
    desk.save(desk.text("/a", more=f'sources_from = ["sources.d/{desk.name}.toml"]'))
    assert desk.lists("a", "b"), desk.log()
    path.write_text(f'[[sources]]\nurl = "{address}"\nslug = "{desk.slug("b")}"\ncategroy = "society"\n')
    assert eventually(lambda: f"{desk.name}.toml:4" in desk.log()), desk.log()
    assert eventually(lambda: desk.status()["config"]["ok"] is False)
    path.write_text("")
    assert desk.lists("a"), desk.log()
    assert eventually(lambda: desk.status()["config"]["ok"] is True)


def test_a_list_at_an_address_is_followed(desk: Desk) -> None:
    path = f"/{desk.name}.opml"
    outline = (
        f'<outline text="b" xmlUrl="{desk.server.url("/" + desk.slug("b"))}" xmlns:g="urn:gedi:source" g:slug="%s"/>'
    )
    good = f"<opml version='2.0'><body>{outline % desk.slug('b')}</body></opml>".encode()
    desk.server.route(path, conditional(good, '"1"'))
    desk.save(desk.text("/a", more=f'sources_from = ["{desk.server.url(path)}"]'))
    assert desk.lists("a", "b"), desk.log()
    assert desk.gathers("b", "秋汛鲅鱼到港")
    desk.server.route(path, reply(200, b"<html></html>"))
    assert eventually(lambda: [each["state"] for each in desk.status()["lists"]] == ["failing"]), desk.status()
    assert desk.lists("a", "b")
    assert "来源列表读取失败" in get(f"{desk.site}/status")[1]
    empty = good.replace(desk.slug("b").encode(), desk.slug("c").encode())
    desk.server.route(path, conditional(empty, '"2"'))
    assert desk.lists("a", "c"), desk.log()
    assert "秋汛鲅鱼到港" in get(f"{desk.site}/source/{desk.slug('b')}")[1]
