"""Static copies: files that are written, kept and deleted; and a real nginx that serves them."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

import brotli
import pytest
import zstandard
from click.testing import CliRunner
from werkzeug.test import Client

from aggregator.messages import incidents
from aggregator.publishing import static_export
from aggregator.publishing.static_export import MANIFEST, ExportSummary, PlannedFile
from aggregator.store import Store
from gedi.cli import main
from tests.aggregator.store.factories import copy_database
from tests.aggregator.store.writing import update_items
from tests.deploy.proxies import NGINX, nginx_with_files
from tests.web import fixture_site
from tests.web.fixture_site import NOW, World
from web import create_wsgi

LATER = NOW + timedelta(minutes=5)


NAMES = (
    "/feeds/all.",
    "/feeds/all/37",
    "/feeds/society",
    "/feeds/emotion/story",
    "/feeds/hot",
    "/feeds/source",
    "/opml",
    "/.well-known",
)


@pytest.fixture
def built_url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of the database of ``built``, outside the folder that is published to."""
    return copy_database(sqlite_template, tmp_path_factory.mktemp("world"))


@pytest.fixture
def built(built_url: str) -> Iterator[World]:
    """Return a fixture site of two outlets with one item each, which is enough for a static copy."""
    store = Store.open(built_url, migrate=False)
    yield _store_items(store)
    store.close()


def _store_items(store: Store) -> World:
    known = store.sync_sources(fixture_site.sources()[:2], NOW, timedelta(0))
    ids = {}
    for number, slug in enumerate(known):
        draft = fixture_site.draft(slug, f"{number}号消息", minutes=number, category="society", region="370400")
        ids[slug] = next(iter(fixture_site.insert(store, known[slug], [draft], NOW).values()))
    return World(store, fixture_site.config(), ids, 0)


def run(built: World, folder: Path, *, archives: bool = True, now=NOW) -> ExportSummary:  # type: ignore[no-untyped-def]
    return static_export.export_static(built.store, built.config, folder, plan_some(built, archives=archives), now)


def plan_some(built: World, *, archives: bool = True) -> list[PlannedFile]:
    """Return the planned files of some feeds only, to save time."""
    planned = static_export.plan_export(built.store, built.config, archives=archives)
    return [each for each in planned if each.path.startswith(NAMES)]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def add_item(built: World, title: str, slug: str) -> None:
    number = next(source.id for source in built.store.sources() if source.slug == slug)
    fixture_site.insert(
        built.store, number, [fixture_site.draft(slug, title, category="society", region="370400")], LATER
    )
    with built.store.write_transaction() as writer:
        writer.mark_stale(["all", "society", "all/370000", "society/370400", f"source/{slug}"])


def test_every_document_is_there_in_every_form(built: World, tmp_path: Path) -> None:
    outcome = run(built, tmp_path)
    service = Client(create_wsgi(built.store, built.config, clock=lambda: NOW))
    slug = next(iter(built.ids))
    for name in ("all", "hot", "society", "emotion/story", "all/370000", f"source/{slug}"):
        for kind in ("atom", "rss", "json"):
            path = tmp_path / f"feeds/{name}.{kind}"
            answer = service.get(f"/feeds/{name}.{kind}")
            assert path.read_bytes() == answer.data, name
            assert path.stat().st_mtime == parsedate_to_datetime(answer.headers["Last-Modified"]).timestamp()
    body = (tmp_path / "feeds/society.atom").read_bytes()
    assert gzip.decompress((tmp_path / "feeds/society.atom.gz").read_bytes()) == body
    assert brotli.decompress((tmp_path / "feeds/society.atom.br").read_bytes()) == body
    assert zstandard.ZstdDecompressor().decompress((tmp_path / "feeds/society.atom.zst").read_bytes()) == body
    assert len({(tmp_path / f"feeds/society.atom{form}").stat().st_mtime for form in static_export.FORM_SUFFIXES}) == 1
    assert (tmp_path / "opml/sources.opml").exists()
    menu = json.loads((tmp_path / ".well-known/feed-menu.json").read_text("utf-8"))
    assert menu == service.get("/.well-known/feed-menu.json").json
    assert (tmp_path / "opml/all.opml").read_bytes() == service.get("/opml").data
    assert outcome.written == len([name for name in files(tmp_path) if not name.endswith((".gz", ".br", ".zst"))]) - 1


def test_only_what_changed_is_written(built: World, tmp_path: Path) -> None:
    first = run(built, tmp_path)
    before = {name: (tmp_path / name).stat() for name in files(tmp_path)}
    second = run(built, tmp_path, now=LATER)
    assert (second.written, second.unchanged, second.bytes) == (0, first.written, 0)
    slug = next(iter(built.ids))
    add_item(built, "一条刚到的消息", slug)
    third = run(built, tmp_path, now=LATER)
    written = {
        name.split(".")[0]
        for name, old in before.items()
        if (tmp_path / name).stat().st_ino != old.st_ino and name != MANIFEST
    }
    assert {"feeds/all", "feeds/society", f"feeds/source/{slug}"} <= written
    assert "feeds/emotion/story" not in written
    assert third.written < first.written / 2
    assert "一条刚到的消息" in (tmp_path / "feeds/all.atom").read_text("utf-8")


def test_what_is_published_no_longer_goes_and_nothing_else(built: World, tmp_path: Path) -> None:
    run(built, tmp_path)
    (tmp_path / "feeds/mine.atom").write_text("not ours")
    (tmp_path / "feeds/source/note.txt").write_text("not ours")
    slugs = list(built.ids)
    kept = [source for source in fixture_site.sources() if source.slug == slugs[0]]
    built.store.sync_sources(kept, LATER, timedelta(0))
    outcome = run(built, tmp_path, now=LATER)
    assert outcome.removed >= 3
    assert f"feeds/source/{slugs[0]}.atom" in files(tmp_path)
    assert not [name for name in files(tmp_path) if name.startswith(f"feeds/source/{slugs[1]}")]
    assert {"feeds/mine.atom", "feeds/source/note.txt"} <= files(tmp_path)


def test_a_run_that_was_cut_short_is_made_good(built: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(Exception):
        pass

    count = 0

    def cut() -> None:
        nonlocal count
        count += 1
        if count == 40:
            raise Cut

    planned = plan_some(built)
    with pytest.raises(Cut):
        static_export.export_static(built.store, built.config, tmp_path, planned, NOW, on_document=cut)
    half = files(tmp_path)
    assert not [name for name in half if name.endswith(".new")]
    run(built, tmp_path)
    whole = tmp_path.with_name("whole")
    run(built, whole)
    assert half < files(tmp_path) == files(whole)


@pytest.mark.parametrize(
    "damage", ['{"files": 3}', '{"files": {"/../../escape": "x"}, "generation": 0, "appearance": 0}']
)
def test_a_damaged_manifest_costs_a_run_and_never_a_file_elsewhere(built: World, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "a/b"
    run(built, folder)
    (tmp_path / "escape").write_text("elsewhere")
    (folder / MANIFEST).write_text(damage)
    assert run(built, folder).removed == 0
    assert (tmp_path / "escape").exists()
    assert run(built, folder).written == 0


def test_archives_are_published_too(built: World, tmp_path: Path) -> None:
    slug = next(iter(built.ids))
    number = next(source.id for source in built.store.sources() if source.slug == slug)
    drafts = [fixture_site.draft(slug, f"第{n}条旧闻", minutes=n + 10, category="society") for n in range(60)]
    fixture_site.insert(built.store, number, drafts, NOW)
    with_archives, without = tmp_path / "with", tmp_path / "without"
    run(built, with_archives)
    run(built, without, archives=False)
    past = {name for name in files(with_archives) if "/archive/" in name}
    assert "feeds/society/archive/1.atom.gz" in past
    assert files(without) == files(with_archives) - past


def test_an_archive_that_somebody_has_read_is_published_as_it_was_read(built: World, tmp_path: Path) -> None:
    slug, (number, *_) = next(iter(built.ids)), [source.id for source in built.store.sources()]
    drafts = [fixture_site.draft(slug, f"第{n}条旧闻", minutes=n + 10, category="society") for n in range(60)]
    fixture_site.insert(built.store, number, drafts, NOW)
    path = "/feeds/society/archive/1.atom"
    read = Client(create_wsgi(built.store, built.config, clock=lambda: NOW)).get(path).data
    with built.store.write_transaction() as writer:
        update_items(writer, number, [replace(drafts[5], title="后来改了的标题", content_hash="2")], LATER)
    planned = [
        each for each in static_export.plan_export(built.store, built.config, archives=True) if each.path == path
    ]
    static_export.export_static(built.store, built.config, tmp_path, planned, LATER)
    assert (tmp_path / path[1:]).read_bytes() == read
    assert "后来改了的标题".encode() not in read


def test_what_the_admin_is_told_of_is_published_only_where_the_site_shows_it(built: World, tmp_path: Path) -> None:
    assert (
        Client(create_wsgi(built.store, built.config, clock=lambda: NOW)).get("/feeds/status.atom").status_code == 200
    )
    private = fixture_site.config("[web]\npublic_status = false\n")
    built.store.open_incident("config", incidents.CONFIG(problems="/srv/config.toml:3: web.port: 'hidden'"), NOW)
    for config, shown in ((built.config, True), (private, False), (built.config, True)):
        planned = static_export.plan_export(built.store, config, archives=True)
        kept = [each for each in planned if each.path.startswith(("/feeds/status", "/feeds/all.atom"))]
        static_export.export_static(built.store, config, tmp_path, kept, NOW)
        assert (tmp_path / "feeds/all.atom").exists()
        assert [(tmp_path / f"feeds/status.{kind}").exists() for kind in ("atom", "rss", "json")] == [shown] * 3
    for kind in ("atom", "rss", "json"):
        text = (tmp_path / f"feeds/status.{kind}").read_text("utf-8")
        assert "config.toml有误" in text
        assert "/srv" not in text
        assert "hidden" not in text


@pytest.mark.usefixtures("built")
def test_the_command_says_what_it_did(built_url: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'{fixture_site.CONFIG}[database]\nurl = "{built_url}"\n', "utf-8")
    call = ["publish", str(tmp_path / "out"), "--config", str(config)]
    said = CliRunner().invoke(main, call, obj=lambda: NOW)
    assert said.exit_code == 0, said.output
    assert "documents written" in said.stdout
    counted = json.loads(CliRunner().invoke(main, [*call, "--json"], obj=lambda: NOW).stdout)
    assert (counted["written"], counted["removed"]) == (0, 0)
    assert counted["unchanged"] > 100
    (tmp_path / "file").write_text("")
    refused = CliRunner().invoke(
        main, ["publish", str(tmp_path / "file/below"), "--config", str(config)], obj=lambda: NOW
    )
    assert (refused.exit_code, "run it again" in refused.stderr) == (1, True)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def service(built: World) -> Iterator[int]:
    pages = create_wsgi(built.store, built.config, clock=lambda: NOW)
    with make_server("127.0.0.1", 0, pages, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed; NGINX=path names one")
def test_nginx_serves_the_folder_as_the_docs_say(built: World, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    run(built, folder)
    os.chmod(tmp_path, 0o755)

    def ask(path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with urlopen(Request(base + path, headers=named), timeout=10) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except HTTPError as error:
            return error.code, dict(error.headers), error.read()

    with service(built) as port, nginx_with_files(tmp_path, folder, port) as base:
        for kind in ("atom", "rss", "json"):
            type = f"application/{'feed' if kind == 'json' else kind}+{'json' if kind == 'json' else 'xml'}"
            status, headers, body = ask(f"/feeds/society.{kind}")
            assert (status, headers["Content-Type"]) == (200, f"{type}; charset=utf-8")
            assert body == (folder / f"feeds/society.{kind}").read_bytes()
            assert headers["Access-Control-Allow-Origin"] == "*"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "stale-if-error" in headers["Cache-Control"]
            assert ask(f"/feeds/society.{kind}", If_None_Match=headers["ETag"])[0] == 304
            assert ask(f"/feeds/society.{kind}", If_Modified_Since=headers["Last-Modified"])[0] == 304
            status, packed, form = ask(f"/feeds/society.{kind}", Accept_Encoding="gzip")
            assert (packed["Content-Encoding"], packed["Vary"]) == ("gzip", "Accept-Encoding")
            assert packed["Content-Type"] == headers["Content-Type"]
            assert gzip.decompress(form) == body
        assert ask("/opml")[1]["Content-Type"].startswith("text/x-opml")
        assert ask("/opml")[2] == (folder / "opml/all.opml").read_bytes()
        assert ask("/opml/sources")[2] == (folder / "opml/sources.opml").read_bytes()
        assert json.loads(ask("/.well-known/feed-menu.json")[2])["feed-menu"] == "各地新闻"
        # only the service answers these requests
        (folder / "feeds/society.atom").write_bytes(b"from the file")
        assert ask("/feeds/society.atom")[2] == b"from the file"
        assert b"<feed" in ask("/feeds/society.atom?since=2026-01-01T00:00:00Z")[2]
        assert b"<feed" in ask("/feeds/society.atom", Sec_Fetch_Mode="navigate")[2]
        assert ask("/feeds/society.atom", Sec_Fetch_Mode="cors")[2] == b"from the file"
        assert b"<feed" in ask("/feeds/society/320000.atom")[2]
        assert json.loads(ask("/api/items?limit=1")[2])["items"]
        assert ask("/feeds/nothing.atom")[0] == 404
        assert "text/html" in ask("/")[1]["Content-Type"]
