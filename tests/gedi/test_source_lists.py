"""What commands say of sources that other places than config.toml name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gedi.cli import main
from tests.rss import rss
from tests.servers import Server, conditional, reply

pytestmark = pytest.mark.clock(every=0)


class Folder:
    """A config that names a file, a pattern and an address."""

    def __init__(self, path: Path, server: Server) -> None:
        self.path, self.server = path, server
        (path / "sources.d").mkdir()
        (path / "sources.d" / "a.toml").write_text(f'[[sources]]\nurl = "{server.url("/a")}"\nslug = "a"\n')
        (path / "more.opml").write_bytes(self.opml("/b"))
        places = f'"more.opml", "sources.d/*.toml", "{server.url("/list.opml")}"'
        polling = f'[polling]\nallow = ["127.0.0.0/8"]\nspacing = "0s"\nsources_from = [{places}]\n'
        self.config = path / "config.toml"
        self.config.write_text(f'{polling}[[sources]]\nurl = "{server.url("/main")}"\nslug = "main"\n')
        for name in ("/main", "/a", "/b", "/c"):
            server.route(name, conditional(rss("x"), '"1"'))
        server.route("/list.opml", conditional(self.opml("/c", "/a"), '"1"'))

    def opml(self, *paths: str) -> bytes:
        outlines = "\n".join(f'<outline text="x" xmlUrl="{self.server.url(path)}"/>' for path in paths)
        return f"<opml version='2.0'><body>\n{outlines}\n</body></opml>".encode()

    def run(self, *arguments: str) -> Result:
        return CliRunner(env={"COLUMNS": "300"}).invoke(
            main, [*arguments, "--config", str(self.config)], catch_exceptions=False
        )

    def sources(self) -> dict[str, Any]:
        records = [json.loads(line) for line in self.run("sources", "--json").stdout.splitlines()]
        return {Path(record["url"]).name: record for record in records}


@pytest.fixture
def folder(tmp_path: Path, server: Server) -> Folder:
    return Folder(tmp_path, server)


def test_one_poll_fetches_the_list_and_its_sources(folder: Folder) -> None:
    assert "4 polled" in folder.run("poll").stdout
    places = {name: record["place"] for name, record in folder.sources().items()}
    assert places == {
        "main": str(folder.config),
        "a": str(folder.path / "sources.d" / "a.toml"),
        "b": str(folder.path / "more.opml"),
        "c": folder.server.url("/list.opml"),
    }
    table = folder.run("sources").stdout
    assert "sources.d/a.toml" in table
    assert "nothing was due" in folder.run("poll").stdout


def test_check_reads_every_list_and_stores_nothing(folder: Folder) -> None:
    answer = folder.run("check", "--json")
    assert answer.exit_code == 0, answer.output
    record = json.loads(answer.stdout)
    assert [(Path(each["place"]).name, each["sources"]) for each in record["lists"]] == [
        ("more.opml", 1),
        ("a.toml", 1),
        ("list.opml", 2),
    ]
    assert not (folder.path / "gedi.db").exists()
    text = folder.run("check").stdout
    assert "sources.d/a.toml: 1 sources" in text


def test_check_names_the_lines_of_a_bad_list(folder: Folder) -> None:
    folder.server.route("/list.opml", reply(200, folder.opml("/c").replace(b"http://", b"gopher://")))
    answer = folder.run("check")
    assert answer.exit_code == 2
    assert f"{folder.server.url('/list.opml')}:2: xmlUrl: is no http or https address" in answer.stderr
    (folder.path / "more.opml").write_text("<opml>")
    answer = folder.run("check", "--json")
    assert answer.exit_code == 2
    assert [Path(error["file"]).name for error in json.loads(answer.stdout)["errors"]] == ["more.opml"]


def test_check_shows_why_the_service_keeps_an_old_list(folder: Folder) -> None:
    folder.run("poll")
    folder.server.route("/list.opml", reply(404))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aggregator.store.api.poll_store._lists_due", lambda *_: True)
        claim = "aggregator.jobs.list_fetch.fetch_lists.__kwdefaults__"
        patch.setattr(claim, {"due": False})
        folder.run("poll", "--all")
    answer = folder.run("check")
    assert answer.exit_code == 0, answer.output
    assert "cannot be fetched now" in answer.stdout
    assert "in force: 2 sources" in answer.stdout
    assert "last poll failed" in answer.stdout
    recorded = json.loads(folder.run("check", "--json").stdout)["lists"][2]["recorded"]
    assert (recorded["state"], recorded["sources"], recorded["failures"]) == ("failing", 2, 1)


def test_a_source_that_leaves_a_list_keeps_its_items(folder: Folder) -> None:
    folder.run("poll")
    (folder.path / "more.opml").write_bytes(folder.opml("/d"))
    sources = folder.sources()
    assert sources["b"]["state"] == "off"
    assert sources["b"]["place"] is None
    assert sources["d"]["state"] == "new"


def test_export_has_the_sources_of_all_places(folder: Folder) -> None:
    folder.run("poll")
    exported = folder.run("export", "--json").stdout
    assert all(folder.server.url(f"/{name}") in exported for name in ("main", "a", "b", "c"))
    (folder.path / "again.opml").write_bytes(folder.opml("/c"))
    answer = CliRunner().invoke(main, ["import", str(folder.path / "again.opml"), "--config", str(folder.config)])
    assert "0 sources added" in answer.stdout
