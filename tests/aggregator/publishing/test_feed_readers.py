"""Common feed readers read the same number, ids, titles, links and dates of entries that our documents contain.

The readers are newsboat and sfeed of Debian; the tests are skipped if they are not installed.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from lxml import etree
from werkzeug.test import Client

from tests.aggregator.publishing.messages import a

Seen = tuple[str, str, str, int]  # id, title, link, seconds since 1970


def expected_entries(document: bytes) -> list[Seen]:
    root, found = etree.fromstring(document), list[Seen]()
    for entry in root.findall(a("entry")):
        links = [each.get("href") or "" for each in entry.findall(a("link")) if each.get("rel") == "alternate"]
        moment = datetime.fromisoformat(entry.findtext(a("published")) or "")
        identity, title = (entry.findtext(a(name)) or "" for name in ("id", "title"))
        found.append((identity, title, links[0], int(moment.timestamp())))
    for item in root.iter("item"):
        identity, title, link, date = (item.findtext(name) or "" for name in ("guid", "title", "link", "pubDate"))
        found.append((identity, title, link, int(parsedate_to_datetime(date).timestamp())))
    return sorted(found)


@pytest.mark.skipif(shutil.which("sfeed") is None, reason="sfeed is not installed")
@pytest.mark.parametrize("format", ["atom", "rss"])
def test_sfeed_agrees(client: Client, format: str) -> None:
    document = client.get(f"/feeds/tech.{format}").data
    said = subprocess.run(["sfeed"], input=document, capture_output=True, check=True).stdout.decode()
    rows = [line.split("\t") for line in said.splitlines()]
    assert sorted((row[5], row[1], row[2], int(row[0])) for row in rows) == expected_entries(document)


@pytest.mark.skipif(shutil.which("newsboat") is None, reason="newsboat is not installed")
@pytest.mark.parametrize("format", ["atom", "rss"])
def test_newsboat_agrees(client: Client, format: str, tmp_path: Path) -> None:
    document = client.get(f"/feeds/tech.{format}").data
    (tmp_path / "feed").write_bytes(document)
    (tmp_path / "urls").write_text(f"file://{tmp_path / 'feed'}\n")
    (tmp_path / "config").write_text("")
    place = ["-u", "urls", "-c", "cache.db", "-C", "config"]
    subprocess.run(["newsboat", *place, "-x", "reload"], cwd=tmp_path, env={"HOME": str(tmp_path)}, check=True)
    with sqlite3.connect(tmp_path / "cache.db") as kept:
        rows = kept.execute("SELECT guid, title, url, pubDate FROM rss_item").fetchall()
    kept.close()
    assert sorted(rows) == expected_entries(document)
