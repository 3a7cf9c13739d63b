"""``gedi import`` and ``gedi export``: the admin's config is kept, and hostile OPML does no harm."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
import tomlkit
from click.testing import CliRunner, Result

from aggregator.config.load import read_config
from gedi.cli import main

CONFIG = """\
# the head  \t
[site]
title="甲"   # odd   spacing

[[sources]]
url = 'https://a.example/feed/'   # the first
slug = "a"
# above a key
exclude = [
  "推广", # one
]

[polling]   # a table behind the sources
interval = "1h"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


def call(config: Path, *words: str, stdin: str | bytes | None = None, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(config)], input=stdin, env=env, catch_exceptions=False)


def outline(url: str, text: str = "", **more: str) -> str:
    given = {"text": text or url, "xmlUrl": url, **more}
    return "<outline " + " ".join(f"{name}={quoteattr(value)}" for name, value in given.items()) + "/>"


def opml(*outlines: str) -> str:
    return f'<opml version="2.0"><body>{"".join(outlines)}</body></opml>'


def outcomes(answer: Result) -> dict[str, dict[str, Any]]:
    return {row["url"]: row for row in map(json.loads, answer.stdout.splitlines())}


def tables(path: Path) -> list[dict[str, Any]]:
    return list(tomlkit.parse(path.read_text())["sources"])


def test_what_was_written_stays_byte_for_byte(config: Path) -> None:
    answer = call(config, "import", "-", stdin=opml(outline("https://b.example/rss", '乙 "报"\\')))
    assert answer.exit_code == 0, answer.output
    assert "1 sources added" in answer.stdout
    text = config.read_text()
    assert text.startswith(CONFIG)
    assert tables(config)[1] == {"url": "https://b.example/rss", "title": '乙 "报"\\'}
    assert read_config(config).polling.interval.total_seconds() == 3600


def test_windows_line_ends_stay(config: Path) -> None:
    config.write_bytes(CONFIG.replace("\n", "\r\n").encode())
    call(config, "import", "-", stdin=opml(outline("https://b.example/rss")))
    content = config.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert len(read_config(config).sources) == 2


def test_a_list_of_inline_tables_is_added_to(config: Path) -> None:
    config.write_text('sources = [\n  {url = "https://a.example/"}, # one\n]\n[site]\ntitle = "x"\n')
    call(config, "import", "-", stdin=opml(outline("https://b.example/rss")))
    assert [source.url for source in read_config(config).sources] == ["https://a.example/", "https://b.example/rss"]
    assert "# one" in config.read_text()


@pytest.mark.parametrize("url", ["https://a.example/feed/", "http://a.example/feed", "https://www.a.example/feed"])
def test_what_is_there_already_is_known_in_every_spelling(config: Path, url: str) -> None:
    row = outcomes(call(config, "import", "-", "--json", stdin=opml(outline(url))))[url]
    assert (row["outcome"], row["reason"]) == ("known", "is there already, as a")
    assert config.read_text() == CONFIG


def test_one_address_twice_in_the_document_is_added_once(config: Path) -> None:
    answer = call(config, "import", "-", stdin=opml(outline("https://b.example/x"), outline("http://b.example/x/")))
    assert "1 sources added" in answer.stdout
    assert "1 were there already" in answer.stdout


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("javascript:alert(1)", "no http or https"),
        ("file:///etc/passwd", "no http or https"),
        ("https://u:p@b.example/", "leave user name and password out"),
        ("http://127.0.0.1/feed", "private place"),
        ("http://[::1]/feed", "private place"),
        ("http://169.254.169.254/latest", "private place"),
        ("http://0x7f.1/", "private place"),
        ("http://2130706433/", "private place"),
        ("http://printer.local/feed", "private place"),
        ("http://b.example:99999/", "is no address"),
        ("https://b.example/?k=${HOME}", "speaks of the environment"),
    ],
)
def test_what_may_not_be_visited_is_refused_with_a_reason(config: Path, url: str, reason: str) -> None:
    answer = call(config, "import", "-", stdin=opml(outline(url, "x"), outline("https://good.example/")))
    assert answer.exit_code == 0
    assert reason in answer.stdout
    assert "1 sources added" in answer.stdout
    assert "1 refused" in answer.stdout
    assert call(config, "import", "-", stdin=opml(outline(url))).exit_code == 1


def test_an_allowed_private_place_is_taken(config: Path) -> None:
    config.write_text(CONFIG + 'allow = ["127.0.0.0/8", "intern.local:80"]\n')
    document = opml(outline("http://127.0.0.1/feed"), outline("http://intern.local/feed"))
    assert "2 sources added" in call(config, "import", "-", stdin=document).stdout


@pytest.mark.parametrize(
    ("document", "category"),
    [
        ('<outline text="社会">{}</outline>', "society"),
        ('<outline text="sports">{}</outline>', "sports"),
        ('<outline text="情感"><outline text="故事">{}</outline></outline>', "emotion/story"),
        ('<outline text="情感 / 故事">{}</outline>', "emotion/story"),
        ('<outline text="Sports"><outline text="My favourites">{}</outline></outline>', "sports"),
        ('<outline text="Misc">{}</outline>', None),
    ],
)
def test_folders_become_categories_where_they_name_one(config: Path, document: str, category: str | None) -> None:
    inside = document.format(outline("https://b.example/rss"))
    row = outcomes(call(config, "import", "-", "--json", stdin=opml(inside)))["https://b.example/rss"]
    assert row["category"] == category
    read_config(config)


def test_the_category_attribute_goes_before_the_folder_and_the_option_after(config: Path) -> None:
    first = outline("https://b.example/1", category="/law,/region/370400")
    document = opml(f'<outline text="社会">{first}</outline>', outline("https://b.example/2"))
    call(config, "import", "-", "--category", "tech", "--region", "110000", stdin=document)
    assert [(t["category"], t["region"]) for t in tables(config)[1:]] == [("law", "370400"), ("tech", "110000")]


def test_a_dry_run_changes_nothing(config: Path) -> None:
    answer = call(config, "import", "-", "--dry-run", stdin=opml(outline("https://b.example/rss", "乙")))
    assert "+ 乙" in answer.stdout
    assert "1 sources would be added" in answer.stdout
    assert config.read_text() == CONFIG


def test_mode_and_symbolic_link_stay(tmp_path: Path, config: Path) -> None:
    real = tmp_path / "real" / "config.toml"
    real.parent.mkdir()
    config.rename(real)
    real.chmod(0o640)
    config.symlink_to(real)
    call(config, "import", "-", stdin=opml(outline("https://b.example/rss")))
    assert config.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert len(read_config(config).sources) == 2
    assert os.listdir(real.parent) == ["config.toml"]


@pytest.mark.parametrize(
    "document",
    [
        "",
        "not OPML",
        '<!DOCTYPE opml [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><opml><body><outline text="&c;" xmlUrl="http://x/"/></body></opml>',
        "<opml><body></body></opml>",
    ],
)
def test_what_is_no_list_of_feeds_is_refused(config: Path, document: str) -> None:
    answer = call(config, "import", "-", stdin=document)
    assert answer.exit_code == 2
    assert len(answer.stderr.splitlines()) == 1
    assert config.read_text() == CONFIG


def test_hostile_documents_do_no_harm(config: Path) -> None:
    deep = "<outline text='x'>" * 3000 + outline("https://deep.example/") + "</outline>" * 3000
    many = "".join(outline(f"https://n{n}.example/", "\x1b[31m题\n[[sources]]\nurl = 1") for n in range(300))
    answer = call(config, "import", "-", stdin=opml(deep, many))
    assert answer.exit_code == 0
    assert "\x1b" not in answer.output
    assert len(read_config(config).sources) == 301


def test_a_broken_config_is_not_touched(config: Path) -> None:
    config.write_text(CONFIG + "[nonsense]\n")
    answer = call(config, "import", "-", stdin=opml(outline("https://b.example/rss")))
    assert answer.exit_code == 2
    assert "nonsense" in answer.stderr


ROUND = """
[[sources]]
url = "https://r.example/list?a=1&b=2"
slug = "r"
title = "枣庄 <晚报>"
category = "emotion/story"
region = "370400"
language = "zh-TW"
timezone = "Asia/Taipei"
encoding = "big5"
interval = "1h30m"
content = "full"
enabled = false
include = ["枣庄, 山亭", "学校"]
exclude = ["推广"]
[[sources]]
url = "https://plain.example/rss"
"""


def test_what_is_exported_can_be_imported_and_is_the_same(config: Path, tmp_path: Path) -> None:
    config.write_text(CONFIG + ROUND)
    exported = call(config, "export").stdout
    other = tmp_path / "other.toml"
    other.write_text("")
    assert "3 sources added" in call(other, "import", "-", stdin=exported).stdout
    by_slug = [{source.slug: source for source in read_config(path).sources} for path in (config, other)]
    assert by_slug[0] == by_slug[1]
    assert "0 sources added" in call(config, "import", "-", stdin=exported).stdout


def test_export_as_json_has_every_key_and_no_secret(config: Path) -> None:
    config.write_text(CONFIG + ROUND.replace("plain.example/rss", "plain.example/${FEED_KEY}/rss"))
    env = {"FEED_KEY": "s3cret-key"}
    rows = {row["slug"]: row for row in map(json.loads, call(config, "export", "--json", env=env).stdout.splitlines())}
    assert rows["r"]["interval"] == "1h30m"
    assert rows["r"]["include"] == ["枣庄, 山亭", "学校"]
    for words in (("export",), ("export", "--json")):
        assert "s3cret-key" not in call(config, *words, env=env).stdout
    assert "${FEED_KEY}" in call(config, "export", env=env).stdout
