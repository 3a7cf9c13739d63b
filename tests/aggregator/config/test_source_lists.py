"""Sources from other places than config.toml: files, patterns, and lists that were fetched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.config.load import Config, ConfigErrors, follow_lists, read_config
from aggregator.config.watcher import ConfigWatcher

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
URL = "https://lists.example.org/feeds.opml"
OPML = """<?xml version="1.0"?>
<opml version="2.0"><head><title>x</title></head><body>
<outline text="社会">
  <outline type="rss" text="甲报" xmlUrl="https://jia.example.org/feed.xml"/>
</outline>
<outline type="rss" text="乙报" xmlUrl="{second}"/>
</body></opml>
"""


class Fetched:
    """Documents of followed addresses, as the store would return them."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self.documents = documents

    def list_digests(self) -> Mapping[str, str]:
        return {url: str(hash(text)) for url, text in self.documents.items()}

    def list_document(self, url: str) -> bytes:
        return self.documents[url].encode()


def opml(second: str = "https://yi.example.org/rss") -> str:
    return OPML.format(second=second)


def source(name: str, more: str = "") -> str:
    return f'[[sources]]\nurl = "https://{name}.example.org/feed.xml"\n{more}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources.d").mkdir()
    return tmp_path


def save(folder: Path, places: str, text: str = "") -> Path:
    path = folder / "config.toml"
    path.write_text(f"[polling]\nsources_from = [{places}]\n{text}", "utf-8")
    return path


def urls(config: Config) -> list[str]:
    return [source.url for source in config.sources]


def errors(path: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        read_config(path)
    return [str(problem).removeprefix(f"{path.parent}/") for problem in caught.value.problems]


def test_files_and_patterns_add_sources_in_order(folder: Path) -> None:
    (folder / "more.opml").write_text(opml(), "utf-8")
    (folder / "sources.d" / "b.toml").write_text(source("b"), "utf-8")
    (folder / "sources.d" / "a.toml").write_text(source("a", 'title = "甲"\ncategory = "society"'), "utf-8")
    path = save(folder, '"more.opml", "sources.d/*.toml"', source("main"))
    config = read_config(path)
    names = ["main", "jia", "yi", "a", "b"]
    assert [url.split("/")[2].split(".")[0] for url in urls(config)] == names
    assert [source.category for source in config.sources] == [None, "society", None, "society", None]
    places = [config.place_of(source.slug) for source in config.sources]
    expected = [path, *[folder / "more.opml"] * 2, folder / "sources.d" / "a.toml", folder / "sources.d" / "b.toml"]
    assert places == [str(place) for place in expected]
    assert len(config.settings.sources) == 5
    assert not config.warnings


def test_an_address_in_two_places_is_one_source_and_the_first_place_counts(folder: Path) -> None:
    (folder / "more.opml").write_text(opml("https://www.main.example.org/feed.xml/"), "utf-8")
    config = read_config(save(folder, '"more.opml"', source("main", 'title = "本报"')))
    assert urls(config) == ["https://main.example.org/feed.xml", "https://jia.example.org/feed.xml"]
    assert config.sources[0].title == "本报"
    (warning,) = config.warnings
    assert (Path(warning.file).name, warning.line) == ("more.opml", 6)
    assert f"is there already, in {folder / 'config.toml'}:4, which counts" in warning.message


def test_every_error_names_file_and_line(folder: Path) -> None:
    (folder / "more.opml").write_text(opml("http://192.168.1.7/feed"), "utf-8")
    (folder / "broken.opml").write_text("<html></html>", "utf-8")
    tables = source("a", "regoin = 3") + source("b", 'category = "nonsense"') + '[site]\ntitle = "x"\n'
    (folder / "sources.d" / "a.toml").write_text(tables, "utf-8")
    (folder / "sources.d" / "b.toml").write_text("[[sources]\n", "utf-8")
    path = save(folder, '"more.opml", "broken.opml", "sources.d/*.toml", "none.opml"')
    found = errors(path)
    for expected in (
        "more.opml:6: xmlUrl: leads to a private place",
        "broken.opml: not OPML",
        "sources.d/a.toml:3: sources[1].regoin (source https://a.example.org/feed.xml): there is no such setting",
        "sources.d/a.toml:6: sources[2].category",
        "sources.d/a.toml:7: site: does not belong here",
        "sources.d/b.toml:1: not valid TOML",
        "none.opml: cannot be read: No such file or directory",
    ):
        assert any(line.startswith(expected) for line in found), (expected, found)
    assert len(found) == 7


def test_a_pattern_may_match_nothing(folder: Path) -> None:
    assert not read_config(save(folder, '"sources.d/*.toml"')).sources


def test_references_to_the_environment_work_in_toml_lists_only(folder: Path) -> None:
    (folder / "sources.d" / "a.toml").write_text(
        '[[sources]]\nurl = "https://a.example.org/feed?key=${KEY}"\n', "utf-8"
    )
    config = read_config(save(folder, '"sources.d/*.toml"'), {"KEY": "geheimnis"})
    assert urls(config) == ["https://a.example.org/feed?key=geheimnis"]
    assert "geheimnis" not in repr(config)
    (folder / "more.opml").write_text(opml("https://b.example.org/?key=${KEY}"), "utf-8")
    assert "speaks of the environment" in errors(save(folder, '"more.opml"'))[0]


@pytest.mark.parametrize("place", ["ftp://a.example/x", "https://user:pw@a.example/x", ""])
def test_an_impossible_place_is_an_error(folder: Path, place: str) -> None:
    assert "config.toml:2: polling.sources_from[1]" in errors(save(folder, f'"{place}"'))[0]


def test_a_followed_list_adds_its_sources_where_it_is_named(folder: Path) -> None:
    (folder / "sources.d" / "a.toml").write_text(source("a"), "utf-8")
    config = read_config(save(folder, f'"{URL}", "sources.d/*.toml"', source("main")))
    assert not config.is_complete
    assert len(config.sources) == 2
    unseen = follow_lists(config, Fetched({}))
    assert unseen.is_complete
    assert urls(unseen) == urls(config)
    full = follow_lists(unseen, Fetched({URL: opml(), "https://other.example.org/": opml()}))
    assert [url.split("/")[2].split(".")[0] for url in urls(full)] == ["main", "jia", "yi", "a"]
    assert full.place_of(full.sources[1].slug) == URL
    assert follow_lists(full, Fetched({URL: opml()})) is full


def test_a_stored_list_that_a_later_config_forbids_is_left_out_with_a_warning(folder: Path) -> None:
    stored = Fetched({URL: opml("http://10.1.1.1/feed")})
    allowed = follow_lists(read_config(save(folder, f'"{URL}"]\nallow = ["10.0.0.0/8"')), stored)
    assert len(allowed.sources) == 2
    config = follow_lists(read_config(save(folder, f'"{URL}"')), stored)
    assert not config.sources
    assert f"{URL}:6: xmlUrl: leads to a private place" in str(config.warnings[0])


class Watch:
    """A watcher of a folder whose files are years old, so that their times can be trusted."""

    def __init__(self, path: Path, followed: Fetched | None = None) -> None:
        config = read_config(path)
        self.watcher = ConfigWatcher(
            follow_lists(config, followed) if followed else config, lambda: NOW, followed=followed
        )
        self.cache = config.lists.cache

    def looks(self) -> Config | None:
        """Return what two looks load."""
        return self.watcher.poll() or self.watcher.poll()


def age(*paths: Path) -> None:
    for path in paths:
        os.utime(path, (NOW.timestamp() - 1000,) * 2)


def test_a_change_of_one_file_reads_no_other(folder: Path) -> None:
    for number in range(20):
        (folder / "sources.d" / f"{number:02}.toml").write_text(source(f"s{number}"), "utf-8")
    watch = Watch(save(folder, '"sources.d/*.toml"'))
    assert watch.cache.read_count == 20
    assert watch.looks() is None
    (folder / "sources.d" / "07.toml").write_text(source("changed"), "utf-8")
    config = watch.looks()
    assert config is not None
    assert urls(config)[7] == "https://changed.example.org/feed.xml"
    assert watch.cache.read_count == 21
    (folder / "sources.d" / "07.toml").unlink()
    (folder / "sources.d" / "99.toml").write_text(source("new"), "utf-8")
    config = watch.looks()
    assert config is not None
    assert len(config.sources) == 20
    assert watch.cache.read_count == 22


def test_a_changed_main_file_reads_no_list_again(folder: Path) -> None:
    (folder / "more.opml").write_text(opml(), "utf-8")
    watch = Watch(save(folder, '"more.opml"'))
    save(folder, '"more.opml"', source("main"))
    config = watch.looks()
    assert config is not None
    assert len(config.sources) == 3
    assert watch.cache.read_count == 1


def test_a_broken_list_changes_nothing_until_it_is_corrected(folder: Path) -> None:
    more = folder / "more.opml"
    more.write_text(opml(), "utf-8")
    watch = Watch(save(folder, '"more.opml"'))
    more.write_text("<opml><body>", "utf-8")
    assert watch.looks() is None
    assert [problem.file for problem in watch.watcher.state.problems] == [str(more)]
    assert len(watch.watcher.config.sources) == 2
    more.write_text(opml("https://bing.example.org/feed"), "utf-8")
    config = watch.looks()
    assert config is not None
    assert watch.watcher.state.ok


def test_correcting_a_list_that_only_a_refused_config_names_is_noticed(folder: Path) -> None:
    watch = Watch(save(folder, ""))
    (folder / "new.opml").write_text("nothing", "utf-8")
    save(folder, '"new.opml"')
    assert watch.looks() is None
    assert not watch.watcher.state.ok
    (folder / "new.opml").write_text(opml(), "utf-8")
    config = watch.looks()
    assert config is not None
    assert len(config.sources) == 2


def test_old_files_are_not_opened_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = folder / "more.opml"
    more.write_text(opml(), "utf-8")
    path = save(folder, '"more.opml"')
    age(more, path)
    watch = Watch(path)
    assert watch.looks() is None
    opened: list[object] = []
    monkeypatch.setattr("builtins.open", lambda *args, **_: opened.append(args))
    assert watch.looks() is None
    assert not opened


def test_a_newly_fetched_list_is_loaded(folder: Path) -> None:
    stored = Fetched({})
    watch = Watch(save(folder, f'"{URL}"', source("main")), stored)
    assert watch.looks() is None
    stored.documents = {URL: opml()}
    watch.watcher._followed_due = 0.0
    config = watch.looks()
    assert config is not None
    assert len(config.sources) == 3
    save(folder, f'"{URL}"', source("other"))
    config = watch.looks()
    assert config is not None
    assert len(config.sources) == 3
    assert config.is_complete
