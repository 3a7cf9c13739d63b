"""Routes of RSSHub are sources whose instance may change, in the config, in OPML and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.config.load import ConfigErrors, parse_config
from aggregator.fetching.rsshub import resolve_route
from gedi.cli import main
from tests.clock import now
from tests.rss import ARTICLE, item, rss
from tests.servers import Server, redirect, reply

ROUTE = "rsshub://weibo/user/1?limit=5"


@pytest.mark.parametrize(
    ("route", "instance", "expected"),
    [
        ("rsshub://weibo/user/1", "https://hub.example.org", "https://hub.example.org/weibo/user/1"),
        ("rsshub://weibo/user/1", "https://hub.example.org/a/", "https://hub.example.org/a/weibo/user/1"),
        (ROUTE, "http://10.0.0.1:1200/?key=k", "http://10.0.0.1:1200/weibo/user/1?limit=5&key=k"),
    ],
)
def test_a_route_is_put_behind_an_instance(route: str, instance: str, expected: str) -> None:
    assert resolve_route(route, instance) == expected


@pytest.mark.parametrize(
    ("url", "polling", "reason"),
    [
        ("rsshub://weibo/user/1", "", "is a route of RSSHub; write the address of an instance as [polling] rsshub"),
        ("rsshub://", 'rsshub = "https://hub.example.org"', "write a route as RSSHub documents it"),
        ("rsshub://a/../b", 'rsshub = "https://hub.example.org"', "write a route as RSSHub documents it"),
        ("rsshub://a/b", 'rsshub = "hub.example.org"', "write a full address"),
    ],
)
def test_mistakes_are_named(url: str, polling: str, reason: str) -> None:
    text = f'[polling]\n{polling}\n[[sources]]\nurl = "{url}"\n'
    with pytest.raises(ConfigErrors) as caught:
        parse_config(text.encode(), Path("config.toml"), {})
    assert reason in str(caught.value.problems[0])


class Hub:
    """A config with a route, and two instances on one server."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.server, self.path = server, folder / "config.toml"
        document = rss("微博", item("1", "枣庄新闻一条", ARTICLE, now()))
        server.route("/one/weibo/user/1?limit=5", redirect(301, "/moved"))
        for path in ("/moved", "/two/weibo/user/1?limit=5", "/two/bilibili/2"):
            server.route(path, reply(200, document, etag=f'"{path}"'))

    def use(self, instance: str) -> None:
        url = self.server.url(instance)
        self.path.write_text(
            f'[polling]\nspacing = "0s"\nallow = ["127.0.0.0/8"]\nrsshub = "{url}"\n[[sources]]\nurl = "{ROUTE}"\n'
        )

    def run(self, *words: str, stdin: str | None = None) -> Result:
        return CliRunner(env={"COLUMNS": "200"}).invoke(
            main, [*words, "--config", str(self.path)], input=stdin, catch_exceptions=False, obj=now
        )


@pytest.mark.clock(every=0)
def test_a_source_stays_when_the_instance_changes(tmp_path: Path, server: Server) -> None:
    hub = Hub(tmp_path, server)
    hub.use("/one")
    assert "1 polled" in hub.run("poll", "--all").output
    before = hub.run("items", "--json").stdout
    assert json.loads(before)["source"] == "weibo-user-1-limit-5"
    listed = '<opml version="2.0"><body><outline type="rss" text="B" xmlUrl="rsshub://bilibili/2"/></body></opml>'
    imported = hub.run("import", "-", stdin=listed)
    assert "1 sources added" in imported.output, imported.output
    hub.path.write_text(hub.path.read_text().replace("/one", "/two"))
    assert "2 polled" in hub.run("poll", "--all").output
    assert before in hub.run("items", "--source", "weibo-user-1-limit-5", "--json").stdout
    assert [request.path for request in server.requests[:2]] == ["/one/weibo/user/1?limit=5", "/moved"]
    assert {request.path for request in server.requests[2:]} == {"/two/weibo/user/1?limit=5", "/two/bilibili/2"}
    checked = hub.run("check", ROUTE)
    assert f'url = "{ROUTE}"' in checked.output, checked.output
    assert 'xmlUrl="rsshub://bilibili/2"' in hub.run("export").output
